package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"cordboard/fleet"
	"cordboard/store"
)

// maxClicks is how many clicks a job may take from the overview.
const maxClicks = 6

// worker does a job, beginning at the overview, and counts the clicks.
type worker struct {
	*tab
	job    string
	keys   bool // presses keys instead of clicking
	clicks int
}

// click activates a link, a button or a checkbox, by pointer or by keyboard.
func (w *worker) click(l playwright.Locator) {
	w.t.Helper()
	w.clicks++
	if !w.keys {
		must(w.t, l.Click())
		return
	}
	must(w.t, l.Focus())
	must(w.t, w.expect.Locator(l).ToBeFocused())
	box, err := l.Evaluate(`e => e.type === "checkbox"`, nil)
	must(w.t, err)
	if box.(bool) {
		must(w.t, w.Keyboard().Press("Space"))
		return
	}
	must(w.t, w.Keyboard().Press("Enter"))
}

// selects chooses the option with a text, which takes a click.
func (w *worker) selects(l playwright.Locator, text string) {
	w.t.Helper()
	w.clicks++
	value, err := l.Locator("option").Filter(hasText(text)).GetAttribute("value")
	must(w.t, err)
	_, err = l.SelectOption(playwright.SelectOptionValues{Values: playwright.StringSlice(value)})
	must(w.t, err)
}

// goes opens a page by the navigation.
func (w *worker) goes(page string) {
	w.t.Helper()
	w.click(w.Locator("#nav").GetByRole("link", playwright.LocatorGetByRoleOptions{
		Name: regexp.MustCompile("^" + page),
	}))
}

// picture takes the picture of the job for docs/jobs.md, if pictures are wanted.
func (w *worker) picture() {
	w.t.Helper()
	if !w.keys {
		w.tab.picture("jobs", w.job+".png", false)
	}
}

// downloads clicks a link and returns the CSV file that it downloads.
func (w *worker) downloads(l playwright.Locator) [][]string {
	w.t.Helper()
	d, err := w.ExpectDownload(func() error {
		w.click(l)
		return nil
	})
	must(w.t, err)
	path, err := d.Path()
	must(w.t, err)
	file, err := os.Open(path)
	must(w.t, err)
	defer file.Close() //nolint:errcheck // it was only read
	records, err := csv.NewReader(file).ReadAll()
	must(w.t, err)
	return records
}

// find opens the palette and types into it.
func (w *worker) find(text string) {
	w.t.Helper()
	w.click(w.link("Search or jump to…"))
	must(w.t, w.Locator("#palette-q").Fill(text))
}

// option returns an entry of the palette.
func (w *worker) option(pattern string) playwright.Locator {
	return w.Locator("#palette [role=option]").Filter(playwright.LocatorFilterOptions{
		HasText: regexp.MustCompile(pattern),
	}).First()
}

// chooses activates an entry of the palette.
func (w *worker) chooses(pattern string) {
	w.t.Helper()
	o := w.option(pattern)
	w.sees(o)
	w.clicks++
	if !w.keys {
		must(w.t, o.Click())
		return
	}
	for range 12 {
		if chosen, err := o.GetAttribute("aria-selected"); err == nil && chosen == "true" {
			break
		}
		must(w.t, w.Keyboard().Press("ArrowDown"))
	}
	must(w.t, w.expect.Locator(o).ToHaveAttribute("aria-selected", "true"))
	must(w.t, w.Keyboard().Press("Enter"))
}

// jobs are the twelve jobs of docs/jobs.md, by the title that each has there.
var jobs = []struct {
	name, title string
	do          func(*worker)
}{
	{"customer", "Find the PBXs of a customer", (*worker).findByCustomer},
	{"changes", "See what changed last week", (*worker).seeChanges},
	{"why", "See why a PBX needs attention", (*worker).seeWhy},
	{"renewals", "List the renewals of a month, with their owner", (*worker).listRenewals},
	{"export", "Export the PBXs that are nearly full, with percentages", (*worker).exportFull},
	{"filter", "Undo a filter", (*worker).undoFilter},
	{"back", "Return to row 21", (*worker).returnToRow},
	{"warning", "Create a PBX in spite of a warning", (*worker).createAnyway},
	{"columns", "Arrange the columns", (*worker).arrangeColumns},
	{"snooze", "Snooze what can wait", (*worker).snooze},
	{"typo", "Find a PBX by a misspelled name", (*worker).findByTypo},
	{"who", "See who resized a PBX", (*worker).seeWho},
}

// TestJobs does the twelve jobs of docs/jobs.md by pointer and by keyboard. Each takes at most six clicks from the
// overview, and as many as the guide says.
func TestJobs(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/jobs.md")
	must(t, err)
	for _, keys := range []bool{false, true} {
		t.Run(map[bool]string{false: "pointer", true: "keyboard"}[keys], func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			p.belong(p.ycm.CustomerIDs()[0], p.ycm.IDs()[10:14]...)
			p.run()
			p.resize(p.ycm.IDs()[30])
			tb := p.as(store.RoleOperator)
			tb.allow("/pbxs")
			for _, job := range jobs {
				w := &worker{tab: tb, job: job.name, keys: keys}
				w.visit("/")
				job.do(w)
				if w.clicks > maxClicks {
					t.Errorf("%s: %d clicks, want at most %d", job.title, w.clicks, maxClicks)
				}
				if line := fmt.Sprintf("| %s | %d |", job.title, w.clicks); !strings.Contains(string(guide), line) {
					t.Errorf("docs/jobs.md lacks %q", line)
				}
			}
		})
	}
}

// belong gives PBXs to a customer, as if the customers had just been read.
func (p *portal) belong(customer int64, pbxs ...int64) {
	p.fleet.Catalog.Reload(p.t.Context(), fleet.Customers)
	for _, id := range pbxs {
		p.ycm.SetOwners(id, customer)
		p.fleet.Customers.Learn(p.t.Context(), id, []int64{customer})
	}
	p.sync()
}

// resize gives a PBX five more extensions, as the admin would.
func (p *portal) resize(id int64) {
	p.t.Helper()
	tb := p.as(store.RoleAdmin)
	tb.visit("/pbxs/" + itoa(id) + "/resize")
	size := tb.Locator("[name=extensionCapacity]")
	before, err := size.InputValue()
	must(p.t, err)
	var n int
	_, err = fmt.Sscan(before, &n)
	must(p.t, err)
	must(p.t, size.Fill(fmt.Sprint(n+5)))
	tb.sees(tb.Locator("#review [data-field=extensionCapacity]"))
	tb.press("Resize PBX")
	tb.becomes("done", true)
	tb.visit("/account")
}

func (w *worker) findByCustomer() {
	name := w.portal.ycm.Customer(w.portal.ycm.CustomerIDs()[0])["company"].(string)
	w.find(name)
	w.chooses(`(?s)` + regexp.QuoteMeta(name) + `.*@`)
	w.sees(w.heading(name))
	w.sees(w.Locator("[data-pbx-id]").First())
	w.picture()
}

func (w *worker) seeChanges() {
	w.goes("Changes")
	w.sees(w.heading("Changes"))
	w.reads("7 days")
	w.picture()
}

func (w *worker) seeWhy() {
	line := w.Locator("[data-block=expiring]")
	w.click(line.Locator("summary"))
	w.click(line.Locator("li a.quiet").First())
	w.sees(w.Locator("main").GetByText(regexp.MustCompile(`^(The PBX|The plan) (expires|expired|has been|is) `)).First())
	w.picture()
}

func (w *worker) listRenewals() {
	w.goes("Expiries")
	w.selects(w.Locator("select[name=expires]"), time.Now().AddDate(0, 2, 0).Format("Jan 2006"))
	must(w.t, w.WaitForURL(regexp.MustCompile("expires=")))
	w.click(w.Locator("#all-check"))
	w.selects(w.Locator("#assign"), "The operator")
	w.picture()
	w.click(w.button("Assign"))
	w.reads("were changed.")
	must(w.t, w.expect.Locator(w.Locator("tr[data-pbx-id] [data-col=owner]").First()).ToContainText("The operator"))
}

func (w *worker) exportFull() {
	w.goes("PBXs")
	w.click(w.GetByRole("link", playwright.PageGetByRoleOptions{Name: regexp.MustCompile(`^Nearly full`)}))
	w.click(w.Locator("#export-menu summary"))
	w.picture()
	records := w.downloads(w.Locator("#export-menu a").First())
	if head := strings.Join(records[0], " "); !strings.Contains(head, "usedExtensions.percent") || len(records) < 2 {
		w.t.Errorf("the file has %d lines and the columns %s", len(records), head)
	}
}

func (w *worker) undoFilter() {
	w.goes("PBXs")
	w.click(w.Locator("#facet-type summary"))
	w.click(w.Locator("#facet-type input[value=Trial]"))
	w.click(w.Locator("#facet-type").GetByRole("button", playwright.LocatorGetByRoleOptions{Name: "Apply"}))
	chip := w.Locator(".chips .chip").First()
	w.sees(chip)
	w.picture()
	w.click(chip)
	w.counts(480)
}

func (w *worker) returnToRow() {
	w.goes("PBXs")
	row := w.rows().Nth(20).Locator("[data-col=name] a[id]")
	w.click(row)
	w.sees(w.Locator("#timeline"))
	_, err := w.GoBack()
	must(w.t, err)
	must(w.t, w.expect.Locator(row).ToBeFocused())
	must(w.t, w.expect.Locator(row).ToBeInViewport())
	w.picture()
}

func (w *worker) createAnyway() {
	w.goes("PBXs")
	w.click(w.link("New PBX"))
	w.fillIn(fmt.Sprintf("again-%t", w.keys), true)
	must(w.t, w.field("Name").Fill(fmt.Sprint(w.portal.ycm.Record(w.portal.ycm.IDs()[3])["name"])))
	w.click(w.button("Create PBX"))
	w.sees(w.Locator("#warnings"))
	w.picture()
	w.click(w.Locator("#warnings").GetByRole("button"))
	w.isAtOne(`/operations/`)
}

func (w *worker) arrangeColumns() {
	w.goes("PBXs")
	w.click(w.Locator("#columns-open"))
	move := w.Locator("#panel").GetByLabel("Move up: Plan", playwright.LocatorGetByLabelOptions{
		Exact: playwright.Bool(true),
	})
	w.click(move)
	must(w.t, w.expect.Locator(move).ToBeFocused())
	w.picture()
	must(w.t, w.Keyboard().Press("Escape"))
	must(w.t, w.expect.Locator(w.Locator("#columns-open")).ToBeFocused())
}

func (w *worker) snooze() {
	line := w.Locator("[data-block=expiring]")
	w.click(line.Locator("summary"))
	w.click(line.Locator("li").First().GetByText("Snooze"))
	must(w.t, w.GetByLabel("Why it can wait").Fill("The order is on its way"))
	must(w.t, w.GetByLabel("Until").Fill(time.Now().AddDate(0, 0, 9).Format(time.DateOnly)))
	w.click(w.button("Snooze"))
	w.reads("is snoozed until")
	w.picture()
}

func (w *worker) findByTypo() {
	name := fmt.Sprint(w.portal.ycm.Record(w.portal.ycm.IDs()[40])["name"])
	w.find(name[:2] + name[3:])
	w.sees(w.option("Did you mean"))
	w.picture()
	w.chooses("Did you mean")
	w.click(w.rows().First().Locator("[data-col=name] a[id]"))
	w.isAtOne(`/pbxs/\d+$`)
}

func (w *worker) seeWho() {
	name := fmt.Sprint(w.portal.ycm.Record(w.portal.ycm.IDs()[30])["name"])
	w.goes("Changes")
	entry := w.Locator("main li[data-field=extensionCapacity]").Filter(hasText(name)).First()
	must(w.t, w.expect.Locator(entry).ToContainText("The admin"))
	w.picture()
}
