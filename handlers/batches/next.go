package batches

import (
	"context"
	"fmt"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/batches"
	"cordboard/fleet/input"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/plans"
	"cordboard/store"
	views "cordboard/views/batches"
	"cordboard/views/ui"
)

// progress returns how far a batch has come.
func progress(one *store.Batch, counts store.RowCounts) *views.Progress {
	n, rest := plans.Done(one, counts), "left"
	if isOver(one) {
		rest = "not sent"
	}
	p := &views.Progress{
		Text: fmt.Sprintf("%s of %s", ui.Number(int64(n)), plans.PBXs(one.Total)),
	}
	x := 0
	for _, part := range []struct {
		class, swatch, word string
		n                   int
	}{
		{"bar-ok", "swatch-ok", "done", tabDone.count(counts)},
		{"bar-warn", "swatch-unexplained", "not done", tabFailed.count(counts)},
		{"bar-bad", "swatch-bad", "unknown", tabUnknown.count(counts)},
		{"bar-info", "swatch-info", "being sent", tabOpen.count(counts)},
		{"bar-track", "swatch-free", rest, counts.States[string(store.RowPlanned)]},
	} {
		width := part.n * 1000 / max(one.Total, 1)
		if part.n > 0 {
			p.Legend = append(p.Legend, views.Legend{
				Class: part.swatch, Text: ui.Number(int64(part.n)) + " " + part.word,
			})
		}
		if part.class != "bar-track" && width > 0 {
			p.Parts = append(p.Parts, ui.BarPart{
				Class: part.class, X: strconv.Itoa(x), Width: strconv.Itoa(width),
			})
		}
		x += width
	}
	return p
}

// addNext adds what the user can do.
func (h *Handler) addNext(
	ctx context.Context,
	m *views.Page,
	one *store.Batch,
	counts store.RowCounts,
	user *store.User,
) error {
	m.Exports = []ui.Link{
		{Label: "CSV", URL: ui.BatchURL(one.ID) + "/rows.csv"},
		{Label: "Excel (.xlsx)", URL: ui.BatchURL(one.ID) + "/rows.xlsx"},
	}
	failed := tabFailed.count(counts)
	switch one.State {
	case store.BatchPlanned:
		if one.Total > 0 {
			m.Apply, m.Class = fmt.Sprintf(words[one.Kind].button, plans.PBXs(one.Total)), words[one.Kind].class
			if one.Total > batches.FirstWave {
				m.Waves = plans.Waves(one.Total)
			}
		}
		m.Stop = "Discard the plan"
	case store.BatchWaiting:
		m.Approve = user.ID != one.By.ID
		m.Stop = "Discard the plan"
	case store.BatchRunning:
		if counts.States[string(store.RowPlanned)] > 0 {
			m.Pause, m.Stop = true, "Stop for good"
		}
	case store.BatchPaused:
		m.Resume, m.Stop = "Continue", "Stop for good"
	case store.BatchStopped, store.BatchDone:
		if batches.CanResume(one) {
			m.Resume, m.Stop = "Continue", "Stop for good"
		} else if !one.Applied.At.IsZero() {
			failed += counts.States[string(store.RowPlanned)]
		}
	}
	ended := one.State == store.BatchStopped || one.State == store.BatchDone
	if ended && failed > 0 && !one.Applied.At.IsZero() && !batches.CanResume(one) {
		m.Again = fmt.Sprintf("Plan %s again", plans.PBXs(failed))
	}
	if n := counts.States[string(store.StateDone)]; ended && n > 0 && batches.Inverse(one.Kind) != "" &&
		!batches.CanResume(one) {
		m.Undo = fmt.Sprintf("Plan to undo %s", plans.PBXs(n))
	}
	if m.Apply == "" && one.State != store.BatchWaiting {
		return nil
	}
	open, err := h.c.Operations.Open(ctx)
	if err != nil {
		return err
	}
	m.Warnings = warningsOf(h.c.Batches.Warnings(one, open))
	h.addCapacity(m, one, open)
	return nil
}

func warningsOf(findings []input.Finding) (all []views.Warning) {
	for _, f := range findings {
		all = append(all, views.Warning{Key: f.Key(), Text: display.Finding(f)})
	}
	return all
}

// addCapacity adds the available capacity before and after the plan.
func (h *Handler) addCapacity(m *views.Page, one *store.Batch, open store.Pending) {
	if one.Takes == (store.Resources{}) {
		return
	}
	left := h.c.Creates.LeftOf(open)
	for _, i := range fleet.ShownResources {
		if !left[i].Known() && one.Takes[i] == 0 {
			continue
		}
		row := ui.Capacity{
			Resource: fleet.Resources[i],
			Label:    display.ResourceLabels[fleet.Resources[i]],
			Left:     display.IntText(left[i]),
			After:    display.IntText(left[i]),
		}
		if left[i].Known() && one.Takes[i] != 0 {
			row.After, row.Short = ui.Number(left[i].N-one.Takes[i]), left[i].N < one.Takes[i]
		}
		m.Capacity = append(m.Capacity, row)
	}
	m.Reading = "Last reading minus open operations and running batches. It is read again when you apply the plan. " +
		"What the plan frees counts only once YCM reports it."
}
