package capacity

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares several states of the capacity page and the expiry board with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	at := ui.Moment{Text: "13:32:00 UTC", DateTime: "2026-03-17T13:32:00Z", Title: "17 Mar 2026, 13:32:00 UTC"}
	row := LedgerRow{
		Resource: "extensionCapacity", Label: "Extensions", Left: "6,090 of 40,000 available", Used: "86% used",
		Tone: "tone-warn", Icon: "triangle-alert", Hint: "A hint.",
		Cells: []LedgerCell{
			{Column: "total", Value: "40000", Text: "40,000"},
			{Column: "unexplained", Value: "7", Text: "7", Tone: "tone-warn"},
			{Column: "fleet", Text: "n/a"},
		},
		Bar: Bar{
			Parts: []ui.BarPart{{Class: "bar-own", X: "0", Width: "500"}},
			Legend: []Swatch{
				{Class: "swatch-own", Text: "Own PBXs 20,000"}, {Class: "swatch-free", Text: "Available not reported"},
			},
		},
	}
	chart := HistoryChart{
		Resource: "extensionCapacity", Label: "Extensions", Forecast: "Full in 12 days.", Tone: "tone-bad",
		Icon: "circle-alert",
		Plot: ui.Chart{
			Width: 600, Height: 160, Summary: "Usage rises.",
			Axes: ui.ChartAxes{
				Top: "40 k", Middle: "20 k", Low: "0", From: "1 Jan", Now: "Today", To: "1 Jun", LimitLabel: "Total 40,000",
				LimitAt: "10%",
			},
			Paths: ui.ChartPaths{
				Line: "M0 9H360", Limit: "M0 1H600", Range: "M360 9L600 1z", Mid: "M360 9L600 5", Now: "M360 0V160",
			},
			Series: ui.ChartSeries{Values: "20000 -", Limits: "40000 40000", Scale: "0 360 0 40000 159 1"},
		},
	}
	for name, c := range map[string]templ.Component{
		"never-read": SubscriptionDetail(SubscriptionPage{
			Status: Status{
				Lead: "Not read yet.", Trouble: &ui.Banner{Title: "YCM denied access", Text: "The API may be disabled."},
			},
		}),
		"everything": SubscriptionDetail(SubscriptionPage{
			Status: Status{
				Lead: "As reported by YCM at ", ReadAt: &at, Ages: "Fleet synced at 13:32:00 UTC.", RequestID: "theirs",
			},
			Ledger: Ledger{
				Rows: []LedgerRow{row}, Notes: []string{"7 extensions are neither used nor available."},
				Frozen: "120 extensions are frozen",
				Facts:  []ui.LabelledCell{{Label: "Ends", Cell: ui.Cell{Column: "expirationTime", Text: "No date", Muted: true}}},
				Open:   "1 operation reserves 20 extensions.", OpenURL: "/operations?state=open",
			},
			PlanCounts: PlanCounts{
				Plans: []PlanRow{{"Enterprise Plan", "300", "12,000"}}, PlansAt: "As of yesterday.",
				Switching: &ui.Link{Label: "2 PBXs are switching plans", URL: "/pbxs?plan=x"},
			},
			Sizing: Sizing{
				Sizes: []SizeRow{{
					Label: "Extensions", Cells: []ui.Link{{Label: "3", URL: "/pbxs?size=x", Spoken: "3 over"}, {Label: "–"}},
				}},
				SizesHint: "A hint.", FullHead: "95 to 100%", NearlyHead: "80 to 95%", LargestAt: "/pbxs?sort=-extensionCapacity",
				Giving:  []Giving{{Name: "Acme", URL: "/pbxs/7715", Peak: "5", Capacity: "50", Back: "41"}},
				Reclaim: []Reclaim{{Value: "41", Text: "extensions on 1 PBX", Noun: "extensions", URL: "/pbxs?size=y"}},
				Largest: []Consumer{{
					Name: "Acme", URL: "/pbxs/7715", Meter: ui.Meter{Used: "5", Capacity: "50"}, Calls: "9", Recording: "–",
					Share: "0.1%",
				}},
			},
			History: History{
				Ranges: ui.Ranges{Tabs: []ui.Tab{{Label: "30 days", URL: "/subscription?days=30", Current: true}}},
				Times:  "1 Jan 2026|2 Jan 2026",
				Export: "/subscription.csv", Note: "Sample data.",
				Charts: []HistoryChart{chart, {Resource: "recordingCapacity", Label: "Recording", Forecast: "No forecast."}},
				Days:   []string{"Extensions", "of total"}, Every: "One row for every 7 days.",
				Rows: []NumberRow{{Label: "17 Mar 2026", Cells: []string{"20,000", "40,000"}}},
			},
		}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
