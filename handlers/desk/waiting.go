package desk

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet/batches"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/handlers/web/plans"
	"cordboard/store"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

func (o *morning) operations() (views.Block, error) {
	all, err := o.s.operations.InState(o.r.Context(), store.StateUnknown)
	if err != nil {
		return views.Block{}, err
	}
	all = slices.DeleteFunc(all, func(op store.Operation) bool { return op.Reconciled.GivenUp })
	refused, err := o.s.store.Refusals(o.r.Context(), mirror.DefaultAccount, o.c.Now.AddDate(0, 0, -refusedDays))
	if err != nil {
		return views.Block{}, err
	}
	all = append(all, refused...)
	a := &views.Attention{Icon: "package", Tone: "tone-warn"}
	if a.Items, err = o.waitingBatches(); err != nil {
		return views.Block{}, err
	}
	a.Count = strconv.Itoa(len(a.Items) + len(all))
	for i := range all {
		op := &all[i]
		badge, dismiss := web.OperationBadge(op), ""
		if op.State == store.StateRefused {
			dismiss = ui.OperationURL(op.ID) + "/dismiss"
		}
		a.Items = append(a.Items, views.AttentionItem{
			Dismiss: dismiss,
			Name:    web.OperationName(op),
			URL:     ui.OperationURL(op.ID),
			Sub:     fmt.Sprintf("Operation %s, %s", ui.Number(op.Number), o.c.Ago(op.Times.SubmittedAt)),
			Badge:   &badge,
		})
	}
	a.Items = a.Items[:min(len(a.Items), overviewItems)]
	const text = "Refused operations are shown for %d days, until a retry succeeds or somebody dismisses them."
	return views.Block{
		Attention: a, All: &ui.Link{Label: "All operations", URL: "/operations"},
		Foot: []ui.Link{{Label: fmt.Sprintf(text, refusedDays)}},
	}, nil
}

// Dismiss removes a refused operation from the overview.
func (h *Handler) Dismiss(w http.ResponseWriter, r *http.Request) error {
	o, err := h.store.Dismiss(r.Context(), mirror.DefaultAccount, chi.URLParam(r, "id"), web.Actor(r))
	if err != nil {
		return fmt.Errorf("dismiss a refusal: %w", err)
	}
	h.site.Sessions.Said.Say(web.Actor(r).ID, "The refusal of "+web.OperationName(&o)+" was dismissed.")
	web.Redirect(w, r, "/")
	return nil
}

// recentBatches is the number of batches of which those that wait for somebody are shown.
const recentBatches = 50

// failedFor is how long a batch that has ended with failures is shown, unless it was planned again or undone.
const failedFor = 24 * time.Hour

// waitingBatches returns the batches that wait for somebody: for approval, to be continued, or for somebody to look at
// what failed.
func (o *morning) waitingBatches() (items []views.AttentionItem, err error) {
	recent, err := o.s.batches.Recent(o.r.Context(), recentBatches)
	if err != nil {
		return nil, err
	}
	again := map[string]bool{}
	for i := range recent {
		if b := &recent[i]; b.State != store.BatchStopped || !b.Applied.At.IsZero() { // it wasn't discarded
			again[b.Source.Of] = true
		}
	}
	for i := range recent {
		b := &recent[i]
		var counts store.RowCounts
		if b.State != store.BatchWaiting && !batches.CanResume(b) {
			if b.Ended.Before(o.c.Now.Add(-failedFor)) || b.Applied.At.IsZero() || again[b.ID] {
				continue
			}
			if counts, err = o.s.batches.Counts(o.r.Context(), b); err != nil {
				return nil, err
			}
			if plans.Failed(counts) == 0 {
				continue
			}
		}
		badge := plans.Badge(b, counts)
		items = append(items, views.AttentionItem{
			Name:  plans.Title(b.Kind, b.Total),
			URL:   ui.BatchURL(b.ID),
			Sub:   fmt.Sprintf("Batch %s, %s", ui.Number(b.Number), o.c.Ago(b.MadeAt)),
			Badge: &badge,
		})
	}
	return items, nil
}
