package create

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
)

// Clone returns a form for another PBX like p. YCM reports names where a form needs IDs, so the names are looked up.
// said has one sentence for each value that could not be copied unchanged.
func (r Rules) Clone(p *fleet.PBX, zone *time.Location) (form Form, said []string) {
	form = Form{}
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	for _, field := range []fleet.Field{fleet.FieldPlan, fleet.FieldType} {
		form.Set(field.Name(), p.Text(field))
	}
	if plan := p.Text(fleet.FieldPlan); plan != enterprise && plan != fleet.UltimatePlan {
		form.Set("plan", fleet.UltimatePlan)
		if !strings.Contains(plan, "Ultimate") {
			form.Set("plan", enterprise)
		}
		say("Plan: YCM reports “%s”, so %s is chosen here.", plan, form.Get("plan"))
	}
	for _, u := range fleet.Usages {
		if n := p.Value(u.Capacity); n.Known() {
			form.Set(u.Capacity.Name(), number(n.N))
		} else {
			say("%s: YCM doesn’t report it.", u.Capacity.Name())
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
			say("%s: YCM reports “%s”, so it is off here.", field.Name(), p.Text(field))
		}
	}
	if form.IsOn("allowSuperiorPasswordlessLogin") && !form.IsOn("passwordlessLogin") {
		form.Set("allowSuperiorPasswordlessLogin", "")
		say("Parent account may use it: this setting has no effect while passwordless login is off, so it was turned off.")
	}
	r.clonePlace(p, form, say)
	if name := p.Text(fleet.FieldLastUsedTemplate); name != "" && form.IsOn("provisioningViaTemplate") {
		if t, ok := r.Options(fleet.Templates).Named(name, 0); ok {
			form.Set("provisionTemplateId", number(t.ID))
		} else {
			say("Template “%s”: YCM doesn’t currently offer it.", name)
		}
	}
	r.cloneDate(p, form, zone, say)
	say("Customers: YCM’s PBX record doesn’t include them. Choose them here.")
	return form, said
}

// cloneDate copies the PBX's expiration date unless it has passed.
func (r Rules) cloneDate(p *fleet.PBX, form Form, zone *time.Location, say func(format string, args ...any)) {
	if at := p.Number(fleet.FieldExpirationDate); at != fleet.Absent {
		day := time.Unix(at, 0).In(zone)
		if fleet.Day(at, zone) >= fleet.Day(r.Now().Unix(), zone) {
			form.Set("expirationDate", day.Format(time.DateOnly))
			say("After the PBX date: YCM doesn’t report what happens. Choose an option.")
		} else {
			say("PBX date: %s has passed.", day.Format("2 Jan 2006"))
		}
	}
}

// clonePlace looks up the region, domain and firmware by name.
func (r Rules) clonePlace(p *fleet.PBX, form Form, say func(string, ...any)) {
	region, ok := r.Options(fleet.Regions).Named(p.Text(fleet.FieldRegion), 0)
	if !ok {
		say(
			"Region “%s”: YCM doesn’t currently offer it. Without a region, the domain and firmware can’t be determined.",
			p.Text(fleet.FieldRegion),
		)
		return
	}
	form.Set("regionId", strconv.FormatInt(region.ID, 10))
	if _, domain, _ := strings.Cut(p.Text(fleet.FieldURL), "."); domain != "" {
		if d, ok := r.Options(fleet.Domains).Named(domain, region.ID); ok {
			form.Set("domainId", number(d.ID))
		} else {
			say("Domain “%s”: not currently offered in %s, so the first one offered is chosen.", domain, region.Name)
		}
	}
	if v, ok := r.Options(fleet.Firmwares).Named(p.Text(fleet.FieldVersion), region.ID); ok {
		form.Set("versionId", number(v.ID))
	} else {
		say(
			"Firmware %s: not currently offered in %s, so the newest one offered is chosen.",
			p.Text(fleet.FieldVersion),
			region.Name,
		)
	}
	r.Complete(form)
}
