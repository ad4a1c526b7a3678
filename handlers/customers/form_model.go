package customers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/customer"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/customers"
	"cordboard/views/ui"
)

// formWords are the texts of each form. The title is completed with the customer's name.
var formWords = map[store.OperationKind]views.Words{
	customer.Create: {
		Title:   "New customer",
		Heading: "Customer",
		Lead:    "Cordboard creates the customer in YCM.",
		Button:  "Create customer",
		Class:   "btn-primary",
		URL:     "/customers",
	},
	customer.Update: {
		Title:   "Edit %s",
		Heading: "Customer",
		Lead:    "YCM replaces the whole record, so Cordboard sends the values that you leave unchanged, too.",
		Button:  "Save in YCM",
		Class:   "btn-primary",
	},
	customer.Delete: {
		Title:   "Delete %s",
		Heading: "Confirmation",
		Lead:    "This deletes the customer in YCM. Nothing can undo it. YCM refuses it while the customer has a PBX.",
		Button:  "Delete customer",
		Class:   "btn-danger",
	},
}

func (h *Forms) page(w http.ResponseWriter, r *http.Request, status int, s state) error {
	m := views.FormPage{
		Words:   formWords[s.Kind],
		Attempt: s.attempt,
		Notice:  s.notice,
		Fields:  fields(s),
	}
	about := func(f input.Finding) bool { return f.Field == "" }
	if c := s.draft.Customer; c != nil {
		m.ID, m.Name = strconv.FormatInt(c.ID, 10), c.Name()
		m.Title = fmt.Sprintf(m.Title, m.Name)
		m.URL = ui.CustomerURL(c.ID)
		if s.Kind == customer.Delete {
			m.URL += "/delete"
		}
		shown := s.draft.Seen()
		if !s.judged && s.Seen != nil { // the fields still have what was typed, and nobody has compared it with this record
			shown = s.Seen
		}
		seen, err := json.Marshal(shown)
		if err != nil {
			return fmt.Errorf("encode what the user sees: %w", err)
		}
		m.AsOf = h.site.Tokens.Seal(s.purpose(), seen)
	}
	problems := s.draft.Problems
	if !s.judged { // only what no input can change
		problems = slices.DeleteFunc(slices.Clone(problems), func(f input.Finding) bool { return !about(f) })
	}
	m.Judged, m.Problems = s.judged, summary(problems)
	if s.judged {
		m.Warnings = summary(s.draft.Warnings)
		for _, c := range s.draft.Meanwhile {
			m.Meanwhile = append(m.Meanwhile, views.Change{
				Field: c.Field, Label: display.CustomerLabels[c.Field],
				Before: cmp.Or(c.Before, "empty"), After: cmp.Or(c.After, "empty"),
			})
		}
	}
	m.Sendable = !s.busy && !slices.ContainsFunc(problems, about)
	attached := func(f input.Finding) bool { return f.Code == customer.FindingHasPBXs }
	if slices.ContainsFunc(problems, attached) {
		m.Remedy = &ui.Link{Label: "Show its PBXs", URL: pbxsURL(s.Customer)}
	}
	return h.site.Render(w, r, status, m.Title, views.Form(m), views.Form(m))
}

// summary returns findings as the summary shows them. Those about a member link to its field.
func summary(findings []input.Finding) (all []views.Finding) {
	for _, f := range findings {
		v := views.Finding{Text: display.Finding(f), Key: f.Key()}
		if f.Field != "" {
			v.Field, v.Label = f.Field, cmp.Or(display.CustomerLabels[f.Field], "Reason")
		}
		all = append(all, v)
	}
	return all
}

// fields returns the form's fields with their values and problems.
func fields(s state) (all []ui.FormField) {
	if s.Kind != customer.Delete {
		for _, name := range fleet.CustomerMembers {
			f := ui.FormField{Name: name, Label: display.CustomerLabels[name], Input: ui.Input{MaxLength: "255"}}
			f.Required = slices.Contains([]string{fleet.FirstName, fleet.Company, fleet.Email}, name)
			f.Optional = !f.Required
			switch name {
			case fleet.Email:
				f.Hint = "YCM sends activation emails to this address."
				f.Type = "email"
			case fleet.Remark:
				f.MaxLength = "1000"
			}
			all = append(all, f)
		}
	}
	all = append(all, ui.FormField{
		Name: "reason", Label: "Reason", Hint: "For example, a ticket number. Stored in the audit log.", Optional: true,
		Input: ui.Input{MaxLength: "200"},
	})
	for i := range all {
		f := &all[i]
		f.Value = s.draft.Form.Get(f.Name)
		own := func(p input.Finding) bool { return p.Field == f.Name }
		if at := slices.IndexFunc(s.draft.Problems, own); s.judged && at >= 0 {
			f.Problem = display.Finding(s.draft.Problems[at])
		}
	}
	return all
}
