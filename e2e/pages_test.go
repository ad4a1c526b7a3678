package e2e

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// visit opens a path.
func (tb *tab) visit(path string) {
	tb.t.Helper()
	_, err := tb.Goto(path)
	must(tb.t, err)
}

// signIn fills in and submits the sign-in form. It finds elements by label and role, as a user would.
func (tb *tab) signIn(email, password string) {
	tb.t.Helper()
	must(tb.t, tb.GetByLabel("Email").Fill(email))
	must(tb.t, tb.GetByLabel("Password").Fill(password))
	tb.press("Sign in")
}

// as opens the PBX list in a new browser context, signed in with the given role. It doesn't use the sign-in page, which
// other tests do. It waits for the page's scripts, because keys pressed before the scripts load are lost.
func (p *portal) as(role string, opts ...option) *tab {
	p.t.Helper()
	tb := p.open(opts...)
	_, err := tb.Context().Request().Post("/signin", playwright.APIRequestContextPostOptions{
		Form: map[string]any{"email": role + "@example.com", "password": password},
	})
	must(p.t, err)
	tb.visit("/pbxs")
	tb.sees(tb.heading("PBXs"))
	must(p.t, tb.WaitForLoadState())
	return tb
}

func (tb *tab) press(name string) {
	tb.t.Helper()
	must(tb.t, tb.button(name).Click())
}

func (tb *tab) button(name string) playwright.Locator {
	return tb.GetByRole("button", playwright.PageGetByRoleOptions{Name: name, Exact: playwright.Bool(true)})
}

func (tb *tab) link(name string) playwright.Locator {
	return tb.GetByRole("link", playwright.PageGetByRoleOptions{Name: name, Exact: playwright.Bool(true)})
}

func (tb *tab) heading(name string) playwright.Locator {
	return tb.GetByRole("heading", playwright.PageGetByRoleOptions{Name: name, Level: playwright.Int(1)})
}

func (tb *tab) sees(l playwright.Locator) {
	tb.t.Helper()
	must(tb.t, tb.expect.Locator(l).ToBeVisible())
}

func (tb *tab) reads(text string) {
	tb.t.Helper()
	tb.sees(tb.GetByText(text).First())
}

// counts waits until the list reports n PBXs.
func (tb *tab) counts(n int) {
	tb.t.Helper()
	must(tb.t, tb.expect.Locator(tb.Locator("#result-count")).ToHaveAttribute("data-count", fmt.Sprint(n)))
}

// isAt waits for the URL and for the page's scripts, because keys pressed before the scripts load are lost.
func (tb *tab) isAt(path string) {
	tb.t.Helper()
	tb.isAtOne("^" + regexp.QuoteMeta(tb.portal.url+path) + "$")
}

// isAtOne is like isAt, but waits for a URL that matches the pattern.
func (tb *tab) isAtOne(pattern string) {
	tb.t.Helper()
	must(tb.t, tb.expect.Page(tb.Page).ToHaveURL(regexp.MustCompile(pattern)))
	must(tb.t, tb.WaitForLoadState())
}

func (tb *tab) rows() playwright.Locator { return tb.Locator("tr[data-pbx-id]") }

// column returns a field's raw values, one per row.
func (tb *tab) column(field string) []string {
	tb.t.Helper()
	v, err := tb.Locator(`tr[data-pbx-id] [data-col="`+field+`"]`).
		EvaluateAll("cells => cells.map(c => c.dataset.value)", nil)
	must(tb.t, err)
	var values []string
	for _, s := range v.([]any) {
		values = append(values, s.(string))
	}
	return values
}

// menu opens the <details> menu with the given label, and returns it.
func (tb *tab) menu(label string) playwright.Locator {
	tb.t.Helper()
	m := tb.Locator(
		"details.menu",
		playwright.PageLocatorOptions{
			Has: tb.Locator(
				"summary",
				playwright.PageLocatorOptions{HasText: regexp.MustCompile(`^\s*` + regexp.QuoteMeta(label) + `\s*$`)},
			),
		},
	)
	must(tb.t, m.Locator("summary").Click())
	return m
}

// axe fails the test if the page violates accessibility rules or has text that isn't legible.
func (tb *tab) axe(where string) {
	tb.t.Helper()
	_, err := tb.Evaluate(axeSource)
	must(tb.t, err)
	tb.runAxe(where, map[string]any{})
	tb.legible(where)
}

// axeInDark fails the test if the page, on which axe has run, violates the rules about colors in the dark theme. All
// other rules are about what both themes share. If pictures are wanted, all rules run in both themes anyway.
func (tb *tab) axeInDark(where string) {
	tb.t.Helper()
	if *pictureDir != "" {
		return
	}
	must(tb.t, tb.EmulateMedia(playwright.PageEmulateMediaOptions{ColorScheme: playwright.ColorSchemeDark}))
	tb.runAxe(where+" in the dark theme", map[string]any{"runOnly": []string{"color-contrast", "link-in-text-block"}})
	must(tb.t, tb.EmulateMedia(playwright.PageEmulateMediaOptions{ColorScheme: playwright.ColorSchemeLight}))
}

func (tb *tab) runAxe(where string, options map[string]any) {
	tb.t.Helper()
	options["resultTypes"] = []string{"violations"}
	v, err := tb.Evaluate(
		`async (options) => (await axe.run(options)).violations.map(v => v.id + ": " +
			v.nodes.map(n => n.target.join(" ") + " " + n.failureSummary).join(" | "))`,
		options,
	)
	must(tb.t, err)
	var found []string
	for _, s := range v.([]any) {
		found = append(found, s.(string))
	}
	if len(found) > 0 {
		tb.t.Errorf("axe on %s: %s", where, strings.Join(found, "\n"))
	}
}

// legible checks that no text is smaller than 12 px, including text in closed sections but not text for screen readers.
// Text in a drawing is measured at the drawing's scale.
func (tb *tab) legible(where string) {
	tb.t.Helper()
	v, err := tb.Evaluate(
		`() => [...document.body.querySelectorAll("*")].filter(e =>
		!e.matches("script, style, title, .sr, .sr *") &&
		[...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
	).map(e => {
		const scale = e instanceof SVGTextContentElement && e.getScreenCTM() ?
			Math.hypot(e.getScreenCTM().a, e.getScreenCTM().b) : 1;
		return [parseFloat(getComputedStyle(e).fontSize) * scale, e];
	}).filter(([size]) => size < 11.99).map(([size, e]) =>
		e.tagName + "." + (e.getAttribute("class") || "") +
		" in " + (e.parentElement.getAttribute("class") || e.parentElement.tagName) +
		": " + size.toFixed(2) + " px")`,
	)
	must(tb.t, err)
	if small := v.([]any); len(small) > 0 {
		tb.t.Errorf("%s has text smaller than 12 px: %v", where, small[:min(len(small), 5)])
	}
}
