package e2e

import (
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/playwright-community/playwright-go"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

func hasText(s string) playwright.LocatorFilterOptions {
	return playwright.LocatorFilterOptions{HasText: s}
}

// both runs a journey with and without JavaScript, because the pages must work both ways.
func both(t *testing.T, journey func(t *testing.T, opts ...option)) {
	t.Run("with JavaScript", func(t *testing.T) { journey(t) })
	t.Run("without JavaScript", func(t *testing.T) { journey(t, withoutJavaScript) })
}

func TestSearchSortFilterPage(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.as(store.RoleViewer, opts...)
		tb.counts(480)

		must(t, tb.link("2").Or(tb.GetByRole("link", playwright.PageGetByRoleOptions{Name: "Page 2"})).Click())
		tb.isAt("/pbxs?page=2")
		tb.reads("51–100 of 480")

		must(t, tb.link("Status").Click())
		tb.isAt("/pbxs?sort=pbxStatus")
		must(t, tb.expect.Locator(tb.Locator(`th[aria-sort="ascending"]`)).ToContainText("Status"))
		must(t, tb.link("Status").Click())
		tb.isAt("/pbxs?sort=-pbxStatus")
		must(t, tb.expect.Locator(tb.Locator(`th[aria-sort="descending"]`)).ToContainText("Status"))
		if got := tb.column("pbxStatus"); !slices.IsSortedFunc(got, func(a, b string) int { return -cmpFold(a, b) }) {
			t.Errorf("column pbxStatus in descending order = %q", got)
		}

		m := tb.menu("Type")
		must(t, m.GetByLabel("Trial").Check())
		must(t, m.GetByRole("button", playwright.LocatorGetByRoleOptions{Name: "Apply"}).Click())
		tb.sees(tb.Locator(".chip").Filter(hasText("Trial")))
		for _, word := range tb.column("type") {
			if word != "Trial" {
				t.Errorf("column type with type=Trial contains %q", word)
			}
		}
		must(t, tb.Locator(".chip").Filter(hasText("Trial")).Click())
		tb.counts(480)
		tb.isAt("/pbxs?sort=-pbxStatus")
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		id := p.ycm.IDs()[100]
		p.ycm.Edit(id, func(r map[string]any) { r["name"] = `Zwölf % under_score "x"` })
		p.sync()
		tb := p.as(store.RoleViewer, opts...)

		search := tb.GetByRole("searchbox")
		must(t, search.Fill("ZWÖLF % under_"))
		must(t, search.Press("Enter"))
		tb.counts(1)
		tb.sees(tb.link(`Zwölf % under_score "x"`))

		must(t, search.Fill("no PBX is called so"))
		must(t, search.Press("Enter"))
		tb.counts(0)
		tb.reads("Nothing matches these filters")
		must(t, tb.link("Clear filters").Click())
		tb.counts(480)
	})
}

func TestTypingSearches(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	search := tb.GetByRole("searchbox")
	must(t, search.PressSequentially("alderbrook"))
	tb.isAt("/pbxs?q=alderbrook")
	must(t, tb.expect.Locator(search).ToBeFocused())
	must(t, tb.expect.Locator(search).ToHaveValue("alderbrook"))
}

func TestBackButton(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.as(store.RoleViewer, opts...)
		tb.visit("/pbxs")
		must(t, tb.GetByRole("link", playwright.PageGetByRoleOptions{Name: "Page 2"}).Click())
		tb.reads("51–100 of 480")
		first := tb.rows().First()
		id, err := first.GetAttribute("data-pbx-id")
		must(t, err)
		must(t, first.Locator("a").Click())
		must(t, tb.expect.Locator(tb.Locator(".page[data-pbx-id]")).ToHaveAttribute("data-pbx-id", id))
		tb.isAt("/pbxs/" + id)

		back := func() {
			_, err := tb.GoBack()
			must(t, err)
		}
		back()
		tb.isAt("/pbxs?page=2")
		tb.reads("51–100 of 480")
		back()
		tb.isAt("/pbxs")
		tb.reads("1–50 of 480")
	})
}

func TestDetailShowsEveryField(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	id := p.ycm.IDs()[5] // has a hostile name
	tb := p.as(store.RoleViewer)
	tb.visit("/pbxs/" + itoa(id))
	record := p.ycm.Record(id)
	must(t, tb.expect.Locator(tb.Locator("h1")).ToHaveText(record["name"].(string)))
	for field := range record {
		n, err := tb.Locator(`[data-col="` + field + `"]`).Count()
		must(t, err)
		if n == 0 && field != "name" {
			t.Errorf("the PBX's page lacks the field %s", field)
		}
	}
}

func TestKeyboard(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	must(t, tb.Keyboard().Press("Tab"))
	must(t, tb.expect.Locator(tb.link("Skip to content")).ToBeFocused())
	must(t, tb.Keyboard().Press("Enter"))
	must(t, tb.GetByRole("searchbox").Focus())
	must(t, tb.Keyboard().Type("care"))
	must(t, tb.Keyboard().Press("Enter"))
	tb.sees(tb.Locator(".chip").Filter(hasText("care")))

	summary := tb.Locator("#facet-status summary")
	must(t, summary.Focus())
	must(t, tb.Keyboard().Press("Enter"))
	tb.sees(tb.Locator("#facet-status input").First())
	must(t, tb.Keyboard().Press("Tab"))
	must(t, tb.Keyboard().Press("Space"))
	must(t, tb.Keyboard().Press("Escape"))
	must(t, tb.expect.Locator(summary).ToBeFocused())

	sort := tb.Locator("#sort-region")
	must(t, sort.Focus())
	must(t, tb.Keyboard().Press("Enter"))
	must(t, tb.expect.Locator(tb.Locator(`th[aria-sort]`)).ToContainText("Region"))
	must(t, tb.expect.Locator(sort).ToBeFocused())
}

func TestPhone(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer, phone)
	for _, path := range []string{"/pbxs", "/pbxs/" + itoa(p.ycm.IDs()[1]), "/subscription"} {
		tb.visit(path)
		over, err := tb.Evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
		must(t, err)
		if over != 0 {
			t.Errorf("%s scrolls sideways by %v px at 390 px", path, over)
		}
	}
	tb.visit("/pbxs")
	must(t, tb.link("Filters").Click())
	must(t, tb.GetByLabel("Find a filter").Fill("not act"))
	must(t, tb.Locator("#builder").GetByLabel("Not activated 16").Check())
	must(t, tb.button("Show PBXs").Click())
	tb.sees(tb.Locator(".chip").Filter(hasText("Not activated")))
	for name, locator := range map[string]playwright.Locator{
		"the menu": tb.button("Open menu"),
		"PBXs":     tb.Locator(".topbar").GetByRole("link", playwright.LocatorGetByRoleOptions{Name: "PBXs"}),
		"search":   tb.Locator(".topbar").GetByRole("link", playwright.LocatorGetByRoleOptions{Name: "Search and commands"}),
	} {
		box, err := locator.BoundingBox()
		must(t, err)
		if box.Y < 844-70 || box.Width < 44 || box.Height < 44 {
			t.Errorf("%s is at %+v, want it within reach of the thumb", name, box)
		}
	}
	must(t, tb.button("Open menu").Click())
	must(t, tb.link("Capacity").Click())
	tb.sees(tb.heading("Capacity"))
}

func TestYCMDown(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	p.ycm.Refuse()
	p.sync()
	for _, path := range []string{"/pbxs", "/pbxs/" + itoa(p.ycm.IDs()[1]), "/subscription"} {
		tb.visit(path)
		tb.reads("YCM is not responding")
		must(t, tb.expect.Locator(tb.Locator("[data-sync-state]")).ToHaveAttribute("data-sync-state", "failing"))
	}
	tb.visit("/pbxs?status=Running")
	tb.sees(tb.rows().First())
	tb.axe("/pbxs with YCM down")

	must(t, p.ycm.Accept())
	p.run()
	<-p.fleet.Mirror.Refresh() // the fleet has been synced, and a second sync may be running
	tb.press("Refresh")
	must(
		t,
		tb.expect.Locator(tb.Locator("[data-sync-state]")).
			ToHaveAttribute("data-sync-state", regexp.MustCompile("^(current|running)$")),
	)
	tb.isAt("/pbxs?status=Running")
}

func TestFirstReadingFails(t *testing.T) {
	t.Parallel()
	p := emptyPortal(t, ycmtest.Config{PBXs: 3, Client: ycmtest.Credentials{ID: "client", Secret: "another"}})
	p.addUser(store.RoleViewer)
	p.sync()
	tb := p.as(store.RoleViewer)
	tb.reads("The fleet has never been synced")
	tb.reads("YCM rejected Cordboard’s credentials")
	must(t, tb.expect.Locator(tb.Locator("#filter-form, #export-menu")).ToHaveCount(0))
	tb.visit("/")
	must(t, tb.expect.Locator(tb.Locator("[data-step=connect]")).ToContainText("Cordboard keeps trying."))
}

// TestFiltersAddUp checks that filters without a checkbox in the form are kept when others are added.
func TestFiltersAddUp(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.as(store.RoleViewer, opts...)
		tb.visit("/pbxs?status=!Running&im=Enabled&sort=-createTime&per=10")
		apply := func(menu, word string) {
			t.Helper()
			m := tb.menu(menu)
			must(t, m.GetByLabel(word).First().Check())
			must(t, m.GetByRole("button", playwright.LocatorGetByRoleOptions{Name: "Apply"}).Click())
			tb.sees(tb.Locator(".chip").Filter(hasText(word)))
		}
		apply("Type", "Commercial")
		apply("Region", "Europe(Frankfurt)")
		for _, chip := range []string{"not Running", "Enabled", "Commercial", "Europe(Frankfurt)"} {
			tb.sees(tb.Locator(".chip").Filter(hasText(chip)))
		}
		must(t, tb.expect.Locator(tb.Locator("#per")).ToHaveValue("10"))

		must(t, tb.link("Clear all").Click())
		tb.counts(480)
		must(t, tb.expect.Locator(tb.Locator("#facet-type input:checked")).ToHaveCount(0))
		must(t, tb.expect.Locator(tb.Locator("#facet-region input:checked")).ToHaveCount(0))
	})
}

// searchedTrials opens the list of trials and searches it for "care". It also returns the search box.
func searchedTrials(t *testing.T) (*tab, playwright.Locator) {
	t.Helper()
	tb := newPortal(t).as(store.RoleViewer)
	tb.visit("/pbxs?type=Trial")
	search := tb.GetByRole("searchbox")
	must(t, search.Fill("care"))
	must(t, search.Press("Enter"))
	tb.isAt("/pbxs?q=care&type=Trial")
	return tb, search
}

// TestBackKeepsFormAndAddressTogether checks that the search box matches the URL after the user goes back and forward,
// and that the filter's checkbox is still checked after the user goes back.
func TestBackKeepsFormAndAddressTogether(t *testing.T) {
	t.Parallel()
	tb, search := searchedTrials(t)
	_, err := tb.GoBack()
	must(t, err)
	tb.isAt("/pbxs?type=Trial")
	must(t, tb.expect.Locator(search).ToHaveValue(""))
	must(t, tb.expect.Locator(tb.Locator("#facet-type input:checked")).ToHaveCount(1))
	_, err = tb.GoForward()
	must(t, err)
	tb.isAt("/pbxs?q=care&type=Trial")
	must(t, tb.expect.Locator(search).ToHaveValue("care"))
}

// TestCustomerThatIsNotListed checks that the filter by customer, which lists some of them, begins a search for the
// others.
func TestCustomerThatIsNotListed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for i, id := range p.ycm.CustomerIDs()[:30] {
		p.belong(id, p.ycm.IDs()[i])
	}
	tb := p.as(store.RoleViewer)
	must(t, tb.Locator("#facet-customer summary").Click())
	must(t, tb.Locator("#facet-customer [data-type]").Click())
	box := tb.Locator("#q")
	must(t, tb.expect.Locator(box).ToBeFocused())
	must(t, tb.expect.Locator(box).ToHaveValue("customer:"))
	must(t, tb.Locator("#completions > *").First().Click())
	must(t, tb.expect.Locator(tb.Locator("#result-count")).Not().ToHaveAttribute("data-count", "480"))
	must(t, tb.expect.Locator(tb.rows().First()).ToBeVisible())
}

// TestForwardWhileLoading goes forward while the page that Back reloads is still waiting for its scripts. The search
// box must match the URL.
func TestForwardWhileLoading(t *testing.T) {
	t.Parallel()
	tb, search := searchedTrials(t)
	must(t, tb.expect.Locator(tb.Locator(".chip")).ToHaveCount(2))
	held, release := make(chan struct{}), make(chan struct{})
	var first sync.Once
	must(t, tb.Route("**/htmx-*.js*", func(route playwright.Route) {
		go func() {
			first.Do(func() {
				close(held)
				<-release
			})
			_ = route.Continue()
		}()
	}))
	_, err := tb.GoBack()
	must(t, err)
	<-held
	must(t, tb.expect.Locator(search).ToHaveValue(""))
	_, err = tb.GoForward(playwright.PageGoForwardOptions{WaitUntil: playwright.WaitUntilStateCommit})
	must(t, err)
	close(release)
	tb.isAt("/pbxs?q=care&type=Trial")
	must(t, tb.expect.Locator(search).ToHaveValue("care"))
}

func TestColumnsAndRows(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.as(store.RoleViewer, opts...)
		tb.visit("/pbxs/settings")
		must(t, tb.GetByLabel("Serial number", playwright.PageGetByLabelOptions{Exact: playwright.Bool(true)}).Check())
		must(t, tb.GetByLabel("Status", playwright.PageGetByLabelOptions{Exact: playwright.Bool(true)}).Uncheck())
		must(t, tb.GetByLabel("Position of Serial number").Fill("2"))
		must(t, tb.GetByLabel("Position of Activation").Fill("5"))
		tb.press("Save as my default")
		tb.isAt("/pbxs")
		must(t, tb.expect.Locator(tb.Locator("thead th").Nth(2)).ToHaveText("Serial number"))
		must(t, tb.expect.Locator(tb.Locator(`#sort-pbxStatus`)).ToHaveCount(0))
		_, err := tb.Locator("#per").SelectOption(playwright.SelectOptionValues{Values: playwright.StringSlice("10")})
		must(t, err)
		tb.press("Show")
		must(t, tb.expect.Locator(tb.rows()).ToHaveCount(10))
		tb.sees(tb.Locator(`#sort-sn`))
		tb.visit("/pbxs/settings")
		tb.press("Reset")
		tb.sees(tb.Locator(`#sort-pbxStatus`))
		must(t, tb.expect.Locator(tb.Locator(`#sort-sn`)).ToHaveCount(0))
	})
}

// TestSessionThatRanOut checks that the first click after a session has ended leads to the sign-in page, and that
// signing in leads to the requested page. After a wrong password, the focus is on its field.
func TestSessionThatRanOut(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer)
	tb.allow("/pbxs", "/signin")
	tb.visit("/pbxs?type=Trial")
	must(t, tb.Context().ClearCookies())
	must(t, tb.Locator("#sort-region").Click())
	tb.sees(tb.heading("Sign in"))
	tb.signIn("viewer@example.com", "not this password")
	must(t, tb.expect.Locator(tb.GetByLabel("Password")).ToBeFocused())
	must(t, tb.expect.Locator(tb.GetByLabel("Password")).ToHaveAccessibleDescription(regexp.MustCompile("password")))
	tb.signIn("viewer@example.com", password)
	tb.isAt("/pbxs?sort=region&type=Trial")
}
