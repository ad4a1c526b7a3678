package create

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fold"
)

// Form contains the values of a form for a new PBX. Its fields have the names of the members of the API's request body,
// except for reason, which is Cordboard's own field. A switch is Enabled or absent, and a date is YYYY-MM-DD.
type Form url.Values

// formFields are the names that a form accepts. Any other name is dropped.
var formFields = []string{
	"name",
	"customerIds",
	"reason",
	"regionId",
	"versionId",
	"subDomain",
	"domainId",
	"plan",
	"extensionCapacity",
	"concurrentCallCapacity",
	"recordingStatus",
	"recordingCapacity",
	"transcriptionCapacity",
	"type",
	"expirationDate",
	"allowRunAfterExpirationDate",
	"passwordlessLogin",
	"allowSuperiorPasswordlessLogin",
	"im",
	"upgradeInPbx",
	"provisioningViaTemplate",
	"provisionTemplateId",
}

// FormFields returns the names that a form accepts, in page order.
func FormFields() []string { return formFields }

// FormOf returns the form's fields from posted values or query parameters. The values are kept as they are; [Form.Get]
// normalizes them.
func FormOf(values url.Values) Form {
	f := Form{}
	for _, name := range formFields {
		if v, ok := values[name]; ok {
			f[name] = v
		}
	}
	return f
}

// Get returns a field's first value as [input.Get] normalizes it.
func (f Form) Get(field string) string { return input.Get(url.Values(f), field) }

// Set replaces a field's values with one value; "" removes the field.
func (f Form) Set(name, value string) {
	if value == "" {
		delete(f, name)
		return
	}
	f[name] = []string{value}
}

// All returns the values of a repeated field without duplicates or blank values.
func (f Form) All(field string) []string { return input.All(url.Values(f), field) }

// IsOn reports whether a switch is on.
func (f Form) IsOn(name string) bool { return f.Get(name) == on }

// Values returns a copy of the form as url.Values.
func (f Form) Values() url.Values { return maps.Clone(url.Values(f)) }

// nonReusableFields are the fields whose values belong to one PBX, so presets leave them out.
var nonReusableFields = []string{"name", "subDomain", "reason"}

// expiresInDays is the key of a preset's expiration date: "30" means thirty days after the day on which the preset is
// used.
const expiresInDays = "expiresInDays"

// ToPreset returns the part of a form that can be reused. It drops the name, the subdomain, the reason and blank
// values, and stores the expiration date as a number of days after the date of now in zone.
func (f Form) ToPreset(now time.Time, zone *time.Location) url.Values {
	v := f.Values()
	for _, name := range nonReusableFields {
		v.Del(name)
	}
	for name, values := range v {
		if values = slices.DeleteFunc(
			slices.Clone(values),
			func(s string) bool { return strings.TrimSpace(s) == "" },
		); len(values) == 0 {
			v.Del(name)
		} else {
			v[name] = values
		}
	}
	if day, err := time.Parse(time.DateOnly, f.Get("expirationDate")); err == nil {
		v.Set(expiresInDays, strconv.FormatInt(fleet.DayNumber(day)-fleet.Day(now.Unix(), zone), 10))
	}
	v.Del("expirationDate")
	return v
}

// FromPreset returns a form filled in from a preset. The expiration date is the preset's number of days after the date
// of now in zone.
func FromPreset(v url.Values, now time.Time, zone *time.Location) Form {
	f := FormOf(v)
	if days, err := strconv.Atoi(v.Get(expiresInDays)); err == nil && days >= 0 && days < 36600 {
		y, m, d := now.In(zone).Date()
		f.Set("expirationDate", time.Date(y, m, d+days, 12, 0, 0, 0, zone).Format(time.DateOnly))
	}
	return f
}

// MergeUnset copies the customers and the nonReusableFields from begun, a form in progress, unless f has values for
// them.
func (f Form) MergeUnset(begun Form) {
	for _, name := range append(slices.Clone(nonReusableFields), "customerIds") {
		if values := begun.All(name); f.Get(name) == "" && len(values) > 0 {
			f[name] = values
		}
	}
}

// Defaults returns the form for a user who starts from scratch. Its region is the one with the most PBXs.
// [Rules.Complete] chooses the firmware and the domain.
func (r Rules) Defaults() Form {
	form := Form{}
	for name, word := range map[string]string{
		"plan":                   "Enterprise Plan",
		"type":                   "Commercial",
		"extensionCapacity":      "20",
		"concurrentCallCapacity": "5",
		"im":                     on,
		"recordingCapacity":      "0",
	} {
		form.Set(name, word)
	}
	regions := r.Options(fleet.Regions)
	best, most := int64(0), -1
	counts := map[string]int{}
	for region, n := range r.Snapshot().CountBy(fleet.FieldRegion) {
		counts[fold.Text(region)] += n
	}
	for _, r := range regions.All {
		if n := counts[fold.Text(r.Name)]; n > most {
			best, most = r.ID, n
		}
	}
	if best != 0 {
		form.Set("regionId", strconv.FormatInt(best, 10))
	}
	return form
}

// Complete fills in the firmware and the domain if they are empty: the newest firmware and the first domain that the
// form's region offers.
func (r Rules) Complete(form Form) {
	region, _ := strconv.ParseInt(form.Get("regionId"), 10, 64)
	for name, list := range map[string]*fleet.Options{
		"versionId": r.Options(fleet.Firmwares),
		"domainId":  r.Options(fleet.Domains),
	} {
		if offered := list.In(region); len(offered) > 0 && form.Get(name) == "" {
			form.Set(name, strconv.FormatInt(offered[0].ID, 10))
		}
	}
}

// Move replaces the domain, the firmware or both if they are options that the form's region doesn't offer. It chooses
// the region's first domain and newest firmware, and returns the kinds of option that it replaced. Like
// [Rules.Complete], it also fills in empty fields.
func (r Rules) Move(form Form) (changed []fleet.OptionKind) {
	region, _ := strconv.ParseInt(form.Get("regionId"), 10, 64)
	for _, name := range []string{"domainId", "versionId"} {
		from := kindOf[name]
		id, _ := strconv.ParseInt(form.Get(name), 10, 64)
		if e, known := r.Options(from).ByID(id); form.Get(name) != "" && known && !slices.Contains(e.Regions, region) {
			form.Set(name, "")
			changed = append(changed, from)
		}
	}
	r.Complete(form)
	return changed
}
