package capacity

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestParts compares parts of the capacity page with their golden files. Most of the parts have little or nothing to
// show.
func TestParts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]templ.Component{
		"bar-nothing": bar(Bar{}),
		"bar-parts": bar(Bar{
			Parts:  []ui.BarPart{{Class: "bar-own", X: "0", Width: "300"}, {Class: "bar-resellers", X: "302", Width: "100"}},
			Legend: []Swatch{{Class: "swatch-own", Text: "Own PBXs 30"}, {Class: "swatch-resellers", Text: "Resellers 10"}},
		}),
		"history-nothing": history(History{
			Ranges: ui.Ranges{Tabs: []ui.Tab{{Label: "30 days", URL: "/subscription?days=30"}}},
		}),
		"history-falling": history(History{
			Charts: []HistoryChart{{
				Resource: "recordingCapacity", Label: "Recording", Forecast: "No forecast: usage is falling.",
				Plot: ui.Chart{
					Width: 600, Height: 160,
					Axes:  ui.ChartAxes{Top: "10 k", Middle: "5,000", Low: "0", From: "1 Jan 2026", To: "1 Mar 2026"},
					Paths: ui.ChartPaths{Line: "M0 9H600"},
				},
			}},
		}),
		"sizes-nothing": sizes(SubscriptionPage{}),
		"sizes-reclaim": sizes(SubscriptionPage{Sizing: Sizing{
			FullHead: "95 to 100%", NearlyHead: "80 to 95%",
			Sizes: []SizeRow{{
				Label: "Call peaks", Cells: []ui.Link{{Label: "0"}, {Label: "2", URL: "/pbxs?size=calls-full"}},
			}},
			Reclaim: []Reclaim{{Value: "41", Text: "calls on 1 PBX", Noun: "calls", URL: "/pbxs?size=calls-reclaimable"}},
		}}),
		"largest-nothing": largest(SubscriptionPage{}),
		"facts-plans-old": packageFacts(SubscriptionPage{
			PlanCounts: PlanCounts{
				Plans: []PlanRow{{Plan: "Ultimate Plan", PBXs: "12", Extensions: "n/a"}}, PlansAt: "As of 1 Mar 2026.",
			},
		}),
		"ledger-without-operations": ledger(SubscriptionPage{Ledger: Ledger{
			Rows: []LedgerRow{{
				Resource: "recordingCapacity", Label: "Recording", Left: "not reported", Hint: "2 hours are available.",
			}},
			Open: "1 operation reserves 20 extensions, which YCM may not count yet.",
		}}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
