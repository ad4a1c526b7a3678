package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	"cordboard/store"
)

// TestChartsAnswer checks that a chart shows the value at the pointer, at a tap and while the arrow keys move along it,
// that it says them to screen readers, and that the same values are a table.
func TestChartsAnswer(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.aYear()
	tb := p.as(store.RoleViewer, phone)
	tb.visit("/subscription?days=90")
	figure := tb.Locator("[data-chart=extensionCapacity]")
	plot, readout := figure.Locator(".plot"), figure.Locator("[data-readout]")
	value := regexp.MustCompile(`^\d+ [A-Z][a-z]+ \d{4}: [\d,]+ of [\d,]+, \d+%$`)
	text := func() string {
		t.Helper()
		got, err := readout.TextContent()
		must(t, err)
		if !value.MatchString(got) {
			t.Errorf("the chart shows %q", got)
		}
		return got
	}
	must(t, plot.Locator(".chart").Tap())
	tapped := text()
	must(t, plot.Focus())
	must(t, plot.Press("Home"))
	oldest := text()
	must(t, plot.Press("ArrowRight"))
	next := text()
	must(t, plot.Press("End"))
	newest := text()
	if tapped == oldest || oldest == next || next == newest {
		t.Errorf("tapped %s, oldest %s, next %s, newest %s", tapped, oldest, next, newest)
	}
	must(t, tb.expect.Locator(plot).ToHaveAttribute("aria-valuetext", newest))
	must(t, plot.Press("ArrowRight")) // there is no later one
	if got := text(); got != newest {
		t.Errorf("after the newest value comes %s", got)
	}
	tb.axe("a chart that is read")
	must(t, plot.Blur())
	must(t, tb.expect.Locator(readout).ToHaveText(""))

	must(t, tb.Locator("#history summary").Click())
	cell, err := tb.Locator("#history tbody tr").First().TextContent()
	must(t, err)
	if day, _, _ := strings.Cut(newest, ":"); !strings.Contains(cell, day) {
		t.Errorf("the table begins with %q, the chart ends with %s", cell, newest)
	}

	tb = p.as(store.RoleViewer)
	tb.visit("/pbxs")
	must(t, tb.rows().First().Locator("[data-col=name] a").Click())
	figure = tb.Locator("[data-counter=usedExtensions]")
	must(t, figure.Locator(".chart").Hover())
	readout = figure.Locator("[data-readout]")
	must(t, tb.expect.Locator(readout).ToContainText(regexp.MustCompile(`\d: [\d,]+ of [\d,]+, \d+%$`)))
	must(t, tb.Locator("h1").Hover())
	must(t, tb.expect.Locator(readout).ToContainText("peak"))
	must(t, tb.Locator("#samples").GetByRole("link", playwright.LocatorGetByRoleOptions{Name: "Table"}).Click())
	tb.sees(tb.Locator("#samples tbody tr").First())
	must(t, tb.Locator("#samples").GetByRole("link", playwright.LocatorGetByRoleOptions{Name: "Own range"}).Click())
	must(t, tb.Locator("#samples input[name=from]").Fill("2020-01-02"))
	must(t, tb.Locator("#samples input[name=to]").Fill("2020-01-01"))
	must(t, tb.Locator("#samples form button").Click())
	tb.reads("its days were swapped")
	tb.reads("No readings in this time.")
}
