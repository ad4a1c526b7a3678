package batches

import (
	"encoding/json"
	"strconv"
	"strings"

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

// row returns a row of a batch as its page shows it.
func (h *Handler) row(one *store.Batch, r *store.BatchRow, c ui.Clock) views.Row {
	v := views.Row{
		N:       strconv.Itoa(r.N),
		State:   rowState(r),
		Name:    r.Target.Name,
		Badge:   plans.RowBadge(r.State, isOver(one)),
		Changes: changes(one, r, c),
		Texts:   texts(r),
	}
	if r.Line > 0 {
		v.Line = strconv.Itoa(r.Line)
	}
	if one.Kind == create.Name {
		v.Host = r.Target.Name
		if body, err := create.Body(&store.Operation{Request: r.Request}); err == nil && body.Name != "" {
			v.Name = body.Name
		}
	}
	id := r.Target.CloudPBXID
	if o := r.Outcome; o != nil {
		id = o.Target.CloudPBXID
		v.Badge = web.OperationBadge(o)
		v.Number, v.Link = ui.Number(o.Number), ui.OperationURL(o.ID)
	}
	if id != 0 {
		v.PBXID = strconv.FormatInt(id, 10)
		if p, ok := h.c.Fleet.Snapshot().PBX(id); ok {
			v.URL, v.Host = ui.PBXURL(id), hostOf(p)
		}
	}
	return v
}

// isOver reports whether rows of a batch that weren't sent never will be.
func isOver(one *store.Batch) bool {
	return one.State == store.BatchExpired || one.State == store.BatchStopped && !batches.CanResume(one)
}

// rowState returns the state of a row: that of its operation, or else its own.
func rowState(r *store.BatchRow) string {
	if r.Outcome != nil {
		return string(r.Outcome.State)
	}
	return string(r.State)
}

// changes returns what a row changes, or the main values of the PBX that it creates.
func changes(one *store.Batch, r *store.BatchRow, c ui.Clock) (all []views.Change) {
	if one.Kind == create.Name {
		all = append(all, views.Change{After: newWords(r, c)})
		if names := r.Request.Words["customerIds"]; names != "" {
			all = append(all, views.Change{Label: display.FormLabels["customerIds"], After: names})
		}
		return all
	}
	for _, f := range r.Request.Changes {
		v := views.Change{
			Label: display.FieldLabel(f.Field),
			After: display.ChangeText(f.Field, f.After, r.Request.Words, c),
		}
		if f.Field != change.ActivationEmail {
			v.Before = display.ChangeText(f.Field, f.Before, r.Request.Words, c)
		}
		all = append(all, v)
	}
	return all
}

// newWords returns the values of a new PBX in words.
func newWords(r *store.BatchRow, c ui.Clock) string {
	form := create.FormOfOperation(&store.Operation{Kind: create.Name, Request: r.Request}, c.Zone)
	number := func(field, one, many string) string {
		n, _ := strconv.ParseInt(form.Get(field), 10, 64)
		return ui.Count(n, one, many)
	}
	parts := []string{
		form.Get("plan"),
		form.Get("type"),
		number("extensionCapacity", "extension", "extensions"),
		number("concurrentCallCapacity", "call", "calls"),
	}
	if form.Get("recordingCapacity") != "0" {
		parts = append(parts, number("recordingCapacity", "recording minute", "recording minutes"))
	}
	parts = append(parts, r.Request.Words["regionId"], "firmware "+r.Request.Words["versionId"])
	if date := form.Get("expirationDate"); date != "" {
		then := "then stops"
		if form.Get("allowRunAfterExpirationDate") == "true" {
			then = "then keeps running"
		}
		parts = append(parts, "expires "+display.DateText(date), then)
	}
	return strings.Join(parts, ", ")
}

// texts returns why a row isn't planned, what to consider about it, or what happened.
func texts(r *store.BatchRow) []string {
	if r.Outcome == nil {
		return append(findings(r.Problems), findings(r.Request.Warnings)...)
	}
	if text := plans.OutcomeText(r.Outcome); text != "" {
		return []string{text}
	}
	return nil
}

// findings returns sentences about encoded findings.
func findings(encoded []json.RawMessage) (texts []string) {
	all, err := input.DecodeWarnings(encoded)
	if err != nil {
		return []string{"A newer version of Cordboard stored the reason."}
	}
	for _, f := range all {
		text := display.Finding(f)
		switch {
		case f.Code == change.FindingUnchanged:
			text = "The PBX has these values already."
		case f.Field != "" && display.FormLabels[f.Field] != "":
			text = display.FormLabels[f.Field] + ": " + text
		}
		texts = append(texts, text)
	}
	return texts
}

// hostOf returns a PBX's host name.
func hostOf(p *fleet.PBX) string { return p.Text(fleet.FieldURL) }
