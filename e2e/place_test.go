package e2e

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"cordboard/store"
)

// focused returns the ID of the element that has the focus.
func (tb *tab) focused() string {
	tb.t.Helper()
	id, err := tb.Evaluate("document.activeElement.id")
	must(tb.t, err)
	return id.(string)
}

// TestBackToTheRow checks that Back from a PBX returns to its row, with the focus and the table's scroll position.
func TestBackToTheRow(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleViewer)
	tb.visit("/pbxs")
	link := tb.rows().Nth(35).Locator("[data-col=name] a")
	must(t, link.ScrollIntoViewIfNeeded())
	id, err := link.GetAttribute("id")
	must(t, err)
	scroll := func() int {
		top, err := tb.Evaluate(`Math.round(document.querySelector(".table-region").scrollTop)`)
		must(t, err)
		return top.(int)
	}
	before := scroll()
	must(t, link.Click())
	tb.sees(tb.Locator("#timeline"))
	_, err = tb.GoBack()
	must(t, err)
	must(t, tb.expect.Locator(tb.Locator("#"+id)).ToBeFocused())
	if after := scroll(); before == 0 || after != before {
		t.Errorf("the table is scrolled by %d, and was by %d", after, before)
	}
	must(t, tb.expect.Locator(link).ToBeInViewport())
}

// TestBackToTheLink checks that Back returns to the link that was followed, on any page, or to what opens the part of
// the page that the link is in.
func TestBackToTheLink(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for _, id := range p.ycm.IDs()[:3] {
		p.ycm.Edit(id, func(record map[string]any) { record["version"] = "84.21.0.1" })
	}
	p.sync()
	tb := p.as(store.RoleAdmin)
	const firmware = "summary:has-text('firmware') >> nth=0"
	for _, c := range []struct{ path, open, link, focused string }{
		{"/changes", firmware, "details[open] li:nth-child(2) a", firmware},
		{"/audit", "tbody summary >> nth=0", "tbody details[open] .row a >> nth=0", "tbody summary >> nth=0"},
		{"/team", "", "#main table a >> nth=1", ""},
		{"/pbxs", "tbody [data-actions] >> nth=2", "#actions .dialog-body a >> nth=0", "tbody [data-actions] >> nth=2"},
	} {
		t.Log(c.path)
		tb.visit(c.path)
		if c.open != "" {
			must(t, tb.Locator(c.open).Click())
		}
		must(t, tb.Locator(c.link).Click())
		must(t, tb.expect.Page(tb.Page).Not().ToHaveURL(p.url+c.path))
		_, err := tb.GoBack()
		must(t, err)
		tb.isAt(c.path)
		must(t, tb.expect.Locator(tb.Locator(cmp.Or(c.focused, c.link))).ToBeFocused())
	}
}

// TestCrumbOfTheList checks that the crumb of a PBX's page leads back to the list with its filters and on its page, and
// that it leads to the whole list if the user came from elsewhere.
func TestCrumbOfTheList(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleViewer)
	tb.visit("/pbxs?page=2&status=Running")
	must(t, tb.rows().Nth(3).Locator("[data-col=name] a[id]").Click())
	crumb := tb.Locator(".crumbs a")
	must(t, tb.expect.Locator(crumb).ToHaveText("PBXs"))
	must(t, crumb.Click())
	tb.isAt("/pbxs?page=2&status=Running")
	tb.visit("/pbxs/" + itoa(tb.portal.ycm.IDs()[1]))
	must(t, tb.expect.Locator(crumb).ToHaveAttribute("href", "/pbxs"))
}

// TestSelectionAcrossPages checks that rows stay selected on other pages, that their number is shown, and that all of
// them are sent.
func TestSelectionAcrossPages(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleOperator)
	tb.visit("/pbxs")
	count := tb.Locator("#bulk-count")
	must(t, tb.rows().Nth(0).Locator(".row-check").Check())
	must(t, tb.rows().Nth(1).Locator(".row-check").Check())
	must(t, tb.Locator(`.pager a[rel="next"]`).Click())
	must(t, tb.expect.Locator(count).ToHaveText("2 selected, 2 not on this page"))
	must(t, tb.rows().Nth(0).Locator(".row-check").Check())
	must(t, tb.expect.Locator(count).ToHaveText("3 selected, 2 not on this page"))
	must(t, tb.Locator(`.pager a[rel="prev"]`).Click())
	must(t, tb.expect.Locator(tb.Locator(".row-check:checked")).ToHaveCount(2))
	tb.press("Export or copy…")
	must(t, tb.expect.Locator(tb.Locator("#selection-count")).ToHaveText("3 PBXs selected"))
	tb.visit("/pbxs")
	must(t, tb.rows().Nth(0).Locator(".row-check").Check())
	must(t, tb.Locator(`.pager a[rel="next"]`).Click())
	tb.press("Clear")
	must(t, tb.expect.Locator(tb.Locator("#bulk")).ToBeHidden())
	if id := tb.focused(); id != "all-check" {
		t.Errorf("after clearing, the focus is on %q", id)
	}
}

// TestSelectionOfRenewals checks that the PBXs selected at /expiries stay selected on its other pages, after a reload
// and after Back, but not once they have been assigned.
func TestSelectionOfRenewals(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleOperator)
	tb.visit("/expiries?per=10")
	count, bar := tb.Locator("#bulk-count"), tb.Locator("#bulk")
	must(t, tb.rows().Nth(1).Locator(".row-check").Check())
	must(t, tb.Locator(`.pager a[rel="next"]`).Click())
	must(t, tb.expect.Locator(count).ToHaveText("1 selected, 1 not on this page"))
	must(t, tb.rows().Nth(0).Locator(".row-check").Check())
	_, err := tb.Reload()
	must(t, err)
	must(t, tb.expect.Locator(count).ToHaveText("2 selected, 1 not on this page"))
	must(t, tb.rows().Nth(2).Locator("[data-col=name] a").First().Click())
	must(t, tb.WaitForURL("**/pbxs/*"))
	_, err = tb.GoBack()
	must(t, err)
	must(t, tb.expect.Locator(count).ToHaveText("2 selected, 1 not on this page"))
	_, err = tb.Locator("#assign").SelectOption(playwright.SelectOptionValues{
		Values: playwright.StringSlice("operator@example.com"),
	})
	must(t, err)
	tb.press("Assign")
	must(t, tb.expect.Locator(tb.Locator("#done")).ToContainText("2 PBXs"))
	must(t, tb.expect.Locator(bar).ToBeHidden())
	must(t, tb.rows().Nth(0).Locator(".row-check").Check())
	must(t, tb.link("Overview").Click())
	must(t, tb.link("Expiries").First().Click())
	must(t, tb.expect.Locator(bar).ToBeHidden())
}

// TestColumnsPanel checks that columns are shown, hidden and moved beside the list, by keyboard and pointer, and that
// each change is shown at once and saved.
func TestColumnsPanel(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleViewer)
	tb.visit("/pbxs?type=Trial&cols=name,sn")
	head := func(n int) playwright.Locator { return tb.Locator("#pbx-table thead th .sort").Nth(n) }
	must(t, tb.link("Columns").Focus())
	must(t, tb.Keyboard().Press("Enter"))
	panel := tb.Locator("#panel")
	column := func(name string) playwright.Locator {
		return panel.GetByLabel(name, playwright.LocatorGetByLabelOptions{Exact: playwright.Bool(true)})
	}
	must(t, tb.expect.Locator(column("Serial number")).ToBeFocused())
	must(t, column("Activation").Check())
	must(t, tb.expect.Locator(head(2)).ToContainText("Activation"))
	must(t, column("Move up: Activation").Focus())
	must(t, tb.Keyboard().Press("Enter"))
	must(t, tb.expect.Locator(head(1)).ToContainText("Activation"))
	must(t, tb.expect.Locator(column("Move up: Activation")).ToBeFocused())
	must(t, column("Owner").Check())
	must(t, tb.expect.Locator(head(3)).ToContainText("Owner"))
	must(t, column("Serial number").Uncheck())
	must(t, tb.expect.Locator(head(2)).ToContainText("Owner"))
	tb.axe("the columns beside the list")
	tb.allow("/pbxs/settings")
	must(t, tb.Route("**/pbxs/settings", func(r playwright.Route) { _ = r.Abort() }, 1))
	must(t, column("Plan").Check())
	const problem = "The columns could not be saved. Try again in a moment."
	must(t, tb.expect.Locator(panel.GetByRole("alert")).ToHaveText(problem))
	must(t, column("Plan").Uncheck())
	must(t, tb.expect.Locator(panel.GetByRole("alert")).ToHaveText(""))
	must(t, panel.Locator("li").Nth(2).DragTo(panel.Locator("li").Nth(1), playwright.LocatorDragToOptions{
		TargetPosition: &playwright.Position{X: 90, Y: 3},
	}))
	must(t, tb.expect.Locator(head(1)).ToContainText("Owner"))
	must(t, tb.Keyboard().Press("Escape"))
	must(t, tb.expect.Locator(tb.Locator("#columns-open")).ToBeFocused())
	tb.isAt("/pbxs?type=Trial")
	tb.visit("/pbxs")
	must(t, tb.expect.Locator(head(2)).ToContainText("Activation"))
	must(t, tb.expect.Locator(tb.Locator("#pbx-table thead th .sort")).ToHaveCount(3))
}

// TestFirstWindow checks how many rows the first window has, and that the table's head stays visible after scrolling.
func TestFirstWindow(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleOperator)
	for _, size := range []struct{ width, height, rows int }{
		{1440, 900, 14}, {1366, 633, 8}, {1280, 400, 1}, {900, 500, 1},
	} {
		must(t, tb.SetViewportSize(size.width, size.height))
		tb.visit("/pbxs")
		visible := func() int {
			n, err := tb.Evaluate(`() => {
				const region = document.querySelector(".table-region").getBoundingClientRect();
				const top = document.querySelector("thead").getBoundingClientRect().bottom;
				const bottom = Math.min(region.bottom, innerHeight);
				return [...document.querySelectorAll("tr[data-pbx-id]")].filter((row) => {
					const box = row.getBoundingClientRect();
					return box.top >= top - 1 && box.bottom <= bottom + 1;
				}).length;
			}`)
			must(t, err)
			return n.(int)
		}
		if n := visible(); n < size.rows {
			t.Errorf("%d × %d: %d rows, want at least %d", size.width, size.height, n, size.rows)
		}
		must(t, tb.rows().Nth(30).ScrollIntoViewIfNeeded())
		head := tb.Locator("thead th").Nth(1)
		must(t, tb.expect.Locator(head).ToBeInViewport(playwright.LocatorAssertionsToBeInViewportOptions{
			Ratio: playwright.Float(1),
		}))
		if n := visible(); n < 1 {
			t.Errorf("%d × %d: after scrolling, no row is visible below the head", size.width, size.height)
		}
	}
}

// TestSnoozeIsUndone checks that a snooze can be undone from the message about it and on the PBX's page, and that the
// message has the focus, also on a page that opens at an anchor.
func TestSnoozeIsUndone(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	id := itoa(p.ycm.IDs()[2])
	p.ycm.Edit(p.ycm.IDs()[2], func(r map[string]any) { r["expirationDate"] = time.Now().AddDate(0, 0, -2).Unix() })
	p.sync()
	tb := p.as(store.RoleOperator)
	done := tb.Locator("#done")
	tb.visit("/snoozes/new?what=overdue&cloudPbxId=" + id)
	must(t, tb.GetByLabel("Why it can wait").Fill("The order is on its way"))
	must(t, tb.GetByLabel("Until").Fill(time.Now().AddDate(0, 0, 9).Format(time.DateOnly)))
	tb.press("Snooze")
	must(t, tb.expect.Locator(done).ToContainText("is snoozed until"))
	must(t, tb.expect.Locator(done).ToBeFocused())
	tb.axe("a message with Undo")
	tb.press("Undo")
	must(t, tb.expect.Locator(done).ToContainText("is no longer snoozed"))
	must(t, tb.expect.Locator(done).ToBeFocused())
	tb.press("Undo")
	must(t, tb.expect.Locator(done).ToContainText("is snoozed until"))
	tb.visit("/pbxs/" + id)
	must(t, tb.Locator("[data-snooze] button").Click())
	must(t, tb.expect.Locator(done).ToContainText("is no longer snoozed"))
	tb.isAt("/pbxs/" + id + "#renewal")
	must(t, tb.expect.Locator(done).ToBeFocused())
}

// TestFocusAfterRefresh checks that Refresh updates the page and keeps the focus, on each page that has it.
func TestFocusAfterRefresh(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.run()
	tb := p.as(store.RoleOperator)
	for _, path := range []string{
		"/", "/pbxs", "/expiries", "/customers", "/subscription", "/audit", "/changes",
		"/pbxs/" + itoa(p.ycm.IDs()[2]),
	} {
		tb.visit(path)
		refresh := tb.button("Refresh").First()
		must(t, refresh.Focus())
		_, err := tb.ExpectResponse("**"+path, func() error { return tb.Keyboard().Press("Enter") })
		must(t, err)
		if err := tb.expect.Locator(refresh).ToBeFocused(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestRowsAreReachable checks that everything in a row that takes the focus is then visible, and not covered by another
// cell.
func TestRowsAreReachable(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.run()
	p.resize(p.ycm.IDs()[2])
	tb := p.as(store.RoleAdmin)
	for _, path := range []string{"/pbxs", "/expiries", "/customers", "/operations", "/audit", "/team"} {
		tb.visit(path)
		covered, err := tb.Evaluate(`() => {
			const all = document.querySelectorAll("#main tbody tr:first-child :is(a, button, input, summary)");
			return [...all].filter((one) => {
				if (!one.checkVisibility()) return false;
				one.focus();
				one.scrollIntoView({ block: "nearest", inline: "nearest" });
				const box = one.getBoundingClientRect();
				const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
				return box.width === 0 || !one.contains(top);
			}).map((one) => one.outerHTML.slice(0, 120)).join("\n");
		}`)
		must(t, err)
		if covered != "" {
			t.Errorf("%s: these can't be seen:\n%s", path, covered)
		}
	}
}

// TestAuditRowsAreLines checks that each entry of the audit log is one line, until it is opened.
func TestAuditRowsAreLines(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.run()
	p.resize(p.ycm.IDs()[2])
	tb := p.as(store.RoleAdmin)
	tb.visit("/audit")
	height := func() int {
		px, err := tb.Evaluate(`Math.max(...[...document.querySelectorAll("tbody > tr")].map((row) => row.offsetHeight))`)
		must(t, err)
		return px.(int)
	}
	if px := height(); px > 40 {
		t.Errorf("the highest row is %d px high, want at most 40", px)
	}
	must(t, tb.Locator("tbody summary").First().Click())
	if px := height(); px < 100 {
		t.Errorf("an open row is %d px high, want its details below its line", px)
	}
}

// TestColumnsStayPut checks that the columns of a list are in the same place on each of its pages, and that a shadow
// shows that more columns follow.
func TestColumnsStayPut(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleOperator)
	must(t, tb.SetViewportSize(1440, 900))
	edges := func(path string) string {
		tb.visit(path)
		got, err := tb.Evaluate(`() => [...document.querySelectorAll("thead th")]
			.map((th) => Math.round(th.getBoundingClientRect().left)).join(" ")`)
		must(t, err)
		return got.(string)
	}
	for _, list := range []string{"/pbxs", "/expiries", "/customers"} {
		want := edges(list)
		for _, other := range []string{"?page=2", "?page=3&sort=-name", "?q=surgery"} {
			if got := edges(list + other); got != want {
				t.Errorf("%s%s: columns begin at %s, want %s as on the first page", list, other, got, want)
			}
		}
	}
	tb.visit("/pbxs")
	shadow := func() string {
		got, err := tb.Evaluate(`() => {
			const region = document.querySelector(".table-region");
			return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
				done(getComputedStyle(region, "::after").opacity))));
		}`)
		must(t, err)
		return fmt.Sprint(got)
	}
	if got := shadow(); got != "1" {
		t.Errorf("opacity of the shadow = %s before scrolling, want 1", got)
	}
	_, err := tb.Evaluate(`() => document.querySelector(".table-region").scrollTo(1e5, 0)`)
	must(t, err)
	if got := shadow(); got != "0" {
		t.Errorf("opacity of the shadow = %s at the end, want 0", got)
	}
}

// TestSortedColumnIsInView checks that a list that is sorted by a column far to the right shows that column, and that
// the skip link leads to the rows.
func TestSortedColumnIsInView(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleViewer)
	tb.visit("/pbxs?sort=-version")
	head := tb.Locator("#pbx-table th[aria-sort]")
	must(t, tb.expect.Locator(head).ToHaveText("Firmware"))
	must(t, tb.expect.Locator(head).ToBeInViewport(playwright.LocatorAssertionsToBeInViewportOptions{
		Ratio: playwright.Float(1),
	}))
	must(t, tb.link("Skip to the rows").Focus())
	must(t, tb.Keyboard().Press("Enter"))
	must(t, tb.Keyboard().Press("Tab"))
	if id := tb.focused(); id != "all-check" {
		t.Errorf("after the skip link, Tab leads to %q", id)
	}
	tb.visit("/pbxs?usage=nearly-full&sort=-usage")
	must(t, tb.expect.Locator(head).ToHaveText("Why"))
	must(t, tb.expect.Locator(head).ToHaveAttribute("aria-sort", "descending"))
}

// TestPrint checks that lists fit on a landscape page with all of their columns, and that the page says what the list
// is filtered by and how many rows there are.
func TestPrint(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleOperator)
	must(t, tb.SetViewportSize(1040, 700)) // A4 with margins of 10 mm, at 96 dpi
	paper := playwright.PageEmulateMediaOptions{Media: playwright.MediaPrint}
	screen := playwright.PageEmulateMediaOptions{Media: playwright.MediaScreen}
	for _, path := range []string{
		"/pbxs?status=Running", "/expiries", "/customers", "/operations", "/subscription", "/audit",
	} {
		must(t, tb.EmulateMedia(screen))
		tb.visit(path)
		must(t, tb.Keyboard().Press("Shift")) // from now on, shifts are meant
		must(t, tb.EmulateMedia(paper))
		width, err := tb.Evaluate(`Math.max(...[...document.querySelectorAll("#main *")].map(
			(e) => e.checkVisibility() ? e.getBoundingClientRect().right : 0))`)
		must(t, err)
		if over, _ := width.(float64); over > 1040 {
			t.Errorf("%s is %v px wide on paper", path, over)
		}
	}
	must(t, tb.EmulateMedia(screen))
	tb.visit("/pbxs?status=Running")
	must(t, tb.Keyboard().Press("Shift"))
	must(t, tb.EmulateMedia(paper))
	tb.sees(tb.Locator(".chip").Filter(hasText("Running")))
	tb.sees(tb.Locator("#result-count"))
	must(t, tb.expect.Locator(tb.Locator("#filter-form")).ToBeHidden())
}

// TestMenusAndKeysElsewhere checks that a menu closes when its download starts, and that "/" opens the palette on pages
// without a search of their own.
func TestMenusAndKeysElsewhere(t *testing.T) {
	t.Parallel()
	tb := newPortal(t).as(store.RoleViewer)
	tb.visit("/pbxs")
	m := tb.menu("Export")
	_, err := tb.ExpectDownload(func() error {
		return m.GetByRole("link", playwright.LocatorGetByRoleOptions{Name: "CSV"}).Click()
	})
	must(t, err)
	must(t, tb.expect.Locator(m.Locator("a").First()).ToBeHidden())
	must(t, tb.expect.Locator(tb.Locator("#export-menu summary")).ToBeFocused())
	tb.visit("/")
	must(t, tb.Keyboard().Press("/"))
	must(t, tb.expect.Locator(tb.Locator("#palette-q")).ToBeFocused())
	must(t, tb.expect.Locator(tb.Locator("#palette-q")).ToHaveValue(""))
}

// TestDatesInWords checks that a date field says its date in words, as pages do, when the user enters or changes it.
func TestDatesInWords(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleOperator)
	tb.visit("/pbxs/" + itoa(p.ycm.IDs()[1]) + "/renewal")
	next, words := tb.GetByLabel("Next step on"), tb.Locator(".day-words")
	must(t, next.Fill("2026-03-04"))
	must(t, tb.expect.Locator(words).ToHaveText("4 Mar 2026"))
	must(t, next.Fill(""))
	must(t, tb.expect.Locator(words).ToHaveText(""))
	must(t, next.Fill("2027-12-31"))
	must(t, tb.expect.Locator(words).ToHaveText("31 Dec 2027"))
	tb.axe("a date in words")
}
