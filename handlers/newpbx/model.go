package newpbx

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/operations/create"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/newpbx"
	"cordboard/views/ui"
)

// model returns the form's page. The fields show their problems only once the form has been validated, but the checks
// next to the form always show them.
func (h *Handler) model(r *http.Request, p formState) (views.Page, create.Draft, error) {
	c := h.site.Clock(r)
	d, left, err := h.create.Preview(r.Context(), p.form, c.Zone)
	if err != nil {
		return views.Page{}, d, fmt.Errorf("validate form: %w", err)
	}
	f := fieldMaker{
		form: p.form,
		warnings: slices.DeleteFunc(
			slices.Clone(d.Warnings),
			func(w input.Finding) bool {
				return !slices.Contains(ofFirmware, w.Field) || w.Code == input.Shortage
			},
		),
	}
	if p.draft != nil {
		f.problems, f.warnings, f.judged = p.draft.Problems, p.draft.Warnings, true
		d = *p.draft
	}
	m := h.fields(f, d, c)
	m.Attempt, m.Notice, m.Problems, m.OptionsAge = p.attempt, p.notice, summary(f.problems), optionsAge(h.catalog, c)
	m.PresetName, m.PresetShared, m.PresetProblem = p.presetName, p.presetShared, p.presetProblem
	m.Keep.Required = p.form.Get("expirationDate") != ""
	if f.judged && len(m.Problems) == 0 {
		m.Warnings = summary(f.warnings)
	}
	m.Place = h.placeFields(f)
	if slices.Contains(p.moved, fleet.Firmwares) {
		m.Place.Changed = "The selection changed with the region."
	}
	m.Template = h.optionSelect(f, "provisionTemplateId", fleet.Templates, 0)
	m.Customers = h.customersField(f, p)
	for _, preset := range h.presets(r) {
		m.Presets = append(m.Presets, ui.Link{Label: preset.Name, URL: presetURL(preset)})
	}
	m.Live = h.liveForm(d, left, c).Live
	m.Live.Warned = len(m.Warnings) > 0
	if slices.Contains(p.moved, fleet.Domains) {
		m.Live.Host.Note = " (domain changed with the region)"
	}
	return m, d, nil
}

// fields returns the page with the fields that don't depend on data from YCM.
func (h *Handler) fields(f fieldMaker, d create.Draft, c ui.Clock) views.Page {
	return views.Page{
		Identity: views.Identity{
			Name:   f.text("name", "Shown in YCM and here.", 255),
			Reason: f.optional(f.text("reason", "For example, a ticket number. Stored in the audit log.", 200)),
		},
		Location: views.Location{SubDomain: f.mono(f.text("subDomain", "Letters, digits and hyphens.", 63))},
		Size:     h.sizeFields(f, d),
		Expiry:   expiryFields(f, c),
		Features: views.Features{
			Passwordless: f.toggle("passwordlessLogin", "You can open the PBX from YCM without its password."),
			Superior:     f.toggle("allowSuperiorPasswordlessLogin", "Applies only while passwordless login is on."),
			IM:           f.toggle("im", "Needs firmware 84.12.0.32 or later."),
			Upgrade:      f.toggle("upgradeInPbx", "The PBX’s administrator can upgrade its firmware."),
			ByTemplate:   f.toggle("provisioningViaTemplate", "Provisioning templates can be used for this PBX."),
		},
	}
}

func (h *Handler) sizeFields(f fieldMaker, d create.Draft) views.Size {
	return views.Size{
		Plan: f.segments(
			"plan",
			"Ultimate includes 240 transcription minutes, Enterprise 120. An Ultimate PBX uses Ultimate Plan "+
				"extensions from your subscription.",
			ui.Choice{Value: "Enterprise Plan", Label: "Enterprise"},
			ui.Choice{Value: "Ultimate Plan", Label: "Ultimate"},
		),
		Sizes: []ui.FormField{
			f.number("extensionCapacity", h.rules.ExtensionRange()+".", ""),
			f.number("concurrentCallCapacity", "Typically a quarter of the extensions.", ""),
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
	}
}

func expiryFields(f fieldMaker, c ui.Clock) views.Expiry {
	return views.Expiry{
		Type: f.segments(
			"type",
			"",
			ui.Choice{Value: "Trial", Label: "Trial"},
			ui.Choice{Value: "Commercial", Label: "Commercial"},
		),
		Date: f.optional(f.date("expirationDate", "The PBX expires at the end of this day ("+c.Zone.String()+").")),
		Keep: f.segments(
			"allowRunAfterExpirationDate",
			"Required if a date is set. YCM doesn’t report this setting, but you can see your choice on the operation’s page.",
			ui.Choice{Value: "true", Label: "Keep running"},
			ui.Choice{Value: "false", Label: "Stop"},
		),
	}
}

// anchor returns the ID of the element that a problem with the field links to.
func anchor(field string) string {
	if field == "customerIds" {
		return "customerSearch"
	}
	return field
}

// ofFirmware are the fields for features that only newer firmware supports. Warnings that the firmware is too old are
// shown even before the form is validated.
var ofFirmware = []string{"im", "transcriptionCapacity"}

// summary returns the list of findings at the top of the page.
func summary(findings []input.Finding) []views.FormProblem {
	var list []views.FormProblem
	for _, f := range findings {
		list = append(
			list,
			views.FormProblem{
				Field: anchor(f.Field),
				Label: display.FormLabels[f.Field],
				Text:  display.Finding(f),
				Key:   f.Key(),
			},
		)
	}
	return list
}

func minutesHint(d create.Draft) string {
	if n := d.Request.RecordingCapacity; n >= 60 {
		if n%60 == 0 {
			return ui.Count(n/60, "hour.", "hours.")
		}
		return fmt.Sprintf("%s h %d min.", ui.Number(n/60), n%60)
	}
	return "Total for this PBX."
}

func (h *Handler) customersField(f fieldMaker, p formState) views.CustomersField {
	options := h.catalog.Options(fleet.Customers)
	v := views.CustomersField{FormField: f.field("customerIds", ""), Search: p.search}
	v.Source = source(options, fleet.Customers, h.site.Config.YCMHost)
	if !options.At.IsZero() {
		v.Hint = ui.Count(int64(len(options.All)), "customer", "customers") + "."
	}
	if h.catalog.ReadingCustomers() {
		v.Hint += " Cordboard is reading the list again. This takes a minute or more if there are thousands of customers. " +
			"You can keep using this form."
	}
	chosen := p.form.All("customerIds")
	chosen = chosen[:min(len(chosen), input.MaxCustomers)] // a form with more would make the page huge
	for _, id := range chosen {
		choice := views.CustomerChoice{ID: id, Name: list.Shorten(id), Email: "not in the list of customers"}
		if n, err := strconv.ParseInt(id, 10, 64); err == nil {
			if e, known := options.ByID(n); known {
				choice.Name, choice.Email = e.Name, e.Email
			}
		}
		v.Chosen = append(v.Chosen, choice)
	}
	if p.find {
		v.Found, v.More = h.foundCustomers(p.search, chosen)
	}
	return v
}

// foundCustomers returns the first customers that match a search and haven't been chosen yet. If nothing matches or
// there are more matches, it also returns a sentence that says so.
func (h *Handler) foundCustomers(search string, chosen []string) (found []views.CustomerChoice, more string) {
	entries, count := h.catalog.Options(fleet.Customers).Find(fold.FirstRunes(search, 100), foundMost+len(chosen))
	for _, e := range entries {
		id := strconv.FormatInt(e.ID, 10)
		if !slices.Contains(chosen, id) && len(found) < foundMost {
			found = append(found, views.CustomerChoice{ID: id, Name: e.Name, Email: e.Email})
		}
	}
	switch rest := count - len(found); {
	case count == 0:
		more = "No customer’s name or email address contains all these words. If the customer is new in YCM, reload " +
			"the choices below the subdomain."
	case rest > len(chosen):
		more = ui.Count(int64(rest), "more result", "more results") + ". Keep typing to narrow the search."
	}
	return found, more
}

// liveForm returns the panel next to the form.
func (h *Handler) liveForm(d create.Draft, left create.Left, c ui.Clock) liveForm {
	var l liveForm
	sub := h.readings.Subscription()
	l.Age = "The subscription has not been read yet. Cordboard reads it when you create the PBX."
	if !sub.At.IsZero() {
		l.Age = "Subscription read " + c.Ago(sub.At) + ". Capacity reserved by open operations counts as used. " +
			"Cordboard reads the subscription again when you create the PBX."
	}
	rows := capacity.NewLedger(sub.Reading, h.fleet.Snapshot(), h.fleet.Freshness())
	for _, i := range fleet.ShownResources {
		resource := fleet.Resources[i]
		if !sub.At.IsZero() && !rows[i].Reported() {
			continue
		}
		v := views.CapacityPreview{
			Resource: resource,
			Label:    display.ResourceLabels[resource],
			Now:      "not reported",
			After:    "not reported",
		}
		if n := left[i]; n.Known() && !sub.At.IsZero() {
			v.Now = ui.Number(n.N)
			v.After = ui.Number(n.N - d.Takes[i])
			v.Short = n.N < d.Takes[i] && d.Takes[i] > 0
			if anyOf(d.Problems, fleet.ResourceField(i)) {
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

func presetURL(p store.Saved) string {
	return ui.NewPBXURL(map[string][]string{"preset": {strconv.FormatInt(p.ID, 10)}})
}

func (h *Handler) presets(r *http.Request) []store.Saved {
	all, err := h.saved.Saved(r.Context(), store.Presets, web.UserFrom(r.Context()).ID)
	if err != nil {
		h.site.Log.ErrorContext(r.Context(), "read presets", "request_id", web.RequestIDFrom(r.Context()), "err", err)
	}
	return all
}
