package actions

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/actions"
	"cordboard/views/ui"
)

func (h *Handler) page(w http.ResponseWriter, r *http.Request, status int, s state) error {
	m, err := h.model(s, h.site.Clock(r))
	if err != nil {
		return err
	}
	return h.site.Render(w, r, status, m.Title, views.Action(m), views.Follows(m))
}

func (h *Handler) model(s state, c ui.Clock) (views.Page, error) {
	d, p := s.draft, s.draft.PBX
	seen, err := json.Marshal(d.Seen)
	if err != nil {
		return views.Page{}, fmt.Errorf("encode what the user sees: %w", err)
	}
	m := views.Page{
		PBX: views.PBX{
			ID:   strconv.FormatInt(p.CloudPBXID, 10),
			Name: display.Name(p),
		},
		Words:   wordsOf(s.Kind, p),
		Attempt: s.attempt,
		AsOf:    h.site.Tokens.Seal(s.purpose(), seen),
		Notice:  s.notice,
		// A tick leaves the boxes as they are, so that it keeps the focus, and nothing moves under the pointer.
		Stage: views.Stage{
			Live:     s.Live,
			Judged:   s.judged,
			Searched: s.Live && s.Form.Get("searched") != input.Get(s.Form, "customerSearch"),
		},
		Fields: h.fields(s),
		Review: h.review(s, c),
	}
	if len(d.Changes) > 0 {
		m.Reviewed = d.Digest()
	}
	for _, f := range []fleet.Field{fleet.FieldStatus, fleet.FieldPlan, fleet.FieldType} {
		m.Badges = append(m.Badges, ui.BadgeFor(f.Name(), p.Text(f)))
	}
	about := func(f input.Finding) bool { return f.Field == "" }
	if s.judged {
		m.Problems = summary(d.Problems, m.Fields)
	} else { // only what no input can change
		hidden := func(f input.Finding) bool { return !about(f) && f.Code != change.FindingUnread }
		m.Problems = summary(slices.DeleteFunc(slices.Clone(d.Problems), hidden), m.Fields)
	}
	m.Review.Sendable = s.busy == nil && !slices.ContainsFunc(d.Problems, about)
	for _, f := range d.Problems {
		switch f.Code {
		case change.FindingNobodyToEmail:
			m.Review.Remedy = &ui.Link{Label: "Set customers", URL: ui.PBXURL(s.PBX) + "/customers"}
		case change.FindingUnread:
			m.Review.Remedy = &ui.Link{Label: "Try again", URL: m.URL}
		}
	}
	if s.busy != nil {
		m.Notice = display.BusyNotice(s.busy, "PBX")
	} else if len(m.Problems) == 0 {
		m.Warnings = summary(d.Warnings, m.Fields)
	}
	return m, nil
}

// summary returns findings as the summary shows them. Those about one of the fields link to it.
func summary(findings []input.Finding, fields []ui.FormField) (all []views.Problem) {
	for _, f := range findings {
		p := views.Problem{Text: display.Finding(f), Key: f.Key()}
		if i := slices.IndexFunc(fields, func(field ui.FormField) bool { return field.Name == f.Field }); i >= 0 {
			p.Field, p.Label = f.Field, fields[i].Label
		}
		all = append(all, p)
	}
	return all
}

// review returns the panel with the difference.
func (h *Handler) review(s state, c ui.Clock) views.Review {
	d, p := s.draft, s.draft.PBX
	r := views.Review{
		Changes:   changeRows(d.Changes, d.Owners, c),
		Meanwhile: changeRows(d.Meanwhile, d.Owners, c),
		Age:       "YCM’s values of " + c.Time(d.At).Text,
		Facts: []ui.Fact{{
			Name:  "Calls in progress",
			Value: display.IntText(p.Value(fleet.FieldActiveCalls)) + ", " + c.Ago(d.At),
		}},
	}
	for _, i := range fleet.ShownResources {
		left, takes := d.Left[i], d.Takes[i]
		if !left.Known() && takes == 0 {
			continue
		}
		row := ui.Capacity{
			Resource: fleet.Resources[i],
			Label:    display.ResourceLabels[fleet.Resources[i]],
			Left:     display.IntText(left),
			After:    display.IntText(left),
		}
		if left.Known() && takes != 0 {
			row.After, row.Short = ui.Number(left.N-takes), left.N < takes
		}
		r.Capacity = append(r.Capacity, row)
	}
	if at := h.readings.Subscription().At; !at.IsZero() {
		r.Reading = "Last reading minus open operations, " + c.Ago(at) + "."
	}
	return r
}

func changeRows(changes []store.FieldChange, of change.Owners, c ui.Clock) (rows []views.Change) {
	names := map[string]string{}
	for id, name := range of.Names {
		names[strconv.FormatInt(id, 10)] = name
	}
	for _, f := range changes {
		rows = append(rows, views.Change{
			Field:  f.Field,
			Label:  display.FieldLabel(f.Field),
			Before: valueOf(f.Field, f.Before, names, c),
			After:  valueOf(f.Field, f.After, names, c),
		})
	}
	return rows
}

// valueOf returns a field's value as the difference shows it.
func valueOf(field, raw string, names map[string]string, c ui.Clock) views.Value {
	if ui.HasBadge(field) {
		badge := ui.BadgeFor(field, raw)
		return views.Value{Badge: &badge}
	}
	return views.Value{Text: display.ChangeText(field, raw, names, c)}
}
