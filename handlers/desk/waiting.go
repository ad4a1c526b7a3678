package desk

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet/batches"
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
	refusals := store.OperationFilter{States: []store.OperationState{store.StateRefused}}
	refused, err := o.s.operations.List(o.r.Context(), refusals, 1, web.OperationsPerPage)
	if err != nil {
		return views.Block{}, err
	}
	all = slices.DeleteFunc(all, func(op store.Operation) bool { return op.Reconciled.GivenUp })
	for _, op := range refused.Operations {
		if o.c.Now.Sub(op.Times.SubmittedAt) < refusedDays*24*time.Hour {
			all = append(all, op)
		}
	}
	a := &views.Attention{Icon: "package", Tone: "tone-warn"}
	if a.Items, err = o.waitingBatches(); err != nil {
		return views.Block{}, err
	}
	a.Count = strconv.Itoa(len(a.Items) + len(all))
	for i := range all {
		op := &all[i]
		badge := web.OperationBadge(op)
		a.Items = append(a.Items, views.AttentionItem{
			Name:  web.OperationName(op),
			URL:   ui.OperationURL(op.ID),
			Sub:   fmt.Sprintf("Operation %s, %s", ui.Number(op.Number), o.c.Ago(op.Times.SubmittedAt)),
			Badge: &badge,
		})
	}
	a.Items = a.Items[:min(len(a.Items), overviewItems)]
	return views.Block{
		Attention: a, All: &ui.Link{Label: "All operations", URL: "/operations"},
		Foot: []ui.Link{{Label: fmt.Sprintf("Refused operations are shown for %d days", refusedDays)}},
	}, nil
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
