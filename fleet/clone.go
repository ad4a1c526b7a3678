package fleet

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Clone is the form of another PBX like one of the fleet. YCM shows names where a form needs ids, so they are looked for in the look-ups; said
// tells what could not be taken over, and why.
func (f *Fleet) Clone(p *PBX, zone *time.Location) (form Form, said []string) {
	form = Form{}
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	for _, name := range []string{"plan", "type"} {
		form.Set(name, p.Text(name))
	}
	if plan := p.Text("plan"); plan != enterprise && plan != ultimatePlan {
		form.Set("plan", ultimatePlan)
		if !strings.Contains(plan, "Ultimate") {
			form.Set("plan", enterprise)
		}
		say("Plan: YCM calls it “%s”, so this is %s.", plan, form.Get("plan"))
	}
	for _, name := range []string{"extensionCapacity", "concurrentCallCapacity", "recordingCapacity"} {
		if n := p.Number(name); n != Absent {
			form.Set(name, number(n))
		} else {
			say("%s: not reported.", name)
		}
	}
	if n := p.Number("transcriptionCapacityAddon"); n != Absent && n > 0 {
		form.Set("transcriptionCapacity", number(n))
	}
	for _, name := range []string{"recordingStatus", "im", "passwordlessLogin", "allowSuperiorPasswordlessLogin", "upgradeInPbx", "provisioningViaTemplate"} {
		switch p.Text(name) {
		case on:
			form.Set(name, on)
		case off:
		default:
			say("%s: YCM says “%s”, so it is off here.", name, p.Text(name))
		}
	}
	if form.IsOn("allowSuperiorPasswordlessLogin") && !form.IsOn("passwordlessLogin") {
		form.Set("allowSuperiorPasswordlessLogin", "")
		say("Also for your superior account: it has no effect without passwordless login, so it is off.")
	}
	f.clonePlace(p, form, say)
	if name := p.Text("lastUsedTemplate"); name != "" && form.IsOn("provisioningViaTemplate") {
		if t, ok := f.LookUp(Templates).Named(name, 0); ok {
			form.Set("provisionTemplateId", number(t.ID))
		} else {
			say("Template “%s”: YCM doesn’t offer it now.", name)
		}
	}
	if at := p.Number("expirationDate"); at != Absent {
		day := time.Unix(at, 0).In(zone)
		if Day(at, zone) >= Day(f.now().Unix(), zone) {
			form.Set("expirationDate", day.Format(time.DateOnly))
			say("What happens after the PBX date: YCM doesn’t report it, so choose.")
		} else {
			say("PBX date: %s has passed.", day.Format("2 Jan 2006"))
		}
	}
	say("Customers: they are not part of a PBX’s record, so choose them.")
	return form, said
}

// clonePlace finds region, domain and firmware by their names.
func (f *Fleet) clonePlace(p *PBX, form Form, say func(string, ...any)) {
	region, ok := f.LookUp(Regions).Named(p.Text("region"), 0)
	if !ok {
		say("Region “%s”: YCM doesn’t offer it now, nor can domain and firmware be told without it.", p.Text("region"))
		return
	}
	form.Set("regionId", strconv.FormatInt(region.ID, 10))
	if _, domain, _ := strings.Cut(p.Text("url"), "."); domain != "" {
		if d, ok := f.LookUp(Domains).Named(domain, region.ID); ok {
			form.Set("domainId", number(d.ID))
		} else {
			say("Domain “%s”: not offered in %s now, so this is the first that is.", domain, region.Name)
		}
	}
	if v, ok := f.LookUp(Firmwares).Named(p.Text("version"), region.ID); ok {
		form.Set("versionId", number(v.ID))
	} else {
		say("Firmware %s: not offered in %s now, so this is the newest that is.", p.Text("version"), region.Name)
	}
	f.Complete(form)
}
