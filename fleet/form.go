package fleet

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fold"
)

// Form is what somebody wants of a new PBX, as typed: the API body's names with the API's words. A switch is Enabled or absent, a date is
// YYYY-MM-DD. Reason is ours.
type Form url.Values

// formFields are the names that a form knows; anything else is dropped.
var formFields = []string{
	"name", "customerIds", "reason", "regionId", "versionId", "subDomain", "domainId", "plan", "extensionCapacity", "concurrentCallCapacity",
	"recordingStatus", "recordingCapacity", "transcriptionCapacity", "type", "expirationDate", "allowRunAfterExpirationDate", "passwordlessLogin",
	"allowSuperiorPasswordlessLogin", "im", "upgradeInPbx", "provisioningViaTemplate", "provisionTemplateId",
}

// FormFields are the names that a form knows, in the order of the page.
func FormFields() []string { return formFields }

// FormOf takes what belongs to a form out of posted values or a query. Values are kept as they came.
func FormOf(values url.Values) Form {
	f := Form{}
	for _, name := range formFields {
		if v, ok := values[name]; ok {
			f[name] = v
		}
	}
	return f
}

// Get returns a field's first value without the space around it.
func (f Form) Get(name string) string { return strings.TrimSpace(url.Values(f).Get(name)) }

// Set makes value the field's only one; "" takes the field away.
func (f Form) Set(name, value string) {
	if value == "" {
		delete(f, name)
		return
	}
	f[name] = []string{value}
}

// All returns the values of a repeated field, each once.
func (f Form) All(name string) []string {
	var all []string
	seen := map[string]bool{"": true}
	for _, v := range f[name] {
		if v = strings.TrimSpace(v); !seen[v] {
			seen[v] = true
			all = append(all, v)
		}
	}
	return all
}

// IsOn says whether a switch is on.
func (f Form) IsOn(name string) bool { return f.Get(name) == on }

// Values is the form as an address or another form carries it.
func (f Form) Values() url.Values { return maps.Clone(url.Values(f)) }

// ofOnePBX are the fields that no two PBXs share.
var ofOnePBX = []string{"name", "subDomain", "reason"}

// expiresInDays is how a preset keeps a date: "30" is thirty days from the day on which it is used.
const expiresInDays = "expiresInDays"

// Preset is the part of a form that is worth keeping under a name: no name, host name and reason, and the date as days from today.
func (f Form) Preset(now time.Time, zone *time.Location) url.Values {
	v := f.Values()
	for _, name := range ofOnePBX {
		v.Del(name)
	}
	for name, values := range v {
		if values = slices.DeleteFunc(slices.Clone(values), func(s string) bool { return strings.TrimSpace(s) == "" }); len(values) == 0 {
			v.Del(name)
		} else {
			v[name] = values
		}
	}
	if day, err := time.Parse(time.DateOnly, f.Get("expirationDate")); err == nil {
		v.Set(expiresInDays, strconv.FormatInt(dayNumber(day)-Day(now.Unix(), zone), 10))
	}
	v.Del("expirationDate")
	return v
}

// FromPreset makes a form of what Preset kept.
func FromPreset(v url.Values, now time.Time, zone *time.Location) Form {
	f := FormOf(v)
	if days, err := strconv.Atoi(v.Get(expiresInDays)); err == nil && days >= 0 && days < 36600 {
		y, m, d := now.In(zone).Date()
		f.Set("expirationDate", time.Date(y, m, d+days, 12, 0, 0, 0, zone).Format(time.DateOnly))
	}
	return f
}

// Keep takes from a form that was begun what no preset has, and its customers where the preset has none.
func (f Form) Keep(begun Form) {
	for _, name := range append(slices.Clone(ofOnePBX), "customerIds") {
		if values := begun.All(name); f.Get(name) == "" && len(values) > 0 {
			f[name] = values
		}
	}
}

// Defaults is the form of somebody who starts from nothing: the region that most of the fleet is in. [Fleet.Complete] chooses firmware and domain.
func (f *Fleet) Defaults() Form {
	form := Form{}
	for name, word := range map[string]string{
		"plan": "Enterprise Plan", "type": "Commercial", "extensionCapacity": "20", "concurrentCallCapacity": "5", "im": on, "recordingCapacity": "0",
	} {
		form.Set(name, word)
	}
	regions := f.LookUp(Regions)
	best, most := int64(0), -1
	counts := f.Snapshot().regionCounts()
	for _, r := range regions.Entries {
		if n := counts[fold.Text(r.Name)]; n > most {
			best, most = r.ID, n
		}
	}
	if best != 0 {
		form.Set("regionId", strconv.FormatInt(best, 10))
	}
	return form
}

// Complete chooses the newest firmware and the first domain where the form has none that its region offers.
func (f *Fleet) Complete(form Form) {
	region, _ := strconv.ParseInt(form.Get("regionId"), 10, 64)
	for name, list := range map[string]*List{"versionId": f.LookUp(Firmwares), "domainId": f.LookUp(Domains)} {
		if offered := list.In(region); len(offered) > 0 && form.Get(name) == "" {
			form.Set(name, strconv.FormatInt(offered[0].ID, 10))
		}
	}
}

// Move chooses the first domain and the newest firmware where the form's region doesn't offer those that it has, and says which of the two changed.
func (f *Fleet) Move(form Form) (changed []LookUp) {
	region, _ := strconv.ParseInt(form.Get("regionId"), 10, 64)
	for name, from := range map[string]LookUp{"domainId": Domains, "versionId": Firmwares} {
		id, _ := strconv.ParseInt(form.Get(name), 10, 64)
		if e, known := f.LookUp(from).Entry(id); form.Get(name) != "" && known && !slices.Contains(e.Regions, region) {
			form.Set(name, "")
			changed = append(changed, from)
		}
	}
	f.Complete(form)
	return changed
}

// regionCounts counts the PBXs that are there by the folded names of their regions.
func (s *Snapshot) regionCounts() map[string]int {
	facet := s.facets[facetIndex("region")]
	counts := make([]int, len(facet.words))
	for i, code := range facet.codes {
		if s.columns.flags[i]&isGone == 0 {
			counts[code]++
		}
	}
	byName := map[string]int{}
	for code, word := range facet.words {
		byName[fold.Text(word)] += counts[code]
	}
	return byName
}
