package newpbx

import (
	"fmt"
	"slices"
	"strconv"

	"cordboard/fleet/input"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web/display"
	views "cordboard/views/newpbx"
)

// liveForm builds the panel next to the form.
type liveForm struct{ views.Live }

// bar returns the widths of a bar's two parts, in percent: the share already in use, and the share that this PBX takes.
// The second part is always wide enough to be visible, unless part is 0.
func bar(used, part, of int64) (first, second string) {
	write := func(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }
	a, b := float64(used)*100/float64(of), float64(part)*100/float64(of)
	if part > 0 {
		b = max(b, 1.5)
	}
	return write(min(a, 100-b)), write(b)
}

// host shows the resulting host name, or the problem with it.
func (l *liveForm) host(d create.Draft) {
	l.Host.Text = "The host name appears here once it is valid."
	if d.Host == "" {
		for _, f := range d.Problems {
			if f.Field == "subDomain" && f.Code != input.Missing {
				l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-bad", "circle-x", display.Finding(f)
			}
		}
		return
	}
	l.Host.Sub, l.Host.Domain = d.Request.SubDomain, d.Words["domainId"]
	l.Host.Tone = "tone-ok"
	l.Host.Icon = "circle-check"
	l.Host.Text = "not in your fleet; Cordboard checks with YCM when you create the PBX"
	if anyOf(d.Problems, "subDomain") {
		l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-bad", "circle-x", "taken"
	}
}

// say adds the result of YCM's host name check.
func (l *liveForm) say(state create.HostState) {
	i := slices.IndexFunc(l.Checks, func(c views.FormCheck) bool { return c.Text == hostCheck })
	switch {
	case i < 0: // the host name already has a problem
	case state == create.HostFree:
		l.Host.Text = "available"
		l.Checks[i].Text = "Host name available"
	case state == create.HostTaken:
		l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-bad", "circle-x", "taken: YCM has a PBX with this host name"
		l.Checks[i] = views.FormCheck{Tone: "tone-bad", Icon: "circle-x", State: "bad", Text: "Host name taken in YCM"}
	default:
		l.Host.Text = "not in your fleet; couldn’t be checked with YCM"
	}
	l.sum()
}

// capacityCheck returns the result of checking whether the subscription has room for the PBX.
func (l *liveForm) capacityCheck(d create.Draft, unread bool) views.FormCheck {
	sizes := []string{
		"extensionCapacity", "concurrentCallCapacity", "recordingCapacity", "transcriptionCapacity", "plan",
	}
	switch {
	case anyOf(d.Problems, sizes...):
		return views.FormCheck{Icon: "circle-dashed", State: "todo", Text: "Capacity: enter valid sizes first"}
	case unread:
		return views.FormCheck{
			Tone:  "tone-warn",
			Icon:  "circle-dashed",
			State: "todo",
			Text:  "Capacity: the subscription has not been read yet",
		}
	case slices.ContainsFunc(l.Capacity, func(c views.CapacityPreview) bool { return c.Short }):
		return views.FormCheck{
			Tone:  "tone-warn",
			Icon:  "triangle-alert",
			State: "warn",
			Text:  "Not enough capacity, based on the last reading",
		}
	}
	return views.FormCheck{Tone: "tone-ok", Icon: "circle-check", State: "ok", Text: "Enough capacity"}
}

// hostCheck is the text of the host name check before YCM has responded.
const hostCheck = "Host name not in your fleet"

// checks adds the results of the checks that apply and sets the summary.
func (l *liveForm) checks(d create.Draft, unread bool) {
	for _, c := range []struct {
		text   string
		fields []string
		skip   bool
	}{
		{"Name and customers", []string{"name", "customerIds", "reason"}, false},
		{hostCheck, []string{"subDomain", "domainId"}, false},
		{"Region and firmware", []string{"regionId", "versionId"}, false},
		{"Plan, extensions and calls", []string{"plan", "extensionCapacity", "concurrentCallCapacity"}, false},
		{"Recording and minutes are consistent", []string{"recordingStatus", "recordingCapacity"}, false},
		{"Type and expiration date are consistent", []string{"type", "expirationDate", "allowRunAfterExpirationDate"}, false},
		{"Firmware supports chat", []string{"im"}, !d.Form.IsOn("im")},
		{
			"Firmware supports transcription",
			[]string{"transcriptionCapacity"},
			d.Form.Get("transcriptionCapacity") == "",
		},
		{
			"Access",
			[]string{"passwordlessLogin", "allowSuperiorPasswordlessLogin", "upgradeInPbx"},
			!anyOf(d.Problems, "passwordlessLogin", "allowSuperiorPasswordlessLogin", "upgradeInPbx"),
		},
		{
			"Template is allowed and available",
			[]string{"provisioningViaTemplate", "provisionTemplateId"},
			d.Form.Get("provisionTemplateId") == "",
		},
	} {
		if !c.skip {
			l.Checks = append(l.Checks, checksOf(c.text, d, c.fields)...)
		}
	}
	l.Checks = append(l.Checks, l.capacityCheck(d, unread))
	l.sum()
}

func anyOf(findings []input.Finding, fields ...string) bool {
	return slices.ContainsFunc(findings, func(f input.Finding) bool { return slices.Contains(fields, f.Field) })
}

// checksOf returns one check per finding about the fields, other than shortages, which capacityCheck covers. If there
// are no such findings, it returns one passed check with the given text.
func checksOf(text string, d create.Draft, fields []string) []views.FormCheck {
	var checks []views.FormCheck
	for _, f := range d.Problems {
		switch {
		case !slices.Contains(fields, f.Field):
		case f.Code == input.Missing:
			checks = append(checks, views.FormCheck{Icon: "circle-dashed", State: "todo", Text: display.Finding(f)})
		default:
			checks = append(
				checks,
				views.FormCheck{
					Tone:  "tone-bad",
					Icon:  "circle-x",
					State: "bad",
					Text:  display.FormLabels[f.Field] + ": " + display.Finding(f),
				},
			)
		}
	}
	for _, f := range d.Warnings {
		if slices.Contains(fields, f.Field) && f.Code != input.Shortage {
			checks = append(
				checks,
				views.FormCheck{
					Tone:  "tone-warn",
					Icon:  "triangle-alert",
					State: "warn",
					Text:  display.FormLabels[f.Field] + ": " + display.Finding(f),
				},
			)
		}
	}
	if len(checks) == 0 {
		checks = append(checks, views.FormCheck{Tone: "tone-ok", Icon: "circle-check", State: "ok", Text: text})
	}
	return checks
}

// sum sets the summary to the number of checks that pass.
func (l *liveForm) sum() {
	good := 0
	for _, c := range l.Checks {
		if c.State == "ok" {
			good++
		}
	}
	l.Summary = fmt.Sprintf("%d of %d passed", good, len(l.Checks))
}
