package ui

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/viewtest"
)

var (
	moment  = Moment{Text: "17 Mar 2026", DateTime: "2026-03-17", Title: "17 Mar 2026 UTC"}
	problem = FormField{
		Name:    "subDomain",
		Label:   "Subdomain",
		Value:   `<b>"x"</b>`,
		Hint:    "Letters, digits and hyphens.",
		Problem: "No spaces.",
	}
)

// TestComponents compares components in various states with their golden files.
func TestComponents(t *testing.T) {
	t.Parallel()
	choices := []Choice{{Value: "a", Label: "First", Selected: true}, {Value: "b", Label: "Second", Count: "3"}}
	warned, optional, unit := problem, problem, problem
	warned.Problem, warned.Warning = "", "Check this."
	optional.Problem, optional.Optional = "", true
	unit.Type, unit.Unit, unit.Required, unit.MaxLength = "number", "minutes", true, "5"
	for name, c := range map[string]templ.Component{
		"badge":         BadgeView(BadgeFor("pbxStatus", "Running")),
		"badge-unknown": BadgeView(BadgeFor("pbxStatus", "<Odd>")),
		"badge-missing": BadgeView(BadgeFor("pbxStatus", "")),
		"moment":        MomentView(moment),
		"copy":          Copy("7715", "ID"),
		"copy-short":    CopyShort("0123456789abcdef0123456789abcdef", "hash"),
		"cell-text":     CellView(Cell{Column: "name", Value: "Acme", Text: "Acme"}),
		"cell-hit": CellView(Cell{
			Column: "name", Text: "Acme", Parts: []Part{{Text: "Ac"}, {Text: "me", Hit: true}},
		}),
		"cell-host": CellView(Cell{
			Column: "name", Text: "Acme", CellLinks: CellLinks{Host: &Host{Value: "acme.example.com"}},
		}),
		"cell-missing":  CellView(Cell{Column: "version"}),
		"cell-moment":   CellView(Cell{Column: "createTime", Moment: &moment, SecondLine: SecondLine{Small: "today"}}),
		"meter":         MeterView(Meter{Used: "46", Capacity: "50", Note: "92%", Tone: "tone-warn", Width: "92"}),
		"meter-over":    MeterView(Meter{Used: "53", Capacity: "50", Note: "3 over", Tone: "tone-bad", Width: "100"}),
		"meter-unknown": MeterView(Meter{Used: "?", Capacity: "?", Note: "not reported"}),
		"empty-first":   EmptyView(Empty{Art: "first", Title: "Syncing", Progress: "Page 1 of 3", Width: "33"}),
		"empty-none":    EmptyView(Empty{Art: "none", Title: "No PBXs", Text: "The account has none."}),
		"empty-nothing": EmptyView(Empty{Art: "nothing", Title: "Nothing", Action: &Link{Label: "Clear", URL: "/pbxs"}}),
		"pager": PagerView(
			Pager{Range: "1–50 of 60", Next: "/pbxs?page=2", Pages: []Page{{Label: "1", Current: true}}}, "pbxs",
		),
		"change":            ChangeView(Change{Old: "Stopped", New: "Running"}),
		"bar":               BarParts([]BarPart{{Class: "own", X: "0", Width: "500"}}),
		"link":              LinkOrText(Link{Label: "3", URL: "/pbxs", Spoken: "3 PBXs"}),
		"text":              LinkOrText(Link{Label: "3"}),
		"done":              Done("Saved."),
		"done-nothing":      Done(""),
		"failed":            Failed("Not saved."),
		"field-problem":     FieldProblem("No spaces."),
		"choices":           ChoiceOf("Second factor", "required", "Choose one.", choices),
		"hidden":            HiddenInputs([]Hidden{{Name: "q", Value: `"acme"`}}),
		"username":          Username("ines@example.com"),
		"text-field":        TextField(problem),
		"text-field-warned": TextField(warned),
		"text-field-plain":  TextField(optional),
		"text-field-unit":   TextField(unit),
		"preset-inputs":     PresetInputs("Trial", true, "The name is taken."),
		"sessions": SessionList([]SessionRow{
			{Mark: "abc", Device: "Firefox on Linux", Icon: "laptop", Address: "203.0.113.5", Method: "password", This: true},
			{Mark: "def", Device: "curl", Icon: "monitor", Since: moment, Seen: "3 minutes ago", Method: "invitation"},
		}, "/account/sessions"),
		"fresh":       Fresh(Freshness{State: "current", Text: "As of", At: &moment, Ago: "now", Tone: "tone-ok"}, "/pbxs"),
		"fresh-never": Fresh(Freshness{State: "never", Text: "Not synced yet", Icon: "hourglass"}, "/pbxs"),
		"banner": BannerView(&Banner{
			Title: "YCM is not responding", Text: "Timed out.", Facts: []Fact{{Name: "Next", Value: "now"}},
		}),
		"trouble-none":  Trouble(nil),
		"marked":        Marked("Acme", nil),
		"icon":          Icon("search"),
		"swapped-icon":  IconClass("loader", "spin"),
		"freshness-now": FreshWords(Freshness{State: "running", Text: "Syncing, as of", At: &moment, Icon: "loader"}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
