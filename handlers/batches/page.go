package batches

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/batches"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/plans"
	"cordboard/store"
	views "cordboard/views/batches"
	"cordboard/views/ui"
)

func batchID(r *http.Request) string { return chi.URLParam(r, "id") }

// Show shows a plan or a batch.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	return h.page(w, r, http.StatusOK, nil, nil)
}

// page shows a batch with a notice, and with warnings that the user must accept before the batch continues.
func (h *Handler) page(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	notice *ui.Notice,
	warnings []input.Finding,
) error {
	snapshot := h.site.OperationsSnapshot() // taken before the read, so that a change in between triggers an update
	one, err := h.c.Batches.Batch(r.Context(), batchID(r))
	if err != nil {
		return err
	}
	counts, err := h.c.Batches.Counts(r.Context(), &one)
	if err != nil {
		return err
	}
	c := h.site.Clock(r)
	m := views.Page{
		Identity: identity(&one, counts),
		Snapshot: snapshot,
		Notice:   notice,
		Facts:    facts(&one, h.c.Catalog.Options(fleet.Customers), c),
	}
	if n := one.Source.Ignored; n > 0 && one.Applied.At.IsZero() && notice == nil {
		m.Notice = fileNotice(ui.Count(int64(n), "column is ignored", "columns are ignored"),
			"The file has more in it than this plan: "+one.Source.Words+".")
	}
	m.Lead = plans.Lead(&one, counts, web.UserFrom(r.Context()).ID, c)
	m.Table.FromFile = one.Source.Digest != ""
	if !one.Applied.At.IsZero() {
		m.Progress = progress(&one, counts)
	}
	if err := h.addNext(r.Context(), &m, &one, counts, web.UserFrom(r.Context())); err != nil {
		return err
	}
	if m.Apply == "" && one.State != store.BatchWaiting {
		m.Warnings = warningsOf(warnings)
	}
	if err := h.addRows(r, &m, &one, counts); err != nil {
		return err
	}
	return h.site.Render(w, r, status, m.Title, views.Batch(m), views.Batch(m))
}

func identity(one *store.Batch, counts store.RowCounts) views.Identity {
	return views.Identity{
		ID:    one.ID,
		Title: plans.Title(one.Kind, one.Total),
		State: string(one.State),
		Badge: plans.Badge(one, counts),
		Done:  strconv.Itoa(plans.Done(one, counts)),
		Total: strconv.Itoa(one.Total),
	}
}

func facts(one *store.Batch, customers *fleet.Options, c ui.Clock) []ui.Fact {
	facts := []ui.Fact{
		{Name: "PBXs", Value: one.Source.Words},
		{Name: "Planned by", Value: one.By.Name + ", " + c.DateTime(one.MadeAt).Text},
	}
	if !one.Source.Judged.IsZero() {
		facts = append(facts, ui.Fact{Name: "YCM data as of", Value: c.DateTime(one.Source.Judged).Text})
	}
	if inputs := inputWords(one, customers); inputs != "" {
		facts = append(facts, ui.Fact{Name: "Change", Value: inputs})
	}
	if reason := one.Source.Inputs.Get("reason"); reason != "" {
		facts = append(facts, ui.Fact{Name: "Reason", Value: reason})
	}
	if one.Kind != create.Name {
		if one.Kind == change.Stop || one.Kind == change.Suspend || one.Kind == change.Delete {
			facts = append(facts, ui.Fact{Name: "Calls in progress", Value: ui.Number(one.Calls)})
		}
		affected := ui.Number(int64(one.Touched))
		switch {
		case one.Unread > 0 && one.Touched == 0:
			affected = fmt.Sprintf("The customers of %s aren’t known.", plans.PBXs(one.Unread))
		case one.Unread > 0:
			affected = fmt.Sprintf("At least %s. The customers of %s aren’t known.", affected, plans.PBXs(one.Unread))
		}
		facts = append(facts, ui.Fact{Name: "Customers affected", Value: affected})
	}
	for _, step := range []struct {
		name string
		store.BatchStep
	}{{"Approved by", one.Approved}, {"Applied by", one.Applied}} {
		if !step.At.IsZero() {
			facts = append(facts, ui.Fact{Name: step.name, Value: step.By.Name + ", " + c.DateTime(step.At).Text})
		}
	}
	switch {
	case !one.Ended.IsZero() && !batches.CanResume(one):
		facts = append(facts, ui.Fact{Name: "Ended", Value: c.DateTime(one.Ended).Text})
	case !one.Applied.At.IsZero(): // there from the start, so that an open page doesn't move when the batch ends
		facts = append(facts, ui.Fact{Name: "Ended", Value: "Not yet"})
	}
	return facts
}

// inputWords returns what was entered in the form for many PBXs, without the reason.
func inputWords(one *store.Batch, customers *fleet.Options) string {
	inputs := one.Source.Inputs
	if one.Kind == change.Customers && inputs.Has(change.Mode) {
		return customerWords(inputs, customers)
	}
	var parts []string
	for _, f := range formFields[one.Kind] {
		v := inputs.Get(f.Name)
		if f.Name == "reviewOn" && v != "" {
			v = display.DateText(v)
		}
		if v != "" {
			parts = append(parts, cmp.Or(f.Label, display.FormLabels[f.Name])+": "+v)
		}
	}
	return strings.Join(parts, "; ")
}

// customerWords returns what a form does with the customers of many PBXs.
func customerWords(inputs url.Values, customers *fleet.Options) string {
	var names []string
	for _, word := range input.All(inputs, change.CustomerIDs) {
		id, _ := strconv.ParseInt(word, 10, 64)
		known, _ := customers.ByID(id)
		names = append(names, cmp.Or(known.Name, "customer "+word))
	}
	do := map[string]string{
		change.ModeAdd: "Add ", change.ModeRemove: "Remove ", change.ModeSet: "Replace all customers with ",
	}[inputs.Get(change.Mode)]
	return do + cmp.Or(strings.Join(names, "; "), "none")
}
