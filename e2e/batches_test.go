package e2e

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// planAll makes a plan for all PBXs and returns its path.
func (tb *tab) planAll(action string) string {
	tb.t.Helper()
	tb.visit("/batches/new?action=" + action)
	tb.press("Review the plan")
	tb.isAtOne("/batches/[^/?]+$")
	return tb.path()
}

// path returns the path of the open page.
func (tb *tab) path() string {
	u, err := url.Parse(tb.URL())
	must(tb.t, err)
	return u.Path
}

// upload sends a file to be imported.
func (tb *tab) upload(name, content string) {
	tb.t.Helper()
	tb.visit("/pbxs/import")
	must(tb.t, tb.field("CSV or Excel file (.xlsx)").SetInputFiles(playwright.InputFile{
		Name: name, MimeType: "text/csv", Buffer: []byte(content),
	}))
	tb.press("Check the file")
}

// draftOf sends a file with errors and returns the path of its draft.
func (tb *tab) draftOf(content string) string {
	tb.t.Helper()
	tb.upload("new.csv", content)
	path, err := tb.Locator("#draft form").GetAttribute("action")
	must(tb.t, err)
	return path
}

// batchIs waits until the batch on the open page is in the given state.
func (tb *tab) batchIs(state string, scripts bool) {
	tb.t.Helper()
	batch := tb.Locator("#batch")
	tb.sees(batch)
	for range 100 {
		if scripts {
			must(tb.t, tb.expect.Locator(batch).ToHaveAttribute("data-batch-state", state))
		}
		got, err := batch.GetAttribute("data-batch-state")
		must(tb.t, err)
		if got == state {
			return
		}
		must(tb.t, tb.GetByText("Reload it").Click())
	}
	tb.t.Fatalf("the batch never reached the state %s", state)
}

// TestStopAllOfACustomer stops all PBXs of a customer, starting from the customer's PBXs in the list, and undoes it.
func TestStopAllOfACustomer(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := workingPortal(t)
		customer := p.ycm.CustomerIDs()[0]
		pbxs := p.ycm.IDs()[:6]
		for _, id := range pbxs {
			p.ycm.Edit(id, func(record map[string]any) {
				record["pbxStatus"], record["activeCalls"] = "Running", 0
			})
			p.ycm.SetOwners(id, customer)
			p.fleet.Customers.Learn(t.Context(), id, []int64{customer})
		}
		p.sync()
		tb := p.as(store.RoleOperator, opts...)
		tb.visit(fmt.Sprintf("/pbxs?customer=%d&status=Running", customer))
		if opts == nil {
			must(t, tb.Locator("#all-check").Check())
			must(t, tb.link("Select all matching PBXs (6)").Click())
		} else {
			for _, box := range tb.all(".row-check") {
				must(t, box.Check())
			}
			tb.press("Export, copy or change selected rows")
		}
		tb.sees(tb.heading("6 PBXs selected"))
		tb.press("Stop")
		tb.sees(tb.heading("Stop 6 PBXs"))
		must(t, tb.field("Reason").Fill("CB-12"))
		tb.press("Review the plan")
		tb.reads("Nothing has been sent. You can apply this plan until")
		tb.press("Stop 6 PBXs")
		tb.batchIs("done", opts == nil)
		for _, id := range pbxs {
			if status := p.ycm.Record(id)["pbxStatus"]; status != "Stopped" {
				t.Errorf("PBX %d is %v, want Stopped", id, status)
			}
		}
		tb.press("Plan to undo 6 PBXs")
		tb.sees(tb.heading("Start 6 PBXs"))
		tb.press("Start 6 PBXs")
		tb.batchIs("done", opts == nil)
		tb.visit("/operations")
		tb.reads("6 of 6")
	})
}

// all returns the elements that match a selector.
func (tb *tab) all(selector string) []playwright.Locator {
	tb.t.Helper()
	found, err := tb.Locator(selector).All()
	must(tb.t, err)
	return found
}

// tabTo presses Tab until the element that matches a selector has the focus.
func (tb *tab) tabTo(selector string) {
	tb.t.Helper()
	for range 400 {
		must(tb.t, tb.Keyboard().Press("Tab"))
		on, err := tb.Evaluate("s => document.activeElement.matches(s)", selector)
		must(tb.t, err)
		if on == true {
			return
		}
	}
	tb.t.Fatalf("Tab doesn't reach %s", selector)
}

// TestPlanByKeyboard plans a change of 100 PBXs and applies it without a mouse.
func TestPlanByKeyboard(t *testing.T) {
	t.Parallel()
	p := portalOf(t, 100)
	for _, id := range p.ycm.IDs() {
		p.ycm.Edit(id, func(record map[string]any) { record["pbxStatus"], record["im"] = "Running", "Enabled" })
	}
	p.sync()
	p.run()
	tb := p.as(store.RoleOperator)
	tb.visit("/pbxs?per=100")
	tb.tabTo("#all-check")
	must(t, tb.Keyboard().Press("Space"))
	tb.tabTo("#bulk-menu summary")
	must(t, tb.Keyboard().Press("Enter"))
	tb.tabTo("#bulk-menu button[value=update]")
	must(t, tb.Keyboard().Press("Enter"))
	tb.sees(tb.heading("Set switches of 100 PBXs"))
	tb.allow("/batches")
	tb.tabTo("#batch-form .form-foot button")
	must(t, tb.Keyboard().Press("Enter"))
	must(t, tb.expect.Locator(tb.Locator("#passwordlessLogin")).ToBeFocused()) // nothing was chosen
	tb.tabTo("#im")
	must(t, tb.Keyboard().Press("End")) // Disabled
	tb.tabTo("#batch-form .form-foot button")
	must(t, tb.Keyboard().Press("Enter"))
	tb.isAtOne("/batches/[^/?]+$")
	tb.batchIs("planned", true)
	must(t, tb.expect.Locator(tb.Locator("tr[data-batch-row]")).ToHaveCount(50))
	tb.axe("a plan of 100")
	tb.tabTo("#apply")
	must(t, tb.Keyboard().Press("Enter"))
	tb.batchIs("done", true)
	tb.axe("a batch of 100 that is done")
	off := 0
	for _, id := range p.ycm.IDs() {
		if p.ycm.Record(id)["im"] == "Disabled" {
			off++
		}
	}
	if off < 90 { // the others lack something that the plan needs
		t.Errorf("the switch of %d PBXs is off, want nearly all of 100", off)
	}
}

// process is a portal in its own process.
type process struct {
	t   *testing.T
	bin string
	cmd *exec.Cmd
	env []string
}

// run runs a command of the portal's binary with input.
func (c *process) run(input string, args ...string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), c.bin, args...)
	cmd.Env, cmd.Stdin = c.env, strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

var servedAt = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)

// serve starts the portal and waits until it is served.
func (c *process) serve() {
	c.t.Helper()
	c.cmd = exec.CommandContext(c.t.Context(), c.bin, "serve")
	c.cmd.Env = c.env
	out, err := c.cmd.StdoutPipe()
	must(c.t, err)
	must(c.t, c.cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if servedAt.MatchString(lines.Text()) {
			return
		}
	}
	c.t.Fatal("the portal doesn't start")
}

// kill ends the portal with SIGKILL.
func (c *process) kill() {
	c.t.Helper()
	must(c.t, c.cmd.Process.Kill())
	_ = c.cmd.Wait() // the error only reports that the process was killed
}

// start builds the portal, adds an operator, and serves it on an address that stays the same after a kill.
func start(t *testing.T, y *ycmtest.Server) (*process, *portal) {
	t.Helper()
	c := &process{t: t, bin: filepath.Join(t.TempDir(), "cordboard")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", c.bin, "../cmd/cordboard")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := free.Addr().String()
	must(t, free.Close())
	c.env = append(os.Environ(), "CORDBOARD_DATA="+t.TempDir(), "CORDBOARD_ADDR="+address,
		"CORDBOARD_YCM_URL="+y.URL, "CORDBOARD_YCM_CLIENT_ID=client", "CORDBOARD_YCM_CLIENT_SECRET=not-in-a-document",
		"CORDBOARD_YCM_RATE=0", "CORDBOARD_CREATION_LOOK_SPAN=600ms")
	c.run(password+"\n", "user", "add", "--email", "operator@example.com", "--name", "Ola", "--role", "operator",
		"--password-stdin")
	c.serve()
	t.Cleanup(c.kill)
	return c, &portal{t: t, url: "http://" + address, ycm: y}
}

// sampleOf returns a file with n lines like that of the sample. change changes the cells of a line, by field.
func sampleOf(t *testing.T, sample string, n int, change func(i int, cells map[string]string)) string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(sample, "\ufeff"))).ReadAll()
	must(t, err)
	var out strings.Builder
	w := csv.NewWriter(&out)
	must(t, w.Write(records[0]))
	for i := range n {
		cells := map[string]string{}
		for column, field := range records[0] {
			cells[field] = records[1][column]
		}
		cells["name"], cells["subDomain"] = fmt.Sprintf("Import %d", i), fmt.Sprintf("import-%d", i)
		change(i, cells)
		var line []string
		for _, field := range records[0] {
			line = append(line, cells[field])
		}
		must(t, w.Write(line))
	}
	w.Flush()
	return out.String()
}

// TestImportThroughAKill imports 20 lines with three errors, corrects them, and applies the plan. The portal is killed
// midway, and the open page sees the batch finish after the portal was started again.
func TestImportThroughAKill(t *testing.T) {
	t.Parallel()
	y := ycmtest.NewServer(t, ycmtest.Config{
		Seed: 1, PBXs: 5, Plain: true, Client: ycmtest.Credentials{ID: "client", Secret: "not-in-a-document"},
	})
	c, p := start(t, y)
	tb := p.open()
	tb.visit("/pbxs")
	tb.signIn("operator@example.com", password)
	tb.counts(5)
	tb.allow("/pbxs/import", "/events", "/batches/", "/healthz") // all but the first break off after the kill
	sample, err := tb.Context().Request().Get(p.url + "/pbxs/import/sample.csv")
	must(t, err)
	text, err := sample.Text()
	must(t, err)
	wrong := func(i int, cells map[string]string) {
		switch i {
		case 3:
			cells["plan"] = "Basic"
		case 7:
			cells["extensionCapacity"] = "many"
		case 9:
			cells["subDomain"] = "import-2"
		}
	}
	tb.upload("new.csv", sampleOf(t, text, 20, wrong))
	must(t, tb.expect.Locator(tb.Locator("[data-error-line]")).ToHaveCount(3))
	tb.reads("17 of 20 lines can be planned")
	tb.upload("new.csv", sampleOf(t, text, 20, func(int, map[string]string) {}))
	tb.sees(tb.heading("Create 20 PBXs"))
	y.Inject(ycmtest.Fault{Op: "getCloudPbxByUrl", Kind: ycmtest.Latency, Delay: 150 * time.Millisecond})
	must(t, tb.Locator("#apply").Click())
	must(t, tb.expect.Locator(tb.Locator(`#batch[data-batch-done="0"]`)).ToHaveCount(0))
	c.kill()
	done := len(y.Requests("createCloudPbx"))
	if done == 0 || done >= 20 {
		t.Errorf("when the portal was killed, %d of 20 requests were sent", done)
	}
	offline := tb.Locator("#offline")
	must(t, tb.expect.Locator(offline).ToBeVisible())
	c.serve()
	must(t, tb.expect.Locator(offline).ToBeHidden())
	tb.batchIs("done", true)
	// The row that was in flight is never sent again, whether or not its request had left.
	if n := len(y.Requests("createCloudPbx")); n < 19 || n > 20 {
		t.Errorf("%d requests create PBXs, want 19 or 20", n)
	}
}
