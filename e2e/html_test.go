package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// TestHTML validates the HTML of the portal's pages with html-validate.
func TestHTML(t *testing.T) {
	t.Parallel()
	pages := map[string]string{}
	p := newPortal(t)
	id := p.ycm.IDs()[7]
	p.ycm.Edit(id, func(r map[string]any) { r["name"], r["activeCalls"], r["group"] = "<b>&", 4, "" })
	p.sync()
	fetch := func(name string, tb *tab, paths ...string) {
		for _, path := range paths {
			r, err := tb.Request().Get(path)
			must(t, err)
			body, err := r.Text()
			must(t, err)
			pages[name+" "+path] = body
		}
	}
	fetch("nobody's", p.open(), "/signin", "/nowhere")
	fetch(
		"admin's",
		p.as(store.RoleAdmin),
		"/pbxs",
		"/pbxs?q=care&status=Running&bogus=1&view=1",
		"/pbxs?q=nothing-like-it",
		"/pbxs?attention=over&attention=full&view=needs-attention",
		"/pbxs?presence=gone",
		fmt.Sprintf("/pbxs/%d", id),
		fmt.Sprintf("/pbxs/%d?samples=day", id),
		"/pbxs/1",
		"/pbxs/filters?extensionCapacity=5..&status=!Running",
		"/pbxs/settings?cols=sn",
		"/pbxs/selection?status=Stopped",
		"/views?status=Running",
		"/palette",
		"/palette?q=care",
		"/keys",
		"/",
		"/overview/settings",
		fmt.Sprintf("/pbxs/%d/customers", id),
		fmt.Sprintf("/pbxs/%d/tasks", id),
		"/tasks",
		"/customers",
		"/customers?q=a&sort=-pbxs&bogus=1",
		"/customers?list=gone",
		"/customers/new",
		fmt.Sprintf("/customers/%d", p.ycm.CustomerIDs()[0]),
		fmt.Sprintf("/customers/%d/edit", p.ycm.CustomerIDs()[0]),
		fmt.Sprintf("/customers/%d/delete", p.ycm.CustomerIDs()[0]),
		"/expiries",
		"/changes",
		"/subscription",
		"/subscription?days=365",
		"/audit",
		"/audit?q=actor:admin+-outcome:done+bogus:",
		"/audit?q=nothing-has-this",
		"/team",
		"/team/1",
		"/team/3",
		"/account",
		"/account/factor",
		"/confirm?next=/team",
		"/pbxs/new",
		"/pbxs/new?regionId=2&im=Enabled&expirationDate=x&plan=y",
		fmt.Sprintf("/pbxs/new?clone=%d", id),
		fmt.Sprintf("/pbxs/%d/stop", id),
		fmt.Sprintf("/pbxs/%d/suspend", id),
		fmt.Sprintf("/pbxs/%d/resize", id),
		fmt.Sprintf("/pbxs/%d/update", id),
		"/pbxs/new/customers?q=varga",
		"/presets",
	)
	planner := p.as(store.RoleAdmin)
	planner.allow("/pbxs/import")
	fetch("planner's", planner, "/batches/new?action=resize&status=Running", "/batches/new?action=customers",
		"/pbxs/import", planner.planAll("stop"), planner.draftOf("name,plan\nAlder,Basic\n"))
	p.run()
	creator := p.as(store.RoleOperator)
	creator.fillNewPBX("html-test", true)
	creator.press("Create PBX")
	creator.isIn("created")
	_, path, _ := strings.Cut(strings.TrimPrefix(creator.URL(), "http://"), "/")
	fetch("operator's", creator, "/operations", "/operations?state=failed", "/"+path)
	enrolled := p.as(store.RoleViewer)
	enrolled.enroll()
	fetch("enrolled's", enrolled, "/account", "/account/factor")
	content, err := enrolled.Content()
	must(t, err)
	pages["recovery codes"] = content
	half := p.open()
	half.visit("/pbxs")
	half.signIn("viewer@example.com", password)
	half.sees(half.heading("One more step"))
	fetch("half", half, "/signin/code", "/signin/code?with=recovery")
	admin := p.as(store.RoleAdmin)
	link := admin.invite("new@example.com", "Viewer")
	fetch("invited", p.open(), link, "/link?token=wrong")
	empty := emptyPortal(t, ycmtest.Config{PBXs: 3})
	fetch("the first", empty.open(), "/setup")
	empty.addUser(store.RoleViewer)
	empty.ycm.Refuse()
	empty.sync()
	fetch("in trouble:", empty.as(store.RoleViewer), "/pbxs", "/", "/expiries", "/subscription")

	input, err := json.Marshal(pages)
	must(t, err)
	validate := exec.CommandContext(
		t.Context(),
		os.Getenv("PLAYWRIGHT_NODEJS_PATH"),
		"validate.mjs",
		os.Getenv("E2E_HTML_VALIDATE"),
	)
	validate.Stdin = bytes.NewReader(input)
	out, err := validate.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "" {
		t.Errorf("html-validate: %v\n%s", err, out)
	}
	if len(pages) < 20 {
		t.Errorf("checked %d pages, want at least 20", len(pages))
	}
}
