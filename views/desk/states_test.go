package desk

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares each kind of block, and states of the overview, with golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	at := ui.Moment{Text: "13:32:00 UTC", DateTime: "2026-03-17T13:32:00Z", Title: "17 Mar 2026, 13:32:00 UTC"}
	badge := ui.ExpiryBadge(-3, "3 days ago")
	meter := &ui.Meter{Used: "53", Capacity: "50", Note: "3 over", Tone: "tone-bad", Width: "100"}
	blocks := map[string]Block{
		"attention": {
			Key: "expiring", Title: "Expiring", All: &ui.Link{Label: "All 2", URL: "/pbxs"},
			Foot: []ui.Link{{Label: "Board", URL: "/expiries"}},
			Attention: &Attention{Icon: "clock", Tone: "tone-bad", Count: "2", Items: []AttentionItem{
				{ID: "7715", Name: "Acme", URL: "/pbxs/7715", Sub: "PBX date", Badge: &badge},
				{ID: "7716", Name: "Birch", URL: "/pbxs/7716", Sub: "Extensions", Meter: meter},
			}},
		},
		"status": {Key: "status", Title: "Status", Note: "12 calls", Wide: true, Status: &StatusBlock{
			Parts: []ui.BarPart{{Class: "bar-ok", X: "0", Width: "998"}},
			Stats: []Stat{{Label: "Running", Icon: "circle-play", Tone: "tone-ok", Value: "480", Note: "100.0%", URL: "/pbxs"}},
		}},
		"capacity": {
			Key: "capacity", Title: "Capacity", Foot: []ui.Link{{Label: "Extensions: full in 12 days."}},
			Capacity: []CapacityLine{
				{Resource: "extensionCapacity", Label: "Extensions", Left: "60 left", Meter: *meter},
			},
		},
		"capacity-unread": {Key: "capacity", Title: "Capacity", All: &ui.Link{Label: "Ledger", URL: "/subscription"}},
		"news": {Key: "news", Title: "What changed", News: &News{
			Since: "Since yesterday: ", Sums: []string{"2 first seen"},
			Items: []NewsItem{{
				Entry: ui.TimelineEntry{Kind: "appeared", Icon: "plus", Title: "First seen"},
				Name:  "Acme", URL: "/pbxs/7715", At: at, Ago: "1 h ago",
			}},
		}},
		"freshness": {Key: "freshness", Title: "Freshness", Freshness: []FreshnessLine{
			{Name: "Fleet", Sub: "480 PBXs", Class: "tone-ok", Icon: "circle-check", At: &at, Ago: "12 s ago"},
			{Name: "Subscription", Sub: "Never read", Class: "badge-outline", Icon: "hourglass"},
		}},
	}
	for name, b := range blocks {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, "block-"+name, block(b)) })
	}
	for name, c := range map[string]templ.Component{
		"overview-clear": Overview(OverviewPage{Lead: "480 PBXs.", CanNew: true, Clear: []string{"Expiring", "Stopped"}}),
		"overview-empty": Overview(OverviewPage{Empty: &ui.Empty{Art: "first", Title: "Syncing for the first time"}}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
