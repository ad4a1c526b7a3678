package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// fillNewPBX opens the form for a new PBX, chooses a customer, and fills in the name and the subdomain.
func (tb *tab) fillNewPBX(subDomain string, scripts bool) {
	tb.t.Helper()
	tb.visit("/pbxs/new")
	tb.fillIn(subDomain, scripts)
}

func (tb *tab) fillIn(subDomain string, scripts bool) {
	tb.t.Helper()
	tb.pickCustomer("varga", scripts)
	must(tb.t, tb.field("Name").Fill("Harbourlight & Sons"))
	must(tb.t, tb.field("Subdomain").Fill(subDomain))
}

// field returns the input with the given label. The label may be followed by an asterisk or the word "optional".
func (tb *tab) field(label string) playwright.Locator {
	return tb.GetByLabel(regexp.MustCompile(`^\s*` + regexp.QuoteMeta(label) + `\s*(\*|optional)?\s*$`)).First()
}

func (tb *tab) pickCustomer(search string, scripts bool) {
	tb.t.Helper()
	box := tb.GetByLabel("Find customers by name or email address")
	if !scripts {
		must(tb.t, box.Fill(search))
		tb.press("Find")
		must(tb.t, tb.Locator(`#customers-chosen input[type=checkbox]:not(:checked)`).First().Check())
		return
	}
	must(tb.t, box.PressSequentially(search))
	tb.sees(tb.Locator("#customer-options [role=option]").First())
	must(tb.t, box.Press("Enter")) // the first option is active
	tb.sees(tb.Locator(`#customers-chosen input:checked`).First())
}

// isIn waits until the operation on the open page is in the given state. It doesn't reload the page; loadsUntil does.
func (tb *tab) isIn(state string) {
	tb.t.Helper()
	must(tb.t, tb.expect.Locator(tb.Locator("#operation")).ToHaveAttribute("data-creation-state", state))
}

func (tb *tab) loadsUntil(state string) {
	tb.t.Helper()
	for range 100 {
		got, err := tb.Locator("#operation").GetAttribute("data-creation-state")
		must(tb.t, err)
		if got == state {
			return
		}
		must(tb.t, tb.GetByText("Reload it").Click())
	}
	tb.t.Fatalf("the operation never reached the state %s", state)
}

func (tb *tab) ends(state string, scripts bool) {
	tb.t.Helper()
	tb.sees(tb.heading("Harbourlight & Sons"))
	if scripts {
		tb.isIn(state)
		return
	}
	tb.loadsUntil(state)
}

func (p *portal) creates() int { return len(p.ycm.Requests("createCloudPbx")) }

func TestCreate(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := workingPortal(t)
		tb := p.as(store.RoleOperator, opts...)
		must(t, tb.link("New PBX").Click())
		tb.isAt("/pbxs/new")
		tb.fillIn("harborlight", opts == nil)
		must(t, tb.field("Reason").Fill("CB-2297"))
		if opts == nil {
			must(t, tb.expect.Locator(tb.Locator("#host")).ToContainText("https://harborlight.pbx.example.com"))
			must(t, tb.expect.Locator(tb.Locator("#host")).ToContainText("available"))
			must(t, tb.expect.Locator(tb.Locator("#preflight")).ToContainText("8 of 8 pass"))
			must(t, tb.button("Create PBX").Dblclick())
		} else {
			tb.press("Create PBX")
		}
		tb.ends("created", opts == nil)
		if opts == nil { // the page updates itself until the PBX is running
			must(
				t,
				tb.expect.Locator(tb.Locator("#operation .steps")).
					ToContainText(
						"Running",
						playwright.LocatorAssertionsToContainTextOptions{Timeout: playwright.Float(20_000)},
					),
			)
			tb.sees(tb.Locator("#operation .badge-running"))
		}
		if n := p.creates(); n != 1 {
			t.Errorf("%d creates were sent, want 1", n)
		}
		var sent map[string]any
		must(t, json.Unmarshal(p.ycm.Requests("createCloudPbx")[0].Body, &sent))
		if sent["name"] != "Harbourlight & Sons" || sent["subDomain"] != "harborlight" || sent["im"] != "Enabled" ||
			sent["customerIds"] == nil {
			t.Errorf("sent: %v", sent)
		}
		if opts != nil {
			return
		}
		must(t, tb.link("Open the PBX").Click())
		tb.sees(tb.heading("Harbourlight & Sons"))
		must(t, tb.link("Operation 1").Click())
		must(t, tb.link("Create another like this").Click())
		must(t, tb.expect.Locator(tb.field("Subdomain")).ToHaveValue(""))
		must(t, tb.expect.Locator(tb.Locator("#customers-chosen input:checked")).ToHaveCount(1))
	})
}

func TestRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := workingPortal(t)
		p.ycm.Inject(ycmtest.Fault{Op: "createCloudPbx", Kind: ycmtest.Failed200, Code: 1000004, Times: 1})
		tb := p.as(store.RoleOperator, opts...)
		tb.fillNewPBX("harborlight", opts == nil)
		tb.press("Create PBX")
		tb.ends("refused", opts == nil)
		tb.reads("(1000004)")
		tb.reads("No PBX was created, and no capacity was used.")
		must(t, tb.link("Edit and try again").Click())
		must(t, tb.expect.Locator(tb.field("Subdomain")).ToHaveValue("harborlight"))
		must(t, tb.expect.Locator(tb.field("Name")).ToHaveValue("Harbourlight & Sons"))
		tb.press("Create PBX")
		tb.ends("created", opts == nil)
		if n := p.creates(); n != 2 {
			t.Errorf("%d creates were sent for two operations, want 2", n)
		}
	})
}

func TestTimeOut(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		for kind, state := range map[ycmtest.Kind]string{
			ycmtest.HangProcessed:   "created",
			ycmtest.HangUnprocessed: "not-created",
		} {
			t.Run(state, func(t *testing.T) {
				p := workingPortal(t)
				p.ycm.Inject(ycmtest.Fault{Op: "createCloudPbx", Kind: kind})
				tb := p.as(store.RoleOperator, opts...)
				tb.fillNewPBX("harborlight", opts == nil)
				tb.press("Create PBX")
				tb.sees(tb.heading("Harbourlight & Sons"))
				tb.ends(state, opts == nil)
				if opts == nil {
					must(t, tb.expect.Locator(tb.Locator("[data-open]")).ToHaveText(""))
				}
				if state == "not-created" {
					tb.reads("it is safe to try again")
					must(t, tb.link("Try again with these values").Click())
					must(t, tb.expect.Locator(tb.field("Subdomain")).ToHaveValue("harborlight"))
				} else {
					tb.reads("However, the PBX exists")
				}
				if n := p.creates(); n != 1 {
					t.Errorf("%d creates were sent, want 1", n)
				}
			})
		}
	})
}

func TestInvalidForm(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := workingPortal(t)
		tb := p.as(store.RoleOperator, opts...)
		tb.allow("/pbxs")
		tb.fillNewPBX("harbor light", opts == nil)
		must(t, tb.Locator("#expirationDate").PressSequentially("0331")) // without the year
		tb.press("Create PBX")
		must(t, tb.Locator("#expirationDate").Fill(""))
		tb.sees(tb.heading("New PBX")) // nothing was sent
		must(t, tb.expect.Locator(tb.Locator("#problems")).ToHaveCount(0))
		must(t, tb.field("Extensions").Fill("600"))
		tb.press("Create PBX")
		must(t, tb.expect.Locator(tb.Locator("#problems")).ToBeFocused())
		tb.reads("Nothing was sent. Change the following:")
		must(t, tb.expect.Locator(tb.Locator("#problems li")).ToHaveCount(2))
		must(t, tb.expect.Locator(tb.field("Subdomain")).ToHaveValue("harbor light"))
		must(t, tb.expect.Locator(tb.field("Extensions")).ToHaveAttribute("aria-invalid", "true"))
		must(t, tb.GetByRole("link", playwright.PageGetByRoleOptions{Name: "Extensions: "}).Click())
		must(t, tb.expect.Locator(tb.field("Extensions")).ToBeFocused())
		must(t, tb.field("Extensions").Fill("40"))
		must(t, tb.field("Subdomain").Fill("harbor-light"))
		must(
			t,
			tb.Locator(`input[name=type][value=Trial]`).
				Check(playwright.LocatorCheckOptions{Force: playwright.Bool(true)}),
		)
		tb.press("Create PBX")
		must(t, tb.expect.Locator(tb.Locator("#warnings")).ToBeFocused())
		must(t, tb.Locator("#warnings").GetByRole("button").Click())
		tb.ends("created", opts == nil)
		tb.reads("A trial without an expiration date doesn’t end automatically.")
	})
}

func TestCloneAndPreset(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := workingPortal(t)
		id := p.ycm.IDs()[1]
		p.ycm.Edit(id, func(r map[string]any) {
			r["region"] = "Europe(London)"
			r["url"] = "x.uk.pbx.example.com"
			r["version"] = "84.20.0.32"
			r["extensionCapacity"] = 75
			r["plan"] = "Ultimate Plan"
			r["name"] = "The model"
		})
		p.sync()
		tb := p.as(store.RoleOperator, opts...)
		tb.visit(fmt.Sprintf("/pbxs/%d", id))
		must(t, tb.link("Clone").Click())
		tb.reads("Cloned from The model")
		tb.reads("Customers: Cordboard hasn’t read them yet. Choose them here.")
		must(t, tb.expect.Locator(tb.field("Extensions")).ToHaveValue("75"))
		must(t, tb.expect.Locator(tb.field("Region")).ToHaveValue("2"))
		must(t, tb.expect.Locator(tb.field("Firmware")).ToHaveValue("781"))
		tb.fillIn("the-clone", opts == nil)

		must(t, tb.GetByText("Save this form as a preset").Click())
		must(t, tb.GetByLabel("Preset name").Fill("London, 75"))
		must(t, tb.GetByLabel("Share with the team").Check())
		tb.press("Save preset")
		tb.reads("Saved as preset London, 75")
		must(t, tb.expect.Locator(tb.field("Subdomain")).ToHaveValue("the-clone"))
		if got, err := tb.Locator("input[name=expirationDate]").
			InputValue(); err == nil &&
			got != "" {
			must(
				t,
				tb.Locator(`input[name=allowRunAfterExpirationDate][value=true]`).
					Check(playwright.LocatorCheckOptions{Force: playwright.Bool(true)}),
			)
		}
		tb.press("Create PBX")
		tb.ends("created", opts == nil)

		admin := p.as(store.RoleAdmin, opts...)
		admin.visit("/pbxs/new")
		must(t, admin.GetByText("Start from…").Click())
		must(t, admin.GetByRole("link", playwright.PageGetByRoleOptions{Name: "London, 75"}).Click())
		admin.reads("Filled in from preset London, 75")
		must(t, admin.expect.Locator(admin.field("Extensions")).ToHaveValue("75"))
		must(t, admin.expect.Locator(admin.field("Name")).ToHaveValue(""))
	})
}

// TestLeavingAForm checks that the browser asks for confirmation before the user leaves a form with typed values. It
// must not ask if nothing was typed, or when the user clicks Cancel. Applying a preset must not discard typed values.
func TestLeavingAForm(t *testing.T) {
	t.Parallel()
	p := workingPortal(t)
	tb := p.as(store.RoleOperator)
	asked := make(chan playwright.Dialog, 10)
	tb.OnDialog(func(d playwright.Dialog) { asked <- d })
	leave := func() <-chan error {
		left := make(chan error, 1)
		go func() { left <- tb.link("Expiries").Click() }()
		return left
	}
	tb.visit("/pbxs/new")
	must(t, <-leave())
	tb.sees(tb.heading("Expiries"))

	tb.visit("/pbxs/new")
	must(t, tb.field("Name").Fill("Half"))
	left := leave()
	select {
	case d := <-asked:
		if d.Type() != "beforeunload" {
			t.Errorf("dialog type = %s, want beforeunload", d.Type())
		}
		must(t, d.Dismiss())
	case <-time.After(20 * time.Second):
		t.Fatal("the browser didn't ask")
	}
	must(t, <-left)
	must(t, tb.expect.Locator(tb.field("Name")).ToHaveValue("Half"))

	must(t, tb.GetByText("Save this form as a preset").Click())
	must(t, tb.GetByLabel("Preset name").Fill("Plain"))
	tb.press("Save preset")
	tb.reads("Saved as preset Plain")
	tb.isAt("/pbxs/new") // a page that can be reloaded
	must(t, tb.field("Subdomain").Fill("half-way"))
	must(t, tb.Locator("summary", playwright.PageLocatorOptions{HasText: "Start from…"}).Click())
	must(t, tb.link("Plain").Click())
	tb.reads("Filled in from preset Plain")
	must(t, tb.expect.Locator(tb.field("Name")).ToHaveValue("Half"))
	must(t, tb.expect.Locator(tb.field("Subdomain")).ToHaveValue("half-way"))

	must(t, tb.link("Cancel").Click())
	tb.sees(tb.heading("PBXs"))
	if len(asked) != 0 {
		t.Errorf("the browser asked %d more times, want 0", len(asked))
	}
}

// TestDependentFields checks that dependent fields stay consistent while a user fills in the form.
func TestDependentFields(t *testing.T) {
	t.Parallel()
	p := workingPortal(t)
	tb := p.as(store.RoleOperator)
	tb.visit("/pbxs/new")
	is := func(l playwright.Locator, enabled bool) {
		t.Helper()
		if enabled {
			must(t, tb.expect.Locator(l).ToBeEnabled())
		} else {
			must(t, tb.expect.Locator(l).ToBeDisabled())
		}
	}
	superior := tb.Locator("#allowSuperiorPasswordlessLogin")
	template := tb.Locator("#provisionTemplateId")
	keep := tb.Locator("input[name=allowRunAfterExpirationDate]").First()
	is(superior, false)
	must(t, tb.Locator("#passwordlessLogin").Check())
	is(superior, true)
	must(t, superior.Check())
	must(t, tb.Locator("#passwordlessLogin").Uncheck())
	is(superior, false)
	must(t, tb.expect.Locator(superior).Not().ToBeChecked())
	is(template, false)
	must(t, tb.Locator("#provisioningViaTemplate").Check())
	is(template, true)
	is(keep, false)
	must(t, tb.Locator("#expirationDate").Fill("2030-01-31"))
	is(keep, true)
	minutes := tb.Locator("#recordingCapacity")
	must(t, tb.Locator("#recordingStatus").Check())
	must(t, tb.expect.Locator(minutes).ToHaveValue("500"))
	must(t, minutes.Fill("1200"))
	must(t, tb.Locator("#recordingStatus").Uncheck())
	must(t, tb.expect.Locator(minutes).ToHaveValue("0"))
	must(t, tb.Locator("#recordingStatus").Check())
	must(t, tb.expect.Locator(minutes).ToHaveValue("1200"))
	_, err := tb.Locator("#regionId").SelectOption(playwright.SelectOptionValues{Values: playwright.StringSlice("2")})
	must(t, err)
	must(t, tb.expect.Locator(tb.Locator("#domainId option")).ToContainText([]string{".uk.pbx.example.com"}))
	must(t, tb.expect.Locator(tb.Locator("#host")).ToContainText("The host name appears here"))
	must(t, tb.expect.Locator(tb.Locator("#versionId")).ToHaveValue("788")) // this region also offers this firmware
	_, err = tb.Locator("#versionId").SelectOption(playwright.SelectOptionValues{Values: playwright.StringSlice("757")})
	must(t, err)
	must(
		t,
		tb.expect.Locator(tb.Locator("#preflight")).
			ToContainText("Internal chat needs firmware 84.12.0.32 or later; 84.8.0.25 is older."),
	)
	must(t, tb.Locator("#extensionCapacity").Fill("500"))
	must(t, tb.expect.Locator(tb.Locator(`#preflight [data-resource="extensionCapacity"] b`)).Not().ToHaveText(""))
	tb.axe("the form while it is filled in")
}

// TestFormSurvivesSigningOut checks that typed values are restored if the user must sign in again to submit the form.
func TestFormSurvivesSigningOut(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, opts ...option) {
		p := workingPortal(t)
		tb := p.as(store.RoleOperator, opts...)
		tb.allow("/pbxs/new")
		tb.fillNewPBX("harborlight", opts == nil)
		if opts == nil { // let the form's own requests finish, so that none leads to the sign-in page
			must(t, tb.expect.Locator(tb.Locator("#host")).ToContainText("available"))
		}
		must(t, tb.Context().ClearCookies())
		tb.press("Create PBX")
		tb.sees(tb.heading("Sign in"))
		tb.signIn("operator@example.com", password)
		tb.reads("Your values were restored")
		must(t, tb.expect.Locator(tb.field("Name")).ToHaveValue("Harbourlight & Sons"))
		must(t, tb.expect.Locator(tb.Locator("#customers-chosen input:checked")).ToHaveCount(1))
		tb.press("Create PBX")
		tb.ends("created", opts == nil)
	})
}

// TestCreateByKeyboard creates a PBX without a mouse.
func TestCreateByKeyboard(t *testing.T) {
	t.Parallel()
	p := workingPortal(t)
	tb := p.as(store.RoleOperator)
	must(t, tb.Keyboard().Press("g"))
	must(t, tb.Keyboard().Press("n"))
	tb.isAt("/pbxs/new")
	must(t, tb.field("Name").Focus())
	must(t, tb.Keyboard().Type("By keyboard"))
	must(t, tb.Keyboard().Press("Enter")) // this must not create anything
	must(t, tb.Keyboard().Press("Tab"))
	must(t, tb.Keyboard().Press("Tab"))
	must(t, tb.expect.Locator(tb.Locator("#customerSearch")).ToBeFocused())
	must(t, tb.Keyboard().Type("solheim"))
	tb.sees(tb.Locator("#customer-options [role=option]").First())
	must(t, tb.Keyboard().Press("ArrowDown"))
	must(t, tb.Keyboard().Press("Enter"))
	tb.sees(tb.Locator("#customers-chosen input:checked"))
	for range 20 {
		must(t, tb.Keyboard().Press("Tab"))
		if on, err := tb.Evaluate("document.activeElement.id"); err == nil && on == "subDomain" {
			break
		}
	}
	must(t, tb.expect.Locator(tb.Locator("#subDomain")).ToBeFocused())
	must(t, tb.Keyboard().Type("by-keyboard"))
	for range 40 {
		must(t, tb.Keyboard().Press("Tab"))
		if on, err := tb.Evaluate("document.activeElement.textContent.trim()"); err == nil &&
			strings.HasPrefix(fmt.Sprint(on), "Create PBX") {
			break
		}
	}
	must(t, tb.Keyboard().Press("Enter"))
	tb.sees(tb.heading("By keyboard"))
	tb.isIn("created")
}
