package desk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	views "cordboard/views/desk"
)

// TestReadingStep checks the words and the progress of the first sync.
func TestReadingStep(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	const before = "Cordboard copies the list of PBXs, 50 at a time. " +
		"Filters, search and exports work when all of it is here."
	for name, tt := range map[string]struct {
		freshness fleet.Freshness
		want      views.Step
	}{
		"before": {fleet.Freshness{}, views.Step{Text: before}},
		"first page": {fleet.Freshness{Pages: 98, PagesRead: 1, Total: 4900}, views.Step{
			Text: "Reading the fleet: 50 of 4,900 PBXs.", Value: "1", Max: "98",
		}},
		"last page": {fleet.Freshness{Pages: 2, PagesRead: 2, Total: 61}, views.Step{
			Text: "Reading the fleet: 61 of 61 PBXs.", Value: "2", Max: "2",
		}},
		"one PBX": {fleet.Freshness{Pages: 1, Total: 1}, views.Step{
			Text: "Reading the fleet: 0 of 1 PBX.", Value: "0", Max: "1",
		}},
		"read": {fleet.Freshness{At: at, Pages: 2}, views.Step{Text: "480 PBXs read.", Done: true}},
	} {
		tt.want.Key, tt.want.Title = "read", "Read the fleet"
		if diff := cmp.Diff(tt.want, read(tt.freshness, 480)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
