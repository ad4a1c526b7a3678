package pbx

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestPage checks the page with every field of its model set, with hostile text, and with an empty model.
func TestPage(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "pbx", PBXDetail)
}

// TestPBXStates compares a PBX's full page, the page of a removed PBX, and parts of this package's pages with their
// golden files.
func TestPBXStates(t *testing.T) {
	t.Parallel()
	running, odd := ui.BadgeFor("pbxStatus", "Running"), ui.BadgeFor("plan", "<Odd>")
	cell := ui.Cell{Column: "sn", Value: "AB12", Text: "AB12", Mono: true}
	full := Page{
		Identity: Identity{
			Name: "Acme", ID: "7715", SN: "AB12", Host: "acme.example.com", HostURL: "https://acme.example.com",
			Badges: []ui.Cell{
				{Column: "pbxStatus", Value: "Running", Badge: &running}, {Column: "plan", Value: "<Odd>", Badge: &odd},
			},
		},
		Record: Record{
			Sections: []Section{{Title: "Identity", Cells: []ui.LabelledCell{{Label: "Serial number", Cell: cell}}}},
			Switches: []ui.LabelledCell{{Label: "Chat", Cell: ui.Cell{Column: "im", Value: "Enabled", Text: "Enabled"}}},
			Seen:     []ui.Fact{{Name: "First seen", Value: "17 Mar 2026"}},
			Raw:      "{\n  \"cloudPbxId\": 7715\n}",
		},
		Meters: []NamedMeter{{
			Label: "Extensions", Left: "4 left",
			Cell: ui.Cell{Meter: &ui.Meter{Used: "46", Capacity: "50", Width: "92"}},
		}},
		Timeline: ui.Timeline{
			Older: "/pbxs/7715?before=9", Newest: "/pbxs/7715",
			Days: []ui.TimelineDay{{Title: "Today", Entries: []ui.TimelineEntry{
				{
					Kind: "changed", Field: "pbxStatus", Icon: "circle-play", Title: "Status",
					Change: &ui.Change{Old: "Stopped", New: "Running"},
					Meta:   "Seen at 13:32 UTC", RequestID: "theirs", Audit: &ui.Link{Label: "Entry 12", URL: "/audit?q=seq%3A12"},
				},
				{Kind: "appeared", Icon: "plus", Title: "First seen"},
			}}},
		},
		Charts: Charts{
			Interval: "Peak per day (UTC)", Recorded: true, Times: "1 Jan 2026|2 Jan 2026",
			Ranges: ui.Ranges{
				Tabs:   []ui.Tab{{Label: "14 days", URL: "/pbxs/7715#samples"}, {Label: "Own range", URL: "#", Current: true}},
				Action: "/pbxs/7715#samples", From: "2026-01-01", To: "2026-01-02", Problem: "The days were swapped.",
				Other: ui.Link{Label: "Table", URL: "/pbxs/7715?table=1#samples"},
			},
			Charts: []Chart{{
				Counter: "activeCalls", Label: "Calls", Peak: "12", Gaps: "3 days without a reading",
				Plot: ui.Chart{
					Width: 300, Height: 64, Summary: "Peak 12 of 20",
					Paths:  ui.ChartPaths{Line: "M0 64H300", Limit: "M0 10H300"},
					Axes:   ui.ChartAxes{Top: "20", Low: "0", From: "1 Jan 2026", To: "2 Jan 2026", LimitLabel: "Capacity 20"},
					Series: ui.ChartSeries{Values: "12 -", Limits: "20", Scale: "75 150 0 20 62 2"},
				},
			}},
		},
		Actions:         []Action{{Label: "Create one like it", Icon: "copy-plus", URL: "/pbxs/new?like=7715"}},
		CreateOperation: &ui.Link{Label: "Operation 12", URL: "/operations/one"},
		Back:            "/pbxs",
		Desk: Desk{Renewal: Renewal{
			URL: "/pbxs/7715/renewal", Facts: []ui.LabelledCell{{Label: "Owner", Cell: ui.Cell{Column: "owner", Text: "Ines"}}},
			Snoozes: []Snooze{{What: "over", Text: "Snoozed until 1 May 2026 by Ines: over capacity. <Later>", PBX: "7715"}},
		}},
	}
	removed := Page{Identity: Identity{Name: "PBX 7716 (unnamed)", ID: "7716", Gone: "Removed on 17 Mar 2026"}}
	for name, c := range map[string]templ.Component{
		"pbx-full":       PBXDetail(full),
		"pbx-removed":    PBXDetail(removed),
		"charts-nothing": charts(Charts{Interval: "Peak per hour"}),
		"charts-empty":   charts(Charts{Interval: "Peak per hour", Recorded: true}),
		"charts-table": charts(Charts{Recorded: true, Table: &ChartTable{
			Heads: []string{"Calls (of 20)"},
			Rows:  []ChartRow{{Time: "2 Jan 2026", Values: []string{"12"}}, {Time: "1 Jan 2026", Values: []string{""}}},
		}}),
		"customers": customers(Customers{Age: "Read 3 h ago", All: []Customer{
			{Link: ui.Link{Label: "Acme", URL: "/customers/7"}, Email: "post@acme.example", Phone: "+49 30 1"},
			{Link: ui.Link{Label: "Gone Ltd", URL: "/customers/8"}, Gone: "YCM no longer has this customer"},
		}}),
		"customers-none": customers(Customers{Text: "Not read yet."}),
		"tasks":          tasks(Tasks{URL: "/pbxs/7/tasks", Open: []Task{{ID: "1", Title: "Plan: A → B", Due: "Due today"}}}),
		"tasks-none":     tasks(Tasks{URL: "/pbxs/7/tasks"}),
		"standing-fine": standing("status", &Standing{
			Tone: "tone-ok", Icon: "circle-check", Text: "Nothing needs attention.",
		}),
		"standing-bad": standing("status", &Standing{
			Tone: "tone-bad", Icon: "circle-alert", Text: "Over capacity.", Note: "Since May",
			Action: &Action{Label: "Resize", Icon: "gauge", URL: "/pbxs/7/resize"},
		}),
		"timeline-older": ui.TimelineView(ui.Timeline{Older: "/pbxs/7715?before=9"}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
