package e2e

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	"cordboard/store"
)

// TestAnOpenListStaysFresh checks that changes appear after a sync without a click, and that the row that the user is
// looking at keeps its place on the screen, its focus and its selection.
func TestAnOpenListStaysFresh(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	tb.visit("/pbxs?sort=-cloudPbxId")
	row := tb.rows().Nth(20)
	id, err := row.GetAttribute("data-pbx-id")
	must(t, err)
	var number int64
	_, err = fmt.Sscan(id, &number)
	must(t, err)
	must(t, row.Locator(".row-check").Check())
	must(t, row.Locator("th a").Focus())
	must(t, row.ScrollIntoViewIfNeeded())
	first := tb.Locator(`tr[data-pbx-id="` + id + `"]`)
	before, err := first.BoundingBox()
	must(t, err)
	p.ycm.Edit(number, func(r map[string]any) { r["name"] = "Seen at once" })
	p.ycm.Add(map[string]any{"cloudPbxId": 9_999_999, "name": "Above all"})
	update, err := tb.ExpectResponse(regexp.MustCompile("/pbxs"), func() error {
		p.sync()
		return nil
	})
	must(t, err)
	must(
		t,
		tb.expect.Locator(first.Locator("th a")).
			ToHaveText("Seen at once", playwright.LocatorAssertionsToHaveTextOptions{Timeout: playwright.Float(2000)}),
	)
	must(t, tb.expect.Locator(tb.rows().First().Locator("th a")).ToHaveText("Above all"))
	must(t, tb.expect.Locator(first.Locator(".row-check")).ToBeChecked())
	must(t, tb.expect.Locator(first.Locator("th a")).ToBeFocused())
	must(t, tb.expect.Locator(tb.Locator("#bulk-count")).ToHaveText("1 selected"))
	after, err := first.BoundingBox()
	must(t, err)
	if math.Abs(before.Y-after.Y) > 2 { // even though a row was inserted above it
		t.Errorf("the row moved from %v to %v", before.Y, after.Y)
	}
	tb.isAt("/pbxs?sort=-cloudPbxId")
	sent, err := update.Text()
	must(t, err)
	if n := strings.Count(sent, "<tr data-pbx-id"); n != 2 {
		t.Errorf("%d rows were sent, want the 2 that have changed", n)
	}
	texts := map[string]string{}
	for _, part := range []string{"nav.tabs", ".facets", "thead", "tbody", "nav.pager"} {
		texts[part], err = tb.Locator("#pbxs " + part).TextContent()
		must(t, err)
	}
	tb.visit("/pbxs?sort=-cloudPbxId")
	for part, shown := range texts {
		must(t, tb.expect.Locator(tb.Locator("#pbxs "+part)).ToHaveText(shown))
	}
}

// TestAnOlderUpdateDoesNotUndoAClick checks that a background update in flight is dropped when the user sorts the list.
func TestAnOlderUpdateDoesNotUndoAClick(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	held, release := make(chan struct{}), make(chan struct{})
	must(t, tb.Route("**/pbxs", func(route playwright.Route) {
		if route.Request().Headers()["cordboard-background"] == "" {
			must(t, route.Continue())
			return
		}
		go func() {
			close(held)
			<-release
			_ = route.Continue()
		}()
	}))
	p.ycm.Edit(p.ycm.IDs()[0], func(r map[string]any) { r["name"] = "Changed" })
	p.sync()
	<-held
	must(t, tb.Locator("#sort-region").Click())
	tb.isAt("/pbxs?sort=region")
	sorted := tb.column("name")
	answered, err := tb.ExpectResponse("**/pbxs", func() error { close(release); return nil })
	must(t, err)
	must(t, answered.Finished())
	tb.sees(tb.Locator("th[aria-sort] #sort-region"))
	if now := tb.column("name"); len(now) != 50 || !slices.Equal(now, sorted) {
		t.Error("the rows are those of the previous address")
	}
	_, err = tb.WaitForFunction(
		`() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`,
		nil,
	)
	must(t, err)
	tb.sees(tb.Locator("th[aria-sort] #sort-region"))
}

func TestAnOpenDetailPageStaysFresh(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	id := p.ycm.IDs()[10]
	tb.visit(fmt.Sprintf("/pbxs/%d", id))
	must(t, tb.Locator("#raw summary").Click())
	p.ycm.Edit(id, func(r map[string]any) { r["group"] = "Moved here"; r["activeCalls"] = 3 })
	p.sync()
	tb.sees(tb.Locator(`#timeline [data-field=group]`).Filter(hasText("Moved here")))
	tb.sees(tb.Locator("#raw pre")) // this must still be open
	must(t, tb.expect.Locator(tb.Locator(`#timeline [data-field=activeCalls]`)).ToHaveCount(0))
}

// TestAMenuThatIsOpenStays checks that a sync neither closes an open menu nor clears its checkboxes, and that the
// change appears after the user closes the menu.
func TestAMenuThatIsOpenStays(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	m := tb.menu("Status")
	must(t, m.GetByLabel("Stopped").Check())
	p.ycm.Edit(p.ycm.IDs()[0], func(r map[string]any) { r["name"] = " Alpha and first" })
	p.sync()
	must(t, tb.expect.Locator(tb.Locator("[data-here]")).ToHaveText("480"))
	must(t, tb.expect.Locator(m.GetByLabel("Stopped")).ToBeVisible())
	must(t, tb.expect.Locator(m.GetByLabel("Stopped")).ToBeChecked())
	must(t, tb.Keyboard().Press("Escape"))
	tb.sees(tb.rows().Locator("th a", playwright.LocatorLocatorOptions{HasText: "Alpha and first"}))
}

// TestASecondPageAsksForNothingElse checks that styles, scripts and icons come from the browser's cache. The browser
// may request only the page itself and its event stream.
func TestASecondPageAsksForNothingElse(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	tb.counts(480)
	tb.visit(fmt.Sprintf("/pbxs/%d", p.ycm.IDs()[3]))
	p.mu.Lock()
	p.seen = nil
	p.mu.Unlock()
	tb.visit("/pbxs?page=2&sort=-createTime")
	tb.counts(480)
	tb.visit("/subscription")
	tb.sees(tb.heading("Capacity"))
	p.mu.Lock()
	defer p.mu.Unlock()
	pages := slices.DeleteFunc(slices.Clone(p.seen), func(path string) bool { return path == "/events" })
	if !slices.Equal(pages, []string{"/pbxs", "/subscription"}) {
		t.Errorf("requested paths = %v, want only the pages and /events", p.seen)
	}
}

// TestTroubleIsSeenOnAnOpenPage checks that an open page shows, without a click, when YCM stops responding and when it
// responds again.
func TestTroubleIsSeenOnAnOpenPage(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	p.ycm.Refuse()
	p.sync()
	tb.sees(tb.Locator(`[data-sync-state=failing]`))
	tb.reads("YCM is not responding")
	must(t, tb.expect.Locator(tb.rows()).ToHaveCount(50))
	must(t, p.ycm.Accept())
	p.sync()
	tb.sees(tb.Locator(`[data-sync-state=current]`))
	must(t, tb.expect.Locator(tb.GetByText("YCM is not responding")).ToHaveCount(0))
}

func TestKeys(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	keys := tb.Keyboard()
	press := func(keysToPress ...string) {
		t.Helper()
		for _, k := range keysToPress {
			must(t, keys.Press(k))
		}
	}
	must(t, tb.Locator("body").Press("/"))
	must(t, tb.expect.Locator(tb.Locator("#q")).ToBeFocused())
	press("j", "?", "g", "c") // the input receives these as text
	must(t, tb.expect.Locator(tb.Locator("#q")).ToHaveValue("j?gc"))
	tb.visit("/pbxs")
	press("j", "j", "k", "j")
	second := tb.rows().Nth(1).Locator("th a")
	must(t, tb.expect.Locator(second).ToBeFocused())
	press("x")
	must(t, tb.expect.Locator(tb.rows().Nth(1).Locator(".row-check")).ToBeChecked())
	press("Enter")
	tb.isAtOne(`/pbxs/\d+$`)
	press("?")
	tb.sees(tb.Locator("#keys"))
	press("Escape", "g", "c")
	tb.isAt("/subscription")

	press("Control+k")
	tb.sees(tb.Locator("#palette"))
	name := fmt.Sprint(p.ycm.Record(p.ycm.IDs()[40])["name"])
	must(t, tb.Locator("#palette-q").Fill(name))
	tb.sees(tb.Locator("#palette [role=option][aria-selected=true]").Filter(hasText(name)))
	press("Enter")
	tb.isAtOne(`/pbxs/\d+$`)
	tb.sees(tb.heading(name))

	tb.visit("/pbxs/settings")
	must(t, tb.GetByLabel("Keyboard shortcuts").Uncheck())
	tb.press("Save as my default")
	tb.isAt("/pbxs")
	press("j", "?", "Control+k")
	must(t, tb.expect.Locator(tb.Locator("dialog")).ToHaveCount(0))
	must(t, tb.link("Search or jump to…").Click()) // the link still works
	tb.sees(tb.Locator("#palette"))
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	// Wait for the response to the whole text, because responses to parts of the text are replaced while keys are
	// pressed.
	answer, err := tb.ExpectResponse(
		"**/pbxs/complete?q=stat",
		func() error { return tb.Locator("#q").PressSequentially("stat") },
	)
	must(t, err)
	must(t, answer.Finished())
	tb.sees(tb.Locator("#completions [role=option]").Filter(hasText("status:")))
	must(t, tb.Keyboard().Press("ArrowDown"))
	must(t, tb.Keyboard().Press("Enter"))
	must(t, tb.expect.Locator(tb.Locator("#q")).ToHaveValue("status:"))
	tb.reads("“status:” needs a value") // the list was updated, but the completions stayed open
	must(t, tb.Locator("#completions [role=option]").Filter(hasText("Stopped")).Click())
	must(t, tb.expect.Locator(tb.Locator("#q")).ToHaveValue("status:Stopped "))
	tb.sees(tb.Locator(".chip").Filter(hasText("status:Stopped")))
	must(t, tb.expect.Locator(tb.Locator(`[data-col=pbxStatus][data-value=Running]`)).ToHaveCount(0))
}

func TestViews(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.as(store.RoleOperator, opts...)
		must(t, tb.Locator(".tab").Filter(hasText("Trials")).Click())
		tb.sees(tb.Locator(".chip").Filter(hasText("Trial")))
		must(t, tb.expect.Locator(tb.Locator(".tab[aria-current] .modified")).ToHaveCount(0))
		m := tb.menu("Status")
		must(t, m.GetByLabel("Running").Check())
		must(t, m.GetByRole("button", playwright.LocatorGetByRoleOptions{Name: "Apply"}).Click())
		tb.sees(tb.Locator(".tab[aria-current]").Filter(hasText("modified")))

		must(t, tb.link("Save view").Click())
		must(t, tb.GetByLabel("Name").Fill("Trials"))
		tb.allow("/views")
		tb.press("Save view")
		tb.reads("A built-in view has this name. Choose another name.")
		must(t, tb.GetByLabel("Name").Fill("Running trials"))
		must(t, tb.GetByLabel("Share with the team").Check())
		tb.press("Save view")
		tb.sees(tb.Locator(".tab[aria-current]").Filter(hasText("Running trials")))

		other := p.as(store.RoleViewer, opts...)
		other.visit("/views")
		other.sees(other.Locator("[data-view]").Filter(hasText("Shared by The operator")))
		must(t, other.button("Set as start page: Running trials").Click())
		signInAgain := func() {
			must(t, other.Context().ClearCookies())
			other.visit("/signin")
			other.signIn("viewer@example.com", password)
		}
		signInAgain()
		other.sees(other.Locator(".tab[aria-current]").Filter(hasText("Running trials")))
		other.sees(other.Locator(".chip").Filter(hasText("Trial")))

		tb.visit("/views")
		must(t, tb.button("Delete: Running trials").Click())
		signInAgain()
		other.reads("no longer exists. Its owner may have deleted it")
	})
}

func TestBuilder(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.as(store.RoleViewer, opts...)
		tb.visit("/pbxs?sort=-extensionCapacity")
		must(t, tb.Locator("#more-filters").Click())
		must(t, tb.Locator("#builder summary").Filter(hasText("Extension capacity")).Click())
		must(t, tb.GetByLabel("Extension capacity, from").Fill("50"))
		must(t, tb.GetByLabel("Extension capacity, to").Fill("200"))
		status := tb.GetByRole("group", playwright.PageGetByRoleOptions{Name: "Status", Exact: playwright.Bool(true)})
		must(t, tb.Locator("#builder summary").Filter(hasText("Status")).Click())
		must(t, status.GetByLabel("Running").Check())
		must(t, status.GetByLabel("Exclude selected").Check())
		must(t, tb.button("Show PBXs").Click())
		tb.isAt("/pbxs?extensionCapacity=50..200&sort=-extensionCapacity&status=%21Running")
		tb.sees(tb.Locator(".chip").Filter(hasText("not Running")))
		must(t, tb.expect.Locator(tb.Locator(`[data-col=pbxStatus][data-value=Running]`)).ToHaveCount(0))
		must(t, tb.Locator("#more-filters").Click())
		must(t, tb.expect.Locator(tb.GetByLabel("Extension capacity, to")).ToHaveValue("200"))
		must(t, tb.expect.Locator(status.GetByLabel("Running")).ToBeChecked())
	})
}

// TestFindAFilter checks the search over the filters: by the name of a field, by one of its values and without accents,
// from the keyboard alone.
func TestFindAFilter(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleViewer)
	tb.visit("/pbxs")
	must(t, tb.Locator("#more-filters").Focus())
	must(t, tb.Keyboard().Press("Enter"))
	find := tb.GetByLabel("Find a filter")
	must(t, tb.expect.Locator(find).ToBeFocused())
	fields := tb.Locator("#builder .fold:visible")
	stopped := tb.Locator("#builder").GetByLabel("Stopped")
	must(t, tb.Keyboard().Type("séRIal"))
	must(t, tb.expect.Locator(fields).ToHaveCount(1))
	must(t, tb.expect.Locator(fields).ToContainText("Serial number"))
	must(t, find.Fill("Stopp"))
	must(t, tb.expect.Locator(fields).ToHaveCount(1))
	must(t, tb.expect.Locator(fields.Locator(".fold-values .check:visible")).ToHaveCount(1))
	tb.axe("the filters beside the list")
	must(t, tb.Keyboard().Press("Enter"))
	must(t, tb.expect.Locator(stopped).ToBeFocused())
	must(t, tb.Keyboard().Press("Space"))
	must(t, find.Fill("no such filter"))
	must(t, tb.expect.Locator(fields).ToHaveCount(0))
	tb.sees(tb.GetByText("No filter or value contains this text."))
	must(t, find.Fill(""))
	must(t, tb.expect.Locator(stopped).Not().ToBeVisible())
	must(t, tb.Keyboard().Press("Escape"))
	must(t, tb.expect.Locator(tb.Locator("#more-filters")).ToBeFocused())
	must(t, tb.Keyboard().Press("Enter"))
	must(t, find.Fill("stopped"))
	must(t, stopped.Check())
	must(t, tb.Keyboard().Press("Enter"))
	tb.isAt("/pbxs?status=Stopped")
}

func TestExportAndSelection(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.as(store.RoleViewer, opts...)
		tb.visit("/pbxs?status=Stopped&cols=name,sn")
		n, err := tb.Locator("#result-count").GetAttribute("data-count")
		must(t, err)
		m := tb.menu("Export")
		file, err := tb.ExpectDownload(func() error {
			return m.GetByRole("link", playwright.LocatorGetByRoleOptions{Name: "CSV"}).Click()
		})
		must(t, err)
		path, err := file.Path()
		must(t, err)
		f, err := os.Open(path)
		must(t, err)
		defer func() { must(t, f.Close()) }()
		rows, err := csv.NewReader(f).ReadAll()
		must(t, err)
		if fmt.Sprint(len(rows)-1) != n || fmt.Sprint(rows[0]) != "[\ufeffcloudPbxId name sn]" {
			t.Errorf("got %d rows under %v, want %s", len(rows)-1, rows[0], n)
		}

		must(t, tb.rows().Nth(0).Locator(".row-check").Check())
		must(t, tb.rows().Nth(2).Locator(".row-check").Check())
		name, err := tb.rows().Nth(2).Locator("th").GetAttribute("data-value")
		must(t, err)
		must(t, tb.button("Export or copy selected rows").Or(tb.button("Export or copy…")).Click())
		tb.sees(tb.heading("2 PBXs selected"))
		must(t, tb.expect.Locator(tb.Locator("#text-name")).ToHaveValue(regexp.MustCompile(regexp.QuoteMeta(name))))

		tb.visit("/pbxs/selection?status=Stopped")
		tb.sees(tb.heading(n + " PBXs selected"))
		tb.reads("Status: Stopped")
	})
}

// TestKeysOfOtherKeyboards checks that shortcuts work by key position on keyboards without Latin letters.
func TestKeysOfOtherKeyboards(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleViewer)
	tb.visit("/")
	press := func(key, code string) {
		_, err := tb.Evaluate(
			`([key, code]) => document.body.dispatchEvent(
				new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))`,
			[]any{key, code},
		)
		must(t, err)
	}
	press("п", "KeyG")
	press("з", "KeyP")
	must(t, tb.WaitForURL("**/pbxs"))
	press("γ", "KeyG")
	press("ε", "KeyE")
	must(t, tb.WaitForURL("**/expiries"))
}
