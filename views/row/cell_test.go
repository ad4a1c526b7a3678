package row

import (
	"bytes"
	"html"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cordboard/views/ui"
)

// TestCells checks the HTML of each kind of cell.
func TestCells(t *testing.T) {
	t.Parallel()
	icon := func(name string) string {
		return `<svg class="icon" aria-hidden="true"><use href="` + sprite + name + `"></use></svg>`
	}
	moment := &ui.Moment{Text: "17 Mar", DateTime: "2026-03-17T13:32:00Z"}
	for name, tt := range map[string]struct {
		cell ui.Cell
		want string
	}{
		"text": {
			ui.Cell{Column: "sn", Value: "A&B", Text: "A&B"},
			`<td data-col="sn" data-value="A&amp;B"><bdi>A&amp;B</bdi></td>`,
		},
		"a number": {
			ui.Cell{Column: "ip", Value: "5", Text: "5", Number: true},
			`<td class="num" data-col="ip" data-value="5"><bdi>5</bdi></td>`,
		},
		"code": {
			ui.Cell{Column: "sn", Value: "36", Text: "36", Mono: true},
			`<td data-col="sn" data-value="36"><span class="mono"><bdi>36</bdi></span> </td>`,
		},
		"not reported": {
			ui.Cell{Column: "sn"},
			`<td data-col="sn" data-value=""><span class="dash">–<span class="sr">not reported</span></span> </td>`,
		},
		"muted": {
			ui.Cell{Column: "owner", Text: "Nobody", Muted: true},
			`<td data-col="owner" data-value=""><span class="dash">Nobody</span> </td>`,
		},
		"with a label on a phone": {
			ui.Cell{Column: "plan", Text: "Ultimate"},
			`<td data-col="plan" data-value="" data-label="The plan"><bdi>Ultimate</bdi></td>`,
		},
		"a search hit": {
			ui.Cell{Column: "sn", Text: "365", Parts: []ui.Part{{Text: "3"}, {Text: "6", Hit: true}, {Text: "5"}}},
			`<td data-col="sn" data-value=""><bdi>3<mark>6</mark>5</bdi></td>`,
		},
		"two lines": {
			ui.Cell{Column: "sn", Text: "1", SecondLine: ui.SecondLine{Small: "in 3 days"}},
			`<td class="cell-2" data-col="sn" data-value=""><bdi>1</bdi><small>in 3 days</small></td>`,
		},
		"a number with two lines": {
			ui.Cell{Column: "sn", Text: "1", Number: true, SecondLine: ui.SecondLine{Small: "in 3 days"}},
			`<td class="num cell-2" data-col="sn" data-value=""><bdi>1</bdi><small>in 3 days</small></td>`,
		},
		"a second line with a tone": {
			ui.Cell{
				Column: "sn", Text: "1", SecondLine: ui.SecondLine{Small: "3 days ago", Tone: "tone-bad", Icon: "clock"},
			},
			`<td class="cell-2" data-col="sn" data-value=""><bdi>1</bdi><small><span class="tone-bad"><span class="tone-text">` +
				icon("clock") + `3 days ago</span></span></small></td>`,
		},
		"a badge": {
			ui.Cell{Column: "sn", Badge: &ui.Badge{Class: "badge-ok", Icon: "check", Word: "Running"}},
			`<td data-col="sn" data-value=""><span class="badge badge-ok" translate="no">` + icon("check") +
				`Running</span></td>`,
		},
		"a badge of a status that isn't known": {
			ui.Cell{Column: "sn", Badge: &ui.Badge{Class: "badge-outline", Word: "Odd", Unknown: true}},
			`<td data-col="sn" data-value=""><span class="badge badge-outline" translate="no"><bdi>Odd</bdi> ` +
				`<span class="sr">(not recognized by this version)</span></span></td>`,
		},
		"a moment": {
			ui.Cell{Column: "sn", Moment: moment},
			`<td data-col="sn" data-value=""><time datetime="2026-03-17T13:32:00Z">17 Mar</time></td>`,
		},
		"a moment of another field": {
			ui.Cell{Column: "sn", Moment: moment, CellLinks: ui.CellLinks{Part: &ui.CellPart{Column: "x", Value: "7"}}},
			`<td data-col="sn" data-value=""><span data-col="x" data-value="7"><time datetime="2026-03-17T13:32:00Z">` +
				`17 Mar</time></span> </td>`,
		},
		"a moment out of range": {
			ui.Cell{Column: "sn", Moment: &ui.Moment{Text: "99", Title: "as YCM sent it"}},
			`<td data-col="sn" data-value=""><span title="as YCM sent it">99</span></td>`,
		},
		"a moment with a title": {
			ui.Cell{Column: "sn", Moment: &ui.Moment{Text: "17 Mar", DateTime: "2026", Title: "UTC"}},
			`<td data-col="sn" data-value=""><time datetime="2026" title="UTC">17 Mar</time></td>`,
		},
		"links": {
			ui.Cell{Column: "sn", CellLinks: ui.CellLinks{Links: []ui.CellLink{
				{Text: "A", URL: "/a?b=1&c=2"}, {Text: "B", URL: "javascript:x"},
			}}},
			`<td data-col="sn" data-value=""> <a href="/a?b=1&amp;c=2"><bdi>A</bdi></a> ,  ` +
				`<a href="about:invalid#TemplFailedSanitizationURL"><bdi>B</bdi></a> </td>`,
		},
		"a meter": {
			ui.Cell{Column: "sn", Meter: &ui.Meter{Used: "5", Capacity: "10", Note: "50%", Width: "50"}},
			`<td data-col="sn" data-value=""><div class="meter"><span class="meter-text"><span>5 / 10</span> ` +
				`<small>50%</small></span> <svg class="bar" aria-hidden="true"><rect width="50%" height="100%"></rect></svg>` +
				`</div></td>`,
		},
		"a meter with a tone": {
			ui.Cell{Column: "sn", Meter: &ui.Meter{
				Used: "5", Capacity: "4", CapacityColumn: "size", CapacityValue: "4", Note: "1 over", Tone: "tone-bad", Icon: "x",
				Width: "0",
			}},
			`<td data-col="sn" data-value=""><div class="meter tone-bad"><span class="meter-text"><span>5 / ` +
				`<span data-col="size" data-value="4">4</span></span> <span class="tone-text">` + icon("x") + `1 over</span>` +
				`</span> <svg class="bar" aria-hidden="true"></svg></div></td>`,
		},
	} {
		r := ui.Row{Cells: []ui.Cell{tt.cell}, Labels: map[string]string{"plan": "The plan"}}
		if got := rendered(t, &r); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", name, got, tt.want)
		}
	}
}

func rendered(t *testing.T, r *ui.Row) string {
	t.Helper()
	var out bytes.Buffer
	if err := Cells(r, "col-name").Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestNothingEscapes checks that no text gets out of the place where it is rendered, and that none is lost.
func TestNothingEscapes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[&<>'"a ]*`)).Draw(t, "text")
		var h page
		h.text(text)
		if got := string(h); got != html.EscapeString(text) || strings.ContainsAny(got, `<>'"`) {
			t.Fatalf("%q becomes %q, want %q", text, got, html.EscapeString(text))
		}
	})
}
