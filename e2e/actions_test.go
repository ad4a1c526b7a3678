package e2e

import (
	"fmt"
	"testing"

	"github.com/playwright-community/playwright-go"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// tradingPBX returns a portal that sends operations, with the ID of a running PBX that has no calls.
func tradingPBX(t *testing.T) (p *portal, id int64) {
	t.Helper()
	p = workingPortal(t)
	id = p.ycm.IDs()[7]
	p.ycm.Edit(id, func(record map[string]any) {
		record["name"], record["pbxStatus"], record["activeCalls"] = "Alder & Sons", "Running", "0"
		record["extensionCapacity"], record["concurrentCallCapacity"], record["plan"] = 20, 5, "Enterprise Plan"
		record["recordingStatus"], record["recordingCapacity"], record["usedExtensions"] = "Disabled", 0, "12"
	})
	p.sync()
	return p, id
}

// becomes waits until the operation on the open page is in the given state.
func (tb *tab) becomes(state string, scripts bool) {
	tb.t.Helper()
	operation := tb.Locator("#operation")
	tb.sees(operation)
	if scripts {
		must(tb.t, tb.expect.Locator(operation).ToHaveAttribute("data-operation-state", state))
		return
	}
	for range 100 {
		got, err := operation.GetAttribute("data-operation-state")
		must(tb.t, err)
		if got == state {
			return
		}
		must(tb.t, tb.GetByText("Reload it").Click())
	}
	tb.t.Fatalf("the operation never reached the state %s", state)
}

// choose opens the PBX's page and chooses one of its actions.
func (tb *tab) choose(id int64, action string) {
	tb.t.Helper()
	tb.visit(fmt.Sprintf("/pbxs/%d", id))
	if action != "Start" && action != "Stop" {
		must(tb.t, tb.Locator("#more summary").Click())
	}
	must(tb.t, tb.Locator("#pbx").GetByRole("link", playwright.LocatorGetByRoleOptions{
		Name:  action,
		Exact: playwright.Bool(true),
	}).Click())
}

// TestStopAndStart stops a PBX and starts it again. The second person to open the form sees who is changing the PBX.
func TestStopAndStart(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p, id := tradingPBX(t)
		tb := p.as(store.RoleOperator, opts...)
		tb.choose(id, "Stop")
		tb.sees(tb.heading("Stop Alder & Sons"))
		must(t, tb.field("Reason").Fill("CB-12"))
		tb.press("Stop PBX")
		tb.becomes("done", opts == nil)
		tb.reads("Running → Stopped")
		tb.choose(id, "Start")
		tb.press("Start PBX")
		tb.becomes("done", opts == nil)
		if status := p.ycm.Record(id)["pbxStatus"]; status != "Running" {
			t.Errorf("the PBX is %v, want Running", status)
		}
	})
}

// TestResizeBeyondTheCapacity enters a size that the subscription doesn't have, accepts the warning, and is refused by
// YCM.
func TestResizeBeyondTheCapacity(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p, id := tradingPBX(t)
		tb := p.as(store.RoleOperator, opts...)
		tb.allow(fmt.Sprintf("/pbxs/%d/resize", id))
		tb.choose(id, "Resize")
		must(t, tb.field("Concurrent calls").Fill("99000"))
		if opts != nil {
			tb.press("Review changes")
		}
		must(t, tb.expect.Locator(tb.Locator(`#review [data-field="concurrentCallCapacity"]`)).ToContainText("99,000"))
		tb.reads("Not enough concurrent calls")
		tb.press("Resize PBX anyway")
		tb.becomes("refused", opts == nil)
		must(t, tb.link("Try again").Click())
		must(t, tb.expect.Locator(tb.field("Concurrent calls")).ToHaveValue("99000"))
		must(t, tb.field("Concurrent calls").Fill("5"))
		must(t, tb.field("Extensions").Fill("30"))
		if opts != nil {
			tb.press("Review changes")
		}
		must(t, tb.expect.Locator(tb.Locator(`#review [data-field="extensionCapacity"]`)).ToContainText("30"))
		tb.press("Resize PBX")
		tb.becomes("done", opts == nil)
		if got := fmt.Sprint(p.ycm.Record(id)["extensionCapacity"]); got != "30" {
			t.Errorf("the PBX has %s extensions, want 30", got)
		}
	})
}

// TestSuspendAndLift suspends a PBX, reads why on its page, and lifts the suspension.
func TestSuspendAndLift(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p, id := tradingPBX(t)
		tb := p.as(store.RoleOperator, opts...)
		tb.choose(id, "Suspend")
		must(t, tb.field("Note").Fill("Unpaid since May"))
		must(t, tb.field("Review on").Fill(p.now().AddDate(0, 0, 14).Format("2006-01-02")))
		tb.press("Suspend PBX")
		tb.becomes("done", opts == nil)
		must(t, tb.link("Open the PBX").Click())
		must(t, tb.expect.Locator(tb.Locator("#standing")).ToContainText("Suspended by"))
		tb.reads("Unpaid since May")
		tb.choose(id, "Start")
		tb.press("Start PBX")
		tb.becomes("done", opts == nil)
		must(t, tb.link("Open the PBX").Click())
		must(t, tb.expect.Locator(tb.Locator("#standing")).ToHaveCount(0))
	})
}

// TestDelete deletes a PBX, first with a wrong name, and then fills in the form for one like it.
func TestDelete(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p, id := tradingPBX(t)
		tb := p.as(store.RoleOperator, opts...)
		tb.allow(fmt.Sprintf("/pbxs/%d/delete", id))
		tb.choose(id, "Delete")
		must(t, tb.field("The PBX’s name").Fill("Alder"))
		tb.press("Delete PBX")
		tb.reads("This isn’t the PBX’s name.")
		must(t, tb.field("The PBX’s name").Fill("Alder & Sons"))
		tb.press("Delete PBX")
		tb.becomes("done", opts == nil)
		must(t, tb.link("Create one like it").Click())
		tb.sees(tb.heading("New PBX"))
		tb.visit(fmt.Sprintf("/pbxs/%d", id))
		must(t, tb.expect.Locator(tb.Locator("#standing")).ToContainText("Deleted by"))
		if p.ycm.Record(id) != nil {
			t.Error("YCM still has the PBX")
		}
	})
}

// TestLostAnswers loses the answer to a change of each kind that YCM made: the operation ends as done, and its page
// says why. The outcome of an activation email stays unknown.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	p, id := tradingPBX(t)
	owners := p.ycm.CustomerIDs()
	p.ycm.SetOwners(id, owners[0])
	p.ycm.Edit(id, func(record map[string]any) { record["activationStatus"] = "Unactivated" })
	tb := p.as(store.RoleOperator)
	for _, a := range []struct {
		call, action, button, says string
		fill                       func()
	}{
		{"stopCloudPbx", "Stop", "Stop PBX", "However, YCM shows that the PBX", nil},
		{"startCloudPbx", "Start", "Start PBX", "However, YCM shows that the PBX", nil},
		{"resizeCloudPbx", "Resize", "Resize PBX", "However, YCM shows the new size.", func() {
			must(t, tb.field("Extensions").Fill("30"))
			must(t, tb.expect.Locator(tb.Locator(`#review [data-field="extensionCapacity"]`)).ToContainText("30"))
		}},
		{"updateCloudPbx", "Edit", "Save in YCM", "However, YCM shows the new values.", func() {
			must(t, tb.field("Name").Fill("Birch & Sons"))
			must(t, tb.expect.Locator(tb.Locator(`#review [data-field="name"]`)).ToContainText("Birch & Sons"))
		}},
		{"setCloudPbxCustomers", "Customers", "Save in YCM anyway", "However, YCM shows the new customers.", func() {
			must(t, tb.Locator(fmt.Sprintf(`#customerIds input[value="%d"]`, owners[0])).Uncheck())
			must(t, tb.expect.Locator(tb.Locator(`#review [data-field="customerIds"]`)).ToContainText("none"))
		}},
		{"deleteCloudPbxs", "Delete", "Delete PBX", "However, YCM no longer has the PBX.", func() {
			must(t, tb.field("The PBX’s name").Fill("Birch & Sons"))
		}},
	} {
		p.ycm.Inject(ycmtest.Fault{Op: a.call, Kind: ycmtest.ResetProcessed, Times: 1})
		tb.choose(id, a.action)
		if a.fill != nil {
			a.fill()
		}
		tb.press(a.button)
		tb.becomes("done", true)
		tb.reads(a.says)
		if n := len(p.ycm.Requests(a.call)); n != 1 {
			t.Errorf("%d requests of %s were sent, want 1", n, a.call)
		}
	}
}

// TestHandOver hands a PBX over to a customer who is created first: a customer calls, and is found by name.
func TestHandOver(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p, id := tradingPBX(t)
		p.ycm.SetOwners(id, p.ycm.CustomerIDs()[0])
		tb := p.as(store.RoleOperator, opts...)
		tb.visit("/customers")
		must(t, tb.link("New customer").Click())
		tb.allow("/customers")
		must(t, tb.field("Company").Fill("Quince Catering"))
		must(t, tb.field("First name").Fill("Quinn"))
		must(t, tb.field("Email").Fill("quinn@quince.example"))
		tb.press("Create customer")
		tb.becomes("done", opts == nil)
		must(t, tb.link("Open the customer").Click())
		tb.sees(tb.heading("Quince Catering"))
		tb.choose(id, "Customers")
		must(t, tb.field("Find customers to add").Fill("quince"))
		if opts != nil {
			tb.press("Review changes")
		}
		found := tb.Locator("#customerIds label").Filter(playwright.LocatorFilterOptions{HasText: "Quince Catering"})
		must(t, found.Locator("input").Check())
		if opts == nil {
			must(t, tb.expect.Locator(tb.Locator(`#review [data-field="customerIds"]`)).ToContainText("Quince Catering"))
			must(t, tb.expect.Locator(found.Locator("input")).ToBeFocused())
		}
		must(t, tb.Locator("#customerIds input[type=checkbox]").First().Uncheck())
		if opts != nil {
			tb.press("Review changes")
		}
		must(t, tb.expect.Locator(tb.Locator(`#review [data-field="customerIds"]`)).ToContainText("Quince Catering"))
		tb.press("Save in YCM")
		tb.becomes("done", opts == nil)
		tb.visit("/pbxs?q=quince")
		must(t, tb.expect.Locator(tb.rows()).ToHaveCount(1))
		must(t, tb.Locator(`td[data-col="customer"] a`).Click())
		tb.sees(tb.heading("Quince Catering"))
		must(t, tb.expect.Locator(tb.Locator("tr[data-pbx-id]")).ToHaveCount(1))
	})
}

// TestRowMenu stops a PBX from its row in the list: with the menu, and with the keyboard alone.
func TestRowMenu(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p, id := tradingPBX(t)
		tb := p.as(store.RoleOperator, opts...)
		tb.visit("/pbxs?q=alder")
		tb.counts(1)
		must(t, tb.link("Actions for Alder & Sons").Click())
		must(t, tb.Locator("nav[aria-label='Actions for Alder & Sons']").GetByText("Stop").Click())
		tb.isAt(fmt.Sprintf("/pbxs/%d/stop", id))
		tb.press("Stop PBX")
		tb.becomes("done", opts == nil)
		if opts != nil {
			return
		}
		tb.visit("/pbxs?q=alder")
		tb.counts(1)
		row := tb.rows().First().Locator(".name a")
		menu := tb.Locator("#actions")
		for _, key := range []string{"j", "m"} {
			must(t, tb.Keyboard().Press(key))
		}
		must(t, tb.expect.Locator(menu.GetByText("Open")).ToBeFocused())
		must(t, tb.Keyboard().Press("Escape"))
		must(t, tb.expect.Locator(row).ToBeFocused())
		must(t, tb.Keyboard().Press("m"))
		must(t, tb.expect.Locator(menu.GetByText("Open")).ToBeFocused())
		for _, key := range []string{"ArrowUp", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"} {
			must(t, tb.Keyboard().Press(key))
		}
		tb.isAt(fmt.Sprintf("/pbxs/%d/resize", id))
		tb.visit(fmt.Sprintf("/pbxs/%d", id))
		must(t, tb.Keyboard().Press("m"))
		tb.sees(tb.Locator("#more").GetByText("Delete"))
	})
}
