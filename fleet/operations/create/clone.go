package create

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
)

// Clone returns a form for another PBX like p. YCM reports names where a form needs IDs, so the names are looked up.
// said contains findings about fields whose values could not be copied unchanged.
func (r Rules) Clone(p *fleet.PBX, zone *time.Location) (form Form, said []Finding) {
	form = Form{}
	say := func(field, format string, args ...any) {
		said = append(said, Finding{Field: field, Text: fmt.Sprintf(format, args...)})
	}
	for _, field := range []fleet.Field{fleet.FieldPlan, fleet.FieldType} {
		form.Set(field.Name(), p.Text(field))
	}
	if plan := p.Text(fleet.FieldPlan); plan != enterprise && plan != fleet.UltimatePlan {
		form.Set("plan", fleet.UltimatePlan)
		if !strings.Contains(plan, "Ultimate") {
			form.Set("plan", enterprise)
		}
		say("plan", "%s, so %s is chosen here.", reported(plan), form.Get("plan"))
	}
	for _, u := range fleet.Usages {
		if n := p.Value(u.Capacity); n.Known() {
			form.Set(u.Capacity.Name(), number(n.N))
		} else {
			say(u.Capacity.Name(), "YCM doesn’t report this value, so the field was left empty.")
		}
	}
	if n := p.Number(fleet.FieldTranscriptionCapacityAddon); n != fleet.Absent && n > 0 {
		form.Set("transcriptionCapacity", number(n))
	}
	for _, field := range []fleet.Field{
		fleet.FieldRecordingStatus,
		fleet.FieldIM,
		fleet.FieldPasswordlessLogin,
		fleet.FieldAllowSuperiorPasswordlessLogin,
		fleet.FieldUpgradeInPBX,
		fleet.FieldProvisioningViaTemplate,
	} {
		switch p.Text(field) {
		case on:
			form.Set(field.Name(), on)
		case off:
		default:
			say(field.Name(), "%s, so it is off here.", reported(p.Text(field)))
		}
	}
	if form.IsOn("allowSuperiorPasswordlessLogin") && !form.IsOn("passwordlessLogin") {
		form.Set("allowSuperiorPasswordlessLogin", "")
		say("allowSuperiorPasswordlessLogin", "Turned off, because it has no effect while passwordless login is off.")
	}
	r.clonePlace(p, form, say)
	if name := p.Text(fleet.FieldLastUsedTemplate); name != "" && form.IsOn("provisioningViaTemplate") {
		if t, ok := r.Options(fleet.Templates).Named(name, 0); ok {
			form.Set("provisionTemplateId", number(t.ID))
		} else {
			say("provisionTemplateId", "YCM doesn’t currently offer “%s”.", name)
		}
	}
	r.cloneDate(p, form, zone, say)
	say("customerIds", "YCM’s PBX record doesn’t include them. Choose them here.")
	return form, said
}

// cloneDate copies the PBX's expiration date unless that day has passed in zone.
func (r Rules) cloneDate(p *fleet.PBX, form Form, zone *time.Location, say func(field, format string, args ...any)) {
	if at := p.Number(fleet.FieldExpirationDate); at != fleet.Absent {
		day := time.Unix(at, 0).In(zone)
		if fleet.Day(at, zone) >= fleet.Day(r.Now().Unix(), zone) {
			form.Set("expirationDate", day.Format(time.DateOnly))
			say("allowRunAfterExpirationDate", "YCM doesn’t report what happens. Choose an option.")
		} else {
			say("expirationDate", "%s has passed, so the field was left empty.", day.Format("2 Jan 2006"))
		}
	}
}

// clonePlace sets the region, domain and firmware, which it looks up by name.
func (r Rules) clonePlace(p *fleet.PBX, form Form, say func(field, format string, args ...any)) {
	name := p.Text(fleet.FieldRegion)
	region, ok := r.Options(fleet.Regions).Named(name, 0)
	if !ok {
		problem := reported(name)
		if name != "" {
			problem = fmt.Sprintf("YCM doesn’t currently offer “%s”", name)
		}
		say("regionId", "%s. Without a region, the domain and firmware can’t be determined.", problem)
		return
	}
	form.Set("regionId", strconv.FormatInt(region.ID, 10))
	if _, domain, _ := strings.Cut(p.Text(fleet.FieldURL), "."); domain != "" {
		if d, ok := r.Options(fleet.Domains).Named(domain, region.ID); ok {
			form.Set("domainId", number(d.ID))
		} else {
			say("domainId", "“%s” is not currently offered in %s, so the first one offered is chosen.", domain, region.Name)
		}
	}
	version := p.Text(fleet.FieldVersion)
	if v, ok := r.Options(fleet.Firmwares).Named(version, region.ID); ok {
		form.Set("versionId", number(v.ID))
	} else {
		problem := reported(version)
		if version != "" {
			problem = fmt.Sprintf("%s is not currently offered in %s", version, region.Name)
		}
		say("versionId", "%s, so the newest one offered is chosen.", problem)
	}
	r.Complete(form)
}

// reported returns a clause about a value of YCM's PBX record, which is "" if the record lacks it.
func reported(value string) string {
	if value == "" {
		return "YCM doesn’t report it"
	}
	return fmt.Sprintf("YCM reports “%s”", value)
}
