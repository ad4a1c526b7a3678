package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// block returns the overview's block with the given key.
func (tb *tab) block(key string) playwright.Locator { return tb.Locator(`[data-block="` + key + `"]`) }

// count returns the value of an element's data-count attribute.
func (tb *tab) count(l playwright.Locator) int {
	tb.t.Helper()
	text, err := l.GetAttribute("data-count")
	must(tb.t, err)
	n, err := strconv.Atoi(text)
	must(tb.t, err)
	return n
}

// refreshUntil presses Refresh up to 20 times, until the attribute has the wanted value. Each press waits only
// briefly for YCM, which may take longer.
func (tb *tab) refreshUntil(l playwright.Locator, attribute, want string) {
	tb.t.Helper()
	for range 20 {
		tb.press("Refresh")
		must(tb.t, tb.WaitForLoadState())
		soon := playwright.LocatorAssertionsToHaveAttributeOptions{Timeout: playwright.Float(1000)}
		if err := tb.expect.Locator(l).ToHaveAttribute(attribute, want, soon); err == nil {
			return
		}
	}
	tb.t.Fatalf("attribute %s never became %s", attribute, want)
}

// TestMorning checks that signing in leads to the overview, and that the overview's counts match the linked lists. A
// hidden block must stay hidden, and a moved block must stay in its new place.
func TestMorning(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.open(opts...)
		tb.visit("/signin")
		tb.signIn("operator@example.com", password)
		tb.isAt("/")
		tb.sees(tb.heading("Overview"))
		for _, key := range []string{"expiring", "stuck", "backups"} {
			n := tb.count(tb.block(key))
			must(
				t,
				tb.block(key).
					GetByRole("link", playwright.LocatorGetByRoleOptions{Name: regexp.MustCompile("^Show all")}).
					Click(),
			)
			tb.counts(n)
			tb.visit("/")
		}
		must(t, tb.link("Arrange the overview").Click())
		tb.press("Hide: Trials")
		tb.sees(tb.button("Show: Trials"))
		tb.press("Move up: Outdated firmware")
		must(t, tb.link("Back to the overview").Click())
		tb.sees(tb.heading("Overview"))
		must(t, tb.expect.Locator(tb.block("trials")).ToHaveCount(0))
		keys, err := tb.Locator("[data-block]").EvaluateAll("blocks => blocks.map(b => b.dataset.block).join()", nil)
		must(t, err)
		if s := keys.(string); !strings.Contains(s, "firmware,backups") {
			t.Errorf("the moved block isn't before backups: %s", s)
		}
	})
}

// TestExpiriesJourney checks that the counts of a bucket and of a month match the lists they link to.
func TestExpiriesJourney(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := newPortal(t)
		tb := p.as(store.RoleViewer, opts...)
		must(t, tb.link("Expiries").Click())
		tb.sees(tb.heading("Expiries"))
		n := tb.count(tb.Locator(`[data-bucket="30d"]`))
		must(t, tb.Locator("#board > summary").Click())
		must(t, tb.Locator(`[data-bucket="30d"] .card-head a`).Click())
		tb.counts(n)
		tb.sees(tb.Locator(".tab[aria-current]").Filter(hasText("In 8 to 30 days")))
		tb.visit("/expiries")
		must(t, tb.Locator("#board > summary").Click())
		month := tb.Locator("#board tbody td.num a").Nth(2)
		text, err := month.InnerText()
		must(t, err)
		n, err = strconv.Atoi(text)
		must(t, err)
		must(t, month.Click())
		tb.counts(n)
	})
}

// TestCapacityJourney checks that Refresh reads the subscription again. If YCM fails, the page must show the last
// good reading and the reason for the failure.
func TestCapacityJourney(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := workingPortal(t)
		tb := p.as(store.RoleViewer, opts...)
		must(t, tb.link("Capacity").Click())
		tb.sees(tb.heading("Capacity"))
		own := tb.Locator(`[data-resource="extensionCapacity"] [data-col="own"]`)
		before, err := own.GetAttribute("data-value")
		must(t, err)
		n, err := strconv.Atoi(before)
		must(t, err)
		p.ycm.Edit(
			p.ycm.IDs()[0],
			func(r map[string]any) { r["extensionCapacity"] = r["extensionCapacity"].(int64) + 7 },
		)
		tb.refreshUntil(own, "data-value", strconv.Itoa(n+7))
		must(t, tb.expect.Locator(tb.Locator(`[data-forecast="extensionCapacity"]`)).Not().ToHaveText(""))
		must(t, tb.link("365 days").Click())
		tb.sees(tb.Locator(".tab[aria-current]").Filter(hasText("365 days")))

		p.ycm.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Failed200, Code: 1000043})
		state := tb.Locator("[data-sync-state]")
		tb.refreshUntil(state, "data-sync-state", "failing")
		tb.reads("YCM denied access")
		must(t, tb.expect.Locator(own).ToHaveAttribute("data-value", strconv.Itoa(n+7)))
		p.ycm.Clear()
		tb.refreshUntil(state, "data-sync-state", "current")
		must(t, tb.Locator("#reclaim").ScrollIntoViewIfNeeded())
	})
}

// TestAnOpenCapacityPageStaysFresh checks that an open page shows the fleet's new capacity after a sync, and that
// keyboard shortcuts then lead to other pages.
func TestAnOpenCapacityPageStaysFresh(t *testing.T) {
	t.Parallel()
	p := workingPortal(t)
	tb := p.as(store.RoleViewer)
	tb.visit("/subscription")
	frozen := tb.Locator(`[data-resource="extensionCapacity"] [data-col="fleet"]`)
	before, err := frozen.GetAttribute("data-value")
	must(t, err)
	n, err := strconv.Atoi(before)
	must(t, err)
	p.ycm.Edit(p.ycm.IDs()[0], func(r map[string]any) { r["extensionCapacity"] = r["extensionCapacity"].(int64) + 9 })
	<-p.fleet.Mirror.Refresh()
	must(t, tb.expect.Locator(frozen).ToHaveAttribute("data-value", strconv.Itoa(n+9)))
	must(t, tb.Keyboard().Press("g"))
	must(t, tb.Keyboard().Press("e"))
	tb.isAt("/expiries")
	must(t, tb.Keyboard().Press("g"))
	must(t, tb.Keyboard().Press("h"))
	tb.isAt("/")
}
