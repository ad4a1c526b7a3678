package batches

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/batches"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/plans"
	"cordboard/store"
	views "cordboard/views/batches"
	"cordboard/views/ui"
)

var (
	noon  = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	clock = ui.Clock{Now: noon, Zone: time.UTC}
)

// applied returns a batch of twelve rows that was applied, in a state.
func applied(state store.BatchState, why store.BatchReason) store.Batch {
	b := store.Batch{Number: 3, Kind: change.Stop, State: state, Total: 12, MadeAt: noon}
	b.Applied = store.BatchStep{By: store.Actor{Name: "Ines"}, At: noon}
	b.Run.Why, b.Run.MaxFailed = why, 5
	return b
}

// left returns the counts of a batch of which four rows are left, one is being sent, and one is unknown and still being
// checked.
var left = store.RowCounts{
	States: map[string]int{
		"planned": 4, "submitted": 1, "unknown": 1, "done": 3, "refused": 2, "not-sent": 1, "unchanged": 7,
	},
	Open: 2,
}

// TestWordsOfKinds checks that each kind of form has all texts, and that none is about one PBX.
func TestWordsOfKinds(t *testing.T) {
	t.Parallel()
	for _, a := range display.BulkActions() {
		kind := store.OperationKind(a.Name)
		if w := words[kind]; w.button == "" || w.lead == "" || w.class == "" {
			t.Errorf("the texts about %s aren't complete: %+v", kind, w)
		}
		if got := plans.Title(kind, 1200); !strings.HasSuffix(got, "1,200 PBXs") {
			t.Errorf("the title of %s is %q", kind, got)
		}
	}
	if len(words) != len(display.BulkActions())+1 { // and creating
		t.Errorf("there are texts about %d kinds, want %d", len(words), len(display.BulkActions())+1)
	}
}

// TestProgress checks the numbers and the bar of a batch's progress. Rows that were never planned don't count.
func TestProgress(t *testing.T) {
	t.Parallel()
	b := applied(store.BatchRunning, "")
	want := &views.Progress{
		Text: "6 of 12 PBXs",
		Parts: []ui.BarPart{
			{Class: "bar-ok", X: "0", Width: "250"},
			{Class: "bar-warn", X: "250", Width: "250"},
			{Class: "bar-bad", X: "500", Width: "83"},
			{Class: "bar-info", X: "583", Width: "83"},
		},
		Legend: []views.Legend{
			{Class: "swatch-ok", Text: "3 done"},
			{Class: "swatch-unexplained", Text: "3 not done"},
			{Class: "swatch-bad", Text: "1 unknown"},
			{Class: "swatch-info", Text: "1 being sent"},
			{Class: "swatch-free", Text: "4 left"},
		},
	}
	if diff := cmp.Diff(want, progress(&b, left)); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if id := identity(&b, left); id.Done != "6" || id.Total != "12" {
		t.Errorf("the page says %s of %s", id.Done, id.Total)
	}
}

// TestTabs checks that each row is in exactly one tab beside the one with all rows, and that an unknown tab shows all.
func TestTabs(t *testing.T) {
	t.Parallel()
	states := []string{
		"submitted", "done", "refused", "not-sent", "unknown", "not-done", "planned", "unchanged", "not-applicable",
	}
	each := store.RowCounts{States: map[string]int{}}
	for _, state := range states {
		each.States[state] = 1
	}
	sum := 0
	for _, one := range tabs[1:] {
		sum += one.count(each)
		if got := tabOf(url.Values{"rows": {one.key}}); got.label != one.label {
			t.Errorf("the tab %q is %q, want %q", one.key, got.label, one.label)
		}
	}
	if all := tabOf(url.Values{"rows": {"no-such-tab"}}); all.key != "" || sum != len(states) || all.count(each) != sum {
		t.Errorf("the tab %q has %d rows, the others %d of %d", all.label, all.count(each), sum, len(states))
	}
}

// TestTextsOfRows checks what rows say that aren't carried out.
func TestTextsOfRows(t *testing.T) {
	t.Parallel()
	encode := func(f ...input.Finding) []json.RawMessage {
		all, err := input.EncodeWarnings(f)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	row := store.BatchRow{State: store.RowPlanned}
	row.Request.Warnings = encode(input.Finding{Field: "activeCalls", Code: change.FindingCallsInProgress, Number: 3})
	for _, tt := range []struct {
		row  store.BatchRow
		want []string
	}{
		{row, []string{"The PBX has 3 calls in progress, which may be cut off."}},
		{
			store.BatchRow{Problems: encode(input.Finding{Field: "pbxStatus", Code: change.FindingUnchanged})},
			[]string{"The PBX has these values already."},
		},
		{
			store.BatchRow{Problems: encode(input.Finding{
				Field: "extensionCapacity", Code: input.TooHigh, Value: "600", Limit: 500,
			})},
			[]string{display.FormLabels["extensionCapacity"] + ": 600 is too high. The maximum is 500."},
		},
		{
			store.BatchRow{Problems: []json.RawMessage{json.RawMessage(`[]`)}},
			[]string{"A newer version of Cordboard stored the reason."},
		},
	} {
		if diff := cmp.Diff(tt.want, texts(&tt.row)); diff != "" {
			t.Errorf("texts (-want +got):\n%s", diff)
		}
	}
}

// TestInputWords checks that a plan repeats what was entered in its form.
func TestInputWords(t *testing.T) {
	t.Parallel()
	customers := fleet.NewOptions(noon, []fleet.Option{{ID: 7, Name: "Alder"}})
	for mode, want := range map[string]string{
		"add": "Add Alder; customer 8", "remove": "Remove Alder; customer 8",
		"set": "Replace all customers with Alder; customer 8",
	} {
		b := store.Batch{Kind: change.Customers}
		b.Source.Inputs = url.Values{"mode": {mode}, "customerIds": {"7", "8"}}
		if got := inputWords(&b, customers); got != want {
			t.Errorf("the plan says %q, want %q", got, want)
		}
	}
	b := store.Batch{Kind: change.Resize}
	b.Source.Inputs = url.Values{"extensionCapacity": {"+10"}, "recordingStatus": {"Disabled"}, "reason": {"CB-12"}}
	want := display.FormLabels["extensionCapacity"] + ": +10; " + display.FormLabels["recordingStatus"] + ": Disabled"
	if got := inputWords(&b, customers); got != want {
		t.Errorf("the plan says %q, want %q", got, want)
	}
	facts := facts(&b, customers, clock)
	if last := facts[len(facts)-2]; last.Name != "Reason" || last.Value != "CB-12" {
		t.Errorf("the reason isn't among the facts: %+v", facts)
	}
}

// TestRefusals checks the status and the title of the notice for each error of a step. An error that isn't about the
// step has none.
func TestRefusals(t *testing.T) {
	t.Parallel()
	h := &Handler{site: &web.Site{}}
	for _, tt := range []struct {
		err    error
		status int
		title  string
	}{
		{batches.ErrExpired, http.StatusConflict, "The plan has expired"},
		{batches.ErrUnapproved, http.StatusConflict, "The plan needs approval"},
		{batches.ErrOwnPlan, http.StatusConflict, "You can’t approve your own plan"},
		{batches.ErrEmpty, http.StatusUnprocessableEntity, "Nothing can be carried out"},
		{&batches.StateError{State: store.BatchDone}, http.StatusConflict, "This isn’t possible now"},
		{
			&batches.WarnedError{Warnings: []input.Finding{{Code: change.FindingDeletes, Number: 3}}},
			http.StatusUnprocessableEntity, "A warning must be accepted first",
		},
		{store.ErrUnavailable, http.StatusServiceUnavailable, "Cordboard can’t write to its database"},
	} {
		status, notice := h.refusal(tt.err)
		if notice == nil || status != tt.status || notice.Title != tt.title {
			t.Errorf("%v: %d %+v, want %d %q", tt.err, status, notice, tt.status, tt.title)
		}
	}
	if _, notice := h.refusal(errors.New("disk")); notice != nil {
		t.Errorf("an internal error has the notice %+v", notice)
	}
	timeout := &operations.UpstreamError{Problem: fleet.Problem{Kind: fleet.NoAnswer}}
	if status, notice := h.refusal(timeout); status != http.StatusGatewayTimeout || notice.Icon != "unplug" {
		t.Errorf("YCM's silence: %d %+v", status, notice)
	}
}
