package pbxs

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/fleet/operations"
	"cordboard/handlers/web"
	"cordboard/store"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// liveForm builds the panel beside the form.
type liveForm struct{ views.NewPBXLive }

// newPBXModel returns the page of a form. Fields show their problems only after the form was validated; the checks
// beside the form always show them.
func (s *Handler) newPBXModel(r *http.Request, p newPBXForm) (views.NewPBXPage, operations.Draft, error) {
	c := s.Clock(r)
	d, left, err := s.create.Preview(r.Context(), p.form, c.Zone)
	if err != nil {
		return views.NewPBXPage{}, d, fmt.Errorf("validate form: %w", err)
	}
	f := fieldMaker{
		form: p.form,
		warnings: slices.DeleteFunc(
			slices.Clone(d.Warnings),
			func(w operations.Finding) bool { return !slices.Contains(ofFirmware, w.Field) || w.Takes > 0 },
		),
	}
	if p.draft != nil {
		f.problems, f.warnings, f.judged = p.draft.Problems, p.draft.Warnings, true
		d = *p.draft
	}
	m := views.NewPBXPage{
		Attempt:       p.attempt,
		Notice:        p.notice,
		Problems:      summary(f.problems),
		PresetName:    p.presetName,
		PresetShared:  p.presetShared,
		PresetProblem: p.presetProblem,
		Name:          f.text("name", "Shown in YCM and here.", 255),
		Reason:        f.optional(f.text("reason", "Such as a ticket number. Stored in the audit log.", 200)),
		SubDomain:     f.mono(f.text("subDomain", "Letters, digits and hyphens.", 63)),
		Plan: f.segments(
			"plan",
			"Ultimate includes 240 transcription minutes, Enterprise 120. An Ultimate PBX uses Ultimate Plan "+
				"extensions from your subscription.",
			ui.Choice{
				Value: "Enterprise Plan",
				Label: "Enterprise",
			},
			ui.Choice{Value: "Ultimate Plan", Label: "Ultimate"},
		),
		Sizes: []ui.FormField{
			f.number("extensionCapacity", s.rules.ExtensionRange()+".", ""),
			f.number("concurrentCallCapacity", "Typically a third of the extensions.", ""),
		},
		Recording: f.toggle("recordingStatus", "Off: no minutes reserved."),
		Minutes:   f.number("recordingCapacity", minutesHint(d), "minutes"),
		Transcribed: f.optional(
			f.number(
				"transcriptionCapacity",
				"In addition to the plan’s minutes. Needs firmware 84.19.0.110 or later.",
				"minutes",
			),
		),
		Type: f.segments(
			"type",
			"",
			ui.Choice{Value: "Trial", Label: "Trial"},
			ui.Choice{Value: "Commercial", Label: "Commercial"},
		),
		Date: f.optional(f.date("expirationDate", "End of that day, "+c.Zone.String()+".")),
		Keep: f.segments(
			"allowRunAfterExpirationDate",
			"Required if a date is set. YCM doesn’t report this setting, but the creation’s page keeps your choice.",
			ui.Choice{Value: "true", Label: "Keep running"},
			ui.Choice{Value: "false", Label: "Stop"},
		),
		Passwordless: f.toggle("passwordlessLogin", "You can open the PBX from YCM without its password."),
		Superior:     f.toggle("allowSuperiorPasswordlessLogin", "Applies only while passwordless login is on."),
		IM:           f.toggle("im", "Needs firmware 84.12.0.32 or later."),
		Upgrade:      f.toggle("upgradeInPbx", "The PBX’s administrator can upgrade it."),
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
		m.Presets = append(m.Presets, ui.Link{Label: preset.Name, URL: presetURL(preset)})
	}
	m.Live = s.liveForm(d, left, c).NewPBXLive
	if slices.Contains(p.moved, fleet.Domains) {
		m.Live.Host.Note = " (domain changed with the region)"
	}
	return m, d, nil
}

// anchor returns the ID of the element that a field's problem links to.
func anchor(field string) string {
	if field == "customerIds" {
		return "customerSearch"
	}
	return field
}

// ofFirmware lists the fields that the chosen firmware may be too old for. Their warnings are shown immediately.
var ofFirmware = []string{"im", "transcriptionCapacity"}

// summary returns the list of findings at the top of the page.
func summary(findings []operations.Finding) []views.FormProblem {
	var list []views.FormProblem
	for _, f := range findings {
		list = append(
			list,
			views.FormProblem{Field: anchor(f.Field), Label: web.FormLabels[f.Field], Text: f.Text, Key: f.Key()},
		)
	}
	return list
}

func minutesHint(d operations.Draft) string {
	if n := d.Request.RecordingCapacity; n >= 60 {
		if n%60 == 0 {
			return ui.Count(n/60, "hour.", "hours.")
		}
		return fmt.Sprintf("%s h %d min.", ui.Number(n/60), n%60)
	}
	return "Total for this PBX."
}

// fieldMaker builds the fields of a form with their findings.
type fieldMaker struct {
	form               operations.Form
	problems, warnings []operations.Finding
	judged             bool // validated: posted values stay, valid or not
}

// unrequired lists the fields that YCM doesn't require.
var unrequired = []string{
	"reason",
	"transcriptionCapacity",
	"expirationDate",
	"allowRunAfterExpirationDate",
	"provisioningViaTemplate",
	"provisionTemplateId",
}

func (f fieldMaker) field(name, hint string) ui.FormField {
	v := ui.FormField{
		Name:     name,
		Label:    web.FormLabels[name],
		Hint:     hint,
		Problem:  textOf(f.problems, name),
		Warning:  textOf(f.warnings, name),
		Required: !slices.Contains(unrequired, name),
	}
	if values := f.form[name]; len(values) > 0 {
		v.Value = values[0] // as typed
	}
	return v
}

func (f fieldMaker) text(name, hint string, most int) ui.FormField {
	v := f.field(name, hint)
	v.MaxLength = strconv.Itoa(most)
	return v
}

func (f fieldMaker) optional(v ui.FormField) ui.FormField {
	v.Optional = true
	return v
}

func (f fieldMaker) mono(v ui.FormField) ui.FormField {
	v.Class = "input-mono"
	return v
}

func (f fieldMaker) number(name, hint, unit string) ui.FormField {
	v := f.text(name, hint, 9)
	v.Class, v.Unit = "input-num", unit
	return v
}

// date returns a date field, or a text field if the value is not a date, which a date field wouldn't show.
func (f fieldMaker) date(name, hint string) ui.FormField {
	v := f.field(name, hint)
	v.Type = "date"
	if _, err := time.Parse(time.DateOnly, strings.TrimSpace(v.Value)); err != nil && v.Value != "" {
		v.Type = "text"
	}
	return v
}

func (f fieldMaker) toggle(name, hint string) ui.FormField {
	v := f.field(name, hint)
	v.On = f.form.IsOn(name)
	return v
}

// segments returns a choice between options. A value that isn't among them becomes another option.
func (f fieldMaker) segments(name, hint string, options ...ui.Choice) ui.FormField {
	v := f.field(name, hint)
	v.Options = f.chosen(name, options)
	return v
}

func (f fieldMaker) chosen(name string, options []ui.Choice) []ui.Choice {
	value, found := f.form.Get(name), false
	for i := range options {
		options[i].On = options[i].Value == value
		found = found || options[i].On
	}
	if !found && value != "" {
		options = append(options, ui.Choice{Value: value, Label: "“" + list.Shorten(value) + "”", On: true})
	}
	return options
}

// placeFields returns the region and what it offers. A domain or firmware that the region doesn't offer is not
// selected, unless the form was validated: then it stays selected, with its problem.
func (s *Handler) placeFields(f fieldMaker, c ui.Clock) views.PlaceFields {
	p := views.PlaceFields{Region: s.lookUpSelect(f, "regionId", fleet.Regions, 0, c)}
	p.Region.Hint = "Determines the available domains and firmware. " + p.Region.Hint
	region, _ := strconv.ParseInt(f.form.Get("regionId"), 10, 64)
	if region == 0 {
		region = -1 // without a region, nothing is offered
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

// lookUpSelect returns a choice from a look-up, limited to what the region offers unless region is 0.
func (s *Handler) lookUpSelect(
	f fieldMaker,
	name string,
	from fleet.OptionKind,
	region int64,
	c ui.Clock,
) ui.FormField {
	list := s.catalog.Options(from)
	v := f.field(name, "")
	v.ReloadOf = string(from)
	v.Hint, v.Failed = s.lookUpWords(list, c)
	entries := list.All
	if region != 0 {
		entries = list.In(region)
	}
	var options []ui.Choice
	for _, e := range entries {
		options = append(options, ui.Choice{Value: strconv.FormatInt(e.ID, 10), Label: e.Name})
	}
	value := f.form.Get(name)
	offered := slices.ContainsFunc(options, func(o ui.Choice) bool { return o.Value == value })
	if value == "" || !offered && !f.judged || name == "provisionTemplateId" {
		none := "Choose"
		if name == "provisionTemplateId" {
			none = "None"
		}
		options = append([]ui.Choice{{Label: none}}, options...)
	}
	if offered || f.judged {
		options = f.chosen(name, options)
		if id, err := strconv.ParseInt(value, 10, 64); err == nil && !offered {
			if e, known := list.ByID(id); known {
				options[len(options)-1].Label = e.Name + ", not offered here"
			}
		}
	}
	v.Options = options
	return v
}

// lookUpWords returns the age of a look-up and, if it could not be read, the reason.
func (s *Handler) lookUpWords(list *fleet.Options, c ui.Clock) (hint, failed string) {
	if list.Problem.Kind != fleet.NoProblem {
		title, _ := web.ProblemWords(list.Problem, s.Config.YCMHost)
		failed = title + "."
		if !list.At.IsZero() {
			failed += " This is the previous list."
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

func (s *Handler) customersField(f fieldMaker, p newPBXForm, c ui.Clock) views.CustomersField {
	options := s.catalog.Options(fleet.Customers)
	v := views.CustomersField{FormField: f.field("customerIds", ""), Search: p.search}
	v.ReloadOf = string(fleet.Customers)
	v.Hint, v.Failed = s.lookUpWords(options, c)
	if s.catalog.ReadingCustomers() {
		v.Hint += " The list is being read again, which takes a minute or more for thousands of customers. You can " +
			"keep using this form."
	}
	if !options.At.IsZero() {
		v.Hint = ui.Count(int64(len(options.All)), "customer", "customers") + ". " + v.Hint
	}
	chosen := p.form.All("customerIds")
	chosen = chosen[:min(len(chosen), operations.MaxCustomers)] // more are rejected and would only make the page huge
	for _, id := range chosen {
		choice := views.CustomerChoice{ID: id, Name: list.Shorten(id), Email: "not a customer in YCM"}
		if n, err := strconv.ParseInt(id, 10, 64); err == nil {
			if e, known := options.ByID(n); known {
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

// foundCustomers returns the first customers that match a search and aren't chosen yet, and a sentence about the
// rest.
func (s *Handler) foundCustomers(search string, chosen []string) (found []views.CustomerChoice, more string) {
	entries, count := s.catalog.Options(fleet.Customers).Find(web.FirstRunes(search, 100), foundMost+len(chosen))
	for _, e := range entries {
		id := strconv.FormatInt(e.ID, 10)
		if !slices.Contains(chosen, id) && len(found) < foundMost {
			found = append(found, views.CustomerChoice{ID: id, Name: e.Name, Email: e.Email})
		}
	}
	switch rest := count - len(found); {
	case count == 0:
		more = "No customer has all these words in their name or email address."
	case rest > len(chosen):
		more = ui.Number(int64(rest)) + " more results. Keep typing to narrow them down."
	}
	return found, more
}

// liveForm returns the panel beside the form.
func (s *Handler) liveForm(d operations.Draft, left operations.Left, c ui.Clock) liveForm {
	var l liveForm
	sub := s.Subscriptions.Subscription()
	l.Age = "The subscription has not been read yet. It is read when you create."
	if !sub.At.IsZero() {
		l.Age = "Read " + c.Ago(sub.At) + ", including open creations. It is read again when you create."
	}
	rows := capacity.NewLedger(sub.Reading, s.Mirror.Snapshot(), s.Mirror.Freshness())
	for _, i := range fleet.ShownResources {
		resource := fleet.Resources[i]
		if !sub.At.IsZero() && !rows[i].Reported() {
			continue
		}
		v := views.CapacityPreview{
			Resource: resource,
			Label:    web.ResourceLabels[resource],
			Now:      "not reported",
			After:    "not reported",
		}
		if n := left[i]; n.Known() && !sub.At.IsZero() {
			v.Now = ui.Number(n.N)
			v.After = ui.Number(n.N - d.Takes[i])
			v.Short = n.N < d.Takes[i] && d.Takes[i] > 0
			if has(d.Problems, fleet.ResourceField(i)) {
				v.After = "?"
			}
			if total := rows[i].Total; total.Known() && total.N > 0 {
				used := min(max(total.N-n.N, 0), total.N)
				v.Used, v.This = bar(used, min(d.Takes[i], total.N-used), total.N)
			}
		}
		l.Capacity = append(l.Capacity, v)
	}
	if d.Request.RecordingCapacity > 0 {
		l.Free = "YCM’s guide says that the first 500 recording minutes of each PBX are free, so they are not " +
			"counted here. This is not confirmed."
	}
	l.host(d)
	l.checks(d, sub.At.IsZero())
	return l
}

// bar returns the used share and this PBX's share in percent. The latter is always wide enough to be visible.
func bar(used, part, of int64) (first, second string) {
	write := func(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }
	a, b := float64(used)*100/float64(of), float64(part)*100/float64(of)
	if part > 0 {
		b = max(b, 1.5)
	}
	return write(min(a, 100-b)), write(b)
}

// host shows the resulting host name.
func (l *liveForm) host(d operations.Draft) {
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
	l.Host.Tone = "tone-ok"
	l.Host.Icon = "circle-check"
	l.Host.Text = "not in your fleet; checked with YCM when you create"
	if has(d.Problems, "subDomain") {
		l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-bad", "circle-x", "taken"
	}
}

// say adds the result of YCM's host name check.
func (l *liveForm) say(state operations.HostState) {
	i := slices.IndexFunc(l.Checks, func(c views.FormCheck) bool { return c.Text == hostCheck })
	switch {
	case i < 0: // the host name has another problem
	case state == operations.HostFree:
		l.Host.Text = "available"
		l.Checks[i].Text = "Host name available"
	case state == operations.HostTaken:
		l.Host.Tone, l.Host.Icon, l.Host.Text = "tone-bad", "circle-x", "taken: YCM has a PBX with this host name"
		l.Checks[i] = views.FormCheck{Tone: "tone-bad", Icon: "circle-x", State: "bad", Text: "Host name taken in YCM"}
	default:
		l.Host.Text = "not in your fleet; could not be checked with YCM just now"
	}
	l.sum()
}

// hostCheck is the text of the host name check before YCM was asked.
const hostCheck = "Host name not in your fleet"

// checks adds the result of each rule.
func (l *liveForm) checks(d operations.Draft, unread bool) {
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
		{"Type and expiry are consistent", []string{"type", "expirationDate", "allowRunAfterExpirationDate"}, false},
		{"Firmware supports chat", []string{"im"}, !d.Form.IsOn("im")},
		{"Firmware supports transcription", []string{"transcriptionCapacity"}, d.Form.Get("transcriptionCapacity") == ""},
		{"Access", []string{"passwordlessLogin", "allowSuperiorPasswordlessLogin", "upgradeInPbx"}, !anyOf(d.Problems, "passwordlessLogin", "allowSuperiorPasswordlessLogin", "upgradeInPbx")},
		{"Template is allowed and available", []string{"provisioningViaTemplate", "provisionTemplateId"}, d.Form.Get("provisionTemplateId") == ""},
	} {
		if !c.skip {
			l.Checks = append(l.Checks, checksOf(c.text, d, c.fields)...)
		}
	}
	short := slices.ContainsFunc(l.Capacity, func(c views.CapacityPreview) bool { return c.Short })
	switch {
	case anyOf(d.Problems, "extensionCapacity", "concurrentCallCapacity", "recordingCapacity", "transcriptionCapacity", "plan"):
		l.Checks = append(
			l.Checks,
			views.FormCheck{Icon: "circle-dashed", State: "todo", Text: "Capacity: enter valid sizes first"},
		)
	case unread:
		l.Checks = append(
			l.Checks,
			views.FormCheck{
				Tone:  "tone-warn",
				Icon:  "circle-dashed",
				State: "todo",
				Text:  "Capacity: the subscription has not been read yet",
			},
		)
	case short:
		l.Checks = append(
			l.Checks,
			views.FormCheck{
				Tone:  "tone-warn",
				Icon:  "triangle-alert",
				State: "warn",
				Text:  "Not enough capacity, based on the last reading",
			},
		)
	default:
		l.Checks = append(
			l.Checks,
			views.FormCheck{Tone: "tone-ok", Icon: "circle-check", State: "ok", Text: "Enough capacity"},
		)
	}
	l.sum()
}

func anyOf(findings []operations.Finding, fields ...string) bool {
	return slices.ContainsFunc(findings, func(f operations.Finding) bool { return slices.Contains(fields, f.Field) })
}

// checksOf returns one check per finding of the fields, or one passed check with text if there are none.
func checksOf(text string, d operations.Draft, fields []string) []views.FormCheck {
	var checks []views.FormCheck
	for _, f := range d.Problems {
		switch {
		case !slices.Contains(fields, f.Field):
		case f.Missing:
			checks = append(checks, views.FormCheck{Icon: "circle-dashed", State: "todo", Text: f.Text})
		default:
			checks = append(
				checks,
				views.FormCheck{
					Tone:  "tone-bad",
					Icon:  "circle-x",
					State: "bad",
					Text:  web.FormLabels[f.Field] + ": " + f.Text,
				},
			)
		}
	}
	for _, f := range d.Warnings {
		if slices.Contains(fields, f.Field) && f.Takes == 0 {
			checks = append(
				checks,
				views.FormCheck{
					Tone:  "tone-warn",
					Icon:  "triangle-alert",
					State: "warn",
					Text:  web.FormLabels[f.Field] + ": " + f.Text,
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
	l.Summary = fmt.Sprintf("%d of %d pass", good, len(l.Checks))
}

func presetURL(p store.Saved) string {
	return ui.NewPBXURL(map[string][]string{"preset": {strconv.FormatInt(p.ID, 10)}})
}

func (s *Handler) presets(r *http.Request) []store.Saved {
	all, err := s.Store.Saved(r.Context(), store.Presets, web.UserFrom(r.Context()).ID)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "read presets", "request_id", web.RequestIDFrom(r.Context()), "err", err)
	}
	return all
}
