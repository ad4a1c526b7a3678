package operations

import (
	"context"
	"fmt"
	"net/http"

	"cordboard/handlers/web"
	"cordboard/handlers/web/lists"
	"cordboard/handlers/web/plans"
	"cordboard/store"
	views "cordboard/views/operations"
	"cordboard/views/ui"
)

// shownBatches is the number of batches that the list of operations shows.
const shownBatches = 5

// recentBatches returns the newest plans and batches. Plans that expired are left out.
func (h *Handler) recentBatches(ctx context.Context, c ui.Clock) ([]views.BatchRow, error) {
	recent, err := h.batches.Recent(ctx, shownBatches)
	if err != nil {
		return nil, err
	}
	var shown []store.Batch
	for i := range recent {
		if recent[i].State != store.BatchExpired {
			shown = append(shown, recent[i])
		}
	}
	return h.batchRows(ctx, shown, c)
}

func (h *Handler) batchRows(ctx context.Context, all []store.Batch, c ui.Clock) (rows []views.BatchRow, err error) {
	for i := range all {
		b := &all[i]
		counts, err := h.batches.Counts(ctx, b)
		if err != nil {
			return nil, err
		}
		row := views.BatchRow{
			Number: ui.Number(b.Number), URL: ui.BatchURL(b.ID), Title: plans.Title(b.Kind, b.Total), Words: b.Source.Words,
			Badge: plans.Badge(b, counts), State: string(b.State), By: b.By.Name, At: c.DateTime(b.MadeAt),
		}
		if !b.Applied.At.IsZero() {
			row.Done = fmt.Sprintf("%s of %s", ui.Number(int64(plans.Done(b, counts))), ui.Number(int64(b.Total)))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// batchesPerPage is the number of rows on a page of the list of batches.
const batchesPerPage = 50

// ListBatches shows one page of the plans and batches.
func (h *Handler) ListBatches(w http.ResponseWriter, r *http.Request) error {
	snapshot := h.site.OperationsSnapshot()
	page := lists.PageAsked(r.URL.Query())
	found, total, err := h.batches.Page(r.Context(), (page-1)*batchesPerPage, batchesPerPage)
	if err != nil {
		return err
	}
	last := lists.LastPage(int64(total), batchesPerPage)
	if page > last {
		web.Redirect(w, r, ui.BatchesURL(last))
		return nil
	}
	m := views.BatchesPage{
		Snapshot: snapshot,
		Pager:    lists.Pages(page, last, batchesPerPage, total, ui.BatchesURL),
	}
	if m.Rows, err = h.batchRows(r.Context(), found, h.site.Clock(r)); err != nil {
		return err
	}
	return h.site.Render(w, r, http.StatusOK, "Batches", views.Batches(m), views.Batches(m))
}
