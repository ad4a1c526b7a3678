package palette_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestPalette checks what the command palette finds, for whom, and in which form.
func TestPalette(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(t,
		map[string]any{"name": "Bäckerei Nord", "pbxStatus": "Running", "url": "nord.example.com"},
		map[string]any{"name": "Bäckerei Süd", "pbxStatus": "Stopped", "url": "sued.example.com"},
		map[string]any{"name": "Team Tools", "pbxStatus": "Running", "url": "tools.example.com"},
	)
	viewer, admin := b.As(store.RoleViewer), b.As(store.RoleAdmin)
	viewer.Post("/views", url.Values{"name": {"Bakeries"}, "query": {"q=backerei"}})
	labels := func(br *portaltest.Browser, search string) (all []string) {
		d := br.Get("/palette?"+url.Values{"q": {search}}.Encode(), "HX-Request", "true").Doc(t)
		for _, a := range d.Find("[role=option]").EachIter() {
			text := strings.Join(strings.Fields(a.Text()), " ")
			all = append(all, text+" -> "+portaltest.Attr(a, "href"))
		}
		return all
	}
	contains := func(all []string, part string) bool { return strings.Contains(strings.Join(all, "\n"), part) }
	for _, tt := range []struct {
		br     *portaltest.Browser
		search string
		want   []string // parts that must be found
		not    []string
	}{
		{
			viewer, "",
			[]string{"/pbxs", "/expiries", "/account", "Bakeries"},
			[]string{"/team", "/pbxs/new", "/audit", "Nord"},
		},
		{admin, "", []string{"/team", "/pbxs/new", "/audit", "/operations"}, []string{"Bakeries"}},
		{
			viewer, "backerei",
			[]string{"Bäckerei Nord", "Bäckerei Süd", "2 matches", "sued.example.com"},
			[]string{"Tools", "/account"},
		},
		{viewer, "BÄCKEREI nord", []string{"Bäckerei Nord", "1 match"}, []string{"Süd"}},
		{viewer, "bakeries", []string{"Bakeries View"}, []string{"Nord", "Tools"}},
		{admin, "team", []string{"Team Tools", "Team: people"}, nil},
		{viewer, "team", []string{"Team Tools"}, []string{"Team: people"}},
		{viewer, "status:stopped", []string{"Süd"}, []string{"Nord"}},
		{viewer, "zzz", nil, []string{"Nord", "->"}},
	} {
		got := labels(tt.br, tt.search)
		for _, part := range tt.want {
			if !contains(got, part) {
				t.Errorf("palette of %q lacks %q: %q", tt.search, part, got)
			}
		}
		for _, part := range tt.not {
			if contains(got, part) {
				t.Errorf("palette of %q has %q: %q", tt.search, part, got)
			}
		}
	}
	if d := viewer.Get("/palette?q=nord").Doc(t); d.Find("main").Length() != 1 ||
		!strings.Contains(d.Find("main").Text(), "Bäckerei Nord") {
		t.Error("without JavaScript, the palette isn't a page with the results")
	}
	if d := viewer.Get("/palette", "HX-Request", "true").Doc(t); d.Find("dialog#palette").Length() != 1 {
		t.Error("the first request of the palette doesn't get the dialog")
	}
	if d := viewer.Get("/keys").Doc(t); !strings.Contains(d.Find("main").Text(), "Keyboard shortcuts") {
		t.Error("the shortcuts aren't a page without JavaScript")
	}
}

// TestPaletteOfManyMatches checks that the palette shows the first matches and a link to all of them.
func TestPaletteOfManyMatches(t *testing.T) {
	t.Parallel()
	var records []map[string]any
	for i := range 15 {
		records = append(records, map[string]any{"name": fmt.Sprintf("Acme %02d", i)})
	}
	b := portaltest.NewWithRecords(t, records...)
	viewer := b.As(store.RoleViewer)
	d := viewer.Get("/palette?q=acme", "HX-Request", "true").Doc(t)
	pbxs := d.Find(`[role=option][href^="/pbxs/"]`)
	if n := pbxs.Length(); n != 8 || !strings.Contains(pbxs.First().Text(), "Acme 00") {
		t.Errorf("%d PBXs, the first %q, want 8 from Acme 00 on", n, pbxs.First().Text())
	}
	last := d.Find(`[role=option][href^="/pbxs?"]`).First()
	list := viewer.Get(portaltest.Attr(last, "href")).Doc(t)
	if got := portaltest.Attr(list.Find("#result-count"), "data-count"); got != "15" ||
		!strings.Contains(last.Text(), "15 matches") {
		t.Errorf("the last item is %q and leads to %s PBXs, want 15", last.Text(), got)
	}
}

// TestPaletteOfTypo checks that the palette shows what a misspelled name may have meant: the search, and what it finds.
func TestPaletteOfTypo(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(t,
		map[string]any{"name": "Team Tools", "url": "tools.example.com"},
		map[string]any{"name": "Quixotic Works", "url": "works.example.com"},
	)
	d := b.As(store.RoleViewer).Get("/palette?q=quixotik", "HX-Request", "true").Doc(t)
	var got []string
	for _, a := range d.Find("[role=option]").EachIter() {
		got = append(got, portaltest.Attr(a, "href"))
	}
	want := []string{"/pbxs?q=quixotic", fmt.Sprintf("/pbxs/%d", b.YCM.IDs()[1])}
	if !slices.Equal(got, want) {
		t.Errorf("the palette offers %q, want %q", got, want)
	}
}

// TestPaletteActions checks that the palette offers the actions of the one PBX that a search finds, and one action of
// several PBXs. It also checks that it says if one isn't possible, and that a viewer sees no actions.
func TestPaletteActions(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 6)
	id := b.YCM.IDs()[2]
	b.YCM.Edit(id, func(record map[string]any) { record["name"], record["pbxStatus"] = "Quixotic", "Running" })
	b.Fleet.Mirror.ReadOne(t.Context(), id)
	for _, tt := range []struct{ role, search, want string }{
		{store.RoleOperator, "quixotic", "stop suspend resize update customers delete"},
		{store.RoleOperator, "sto quixotic", "stop"},
		{store.RoleOperator, "Delete Quixotic", "delete"},
		{store.RoleOperator, "start quixotic", ""},
		{store.RoleOperator, "stop", ""},
		{store.RoleOperator, "pbx", ""},
		{store.RoleViewer, "quixotic", ""},
	} {
		var got []string
		d := b.As(tt.role).Get("/palette?q=" + url.QueryEscape(tt.search)).Doc(t)
		for _, a := range d.Find("a[href]").EachIter() {
			if last, is := strings.CutPrefix(a.AttrOr("href", ""), fmt.Sprintf("/pbxs/%d/", id)); is {
				got = append(got, last)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s searches %q: %q, want %q", tt.role, tt.search, got, tt.want)
		}
	}
	impossible := b.As(store.RoleOperator).Get("/palette?q=start+quixotic").Doc(t)
	item := impossible.Find(fmt.Sprintf(`a[href="/pbxs/%d"]`, id)).Parent()
	if !strings.Contains(item.Text(), "Start isn’t possible now · Running") {
		t.Errorf("the palette doesn't say that a running PBX can't be started: %q", item.Text())
	}
	for _, other := range b.YCM.IDs()[3:5] {
		b.YCM.Edit(other, func(record map[string]any) { record["name"], record["pbxStatus"] = "Quixote", "Running" })
		b.Fleet.Mirror.ReadOne(t.Context(), other)
	}
	several := b.As(store.RoleOperator).Get("/palette?q=stop+quix").Doc(t)
	if n := several.Find(`a[href$="/stop"]`).Length(); n != 3 {
		t.Errorf("the palette offers to stop %d of 3 PBXs", n)
	}
	b.YCM.Edit(b.YCM.IDs()[5], func(record map[string]any) {
		record["name"], record["url"], record["pbxStatus"] = "Aaa", "quixote.pbx.example.com", "Running"
	})
	b.Fleet.Mirror.ReadOne(t.Context(), b.YCM.IDs()[5])
	byHost := b.As(store.RoleOperator).Get("/palette?q=stop+quixote").Doc(t)
	if items := byHost.Find(`a[href$="/stop"]`); items.Length() != 3 || items.Last().Text() != "Stop Aaa" {
		t.Errorf("the palette has %q, want the PBX that is found by its host name to come last", items.Text())
	}
}

// TestPaletteCustomers checks that the palette finds customers by name and phone number, and leads to all of them if it
// shows only some.
func TestPaletteCustomers(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	ids := b.YCM.CustomerIDs()
	slices.Sort(ids)
	for i, id := range ids[:12] {
		name := fmt.Sprintf("Zebra Trading %02d", i)
		members := map[string]string{"company": name, "businessNumber": "", "mobileNumber": ""}
		if i == 4 {
			members["mobileNumber"] = "+49 (30) 123-45 04"
		}
		b.YCM.EditCustomer(id, members)
	}
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	first := ""
	for _, id := range ids[:8] {
		first += fmt.Sprintf("/customers/%d ", id)
	}
	fourth := fmt.Sprint("/customers/", ids[4])
	for search, want := range map[string]string{
		"zebra TRADING 11": fmt.Sprint("/customers/", ids[11]),
		"zebra":            first + "/customers?q=zebra",
		"030 1234504":      fourth,
		"+49301234504":     fourth,
		"status:stopped":   "",
	} {
		var got []string
		for _, a := range b.As("viewer").Get("/palette?q=" + url.QueryEscape(search)).Doc(t).Find("main a").EachIter() {
			if href := a.AttrOr("href", ""); strings.HasPrefix(href, "/customers") {
				got = append(got, href)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %q, want %q", search, got, want)
		}
	}
}

// results returns the labels, notes and URLs that the palette shows for a search.
func results(b *portaltest.Browser, search string, headers ...string) string {
	b.Portal.T.Helper()
	headers = append(headers, "HX-Request", "true")
	d := b.Get("/palette?"+url.Values{"q": {search}}.Encode(), headers...).Doc(b.Portal.T)
	var all []string
	for _, a := range d.Find("[role=option]").EachIter() {
		all = append(all, strings.Join(strings.Fields(a.Text()), " ")+" -> "+portaltest.Attr(a, "href"))
	}
	return strings.Join(all, "\n")
}

// TestPaletteCommands checks the commands that the palette offers to whom, and what they lead to.
func TestPaletteCommands(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	viewer, operator := b.As(store.RoleViewer), b.As(store.RoleOperator)
	from := func(path string) []string { return []string{"Referer", b.Web.URL + path} }
	for _, tt := range []struct {
		who     *portaltest.Browser
		search  string
		headers []string
		want    string // "" if there is no such result
		not     string
	}{
		{viewer, "dark", nil, "Dark theme -> /account", "Light theme"},
		{viewer, "theme", nil, "Theme of the system -> /account", ""},
		{viewer, "LIGHT theme", nil, "Light theme -> /account", "Dark theme"},
		{viewer, "  Sign   OUT ", nil, "Sign out -> /account", ""},
		{viewer, "sign", nil, "Sign out -> /account", "Dark theme"},
		{viewer, "sign out", nil, "Sign out -> /account", ""},
		{viewer, "refresh", nil, "Refresh from YCM -> /", ""},
		{viewer, "", nil, "", "Sign out"},
		{viewer, "export", nil, "Export all PBXs as CSV -> /pbxs.csv", ""},
		{viewer, "export", from("/pbxs?usage=over&sort=-usage"), "sorted -> /pbxs.csv?sort=-usage&usage=over", ""},
		{
			viewer, "excel", from("/customers?q=acme"),
			"Export these customers as Excel As filtered and sorted -> /customers.xlsx?q=acme", "CSV",
		},
		{viewer, "export", from("/team"), "Export all PBXs as CSV -> /pbxs.csv", "these"},
		{viewer, "export", []string{"Referer", "https://elsewhere.example.com/pbxs?q=x"}, "-> /pbxs.csv", "these"},
		{operator, "new pbx named Acme & Sons", nil, "-> /pbxs/new?name=Acme+%26+Sons", ""},
		{operator, "create PBX acme", nil, "New PBX named “acme” Fills in the form -> /pbxs/new?name=acme", ""},
		{viewer, "new pbx named acme", nil, "", "/pbxs/new"},
		{operator, "new pbx", nil, "New PBX g n -> /pbxs/new", "?name="},
	} {
		got := results(tt.who, tt.search, tt.headers...)
		if !strings.Contains(got, tt.want) || tt.not != "" && strings.Contains(got, tt.not) {
			t.Errorf("%q finds\n%s\nwant %q and not %q", tt.search, got, tt.want, tt.not)
		}
	}
	d := viewer.Get("/palette?q=dark", "HX-Request", "true").Doc(t)
	command := d.Find("[data-post]").First()
	form := url.Values{"next": {"/changes"}}
	form.Set(portaltest.Attr(command, "data-field"), portaltest.Attr(command, "data-value"))
	if r := viewer.Post(portaltest.Attr(command, "data-post"), form); r.Header.Get("Location") != "/changes" {
		t.Errorf("the command leads to %q, want the page that it was chosen on", r.Header.Get("Location"))
	}
	if d := viewer.Get("/account").Doc(t); portaltest.Attr(d.Find("html"), "data-theme") != "dark" {
		t.Error("the theme was not stored")
	}
}

// TestPaletteOperations checks that operations are found by number and by reason, by those who may see them.
func TestPaletteOperations(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	operator := b.As(store.RoleOperator)
	for i := range 6 {
		attempt := b.Site.Tokens.New(b.User("operator").ID)
		form := portaltest.GoodForm(fmt.Sprintf("acme%d", i))
		form.Set("name", fmt.Sprintf("Acme %d", i))
		form.Set("attempt", attempt)
		form.Set("reason", fmt.Sprintf("TICKET-77%d", i))
		operator.Post("/pbxs", form)
		b.Fleet.Operations.Send(t.Context(), attempt)
	}
	for search, want := range map[string]string{
		"ticket-773": "Create PBX: Acme 3",
		"#2":         "Create PBX: Acme 1",
		"acme5.pbx":  "Create PBX: Acme 5",
		"ticket":     "Search the operations for “ticket” 6 matches -> /operations?q=ticket",
	} {
		if got := results(operator, search); !strings.Contains(got, want) {
			t.Errorf("%q finds\n%s\nwant %q", search, got, want)
		}
	}
	if got := results(operator, "2"); strings.Contains(got, "Create PBX") {
		t.Errorf("a single digit finds operations:\n%s", got)
	}
	if got := results(b.As(store.RoleViewer), "ticket-773"); strings.Contains(got, "Create PBX") {
		t.Errorf("a viewer finds operations:\n%s", got)
	}
	if n := operator.Get("/operations?q=TICKET-774").Doc(t).Find("[data-operation-kind]").Length(); n != 1 {
		t.Errorf("the list of operations finds %d by reason, want 1", n)
	}
	if text := operator.Get("/operations?q=nothing").Doc(t).Find(".empty").Text(); !strings.Contains(text, "“nothing”") {
		t.Errorf("a search without results says %q", text)
	}
}

// TestPaletteRecent checks that the palette opens with the PBXs that the user opened last, with their states and usage.
func TestPaletteRecent(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(t,
		map[string]any{
			"name": "Nord", "pbxStatus": "Running", "url": "nord.example.com",
			"usedExtensions": 92, "extensionCapacity": 100,
		},
		map[string]any{"name": "Sued", "pbxStatus": "Stopped", "url": "sued.example.com"},
	)
	viewer := b.As(store.RoleViewer)
	ids := b.YCM.IDs()
	viewer.Get(fmt.Sprintf("/pbxs/%d", ids[1]))
	viewer.Get(fmt.Sprintf("/pbxs/%d", ids[0]))
	got := results(viewer, "")
	nord, sued := strings.Index(got, "Nord Running · 92% used · nord.example.com"), strings.Index(got, "Sued Stopped")
	if nord < 0 || sued < nord {
		t.Errorf("the palette opens with\n%s\nwant the PBXs that were opened last first", got)
	}
	if got := results(b.As(store.RoleOperator), ""); strings.Contains(got, "Nord") {
		t.Errorf("another user sees the same PBXs:\n%s", got)
	}
}
