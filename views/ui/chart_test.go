package ui

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/viewtest"
)

// TestCharts compares charts and the choice of their range with golden files.
func TestCharts(t *testing.T) {
	t.Parallel()
	forecast := Chart{
		Width: 600, Height: 160, Summary: "Extensions rise.",
		Paths: ChartPaths{
			Line: "M0 99H360", Limit: "M0 1H600", Range: "M360 99L600 1Z", Mid: "M360 99L600 9", Now: "M360 0V160",
		},
		Axes: ChartAxes{
			Top: "90 k", Middle: "75 k", Low: "60 k", From: "1 Jan 2026", Now: "Today", To: "1 Jun 2026",
			LimitLabel: "Total 90,000", LimitAt: "10%",
		},
		Series: ChartSeries{Values: "70000 -", Limits: "90000 90000", Scale: "0 360 60000 90000 159 1"},
	}
	point := Chart{
		Width: 300, Height: 64, Summary: "Calls: one reading.", Paths: ChartPaths{Line: "M0 2H300"},
		Axes: ChartAxes{Top: "3", Low: "0", From: "17 Mar 2026"}, Series: ChartSeries{Values: "3", Scale: "150 300 0 3 62 2"},
	}
	tabs := []Tab{{Label: "24 hours", URL: "/pbxs/7?days=1"}, {Label: "Own range", URL: "/pbxs/7", Current: true}}
	for name, c := range map[string]templ.Component{
		"chart-forecast": ChartView(forecast),
		"chart-point":    ChartView(point),
		"ranges":         ChartRanges(Ranges{Tabs: tabs[:1]}),
		"ranges-own": ChartRanges(Ranges{
			Tabs: tabs, Action: "/pbxs/7#samples", From: "2026-03-01", To: "2026-03-09", Problem: "The days were swapped.",
			Other: Link{Label: "Table", URL: "/pbxs/7?table=1#samples"},
		}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
