package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views"
)

// formLabels are the form's fields for people.
var formLabels = map[string]string{ //nolint:gosec // words, no credentials
	"name": "Name", "customerIds": "Customers", "reason": "Reason", "regionId": "Region", "versionId": "Firmware", "subDomain": "Sub-domain",
	"domainId": "Domain", "plan": "Plan", "extensionCapacity": "Extensions", "concurrentCallCapacity": "Concurrent calls",
	"recordingStatus": "Call recording", "recordingCapacity": "Recording", "transcriptionCapacity": "Transcription", "type": "Type",
	"expirationDate": "PBX date", "allowRunAfterExpirationDate": "After that date", "passwordlessLogin": "Passwordless login",
	"allowSuperiorPasswordlessLogin": "Also for your superior account", "im": "Internal chat (IM)", "upgradeInPbx": "Firmware upgrade in the PBX",
	"provisioningViaTemplate": "Provision via a template", "provisionTemplateId": "Template",
}

// liveForm is the panel beside the form while it is made.
type liveForm struct{ views.NewPBXLive }

// newPBXModel makes the page of a form. What is wrong is said at the fields only for a form that was judged; the checks beside it always say.
func (s *Server) newPBXModel(r *http.Request, p newPBXForm) (views.NewPBXPage, fleet.Draft, error) {
	c := s.clock(r)
	d, left, err := s.fleet.Preview(r.Context(), p.form, c.Zone)
	if err != nil {
		return views.NewPBXPage{}, d, fmt.Errorf("judge a form: %w", err)
	}
	f := fieldMaker{form: p.form, warnings: slices.DeleteFunc(slices.Clone(d.Warnings), func(w fleet.Finding) bool { return !slices.Contains(ofFirmware, w.Field) || w.Takes > 0 })}
	if p.draft != nil {
		f.problems, f.warnings, f.judged = p.draft.Problems, p.draft.Warnings, true
		d = *p.draft
	}
	m := views.NewPBXPage{
		Attempt: p.attempt, Notice: p.notice, Problems: summary(f.problems), PresetName: p.presetName, PresetShared: p.presetShared, PresetProblem: p.presetProblem,
		Name:      f.text("name", "As YCM and your colleagues show it.", 255),
		Reason:    f.optional(f.text("reason", "A ticket number. Kept in the audit log.", 200)),
		SubDomain: f.mono(f.text("subDomain", "Letters, digits and hyphens.", 63)),
		Plan: f.segments("plan", "Ultimate includes 240 transcription minutes, Enterprise 120. An Ultimate PBX takes Ultimate Plan extensions of your package.",
			views.Choice{Value: "Enterprise Plan", Label: "Enterprise"}, views.Choice{Value: "Ultimate Plan", Label: "Ultimate"}),
		Sizes: []views.FormField{
			f.number("extensionCapacity", s.fleet.ExtensionRange()+".", ""),
			f.number("concurrentCallCapacity", "Often a third of the extensions.", ""),
		},
		Recording:   f.toggle("recordingStatus", "Off sends 0 minutes."),
		Minutes:     f.number("recordingCapacity", minutesHint(d), "minutes"),
		Transcribed: f.optional(f.number("transcriptionCapacity", "On top of the plan’s. Needs firmware 84.19.0.110 or later.", "minutes")),
		Type:        f.segments("type", "", views.Choice{Value: "Trial", Label: "Trial"}, views.Choice{Value: "Commercial", Label: "Commercial"}),
		Date:        f.optional(f.date("expirationDate", "End of that day, "+c.Zone.String()+".")),
		Keep: f.segments("allowRunAfterExpirationDate", "Required when a date is set. YCM doesn’t report it back; the attempt’s page remembers your choice.",
			views.Choice{Value: "true", Label: "Keep running"}, views.Choice{Value: "false", Label: "Stop"}),
		Passwordless: f.toggle("passwordlessLogin", "You may open the PBX from YCM without its password."),
		Superior:     f.toggle("allowSuperiorPasswordlessLogin", "Counts only while passwordless login is on."),
		IM:           f.toggle("im", "Needs firmware 84.12.0.32 or later."),
		Upgrade:      f.toggle("upgradeInPbx", "Its administrator may upgrade it."),
		ByTemplate:   f.toggle("provisioningViaTemplate", "Allows templates for this PBX."),
	}
	m.Keep.Required = p.form.Get("expirationDate") != ""
	if f.judged && len(m.Problems) == 0 {
		m.Warnings = summary(f.warnings)
	}
	m.Place = s.placeFields(f, c)
	if slices.Contains(p.moved, fleet.Firmwares) {
		m.Place.Changed = "Changed with the region."
	}
	m.Template = s.lookUpSelect(f, "provisionTemplateId", fleet.Templates, 0, c)
	m.Customers = s.customersField(f, p, c)
	for _, preset := range s.presets(r) {
		m.Presets = append(m.Presets, views.Link{Label: preset.Name, URL: presetURL(preset)})
	}
	m.Live = s.liveForm(d, left, c).NewPBXLive
	if slices.Contains(p.moved, fleet.Domains) {
		m.Live.Host.Note = " (domain changed with the region)"
	}
	return m, d, nil
}

// anchor is what a problem of a field leads to.
func anchor(field string) string {
	if field == "customerIds" {
		return "customerSearch"
	}
	return field
}

// ofFirmware are the fields that a chosen firmware may be too old for, which is said at once.
var ofFirmware = []string{"im", "transcriptionCapacity"}

// summary is the list at the head of the page.
func summary(findings []fleet.Finding) []views.FormProblem {
	var list []views.FormProblem
	for _, f := range findings {
		list = append(list, views.FormProblem{Field: anchor(f.Field), Label: formLabels[f.Field], Text: f.Text, Key: f.Key()})
	}
	return list
}

func minutesHint(d fleet.Draft) string {
	if n := d.Request.RecordingCapacity; n >= 60 {
		if n%60 == 0 {
			return views.Count(n/60, "hour.", "hours.")
		}
		return fmt.Sprintf("%s h %d min.", views.Number(n/60), n%60)
	}
	return "Together, for all calls."
}

// fieldMaker makes fields of a form and what was found of it.
type fieldMaker struct {
	form               fleet.Form
	problems, warnings []fleet.Finding
	judged             bool // and so what was posted stays, whatever it is
}

// unrequired are those that YCM does without.
var unrequired = []string{"reason", "transcriptionCapacity", "expirationDate", "allowRunAfterExpirationDate", "provisioningViaTemplate", "provisionTemplateId"}

func (f fieldMaker) field(name, hint string) views.FormField {
	v := views.FormField{
		Name: name, Label: formLabels[name], Hint: hint, Problem: textOf(f.problems, name), Warning: textOf(f.warnings, name), Required: !slices.Contains(unrequired, name),
	}
	if values := f.form[name]; len(values) > 0 {
		v.Value = values[0] // as typed
	}
	return v
}

func (f fieldMaker) text(name, hint string, most int) views.FormField {
	v := f.field(name, hint)
	v.MaxLength = strconv.Itoa(most)
	return v
}

func (f fieldMaker) optional(v views.FormField) views.FormField {
	v.Optional = true
	return v
}

func (f fieldMaker) mono(v views.FormField) views.FormField {
	v.Class = "input-mono"
	return v
}

func (f fieldMaker) number(name, hint, unit string) views.FormField {
	v := f.text(name, hint, 9)
	v.Class, v.Unit = "input-num", unit
	return v
}

// date is a date field, unless what was typed is none: such a field would show nothing.
func (f fieldMaker) date(name, hint string) views.FormField {
	v := f.field(name, hint)
	v.Type = "date"
	if _, err := time.Parse(time.DateOnly, strings.TrimSpace(v.Value)); err != nil && v.Value != "" {
		v.Type = "text"
	}
	return v
}

func (f fieldMaker) toggle(name, hint string) views.FormField {
	v := f.field(name, hint)
	v.On = f.form.IsOn(name)
	return v
}

// segments keep a word that none of them has as one more.
func (f fieldMaker) segments(name, hint string, options ...views.Choice) views.FormField {
	v := f.field(name, hint)
	v.Options = f.chosen(name, options)
	return v
}

func (f fieldMaker) chosen(name string, options []views.Choice) []views.Choice {
	value, found := f.form.Get(name), false
	for i := range options {
		options[i].On = options[i].Value == value
		found = found || options[i].On
	}
	if !found && value != "" {
		options = append(options, views.Choice{Value: value, Label: "“" + fleet.Shorten(value) + "”", On: true})
	}
	return options
}

// placeFields are the region and what it offers. A domain or firmware that it doesn't offer is not chosen for anybody, unless the form was judged: then
// it stays, with what is wrong with it.
func (s *Server) placeFields(f fieldMaker, c views.Clock) views.PlaceFields {
	p := views.PlaceFields{Region: s.lookUpSelect(f, "regionId", fleet.Regions, 0, c)}
	p.Region.Hint = "Decides domains and firmware. " + p.Region.Hint
	region, _ := strconv.ParseInt(f.form.Get("regionId"), 10, 64)
	if region == 0 {
		region = -1 // none offers anything
	}
	p.Firmware = s.lookUpSelect(f, "versionId", fleet.Firmwares, region, c)
	p.Domain = s.lookUpSelect(f, "domainId", fleet.Domains, region, c)
	p.Domain.Hint = strings.Replace(p.Domain.Hint, "From YCM", "Domains from YCM", 1)
	newest := true
	for i, o := range p.Firmware.Options {
		if newest && o.Value != "" {
			p.Firmware.Options[i].Label += ", newest"
			newest = false
		}
	}
	for i, o := range p.Domain.Options {
		if o.Value != "" {
			p.Domain.Options[i].Label = "." + o.Label
		}
	}
	return p
}

// lookUpSelect is a choice from a look-up; of a region, from what it offers.
func (s *Server) lookUpSelect(f fieldMaker, name string, from fleet.LookUp, region int64, c views.Clock) views.FormField {
	list := s.fleet.LookUp(from)
	v := f.field(name, "")
	v.ReloadOf = string(from)
	v.Hint, v.Failed = s.lookUpWords(list, c)
	entries := list.Entries
	if region != 0 {
		entries = list.In(region)
	}
	var options []views.Choice
	for _, e := range entries {
		options = append(options, views.Choice{Value: strconv.FormatInt(e.ID, 10), Label: e.Name})
	}
	value := f.form.Get(name)
	offered := slices.ContainsFunc(options, func(o views.Choice) bool { return o.Value == value })
	if value == "" || !offered && !f.judged || name == "provisionTemplateId" {
		none := "Choose"
		if name == "provisionTemplateId" {
			none = "None"
		}
		options = append([]views.Choice{{Label: none}}, options...)
	}
	if offered || f.judged {
		options = f.chosen(name, options)
		if id, err := strconv.ParseInt(value, 10, 64); err == nil && !offered {
			if e, known := list.Entry(id); known {
				options[len(options)-1].Label = e.Name + ", not offered here"
			}
		}
	}
	v.Options = options
	return v
}

// lookUpWords say how old a look-up is, and why it could not be read.
func (s *Server) lookUpWords(list *fleet.List, c views.Clock) (hint, failed string) {
	if list.Problem.Kind != fleet.NoProblem {
		title, _ := problemWords(list.Problem, s.config.YCMHost)
		failed = title + "."
		if !list.At.IsZero() {
			failed += " This is the list from before."
		}
	}
	if list.At.IsZero() {
		if failed == "" {
			failed = "Not read from YCM yet."
		}
		return "", failed
	}
	return "From YCM, read " + c.Ago(list.At) + ".", failed
}

func (s *Server) customersField(f fieldMaker, p newPBXForm, c views.Clock) views.CustomersField {
	list := s.fleet.LookUp(fleet.Customers)
	v := views.CustomersField{FormField: f.field("customerIds", ""), Search: p.search}
	v.ReloadOf = string(fleet.Customers)
	v.Hint, v.Failed = s.lookUpWords(list, c)
	if s.fleet.ReadingCustomers() {
		v.Hint += " They are being read again, which takes a minute or more for thousands; this form can go on meanwhile."
	}
	if !list.At.IsZero() {
		v.Hint = views.Count(int64(len(list.Entries)), "customer", "customers") + ". " + v.Hint
	}
	chosen := p.form.All("customerIds")
	chosen = chosen[:min(len(chosen), fleet.MaxCustomers)] // more are refused, and would only make a huge page
	for _, id := range chosen {
		choice := views.CustomerChoice{ID: id, Name: fleet.Shorten(id), Email: "not among YCM’s customers"}
		if n, err := strconv.ParseInt(id, 10, 64); err == nil {
			if e, known := list.Entry(n); known {
				choice.Name, choice.Email = e.Name, e.Email
			}
		}
		v.Chosen = append(v.Chosen, choice)
	}
	if p.find {
		v.Found, v.More = s.foundCustomers(p.search, chosen)
	}
	return v
}

// foundCustomers are the first that a search finds and that aren't chosen yet, and what to say of the rest.
func (s *Server) foundCustomers(search string, chosen []string) (found []views.CustomerChoice, more string) {
	entries, count := s.fleet.LookUp(fleet.Customers).Find(firstRunes(search, 100), foundMost+len(chosen))
	for _, e := range entries {
		id := strconv.FormatInt(e.ID, 10)
		if !slices.Contains(chosen, id) && len(found) < foundMost {
			found = append(found, views.CustomerChoice{ID: id, Name: e.Name, Email: e.Email})
		}
	}
	switch rest := count - len(found); {
	case count == 0:
		more = "Nobody has all these words in name or e-mail address."
	case rest > len(chosen):
		more = views.Number(int64(rest)) + " more: type more of the name."
	}
	return found, more
}

// liveForm is the panel beside the form.
func (s *Server) liveForm(d fleet.Draft, left fleet.Left, c views.Clock) liveForm {
	var l liveForm
	sub := s.fleet.Subscription()
	l.Age = "The package was never read. It is when you create."
	if !sub.At.IsZero() {
		l.Age = "Read " + c.Ago(sub.At) + ", open creations counted. Read again when you create."
	}
	rows := s.fleet.Ledger(sub, s.fleet.Snapshot())
	for _, i := range fleet.ShownResources {
		resource := fleet.Resources[i]
		if !sub.At.IsZero() && !rows[i].Reported() {
			continue
		}
		v := views.CapacityPreview{Resource: resource, Label: resourceLabels[resource], Now: "not reported", After: "not reported"}
		if n := left[i]; n.Known && !sub.At.IsZero() {
			v.Now, v.After, v.Short = views.Number(n.N), views.Number(n.N-d.Takes[i]), n.N < d.Takes[i] && d.Takes[i] > 0
			if has(d.Problems, fleet.ResourceField(i)) {
				v.After = "?"
			}
			if total := rows[i].Total; total.Known && total.N > 0 {
				used := min(max(total.N-n.N, 0), total.N)
				v.Used, v.This = bar(used, min(d.Takes[i], total.N-used), total.N)
			}
		}
		l.Capacity = append(l.Capacity, v)
	}
	if d.Request.RecordingCapacity > 0 {
		l.Free = "YCM’s guide says that the first 500 recording minutes of each PBX are free, so they are not counted here. That is not confirmed."
	}
	l.host(d)
	l.checks(d, sub.At.IsZero())
	return l
}

// bar is what is used, and this PBX's part after it, of 100. The part is wide enough to be seen.
func bar(used, part, of int64) (first, second string) {
	write := func(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }
	a, b := float64(used)*100/float64(of), float64(part)*100/float64(of)
	if part > 0 {
		b = max(b, 1.5)
	}
	return write(min(a, 100-b)), write(b)
}

// host shows the host name as it will be.
func (l *liveForm) host(d fleet.Draft) {
	l.Host.Text = "The host name appears here once it is valid."
	if d.Host == "" {
		for _, f := range d.Problems {
			if f.Field == "subDomain" && !f.Missing {
				l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-bad", "circle-x", f.Text
			}
		}
		return
	}
	l.Host.Sub, l.Host.Domain = d.Request.SubDomain, d.Words["domainId"]
	l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-ok", "circle-check", "not in your fleet; YCM is asked when you create"
	if has(d.Problems, "subDomain") {
		l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-bad", "circle-x", "taken"
	}
}

// say adds what YCM says of the host name.
func (l *liveForm) say(state fleet.HostState) {
	i := slices.IndexFunc(l.Checks, func(c views.FormCheck) bool { return c.Text == hostCheck })
	switch {
	case i < 0: // something else is wrong with it
	case state == fleet.HostFree:
		l.Host.Text = "free"
		l.Checks[i].Text = "Host name free, says YCM"
	case state == fleet.HostTaken:
		l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-bad", "circle-x", "taken: YCM has a PBX with this host name"
		l.Checks[i] = views.FormCheck{Tone: "tone-bad", Icon: "circle-x", State: "bad", Text: "Host name taken, says YCM"}
	default:
		l.Host.Text = "not in your fleet; YCM could not be asked just now"
	}
	l.sum()
}

// hostCheck is what is known of a host name without YCM.
const hostCheck = "Host name not in your fleet"

// checks says of each rule whether the form keeps it.
func (l *liveForm) checks(d fleet.Draft, unread bool) {
	for _, c := range []struct {
		text   string
		fields []string
		skip   bool
	}{
		{"Name and customers", []string{"name", "customerIds", "reason"}, false},
		{hostCheck, []string{"subDomain", "domainId"}, false},
		{"Region and firmware", []string{"regionId", "versionId"}, false},
		{"Plan, extensions and calls", []string{"plan", "extensionCapacity", "concurrentCallCapacity"}, false},
		{"Recording and its minutes go together", []string{"recordingStatus", "recordingCapacity"}, false},
		{"Type, date and what follows go together", []string{"type", "expirationDate", "allowRunAfterExpirationDate"}, false},
		{"Firmware knows chat", []string{"im"}, !d.Form.IsOn("im")},
		{"Firmware knows transcription", []string{"transcriptionCapacity"}, d.Form.Get("transcriptionCapacity") == ""},
		{"Access", []string{"passwordlessLogin", "allowSuperiorPasswordlessLogin", "upgradeInPbx"}, !anyOf(d.Problems, "passwordlessLogin", "allowSuperiorPasswordlessLogin", "upgradeInPbx")},
		{"Template allowed and offered", []string{"provisioningViaTemplate", "provisionTemplateId"}, d.Form.Get("provisionTemplateId") == ""},
	} {
		if !c.skip {
			l.Checks = append(l.Checks, checksOf(c.text, d, c.fields)...)
		}
	}
	short := slices.ContainsFunc(l.Capacity, func(c views.CapacityPreview) bool { return c.Short })
	switch {
	case anyOf(d.Problems, "extensionCapacity", "concurrentCallCapacity", "recordingCapacity", "transcriptionCapacity", "plan"):
		l.Checks = append(l.Checks, views.FormCheck{Icon: "circle-dashed", State: "todo", Text: "Capacity: give valid sizes first"})
	case unread:
		l.Checks = append(l.Checks, views.FormCheck{Tone: "tone-warn", Icon: "circle-dashed", State: "todo", Text: "Capacity: the package was not read yet"})
	case short:
		l.Checks = append(l.Checks, views.FormCheck{Tone: "tone-warn", Icon: "triangle-alert", State: "warn", Text: "Not enough capacity, by the last reading"})
	default:
		l.Checks = append(l.Checks, views.FormCheck{Tone: "tone-ok", Icon: "circle-check", State: "ok", Text: "Enough capacity"})
	}
	l.sum()
}

func anyOf(findings []fleet.Finding, fields ...string) bool {
	return slices.ContainsFunc(findings, func(f fleet.Finding) bool { return slices.Contains(fields, f.Field) })
}

// checksOf are all findings of some fields, each by its field's name, or one line that there are none.
func checksOf(text string, d fleet.Draft, fields []string) []views.FormCheck {
	var checks []views.FormCheck
	for _, f := range d.Problems {
		switch {
		case !slices.Contains(fields, f.Field):
		case f.Missing:
			checks = append(checks, views.FormCheck{Icon: "circle-dashed", State: "todo", Text: f.Text})
		default:
			checks = append(checks, views.FormCheck{Tone: "tone-bad", Icon: "circle-x", State: "bad", Text: formLabels[f.Field] + ": " + f.Text})
		}
	}
	for _, f := range d.Warnings {
		if slices.Contains(fields, f.Field) && f.Takes == 0 {
			checks = append(checks, views.FormCheck{Tone: "tone-warn", Icon: "triangle-alert", State: "warn", Text: formLabels[f.Field] + ": " + f.Text})
		}
	}
	if len(checks) == 0 {
		checks = append(checks, views.FormCheck{Tone: "tone-ok", Icon: "circle-check", State: "ok", Text: text})
	}
	return checks
}

// sum counts the checks that pass.
func (l *liveForm) sum() {
	good := 0
	for _, c := range l.Checks {
		if c.State == "ok" {
			good++
		}
	}
	l.Summary = fmt.Sprintf("%d of %d pass", good, len(l.Checks))
}

func presetURL(p store.Saved) string {
	return views.NewPBXURL(map[string][]string{"preset": {strconv.FormatInt(p.ID, 10)}})
}

func (s *Server) presets(r *http.Request) []store.Saved {
	all, err := s.store.Saved(r.Context(), store.Presets, userFrom(r.Context()).ID)
	if err != nil {
		s.log.ErrorContext(r.Context(), "the presets could not be read", "request_id", requestIDFrom(r.Context()), "err", err)
	}
	return all
}
