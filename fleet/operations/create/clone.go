package create

import (
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
)

// Clone returns a form for another PBX like p. YCM reports names where a form needs IDs, so the names are looked up.
// said contains findings about fields whose values could not be copied unchanged.
func (r Rules) Clone(p *fleet.PBX, zone *time.Location) (form Form, said []input.Finding) {
	form = Form{}
	say := func(f input.Finding) { said = append(said, f) }
	for _, field := range []fleet.Field{fleet.FieldPlan, fleet.FieldType} {
		form.Set(field.Name(), p.Text(field))
	}
	if plan := p.Text(fleet.FieldPlan); plan != enterprise && plan != fleet.UltimatePlan {
		form.Set("plan", fleet.UltimatePlan)
		if !strings.Contains(plan, "Ultimate") {
			form.Set("plan", enterprise)
		}
		say(input.Finding{Field: "plan", Code: FindingClonePlan, Value: plan, Name: form.Get("plan")})
	}
	for _, u := range fleet.Usages {
		if n := p.Value(u.Capacity); n.Known() {
			form.Set(u.Capacity.Name(), number(n.N))
		} else {
			say(input.Finding{Field: u.Capacity.Name(), Code: FindingCloneEmpty})
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
			say(input.Finding{Field: field.Name(), Code: FindingCloneOff, Value: p.Text(field)})
		}
	}
	if form.IsOn("allowSuperiorPasswordlessLogin") && !form.IsOn("passwordlessLogin") {
		form.Set("allowSuperiorPasswordlessLogin", "")
		say(input.Finding{Field: "allowSuperiorPasswordlessLogin", Code: FindingCloneNoEffect})
	}
	r.clonePlace(p, form, say)
	if name := p.Text(fleet.FieldLastUsedTemplate); name != "" && form.IsOn("provisioningViaTemplate") {
		if t, ok := r.Options(fleet.Templates).Named(name, 0); ok {
			form.Set("provisionTemplateId", number(t.ID))
		} else {
			say(input.Finding{Field: "provisionTemplateId", Code: FindingCloneTemplate, Value: name})
		}
	}
	r.cloneDate(p, form, zone, say)
	cloneCustomers(p, form, say)
	return form, said
}

// cloneCustomers copies the PBX's customers, as last read, without those that YCM no longer has.
func cloneCustomers(p *fleet.PBX, form Form, say func(input.Finding)) {
	set := p.Customers()
	if set == nil {
		say(input.Finding{Field: "customerIds", Code: FindingCloneCustomers})
		return
	}
	for _, c := range set.All {
		if c.IsGone() {
			say(input.Finding{Field: "customerIds", Code: FindingCloneGone, Name: c.Name()})
			continue
		}
		form["customerIds"] = append(form["customerIds"], number(c.ID))
	}
}

// cloneDate copies the PBX's expiration date unless that day has passed in zone.
func (r Rules) cloneDate(p *fleet.PBX, form Form, zone *time.Location, say func(input.Finding)) {
	if at := p.Number(fleet.FieldExpirationDate); at != fleet.Absent {
		day := time.Unix(at, 0).In(zone)
		if fleet.Day(at, zone) >= fleet.Day(r.Now().Unix(), zone) {
			form.Set("expirationDate", day.Format(time.DateOnly))
			say(input.Finding{Field: "allowRunAfterExpirationDate", Code: FindingCloneKeep})
		} else {
			say(input.Finding{Field: "expirationDate", Code: FindingCloneDatePassed, Value: day.Format(time.DateOnly)})
		}
	}
}

// clonePlace sets the region, domain and firmware, which it looks up by name.
func (r Rules) clonePlace(p *fleet.PBX, form Form, say func(input.Finding)) {
	name := p.Text(fleet.FieldRegion)
	region, ok := r.Options(fleet.Regions).Named(name, 0)
	if !ok {
		say(input.Finding{Field: "regionId", Code: FindingCloneRegion, Value: name})
		return
	}
	form.Set("regionId", strconv.FormatInt(region.ID, 10))
	if _, domain, _ := strings.Cut(p.Text(fleet.FieldURL), "."); domain != "" {
		if d, ok := r.Options(fleet.Domains).Named(domain, region.ID); ok {
			form.Set("domainId", number(d.ID))
		} else {
			say(input.Finding{Field: "domainId", Code: FindingCloneDomain, Value: domain, Name: region.Name})
		}
	}
	version := p.Text(fleet.FieldVersion)
	if v, ok := r.Options(fleet.Firmwares).Named(version, region.ID); ok {
		form.Set("versionId", number(v.ID))
	} else {
		say(input.Finding{Field: "versionId", Code: FindingCloneFirmware, Value: version, Name: region.Name})
	}
	r.Complete(form)
}
