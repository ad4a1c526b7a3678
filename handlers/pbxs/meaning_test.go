package pbxs_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"

	"cordboard/fleet/list"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// namesIn returns the names of the PBXs that a list query finds, as exported to CSV.
func namesIn(br *portaltest.Browser, query string) []string {
	br.Portal.T.Helper()
	v, err := url.ParseQuery(query)
	br.Portal.Must(err)
	v.Set("cols", "name")
	return lastCells(br.Get("/pbxs.csv?" + v.Encode()).Text)[1:]
}

// lastCells returns the lines of a CSV file without their first cell, which is an ID.
func lastCells(text string) []string {
	lines := portaltest.Lines(text)
	for i := range lines {
		_, lines[i], _ = strings.Cut(lines[i], ",")
	}
	return lines
}

// TestValuesThatLookLikeOperators checks that each group or plan checkbox in the filter builder finds or excludes
// exactly the PBXs with the value on its label, even if the value looks like an operator.
func TestValuesThatLookLikeOperators(t *testing.T) {
	t.Parallel()
	groups := []string{
		"!VIP",
		"VIP",
		"none",
		"None",
		"=none",
		"=",
		"!",
		"!!",
		"!=x",
		"=!VIP",
		"!none",
		"a..b",
		">5",
		"status:x",
		`"q"`,
		" ",
		"",
	}
	var records []map[string]any
	for i, group := range groups {
		records = append(records, map[string]any{"name": fmt.Sprint("n", i), "group": group, "plan": group})
	}
	b := portaltest.NewWithRecords(t, records...)
	br := b.As(store.RoleViewer)
	want := map[string][]string{} // PBX names by checkbox label
	for i, group := range groups {
		label := group
		switch group {
		case "":
			label = "Not reported"
		case " ":
			label = "“ ” (no visible characters)"
		}
		want[label] = append(want[label], fmt.Sprint("n", i))
	}
	for _, key := range []string{"group", "plan"} {
		doc := br.Get("/pbxs/filters").Doc(t)
		ticks := 0
		doc.Find(fmt.Sprintf(`input[type=checkbox][name=%q]`, key)).Each(func(_ int, tick *goquery.Selection) {
			ticks++
			value, _ := tick.Attr("value")
			label := strings.TrimSpace(tick.Closest("label").Find("bdi").First().Text())
			if label == "" {
				label = strings.TrimSpace(tick.Closest("label").Find("span").First().Text())
			}
			got := namesIn(br, url.Values{key: {value}}.Encode())
			slices.Sort(got)
			expected := slices.Sorted(slices.Values(want[label]))
			if !slices.Equal(got, expected) {
				t.Errorf("checkbox %q of %s (value %q) finds %q, want %q", label, key, value, got, expected)
			}
			page := br.Get("/pbxs/filters?" + url.Values{key: {value}}.Encode()).Doc(t)
			var on []string
			page.Find(fmt.Sprintf(`input[name=%q][checked]`, key)).
				Each(func(_ int, s *goquery.Selection) { on = append(on, s.AttrOr("value", "")) })
			if !slices.Equal(on, []string{value}) {
				t.Errorf("with %s=%q the checked values are %q", key, value, on)
			}
			location := br.Get(
				"/pbxs/filters?apply=1&" + url.Values{key: {value}, key + ".not": {"yes"}}.Encode(),
			).Header.Get("Location")
			_, query, _ := strings.Cut(location, "?")
			if got := namesIn(br, query); len(got) != len(groups)-len(expected) ||
				slices.ContainsFunc(got, func(name string) bool { return slices.Contains(expected, name) }) {
				t.Errorf("all except %q of %s finds %q", label, key, got)
			}
		})
		if ticks != len(want) {
			t.Errorf("%s has %d checkboxes, want %d", key, ticks, len(want))
		}
	}
}

// TestWordsSurviveAnAddress checks that any literal filter value stays the same when it is formatted for a URL and
// parsed.
func TestWordsSurviveAnAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[!=]{0,3}(none|a|)[!=]{0,2}|\PC{1,8}`).
			Filter(func(s string) bool { return s != "" }).
			Draw(t, "text")
		word := list.LiteralFilterValue(text)
		word.Not = rapid.Bool().Draw(t, "not")
		if got := list.ParseFilterValue(word.String()); got != word || got.IsNone() {
			t.Fatalf("ParseFilterValue of %+v as %q = %+v", word, word.String(), got)
		}
	})
}

// TestForgivingGrammar checks that informal queries find what their users mean, and that the list reports queries that
// it doesn't understand.
func TestForgivingGrammar(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(
		t,
		map[string]any{
			"name":              "old",
			"createTime":        1640995200,
			"extensionCapacity": 50,
			"pbxStatus":         "Running",
			"group":             "none",
		}, //
		map[string]any{
			"name":              "mid",
			"createTime":        1672444800,
			"extensionCapacity": 100,
			"pbxStatus":         "Stopped",
			"group":             nil,
		}, //
		map[string]any{
			"name":              "new",
			"createTime":        1678881600,
			"extensionCapacity": 1500,
			"pbxStatus":         "Running",
			"group":             "Sales",
		},
	)
	br := b.As(store.RoleViewer)
	for _, tt := range []struct{ search, want string }{
		{"created:2022", "mid old"},
		{"created: 2022", "mid old"},
		{"created:2022..2023", "mid new old"},
		{"created:2022 .. 2023", "mid new old"},
		{"created:2023..2022", "mid new old"},
		{"created>2022", "new"},
		{"created > 2022", "new"},
		{"created>=2022", "mid new old"},
		{"created<2023", "mid old"},
		{"created:2022-12", "mid"},
		{"created:2022-12..", "mid new"},
		{"created:2023/03/15", "new"},
		{"created:2023-3-15", "new"},
		{"-created:2022", "new"},
		{"ext > 50", "mid new"},
		{"ext >= 50", "mid new old"},
		{"ext: > 50", "mid new"},
		{"ext = 50", "old"},
		{"ext:50-100", "mid old"},
		{"ext:100+", "mid new"},
		{"ext:1,500", "new"},
		{"ext>1,000", "new"},
		{"status: running", "new old"},
		{"status :running", "new old"},
		{"status : running ext > 100", "new"},
		{"STATUS:Running", "new old"},
		{"group:none", "mid"},
		{`group:"none"`, "old"},
		{`-group:none`, "new old"},
	} {
		got := namesIn(br, url.Values{"q": {tt.search}}.Encode())
		slices.Sort(got)
		if strings.Join(got, " ") != tt.want {
			t.Errorf("search %q finds %q, want %q", tt.search, got, tt.want)
		}
	}
	for _, query := range []string{"createTime=2022", "createTime=2022-01..2022-12"} {
		got := namesIn(br, query)
		slices.Sort(got)
		if strings.Join(got, " ") != "mid old" {
			t.Errorf("query ?%s finds %q, want mid and old", query, got)
		}
	}
	for _, search := range []string{
		"created:soon",
		"created:2022-13",
		"created:2022-02-30",
		"ext:many",
		"ext > many",
		"ext:..",
		"status:",
		"status: ext:50",
		`status:""`,
	} {
		doc := br.Get("/pbxs?" + url.Values{"q": {search}}.Encode()).Doc(t)
		if doc.Find("p.ignored").Length() == 0 || doc.Find(".chip s").Length() == 0 {
			t.Errorf("search %q: no notice says that it isn't understood, or its chip looks as if it applied", search)
		}
	}
}

// TestIgnoredLooksIgnored checks that ignored parts of a query are reported on pages, in exports and in the audit log.
func TestIgnoredLooksIgnored(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(
		t,
		map[string]any{"name": "one", "pbxStatus": "Running"},
		map[string]any{"name": "two", "pbxStatus": "Stopped"},
	)
	br := b.As(store.RoleAdmin)
	const typo, right = "one status:runnning", "/pbxs?q=one+status%3ARunning"
	search := "?" + url.Values{"q": {typo}}.Encode()

	doc := br.Get("/pbxs" + search).Doc(t)
	chips := doc.Find(".chips .chip")
	var texts []string
	chips.Each(func(_ int, chip *goquery.Selection) {
		texts = append(texts, strings.Join(strings.Fields(chip.Text()), " "))
	})
	if want := []string{"Search one remove", "Ignored status:runnning remove"}; !slices.Equal(texts, want) {
		t.Errorf("chips = %q, want %q", texts, want)
	}
	if got := chips.Eq(1).AttrOr("href", ""); got != "/pbxs?q=one" {
		t.Errorf("the link that removes the ignored part is %q, want /pbxs?q=one", got)
	}
	if got := doc.Find("#instead a").AttrOr("href", ""); got != right {
		t.Errorf("the suggestion links to %q, want %q", got, right)
	}
	if got := doc.Find("p.ignored").
		Text(); !strings.Contains(got, "runnning") ||
		!strings.Contains(got, "Did you mean Running?") {
		t.Errorf("the list's notice = %q", got)
	}
	for _, page := range []string{"/pbxs/selection", "/views", "/pbxs/filters"} {
		if got := br.Get(page + search); !strings.Contains(got.Text, "Did you mean Running?") {
			t.Errorf("page %s doesn't report the ignored part of the search", page)
		}
	}
	for _, query := range []string{search, "?usage=lots", "?bogus=1", "?createTime=soon"} {
		r := br.Get("/pbxs.csv" + query)
		if r.StatusCode != http.StatusOK || r.Header.Get("Cordboard-Ignored") == "" ||
			!strings.Contains(r.Header.Get("Content-Disposition"), "filters-ignored") {
			t.Errorf(
				"the CSV file of %s is %q and doesn't report what was ignored",
				query,
				r.Header.Get("Content-Disposition"),
			)
		}
		if r := br.Get("/pbxs.xlsx" + query); !strings.Contains(
			r.Header.Get("Content-Disposition"),
			"filters-ignored",
		) {
			t.Errorf("the XLSX file of %s doesn't report what was ignored", query)
		}
	}
	many := url.Values{"q": {strings.Repeat("ü:東京 ", 30)}}
	for i := range 150 {
		many.Set(fmt.Sprint("東京", i), "東京")
	}
	if got := br.Get("/pbxs.csv?" + many.Encode()).Header.Get("Cordboard-Ignored"); got == "" || len(got) > 2500 {
		t.Errorf("150 ignored keys make a header of %d bytes, want 1 to 2500", len(got))
	}
	if r := br.Get("/pbxs.csv?per=33&page=x&density=y"); r.Header.Get("Cordboard-Ignored") != "" {
		t.Errorf("an export without pages ignores %q, want nothing", r.Header.Get("Cordboard-Ignored"))
	}
	if r := br.Get("/pbxs.csv?q=one"); r.Header.Get("Cordboard-Ignored") != "" ||
		strings.Contains(r.Header.Get("Content-Disposition"), "ignored") {
		t.Errorf("the name of a CSV file without ignored filters is %q", r.Header.Get("Content-Disposition"))
	}
	if got := br.Get("/audit?q=action:pbxs.export"); !strings.Contains(got.Text, "Did you mean Running?") {
		t.Error("the log doesn't say that the export ignored a filter")
	}
}

// TestViewsStoreWhatTheyMean checks that a saved view includes the defaults that its query left out, and that it isn't
// shown as modified, even to a user with other defaults.
func TestViewsStoreWhatTheyMean(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	admin, viewer := b.As(store.RoleAdmin), b.As(store.RoleViewer)
	r := admin.Post("/views", url.Values{"name": {"Mine"}, "shared": {"yes"}, "query": {"status=Running"}})
	location := r.Header.Get("Location")
	u, err := url.Parse(location)
	b.Must(err)
	want := url.Values{
		"status": {
			"Running",
		},
		"per":      {"50"},
		"sort":     {"name"},
		"presence": {"here"},
		"cols":     {strings.Join(display.UsualColumns, ",")},
		"view":     {u.Query().Get("view")},
	}
	if r.StatusCode != http.StatusSeeOther || u.Query().Encode() != want.Encode() {
		t.Fatalf("saving leads to %q, want %q", u.Query().Encode(), want.Encode())
	}
	b.Must(
		b.Store.SetPrefs(
			t.Context(),
			store.Actor{ID: b.User(store.RoleViewer).ID, Email: "viewer@example.com"},
			"list.columns",
			func(u *store.User) { u.Prefs.Cols = []string{"name", "sn"} },
		),
	)
	for name, br := range map[string]*portaltest.Browser{"its owner": admin, "somebody with other columns": viewer} {
		doc := br.Get(location).Doc(t)
		var heads []string
		doc.Find("#pbxs thead th[data-column], #pbxs thead th a").
			Each(func(_ int, s *goquery.Selection) { heads = append(heads, s.Text()) })
		if len(heads) < len(display.UsualColumns) {
			t.Errorf("columns for %s = %q", name, heads)
		}
		if doc.Find(".tab[aria-current]").Length() != 1 ||
			strings.Contains(doc.Find(".tab[aria-current]").Text(), "modified") {
			t.Errorf("the active view for %s = %q", name, doc.Find(".tab[aria-current]").Text())
		}
	}
}

// TestBuilderKeepsWhatItCantShow checks that submitting the filter builder unchanged keeps every filter, whether or not
// the form has an input for it.
func TestBuilderKeepsWhatItCantShow(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 30)
	br := b.As(store.RoleViewer)
	for _, query := range []string{
		"createTime=2022",
		"createTime=>2026-01-01",
		"createTime=!2026-01-01..",
		"createTime=2022&createTime=2024",
		"createTime=2026-01-01..2026-02-01",
		"extensionCapacity=>50",
		"extensionCapacity=50-200",
		"extensionCapacity=1,000",
		"extensionCapacity=5..10",
		"extensionCapacity=none",
		"group=!Zeta",
		"status=!Stopped&status=Running",
		"status=!Running&status=!Stopped",
		"name=Lobby",
		"sn=!none",
		"name=none",
		"expires=2026-01-01..2026-02-01",
		"expires=!overdue",
		"expires=30d",
		"usage=!over",
		"group==none",
		"group=!=!VIP",
		"creator=Ines",
		"presence=gone",
		"q=care",
		"sort=-name&per=25",
	} {
		doc := br.Get("/pbxs/filters?" + query).Doc(t)
		form := portaltest.ShownIn(doc, "form[action='/pbxs/filters']")
		form.Set("apply", "1")
		location := br.Get("/pbxs/filters?" + form.Encode()).Header.Get("Location")
		u, err := url.Parse(location)
		b.Must(err)
		want, err := url.ParseQuery(query)
		b.Must(err)
		got := u.Query()
		for _, values := range []url.Values{want, got} {
			for key := range values {
				slices.Sort(values[key])
			}
		}
		if got.Encode() != want.Encode() {
			t.Errorf("the builder turns %s into %s", query, got.Encode())
		}
	}
}

// TestDatesNotUnderstoodAreSeen checks that an invalid date is reported on the overview, in the list's tabs and
// filters, and on the expiries page, even if the PBX also has a valid date.
func TestDatesNotUnderstoodAreSeen(t *testing.T) {
	t.Parallel()
	far := int64(1990000000)
	for _, tt := range []struct {
		name            string
		plan, own       any
		subscriptionEnd string
	}{
		{"a plan date beside a far date", "01.12.2026", far, "1805000000000"},
		{"a compact date alone", nil, "20261201", `"20261201"`},
		{"a number of a compact date", nil, 20261201, "20261201"},
		{"a word", "soon", nil, `"soon"`},
		{"an old date", nil, "1970-01-01", `"1999-12-31"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := portaltest.Prepare(t, 1, func(b *portaltest.Portal) {
				b.YCM.Edit(b.YCM.IDs()[0], func(r map[string]any) {
					r["name"], r["planExpirationDate"], r["expirationDate"] = "Strange", tt.plan, tt.own
				})
				b.YCM.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: fmt.Appendf(nil,
					`{"status":"Success","data":{"capacity":{"total":{"extensionCapacity":5}},"expirationTime":%s}}`,
					tt.subscriptionEnd)})
			})
			b.AddUsers()
			b.Serve()
			viewer := b.As(store.RoleViewer)
			overview := viewer.Get("/").Doc(t)
			if got := overview.Find("[data-block=expiring]").Text(); !strings.Contains(got, "Strange") ||
				!strings.Contains(got, "Date not understood: 1") {
				t.Errorf("the overview shows %q", strings.Join(strings.Fields(got), " "))
			}
			if got := overview.Find("[data-block=freshness]").Text(); !strings.Contains(got, "not understood") {
				t.Errorf("the overview shows of the subscription %q", strings.Join(strings.Fields(got), " "))
			}
			for _, key := range []string{"needs-attention", "expiring"} {
				tab := viewer.Get("/pbxs").Doc(t).Find("a[href*='view=" + key + "']").First().Text()
				if !strings.HasSuffix(strings.TrimSpace(tab), "1") {
					t.Errorf("the tab %s counts %q, want 1", key, strings.TrimSpace(tab))
				}
			}
			for _, path := range []string{"/pbxs?expires=not-understood", "/pbxs?attention=not-understood"} {
				if got, _ := viewer.Get(path).Doc(t).Find("#result-count").Attr("data-count"); got != "1" {
					t.Errorf("%s finds %s PBXs, want 1", path, got)
				}
			}
			if body := viewer.Get("/expiries").Text; !strings.Contains(body, "Date not understood") {
				t.Error("the board has no group of dates that aren't understood")
			}
		})
	}
}

// TestShownWordsAreAccepted checks that the search box accepts the words that pages show for the values of each filter.
func TestShownWordsAreAccepted(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 40)
	br := b.As(store.RoleViewer)
	n := 0
	br.Get("/pbxs/filters").Doc(t).Find(".fold-values label").Each(func(_ int, l *goquery.Selection) {
		n++
		key, label := l.Find("input").AttrOr("name", ""), strings.TrimSpace(l.Find("bdi").First().Text())
		q := fmt.Sprintf("%s:%q", key, label)
		page := br.Get("/pbxs?" + url.Values{"q": {q}}.Encode()).Doc(t)
		if ignored := page.Find(".ignored").Text(); ignored != "" {
			t.Errorf("%s: %s", q, strings.Join(strings.Fields(ignored), " "))
		}
		value := l.Find("input").AttrOr("value", "")
		is, was := namesIn(br, url.Values{"q": {q}}.Encode()), namesIn(br, url.Values{key: {value}}.Encode())
		if key != "plan" && !slices.Equal(is, was) { // plans may differ only by case
			t.Errorf("%s finds %d PBXs, want the %d of %s=%s", q, len(is), len(was), key, value)
		}
	})
	if n < 50 {
		t.Errorf("only %d values were tried", n)
	}
}

// TestSearchByID checks that a PBX is found by its ID, but not by a part of it.
func TestSearchByID(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	id := fmt.Sprint(b.YCM.IDs()[2])
	br := b.As(store.RoleViewer)
	if got := br.Get("/pbxs?q=" + id).Doc(t).Find("tr[data-pbx-id]"); got.Length() != 1 ||
		got.AttrOr("data-pbx-id", "") != id {
		t.Errorf("the ID finds %d PBXs", got.Length())
	}
	if n := br.Get("/pbxs?q=" + id[:3]).Doc(t).Find("tr[data-pbx-id='" + id + "']").Length(); n > 0 {
		t.Error("a part of the ID finds the PBX")
	}
}
