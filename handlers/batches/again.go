package batches

import (
	"context"
	"fmt"
	"net/http"

	"cordboard/fleet/batches"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/store"
)

// ended returns the batch in the URL, or an error page if it can still change, or if the user sends too much.
func (h *Plans) ended(w http.ResponseWriter, r *http.Request) (store.Batch, error) {
	if web.IsOverRate(r) {
		return store.Batch{}, tooMany(w)
	}
	one, err := h.c.Batches.Batch(r.Context(), batchID(r))
	if err == nil && (one.State == store.BatchRunning || batches.CanResume(&one)) {
		err = refuse(http.StatusConflict, "The batch hasn’t ended", "Stop it for good, or wait until it is done.")
	}
	return one, err
}

// Again makes a plan of the rows of a batch that failed or weren't carried out.
func (h *Plans) Again(w http.ResponseWriter, r *http.Request) error {
	one, err := h.ended(w, r)
	if err != nil {
		return err
	}
	rows, err := h.c.Batches.Failed(r.Context(), &one)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return refuse(http.StatusConflict, "There is nothing to try again",
			"Each row of this batch was carried out, or still may be.")
	}
	p, err := h.again(r.Context(), r, &one, rows)
	if err != nil {
		return fmt.Errorf("plan rows again: %w", err)
	}
	return h.made(w, r, p)
}

// again returns a plan of rows of a batch, judged by what is known now.
func (h *Plans) again(
	ctx context.Context,
	r *http.Request,
	one *store.Batch,
	rows []store.BatchRow,
) (batches.Plan, error) {
	zone := h.site.Clock(r).Zone
	source := store.BatchSource{
		Words: fmt.Sprintf("Rows of batch %d that weren’t carried out", one.Number), Inputs: one.Source.Inputs, Of: one.ID,
	}
	if one.Kind == create.Name {
		j, err := h.c.Creates.Judge(ctx)
		if err != nil {
			return batches.Plan{}, err
		}
		source.Judged = h.c.Fleet.Freshness().At
		return batches.CreateAgain(j, source, rows, zone)
	}
	j, err := h.c.Changes.Judge(ctx, one.Kind, source.Inputs, zone)
	if err != nil {
		return batches.Plan{}, err
	}
	source.Judged = j.At
	return batches.Again(j, one.Kind, source, rows, h.c.Fleet.Snapshot())
}

// Undo makes a plan that undoes the rows of a batch that were carried out.
func (h *Plans) Undo(w http.ResponseWriter, r *http.Request) error {
	one, err := h.ended(w, r)
	if err != nil {
		return err
	}
	rows, err := h.c.Batches.Done(r.Context(), &one)
	if err != nil {
		return err
	}
	kind := batches.Inverse(one.Kind)
	if kind == "" || len(rows) == 0 {
		return refuse(http.StatusConflict, "There is nothing to undo",
			"No row of this batch was carried out, or nothing can undo it.")
	}
	j, err := h.c.Changes.Judge(r.Context(), kind, nil, h.site.Clock(r).Zone)
	if err != nil {
		return fmt.Errorf("judge a plan: %w", err)
	}
	source := store.BatchSource{Words: fmt.Sprintf("Undo of batch %d", one.Number), Of: one.ID, Judged: j.At}
	p, err := batches.Undo(j, kind, source, rows, h.c.Fleet.Snapshot())
	if err != nil {
		return err
	}
	return h.made(w, r, p)
}
