package row

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"cordboard/views/ui"
)

// words are texts of all kinds, most of them with characters that must be escaped.
var words = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", "0", "Alder & Söhne", `<b>"x"</b>`, "it's", "a &amp; b", "–", "2026-03-17T13:32:00Z",
	}),
	rapid.String(),
)

var classes = rapid.SampledFrom([]string{"", "tone-warn", "badge-success", "badge-outline"})

// urls are links of pages, and one that templ rejects.
var urls = rapid.SampledFrom([]string{
	"/pbxs/7715", "/pbxs?q=a%26b&page=2", "javascript:alert(1)", "https://a.example.com",
})

// maybe returns a value that is drawn, or nil.
func maybe[V any](t *rapid.T, name string, draw func() V) *V {
	if !rapid.Bool().Draw(t, name) {
		return nil
	}
	v := draw()
	return &v
}

func wordParts(t *rapid.T) []ui.Part {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ui.Part {
		return ui.Part{Text: words.Draw(t, "part"), Hit: rapid.Bool().Draw(t, "hit")}
	}), 0, 3).Draw(t, "parts")
}

var cells = rapid.Custom(func(t *rapid.T) ui.Cell {
	word := func(name string) string { return words.Draw(t, name) }
	c := ui.Cell{
		Column: rapid.SampledFrom([]string{"name", "plan", "sn", "usedExtensions"}).Draw(t, "column"),
		Value:  word("value"), Text: word("text"), Parts: wordParts(t),
		Number: rapid.Bool().Draw(t, "number"), Mono: rapid.Bool().Draw(t, "mono"), Muted: rapid.Bool().Draw(t, "muted"),
		SecondLine: ui.SecondLine{Small: word("small"), Tone: classes.Draw(t, "tone"), Icon: "clock"},
	}
	c.Badge = maybe(t, "badge", func() ui.Badge {
		return ui.Badge{
			Class: classes.Draw(t, "class"), Icon: rapid.SampledFrom([]string{"", "clock"}).Draw(t, "icon"),
			Word: word("word"), Unknown: rapid.Bool().Draw(t, "unknown"),
		}
	})
	c.Meter = maybe(t, "meter", func() ui.Meter {
		return ui.Meter{
			CapacityColumn: rapid.SampledFrom([]string{"", "extensionCapacity"}).Draw(t, "capacity column"),
			CapacityValue:  word("capacity value"), Used: word("used"), Capacity: word("capacity"), Note: word("note"),
			Tone: classes.Draw(t, "meter tone"), Icon: "gauge",
			Width: rapid.SampledFrom([]string{"", "0", "33.3", "100"}).Draw(t, "width"),
		}
	})
	c.Moment = maybe(t, "moment", func() ui.Moment {
		return ui.Moment{Text: word("moment text"), DateTime: word("datetime"), Title: word("title")}
	})
	c.Host = maybe(t, "host", func() ui.Host { return ui.Host{Value: word("host"), Parts: wordParts(t)} })
	c.Part = maybe(t, "part", func() ui.CellPart { return ui.CellPart{Column: word("of"), Value: word("its value")} })
	c.Links = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ui.CellLink {
		return ui.CellLink{Text: words.Draw(t, "link"), URL: urls.Draw(t, "url"), Parts: wordParts(t)}
	}), 0, 3).Draw(t, "links")
	return c
})

// TestSameAsTemplate checks that rows are, byte for byte, what the template renders.
func TestSameAsTemplate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := ui.Row{
			ID: words.Draw(t, "id"), URL: urls.Draw(t, "row url"), Gone: words.Draw(t, "gone"),
			Menu:   rapid.OneOf(rapid.Just(""), urls).Draw(t, "menu"),
			Cells:  rapid.SliceOfN(cells, 0, 6).Draw(t, "cells"),
			Labels: map[string]string{"plan": words.Draw(t, "label")},
		}
		r.Edit = maybe(t, "edit", func() ui.Link {
			return ui.Link{Label: words.Draw(t, "edit"), URL: urls.Draw(t, "edit url"), Spoken: words.Draw(t, "spoken")}
		})
		class := rapid.SampledFrom([]string{"col-name", "pin pin-2 col-name"}).Draw(t, "head class")
		var got, want bytes.Buffer
		if err := ui.RowCells(r, class).Render(t.Context(), &want); err != nil {
			t.Fatal(err)
		}
		if err := Cells(&r, class).Render(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Fatalf("got\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

// TestAllocations checks that a row takes few allocations, however many cells it has.
func TestAllocations(t *testing.T) {
	r := ui.Row{ID: "7715", URL: "/pbxs/7715", Menu: "/pbxs/7715/menu"}
	for range 12 {
		r.Cells = append(r.Cells, ui.Cell{
			Column: "plan", Value: "Alder & Sons", Badge: &ui.Badge{Class: "badge-success", Icon: "clock", Word: "<b>"},
		})
	}
	var out bytes.Buffer
	n := testing.AllocsPerRun(100, func() {
		out.Reset()
		_ = Cells(&r, "col-name").Render(t.Context(), &out)
	})
	if n > 3 {
		t.Errorf("a row takes %v allocations, want at most 3", n)
	}
}

// TestSelectable compares rows with their cells, between the box that selects a row and the end of the row.
func TestSelectable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := ui.Row{
			ID:    rapid.SampledFrom([]string{"7", "7715"}).Draw(t, "id"),
			URL:   "/pbxs/7715",
			Gone:  words.Draw(t, "gone"),
			Cells: rapid.SliceOfN(cells, 0, 3).Draw(t, "cells"),
		}
		var want bytes.Buffer
		class := ""
		if r.Gone != "" {
			class = ` class="is-gone"`
		}
		fmt.Fprintf(&want, `<tr data-pbx-id="%s"%s><td class="pin col-check">`, r.ID, class)
		fmt.Fprintf(&want, `<input class="row-check" type="checkbox" name="cloudPbxId" form="selection" value="%s" `, r.ID)
		fmt.Fprintf(&want, `aria-labelledby="n%s"></td>`, r.ID)
		if err := ui.RowCells(r, "col-name").Render(t.Context(), &want); err != nil {
			t.Fatal(err)
		}
		want.WriteString("</tr>")
		if got := HTML(&r, "col-name"); got != want.String() {
			t.Fatalf("got\n%s\nwant\n%s", got, want.String())
		}
		done := ui.Row{HTML: want.String()}
		var got bytes.Buffer
		if err := Selectable([]ui.Row{r, done}, "col-name").Render(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String()+want.String() {
			t.Fatalf("got\n%s\nwant twice\n%s", got.String(), want.String())
		}
	})
}
