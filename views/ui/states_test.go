package ui

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/viewtest"
)

// TestMoreComponents compares components and states that TestComponents doesn't cover with their golden files. Examples
// are inputs of several types, a pager in the middle of a list, and a banner with every part shown.
func TestMoreComponents(t *testing.T) {
	t.Parallel()
	choices := []Choice{{Value: "1", Label: "Frankfurt", Selected: true}, {Value: "2", Label: "<London>", Count: "3"}}
	input := func(change func(*FormField)) FormField {
		f := FormField{Name: "x", Label: "Label", Value: `"quoted" & <b>`}
		change(&f)
		return f
	}
	pages := []Page{
		{Label: "1", URL: "/pbxs"},
		{Label: "…"},
		{Label: "4", URL: "/pbxs?page=4"},
		{Label: "5", Current: true},
		{Label: "9"},
	}
	for name, c := range map[string]templ.Component{
		"row-with-edit": RowCells(Row{
			ID: "7", Cells: []Cell{{Column: "owner", Text: "Ines"}, {Column: "sn", Text: "AB"}},
			Edit: &Link{Label: "Change", URL: "/x", Spoken: "Change Acme"}, Labels: map[string]string{"owner": "Owner"},
		}, "col-name"),
		"input-plain":    FieldInput(input(func(*FormField) {})),
		"input-date":     FieldInput(input(func(f *FormField) { f.Type, f.Value = "date", "2026-03-17" })),
		"input-number":   FieldInput(input(func(f *FormField) { f.Type, f.Unit, f.Value = "number", "min", "60" })),
		"input-focus":    FieldInput(input(func(f *FormField) { f.Focus, f.Required, f.MaxLength = true, true, "63" })),
		"input-wrong":    FieldInput(input(func(f *FormField) { f.Problem, f.Hint = "Wrong.", "A hint." })),
		"label-required": FieldLabel(input(func(f *FormField) { f.Required = true })),
		"label-optional": FieldLabel(input(func(f *FormField) { f.Optional = true })),
		"notes": FieldNotes(input(func(f *FormField) {
			f.Problem, f.Warning, f.Hint, f.Failed, f.ReloadOf = "Problem.", "Warning.", "Hint.", "Not read.", "regions"
		})),
		"notes-none": FieldNotes(input(func(*FormField) {})),
		"field-password": Field(FieldProps{
			Label: "Password", Name: "password", Type: "password", Autocomplete: "current-password",
			Problem: "Wrong.", Hint: "Hint.",
		}),
		"field-filled": Field(FieldProps{
			Label: "Email", Name: "email", Type: "email", Value: `a"b@example.com`, MaxLength: "254",
		}),
		"choices-wrong": ChoiceOf("Role", "role", "Choose a role.", choices),
		"pager-middle": PagerView(Pager{
			Range: "201–250 of 480", Previous: "/pbxs?page=4", Next: "/pbxs?page=6", Pages: pages,
		}, "pbxs"),
		"pager-last": PagerView(Pager{Range: "451–480 of 480", Previous: "/pbxs?page=9"}, ""),
		"empty-drop": EmptyView(Empty{
			Art: "nothing", Title: "No PBX matches", Drop: &Link{Label: "Drop it", URL: "/pbxs"},
		}),
		"banner-copy": BannerView(&Banner{
			Title: "T", Text: "X.", Copy: "for support", Facts: []Fact{{Name: "requestId", Value: "r-1", Mono: true}},
		}),
		"trouble": Trouble(&Banner{Title: "YCM denied access", Text: "The API may be disabled."}),
		"fresh-failing": Fresh(
			Freshness{State: "failing", Text: "Never synced", Tone: "tone-warn", Icon: "unplug"}, "/pbxs?q=1",
		),
		"cell-badge": CellView(Cell{
			Column: "pbxStatus", Value: "Running",
			Badge: &Badge{Class: "badge-running", Icon: "circle-play", Word: "Running"},
		}),
		"cell-meter": CellView(Cell{
			Column: "usedExtensions", Value: "46", Meter: &Meter{Used: "46", Capacity: "50", Width: "92"},
		}),
		"cell-links": CellView(Cell{Column: "customer", Value: "7 8", CellLinks: CellLinks{Links: []CellLink{
			{Text: "Acme", URL: "/customers/7", Parts: []Part{{Text: "Ac"}, {Text: "me", Hit: true}}},
			{Text: "Birch", URL: "/customers/8"},
		}}}),
		"row-cells": RowCells(Row{ID: "7", URL: "/pbxs/7", Gone: "Removed on 17 Mar 2026", Cells: []Cell{
			{Column: "name", Value: "Acme", Text: "Acme", CellLinks: CellLinks{Host: &Host{Value: "acme.example.com"}}},
			{Column: "activeCalls", Value: "2", Text: "2", Number: true},
			{Column: "createTime", Value: "1", Moment: &moment, SecondLine: SecondLine{Small: "today"}},
		}}, "col-name"),
		"row-empty":     RowCells(Row{ID: "7"}, ""),
		"row-dash":      RowCells(Row{ID: "7", Cells: []Cell{{Column: "group"}}}, ""),
		"timeline-none": TimelineView(Timeline{}),
		"notice": NoticeView(&Notice{
			Tone: "tone-bad", Icon: "unplug", Title: "YCM can’t be reached", Text: "Nothing was sent.", RequestID: "theirs",
			Link: &Link{Label: "Show operation 7", URL: "/operations/x"},
		}),
		"notice-plain": NoticeView(&Notice{Tone: "tone-warn", Icon: "clock", Title: "Wait", Text: "Nothing was sent."}),
		"notes-written": NotesView(
			[]Note{{Text: "Called\nthem", By: "Kim", At: moment}},
			NoteForm{URL: "/pbxs/7/notes"},
		),
		"notes-restored":     NotesView(nil, NoteForm{"/pbxs/7/notes", "Called <b>", "You were signed out."}),
		"notes-read-only":    NotesView([]Note{{Text: "Called", By: "Kim", At: moment}}, NoteForm{}),
		"notes-written-none": NotesView(nil, NoteForm{}),
		"notice-none":        NoticeView(nil),
		"timeline-pages": TimelineView(Timeline{
			Older: "/pbxs/7?before=9", Newest: "/pbxs/7", Days: []TimelineDay{{
				Title: "Today", Entries: []TimelineEntry{{
					Kind: "changed", Field: "customer", Icon: "pencil", Title: "Customer",
					Change: &Change{Old: "Acme", New: "none"},
				}},
			}},
		}),
		"timeline-of-several": TimelineView(Timeline{Newest: "/customers/7", Days: []TimelineDay{{
			Title: "Today", Entries: []TimelineEntry{{
				PBX: &Link{Label: "Alder", URL: "/pbxs/7"}, Icon: "pencil", Title: "Region", Meta: "Seen at 13:32 UTC",
			}},
		}}}),
		"cell-muted":  CellView(Cell{Column: "expirationDate", Text: "No date", Muted: true}),
		"cell-number": CellView(Cell{Column: "cloudPbxId", Text: "7715", Number: true, Mono: true}),
		"cell-warned": CellView(Cell{
			Column: "expirationDate", Moment: &moment,
			SecondLine: SecondLine{Small: "3 days ago", Tone: "tone-bad", Icon: "circle-alert"},
		}),
		"cell-host-hit": CellView(Cell{
			Column: "name", Text: "Acme",
			CellLinks: CellLinks{
				Host: &Host{Value: "acme.example.com", Parts: []Part{{Text: "acme", Hit: true}, {Text: ".example.com"}}},
			},
		}),
		"meter-parts": MeterView(Meter{
			Used: "0", Capacity: "0", Note: "none", CapacityColumn: "extensionCapacity", CapacityValue: "0",
		}),
		"change-empty":  ChangeView(Change{New: "Acme"}),
		"bar-nothing":   BarParts(nil),
		"swap":          Swap("x", "/pbxs?page=2"),
		"brand":         Brand(),
		"sessions-none": SessionList(nil, "/account/sessions"),
		"marked-hit":    Marked("Acme", []Part{{Text: "Ac"}, {Text: "me", Hit: true}}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
