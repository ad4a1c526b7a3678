package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
	"github.com/pquerna/otp/totp"

	"cordboard/store"
)

// invite creates an invitation link on the team page, and returns its path.
func (tb *tab) invite(email, role string) string {
	tb.t.Helper()
	tb.visit("/team")
	must(tb.t, tb.GetByLabel("Email").Fill(email))
	tb.radio(role)
	must(tb.t, tb.GetByLabel("Reason").First().Fill("CB-12"))
	tb.press("Create invitation link")
	return tb.oneTimeLink()
}

// radio selects the first radio button with the given name.
func (tb *tab) radio(name string) {
	tb.t.Helper()
	must(
		tb.t,
		tb.GetByRole("radio", playwright.PageGetByRoleOptions{Name: name, Exact: playwright.Bool(true)}).
			First().
			Check(playwright.LocatorCheckOptions{Force: playwright.Bool(true)}),
	)
}

// oneTimeLink returns the path of the link that the page shows once.
func (tb *tab) oneTimeLink() string {
	tb.t.Helper()
	address, err := tb.Locator("#link [data-copy]").GetAttribute("data-copy")
	must(tb.t, err)
	return strings.TrimPrefix(address, tb.portal.url)
}

// enroll sets up a second factor, and returns its secret and the recovery codes.
func (tb *tab) enroll() (secret string, codes []string) {
	tb.t.Helper()
	tb.visit("/account/factor")
	tb.press("Start setup")
	text, err := tb.Locator(".copy .mono").InnerText()
	must(tb.t, err)
	secret = strings.ReplaceAll(text, " ", "")
	must(tb.t, tb.Locator("#code").Fill(tb.code(secret)))
	tb.press("Confirm code")
	tb.sees(tb.heading("Recovery codes"))
	codes, err = tb.Locator("#codes li").AllInnerTexts()
	must(tb.t, err)
	tb.portal.later(30 * time.Second) // a code works only once, so move on to the next
	return secret, codes
}

// code returns the code that the user's app shows now.
func (tb *tab) code(secret string) string {
	tb.t.Helper()
	code, err := totp.GenerateCode(secret, tb.portal.now())
	must(tb.t, err)
	return code
}

var bothWays = map[string][]option{"with JavaScript": nil, "without JavaScript": {withoutJavaScript}}

// TestColleague invites a user, who joins in another browser. Then an admin changes the user's role, and the user sees
// a notice.
func TestColleague(t *testing.T) {
	t.Parallel()
	for name, opts := range bothWays {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			admin := p.as(store.RoleAdmin, opts...)
			must(t, admin.link("Team").Click())
			admin.sees(admin.heading("Team"))
			link := admin.invite("bea@example.com", "Viewer")
			admin.reads("Send this link to bea@example.com")

			bea := p.open(opts...)
			bea.allow("/link")
			bea.visit(link)
			bea.reads("The admin invited bea@example.com to join with the viewer role.")
			must(t, bea.GetByLabel("Name").Fill("Bea Lindqvist"))
			must(t, bea.GetByLabel("New password").Fill("short"))
			bea.press("Join Cordboard")
			bea.reads("The password must have at least 12 characters.")
			must(t, bea.expect.Locator(bea.GetByLabel("Name")).ToHaveValue("Bea Lindqvist"))
			must(t, bea.GetByLabel("New password").Fill("lantern orchard gravel"))
			bea.press("Join Cordboard")
			bea.sees(bea.heading("Overview"))
			if n, err := bea.link("Operations").Count(); err != nil || n != 0 {
				t.Errorf("a viewer sees %d links to creations (error %v), want none", n, err)
			}

			stranger := p.open(opts...)
			stranger.allow("/link")
			stranger.visit(link)
			stranger.reads("This link was already used")

			admin.visit("/team")
			must(t, admin.link("Bea Lindqvist").Click())
			admin.sees(admin.heading("Bea Lindqvist"))
			admin.radio("Operator")
			must(t, admin.GetByLabel("Reason").First().Fill("CB-13"))
			admin.press("Change role")
			admin.reads("Role changed. All sessions were ended")

			if len(opts) > 0 { // without JavaScript, only the next page shows the sign-out
				bea.visit("/")
			}
			bea.sees(bea.heading("Sign in"))
			bea.signIn("bea@example.com", "lantern orchard gravel")
			bea.reads("The admin changed your role from viewer to operator; reason: CB-13.")
			bea.sees(bea.link("Operations"))
			bea.press("Dismiss")
			must(t, bea.expect.Locator(bea.GetByText("Notices about your account")).ToHaveCount(0))

			must(t, admin.link("Account changes").Click())
			admin.sees(admin.heading("Audit log"))
			must(
				t,
				admin.expect.Locator(admin.Locator(`[data-audit-seq] [data-col="action"]`).First()).
					ToHaveText("user.role"),
			)
			must(t, admin.Locator("[data-audit-seq] summary").First().Click())
			must(t, admin.expect.Locator(admin.Locator("[data-audit-seq] del").First()).ToHaveText("viewer"))
			admin.reads("CB-13")
		})
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	for name, opts := range bothWays {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			tb := p.as(store.RoleViewer, opts...)
			tb.allow("/signin/code")
			other := p.as(store.RoleViewer, opts...)
			secret, codes := tb.enroll()
			if len(codes) != 10 {
				t.Fatalf("recovery codes = %q, want 10", codes)
			}
			must(t, tb.link("I’ve saved these codes").Click())
			tb.sees(tb.heading("Account"))
			tb.reads("10 codes left")
			other.visit("/account")
			other.sees(other.heading("Sign in")) // the second browser is signed out

			other.signIn("viewer@example.com", password)
			other.sees(other.heading("One more step"))
			other.allow("/signin/code")
			must(t, other.Locator("#code").Fill("000000"))
			other.press("Continue")
			other.reads("Incorrect code. ")
			other.reads("4 attempts left.")
			must(t, other.Locator("#code").Fill(other.code(secret)))
			other.press("Continue")
			other.sees(other.heading("Account"))

			tb.visit("/account")
			must(t, tb.Locator("nav summary").Click())
			tb.press("Sign out")
			tb.sees(tb.heading("Sign in"))
			tb.signIn("viewer@example.com", password)
			must(t, tb.link("Use a recovery code").Click())
			must(t, tb.Locator("#code").Fill(strings.ToLower(codes[4])))
			tb.press("Continue")
			tb.sees(tb.heading("Overview"))
			tb.visit("/account")
			tb.reads("9 codes left")
		})
	}
}

// TestPasswordEndsTheOtherBrowser checks that, after a password change, a page that is open in another browser goes to
// the sign-in page without a click.
func TestPasswordEndsTheOtherBrowser(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb, other := p.as(store.RoleOperator), p.as(store.RoleOperator)
	tb.allow("/account/password")
	tb.visit("/account")
	must(t, tb.GetByLabel("Current password").Fill(password))
	must(t, tb.GetByLabel("New password").Fill("letmeinletmein"))
	tb.press("Change password")
	tb.reads("This password is in a public list of leaked passwords")
	must(t, tb.GetByLabel("Current password").Fill(password))
	must(t, tb.GetByLabel("New password").Fill("lantern orchard gravel"))
	tb.press("Change password")
	tb.reads("Password changed. All other devices were signed out.")
	other.sees(other.heading("Sign in"))
	other.signIn("operator@example.com", "lantern orchard gravel")
	other.sees(other.heading("PBXs"))
}

// TestLookAndPlace checks that the theme, date format, time zone and start page also apply in another browser.
func TestLookAndPlace(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tb := p.as(store.RoleViewer, light)
	tb.visit("/account")
	tb.radio("Dark")
	for label, value := range map[string]string{"Dates": "iso", "Time zone": "Asia/Tokyo", "Start page": "expiring"} {
		_, err := tb.GetByLabel(label).
			SelectOption(playwright.SelectOptionValues{Values: playwright.StringSlice(value)})
		must(t, err)
	}
	tb.press("Save settings")
	tb.reads("Settings saved. They apply on every device.")
	other := p.open(light)
	other.visit("/signin")
	other.signIn("viewer@example.com", password)
	other.sees(other.heading("PBXs"))
	must(t, other.expect.Page(other.Page).ToHaveURL(regexp.MustCompile("view=expiring")))
	must(t, other.expect.Locator(other.Locator("html")).ToHaveAttribute("data-theme", "dark"))
	text, err := other.Locator(`[data-col="expirationDate"] time`).First().InnerText()
	must(t, err)
	title, err := other.Locator(".fresh time").First().GetAttribute("title")
	must(t, err)
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\d`).MatchString(text) || !strings.Contains(title, "JST") {
		t.Errorf("a date = %q with title %q", text, title)
	}
}

// TestProvingAgain checks that an admin without a recent sign-in must enter the password, and that typed values aren't
// lost.
func TestProvingAgain(t *testing.T) {
	t.Parallel()
	for name, opts := range bothWays {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			admin := p.as(store.RoleAdmin, opts...)
			admin.allow("/team")
			p.later(11 * time.Minute)
			admin.visit("/team")
			must(t, admin.GetByLabel("Email").Fill("bea@example.com"))
			admin.radio("Operator")
			admin.press("Create invitation link")
			admin.sees(admin.heading("Confirm your identity"))
			must(t, admin.GetByLabel("Password").Fill("not the password"))
			admin.press("Confirm identity")
			admin.reads("Incorrect password. Nothing was changed.")
			must(t, admin.GetByLabel("Password").Fill(password))
			admin.press("Confirm identity")
			admin.reads("Send this link to bea@example.com")
			admin.reads("join Cordboard with the operator role")

			p.later(11 * time.Minute)
			admin.visit("/audit?q=action:user.invite")
			must(t, admin.Locator("summary").Filter(hasText("Export")).Click())
			must(t, admin.link("CSV").Click())
			admin.sees(admin.heading("Confirm your identity"))
			download, err := admin.ExpectDownload(func() error {
				must(t, admin.GetByLabel("Password").Fill(password))
				return admin.button("Confirm identity").Click()
			})
			must(t, err)
			if got := download.SuggestedFilename(); !regexp.MustCompile(
				`^audit-\d{8}T\d{6}Z-head-\d+-[0-9a-f]{12}\.csv$`,
			).
				MatchString(got) {
				t.Errorf("the download's name = %q", got)
			}
		})
	}
}

// TestAuditSearch searches the audit log by keyboard, opens an entry, and follows its link to a user and from there to
// the user's activity.
func TestAuditSearch(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	admin := p.as(store.RoleAdmin)
	p.as(store.RoleViewer)
	admin.visit("/audit")
	must(t, admin.Keyboard().Press("/"))
	must(t, admin.Keyboard().Type("actor:viewer action:session.* -outcome:failed"))
	must(t, admin.Keyboard().Press("Enter"))
	must(t, admin.expect.Locator(admin.Locator(".list-tools [role=status]")).ToHaveText("1 entry"))
	must(t, admin.expect.Locator(admin.Locator(".chip")).ToHaveCount(3))
	must(t, admin.Locator("[data-audit-seq] summary").First().Focus())
	must(t, admin.Keyboard().Press("Enter"))
	must(t, admin.link("The viewer").Or(admin.link("viewer@example.com")).First().Focus())
	must(t, admin.Keyboard().Press("Enter"))
	admin.sees(admin.heading("The viewer"))
	must(t, admin.link("Activity").Click())
	must(t, admin.expect.Locator(admin.Locator("#q")).ToHaveValue("actor:viewer@example.com"))
}
