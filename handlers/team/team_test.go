package team_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/handlers/team"
	"cordboard/handlers/web"
	"cordboard/store"
)

func TestInvitation(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	admin := b.As("admin")
	r := admin.Post("/team", url.Values{"email": {"Bea@Example.com"}, "role": {"operator"}, "reason": {"CB-77"}})
	token := portaltest.LinkIn(t, r)
	if !strings.Contains(r.Followed().Text, token) {
		t.Error("a reload right after creation loses the link")
	}
	if other := b.As("admin").Get(r.Header.Get("Location")); strings.Contains(other.Text, token) {
		t.Error("another session can see the link")
	}
	b.Clock.Add(2*time.Minute + time.Second)
	if later := r.Followed(); strings.Contains(later.Text, token) {
		t.Error("the link is still shown after its time")
	}
	if again := admin.Get("/team"); strings.Contains(again.Text, token) ||
		!strings.Contains(again.Text, "Bea@Example.com") {
		t.Error("the link is shown twice, or the invitation isn't listed")
	}
	if strings.Contains(b.Log.String(), token) {
		t.Error("the log contains the token")
	}
	bea := b.Browser()
	if page := bea.Get("/link?token=" + token); page.StatusCode != http.StatusOK ||
		!strings.Contains(page.Text, "with the operator role") {
		t.Errorf("the link's page = %d, want 200", page.StatusCode)
	}
	join := url.Values{
		"token":       {token},
		"name":        {"Bea"},
		"newPassword": {"lantern orchard gravel"},
		"role":        {"admin"},
		"email":       {"other@example.com"},
	}
	if r := bea.Post(
		"/link",
		portaltest.With(join, map[string]string{"newPassword": "password1234"}),
	); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("joining with a leaked password = %d, want 422", r.StatusCode)
	}
	if r := bea.Post("/link", join); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/" {
		t.Fatalf("joining = %d to %q, want 303 to /\n%s", r.StatusCode, r.Header.Get("Location"), r.Text)
	}
	if got := bea.Get("/operations").StatusCode; got != http.StatusOK {
		t.Errorf("GET /operations as the new operator = %d, want 200", got)
	}
	u, err := b.Store.UserByEmail(t.Context(), "bea@example.com")
	b.Must(err)
	if u.Role != store.RoleOperator || u.Name != "Bea" {
		t.Errorf("the new user = %+v", u)
	}
	if r := b.Browser().
		Get("/link?token=" + token); r.StatusCode != http.StatusGone ||
		!strings.Contains(r.Text, "already used") {
		t.Errorf("the used link = %d, want 410", r.StatusCode)
	}
	if r := b.Browser().Post("/link", join); r.StatusCode != http.StatusGone {
		t.Errorf("joining again = %d, want 410", r.StatusCode)
	}
	p, err := b.Store.AuditEvents(
		t.Context(),
		1,
		1,
		store.AuditQuery{Terms: []store.AuditTerm{{Field: "action", Value: "user.invite"}}},
	)
	b.Must(err)
	if e := p.Events[0]; e.Actor.Reason != "CB-77" || e.TargetName != "Bea@Example.com" ||
		!slices.Equal(e.Changes, []store.Change{{Field: "role", After: "operator"}}) {
		t.Errorf("the invitation's event = %+v", e)
	}
}

// TestLinksThatDontWork checks that each link that can't be used results in the right message and in one row in the
// audit log.
func TestLinksThatDontWork(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	admin := b.As("admin")
	invite := func(email string) string {
		return portaltest.LinkIn(t, admin.Post("/team", url.Values{"email": {email}, "role": {"viewer"}}))
	}
	good := invite("a@example.com")
	foreign := portaltest.LinkIn(t, admin.Post(fmt.Sprintf("/team/%d/password", b.User("operator").ID), nil))
	withdrawn := invite("b@example.com")
	invite("b@example.com") // replaces the previous link
	used := invite("c@example.com")
	b.Browser().Post("/link", url.Values{"token": {used}, "name": {"C"}, "newPassword": {"lantern orchard gravel"}})
	taken := invite("d@example.com")
	_, err := b.Store.AddUser(
		t.Context(),
		store.Actor{},
		store.User{
			Email:        "D@example.com",
			Name:         "D",
			Role:         "viewer",
			PasswordHash: "x",
		},
	)
	b.Must(err)
	viewer := b.As("viewer")
	form := func(token string) url.Values {
		return url.Values{"token": {token}, "name": {"N"}, "newPassword": {"lantern orchard gravel"}}
	}
	check := func(name string, r portaltest.Response, status int, want string, before int64) {
		t.Helper()
		rows, _ := b.RowsSince(before)
		if r.StatusCode != status || !strings.Contains(r.Text, want) ||
			!slices.Equal(rows, []string{"link.use refused"}) {
			t.Errorf("%s = %d with rows %q, want %d that says %q\n%s", name, r.StatusCode, rows, status, want, r.Text)
		}
	}
	for _, tt := range []struct {
		name, token string
		br          *portaltest.Browser
		status      int
		want        string
	}{
		{"no token", "", b.Browser(), 404, "This link isn’t valid"},
		{"a changed one", good[:25] + "x", b.Browser(), 404, "This link isn’t valid"},
		{"a cut one", good[:20], b.Browser(), 404, "This link isn’t valid"},
		{"a reused one", used, b.Browser(), 410, "already used"},
		{"one that a newer replaced", withdrawn, b.Browser(), 410, "withdrawn"},
		{"somebody else's", foreign, viewer, 409, "This link is for another user"},
	} {
		_, before := b.RowsSince(0)
		check(tt.name, tt.br.Get("/link?token="+url.QueryEscape(tt.token)), tt.status, tt.want, before)
		_, before = b.RowsSince(0)
		check(tt.name+", posted", tt.br.Post("/link", form(tt.token)), tt.status, tt.want, before)
	}
	_, before := b.RowsSince(0)
	check(
		"an address that is taken meanwhile",
		b.Browser().Post("/link", form(taken)),
		409,
		"already uses the email address of this invitation",
		before,
	)
	b.Clock.Add(24 * time.Hour)
	_, before = b.RowsSince(0)
	check("an old one", b.Browser().Get("/link?token="+good), 410, "has expired", before)
	_, before = b.RowsSince(0)
	check("an old one to set a password", b.Browser().Post("/link", form(foreign)), 410, "has expired", before)
}

func TestLinksAreNotGuessed(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	stopped := 0
	for i := range 40 {
		if b.Browser().Get(fmt.Sprintf("/link?token=guess%d", i)).StatusCode == http.StatusTooManyRequests {
			stopped++
		}
	}
	if rows := b.Events("link"); stopped != 20 || len(rows) != 20 {
		t.Errorf("%d of 40 were throttled and %d rows were written, want 20 and 20", stopped, len(rows))
	}
}

// TestALinkIsUsedOnce checks that exactly one of eight browsers can join if all use the same link at once.
func TestALinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	token := portaltest.LinkIn(t, b.As("admin").Post("/team", url.Values{"email": {"a@example.com"}, "role": {"viewer"}}))
	var done sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for i := range 8 {
		done.Go(func() {
			r := b.Browser().
				Post(
					"/link",
					url.Values{
						"token":       {token},
						"name":        {fmt.Sprint("N", i)},
						"newPassword": {"lantern orchard gravel"},
					},
				)
			mu.Lock()
			defer mu.Unlock()
			if r.StatusCode == http.StatusSeeOther {
				in++
			}
		})
	}
	done.Wait()
	if in != 1 {
		t.Errorf("%d browsers joined with one link, want 1", in)
	}
}

func TestPasswordLink(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.User("viewer")
	owner, admin := b.As("viewer"), b.As("admin")
	owner.Enroll(viewer.ID)
	token := portaltest.LinkIn(t, admin.Post(fmt.Sprintf("/team/%d/password", viewer.ID), nil))
	if owner.Get("/account").StatusCode != http.StatusOK ||
		b.Browser().SignIn("viewer@example.com", portaltest.Password).StatusCode != http.StatusSeeOther {
		t.Error("creating the link already changed the sessions or the password")
	}
	r := b.Browser().Post("/link", url.Values{"token": {token}, "newPassword": {"lantern orchard gravel"}})
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/signin?done=password" {
		t.Fatalf(
			"setting the password = %d to %q, want 303 to the sign-in page",
			r.StatusCode,
			r.Header.Get("Location"),
		)
	}
	if owner.Get("/account").StatusCode == http.StatusOK {
		t.Error("a session from before the change still works")
	}
	r = b.Browser().SignIn("viewer@example.com", portaltest.Password)
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("sign-in with the old password = %d, want 422", r.StatusCode)
	}
	r = b.Browser().SignIn("viewer@example.com", "lantern orchard gravel")
	if r.Header.Get("Location") != "/signin/code" {
		t.Errorf("sign-in with the new password leads to %q, want the second factor", r.Header.Get("Location"))
	}
	token = portaltest.LinkIn(t, admin.Post(fmt.Sprintf("/team/%d/password", viewer.ID), nil))
	b.Clock.Add(team.PasswordLinkFor)
	if r := b.Browser().Get("/link?token=" + token); r.StatusCode != http.StatusGone {
		t.Errorf("the link after an hour = %d, want 410", r.StatusCode)
	}
}

// TestTeamRefusals checks that each refusal results in the right message and in one row in the audit log, and that no
// user is disabled or has a different role afterward.
func TestTeamRefusals(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	admin := b.As("admin")
	self := fmt.Sprintf("/team/%d", b.User("admin").ID)
	viewer := fmt.Sprintf("/team/%d", b.User("viewer").ID)
	for _, tt := range []struct {
		name, path string
		form       url.Values
		status     int
		want, row  string
	}{
		{
			"the last admin leaves their role",
			self + "/role",
			url.Values{"role": {"viewer"}},
			409,
			"last admin",
			"user.role refused",
		},
		{"the last admin disables themselves", self + "/disable", nil, 409, "last admin", "user.disable refused"},
		{
			"a role that doesn't exist",
			viewer + "/role",
			url.Values{"role": {"owner"}},
			422,
			"This role doesn’t exist",
			"user.role refused",
		},
		{
			"a role in other letters",
			viewer + "/role",
			url.Values{"role": {"Admin"}},
			422,
			"This role doesn’t exist",
			"user.role refused",
		},
		{
			"the role that they have",
			viewer + "/role",
			url.Values{"role": {"viewer"}},
			409,
			"No change needed",
			"user.role refused",
		},
		{
			"an address in other letters",
			"/team",
			url.Values{"email": {"VIEWER@Example.COM"}, "role": {"viewer"}},
			422,
			"already uses this address",
			"user.invite refused",
		},
		{
			"no address",
			"/team",
			url.Values{"email": {"viewer"}, "role": {"viewer"}},
			422,
			"valid email address",
			"user.invite refused",
		},
		{
			"an address with a line break",
			"/team",
			url.Values{"email": {"a@b.c\r\nBcc: x"}, "role": {"viewer"}},
			422,
			"valid email address",
			"user.invite refused",
		},
		{"a factor that isn't there", viewer + "/factor", nil, 409, "No change needed", "user.reset-2fa refused"},
		{
			"somebody who isn't there",
			"/team/999999/role",
			url.Values{"role": {"viewer"}},
			404,
			"Page not found",
			"user.role refused",
		},
		{"a number that is none", "/team/01/disable", nil, 404, "Page not found", "user.disable refused"},
		{
			"a policy of yesterday",
			"/team/policy",
			url.Values{"required": {"all"}, "from": {"2026-03-16"}},
			422,
			"That date has passed",
			"settings.two-factor refused",
		},
		{
			"a policy without a day",
			"/team/policy",
			url.Values{"required": {"all"}, "from": {"soon"}},
			422,
			"Enter a start date",
			"settings.two-factor refused",
		},
	} {
		_, before := b.RowsSince(0)
		r := admin.Post(tt.path, tt.form)
		rows, _ := b.RowsSince(before)
		if r.StatusCode != tt.status || !strings.Contains(r.Text, tt.want) || !slices.Equal(rows, []string{tt.row}) {
			t.Errorf(
				"%s = %d with rows %q, want %d that says %q\n%s",
				tt.name,
				r.StatusCode,
				rows,
				tt.status,
				tt.want,
				r.Doc(t).Find("#problem, .problem").Text(),
			)
		}
	}
	for _, role := range store.Roles {
		if u := b.User(role); u.Role != role || u.Disabled {
			t.Errorf("the %s is %+v after the refusals", role, u)
		}
	}
}

// TestAdminsRaceToLeave repeatedly tries to remove the admin role from both admins at the same time, and checks that
// one admin always remains.
func TestAdminsRaceToLeave(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	one, two := b.User("admin"), b.User("operator")
	b.Must(b.Store.SetRole(t.Context(), store.Actor{}, two.ID, store.RoleAdmin, ""))
	for range 25 {
		var done sync.WaitGroup
		for _, id := range []int64{one.ID, two.ID} {
			done.Go(func() { _ = b.Store.SetRole(t.Context(), store.Actor{}, id, store.RoleViewer, "") })
		}
		done.Wait()
		users, err := b.Store.Users(t.Context())
		b.Must(err)
		admins := 0
		for _, u := range users {
			if u.Role == store.RoleAdmin {
				admins++
			}
		}
		if admins != 1 {
			t.Fatalf("%d admins are left, want 1", admins)
		}
		for _, id := range []int64{one.ID, two.ID} {
			_ = b.Store.SetRole(t.Context(), store.Actor{}, id, store.RoleAdmin, "")
		}
	}
}

// TestWhatEndsSessions checks that changing a user's role, disabling the user and signing the user out each end all of
// the user's sessions. No session may work afterward, an open stream must end, and the user must see a notice at the
// next sign-in.
func TestWhatEndsSessions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path string
		form       url.Values
		notice     string
	}{
		{"role", "/role", url.Values{"role": {"operator"}, "reason": {"CB-5"}}, "The admin changed your role from " +
			"viewer to operator; reason: CB-5."},
		{"disabling", "/disable", nil, "The admin disabled your account."},
		{"signing out", "/sessions", url.Values{"end": {"others"}}, "The admin signed you out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := portaltest.New(t, 3)
			admin := b.As("admin")
			id := b.User("viewer").ID
			page := fmt.Sprintf("/team/%d", id)
			var ten []*portaltest.Browser
			for range 10 {
				ten = append(ten, b.As("viewer"))
			}
			stream := ten[3].Stream()
			stream.Next()
			if r := admin.Post(page+tt.path, tt.form); r.StatusCode != http.StatusSeeOther {
				t.Fatalf("POST %s = %d, want 303\n%s", tt.path, r.StatusCode, r.Text)
			}
			for i, br := range ten {
				if got := br.Get("/pbxs").StatusCode; got != http.StatusSeeOther {
					t.Errorf("session %d still works: %d", i, got)
				}
			}
			if _, over := stream.Next(); over != "signedout" {
				t.Errorf("the stream of an open page ends with %q, want signedout", over)
			}
			if tt.name == "disabling" {
				if got := b.Browser().
					SignIn("viewer@example.com", portaltest.Password).
					StatusCode; got != http.StatusUnprocessableEntity {
					t.Errorf("sign-in while disabled = %d, want 422", got)
				}
				admin.Post(page+"/enable", nil)
			}
			br := b.As("viewer")
			r := br.Get("/pbxs")
			if !strings.Contains(r.Doc(t).Text(), tt.notice) {
				t.Errorf("the notice %q is missing:\n%s", tt.notice, r.Doc(t).Find(".notice").Text())
			}
			upTo, _ := r.Doc(t).Find("input[name=upTo]").Attr("value")
			br.Post("/account/told", url.Values{"next": {"/pbxs"}, "upTo": {upTo}})
			if r := br.Get("/pbxs"); strings.Contains(r.Doc(t).Text(), tt.notice) {
				t.Error("a dismissed notice is shown again")
			}
		})
	}
}

func TestOneSessionIsEnded(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	this, other, third := b.As("viewer"), b.As("viewer"), b.As("viewer")
	foreign := b.As("operator")
	marks := map[string]string{} // the text of each listed session, by mark
	for _, n := range this.Get("/account").Doc(t).Find("li[data-session]").EachIter() {
		mark, _ := n.Attr("data-session")
		marks[mark] = n.Text()
	}
	if len(marks) != 3 {
		t.Fatalf("%d sessions are listed, want 3", len(marks))
	}
	hash := func(br *portaltest.Browser) string {
		for _, c := range br.Cookies() {
			if c.Name == "cordboard" {
				return store.HashToken(c.Value)[:12]
			}
		}
		return ""
	}
	if !strings.Contains(marks[hash(this)], "This device") {
		t.Error("the current session isn't marked")
	}
	if r := this.Post(
		"/account/sessions",
		url.Values{"end": {hash(foreign)}},
	); r.StatusCode != http.StatusNotFound ||
		foreign.Get("/account").StatusCode != http.StatusOK {
		t.Errorf("ending another user's session = %d, want 404", r.StatusCode)
	}
	if r := this.Post("/account/sessions", url.Values{"end": {hash(this)}}); r.StatusCode != http.StatusNotFound {
		t.Errorf("ending the current session here = %d, want 404", r.StatusCode)
	}
	if r := this.Post("/account/sessions", url.Values{"end": {hash(other)}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("ending another session = %d, want 303", r.StatusCode)
	}
	if other.Get("/account").StatusCode == http.StatusOK || third.Get("/account").StatusCode != http.StatusOK ||
		this.Get("/account").StatusCode != http.StatusOK {
		t.Error("the wrong session ended")
	}
	this.Post("/account/sessions", url.Values{"end": {"others"}})
	if third.Get("/account").StatusCode == http.StatusOK || this.Get("/account").StatusCode != http.StatusOK {
		t.Error("the current session ended, or another one didn't")
	}
}

func TestAtMostTenSessions(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	var all []*portaltest.Browser
	for range store.MaxSessions + 1 {
		all = append(all, b.As("viewer"))
		b.Clock.Add(time.Second)
	}
	if all[0].Get("/account").StatusCode == http.StatusOK || all[1].Get("/account").StatusCode != http.StatusOK {
		t.Error("the eleventh sign-in must end the oldest session and no other")
	}
	if r := all[10].Get("/account"); !strings.Contains(r.Text, "more than 10 devices") {
		t.Error("the notice about the ended session is missing")
	}
}

func TestChangeOfPassword(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	this, other := b.As("viewer"), b.As("viewer")
	form := func(old, password string) url.Values {
		return url.Values{"oldPassword": {old}, "newPassword": {password}}
	}
	for _, tt := range []struct{ name, old, password, want string }{
		{"a wrong one", "wrong", "lantern orchard gravel", "Incorrect password"},
		{"a short one", portaltest.Password, "12345678901", "at least 12 characters"},
		{"a long one", portaltest.Password, strings.Repeat("x", 257), "256 bytes"},
		{"the same", portaltest.Password, portaltest.Password, "must differ from the current one"},
		{"a word of ours", portaltest.Password, "yeastar-portal-2026", "too easy to guess"},
		{"a leaked one", portaltest.Password, "PasswordPassword", "public list"},
		{"another leaked one", portaltest.Password, "qwertyuiop123", "public list"},
		{"a common one again and again", portaltest.Password, "dragondragondragon", "public list"},
	} {
		if r := this.Post(
			"/account/password",
			form(tt.old, tt.password),
		); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(r.Text, tt.want) {
			t.Errorf(
				"%s = %d, want 422 that says %q: %s",
				tt.name,
				r.StatusCode,
				tt.want,
				r.Doc(t).Find(".problem").Text(),
			)
		}
	}
	u, err := url.Parse(b.Web.URL)
	b.Must(err)
	old := this.Cookies()
	defer func() {
		thief := b.Browser()
		thief.Jar.SetCookies(u, old)
		if thief.Get("/account").StatusCode == http.StatusOK {
			t.Error("the old session ID still works")
		}
	}()
	if r := this.Post(
		"/account/password",
		form(portaltest.Password, "correct horse battery"),
	); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("changing the password = %d, want 303\n%s", r.StatusCode, r.Doc(t).Find(".problem").Text())
	}
	if other.Get("/account").StatusCode == http.StatusOK || this.Get("/account").StatusCode != http.StatusOK {
		t.Error("the current session ended, or the other one didn't")
	}
	if b.Browser().SignIn("viewer@example.com", portaltest.Password).StatusCode == http.StatusSeeOther ||
		b.Browser().SignIn("viewer@example.com", "correct horse battery").StatusCode != http.StatusSeeOther {
		t.Error("the new password doesn't work, or the old one still does")
	}
	for range 12 {
		this.Post("/account/password", form("wrong", "lantern orchard gravel"))
	}
	if got := this.Post(
		"/account/password",
		form("correct horse battery", "lantern orchard gravel"),
	).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("changing the password after ten failures = %d, want 429", got)
	}
}

// TestPasswordsAreTakenAsSent checks that passwords aren't trimmed, case-folded or cut off at 72 bytes, and that
// passwords of 64 and 256 bytes are accepted.
func TestPasswordsAreTakenAsSent(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	long := strings.Repeat("orchard lantern gravel ", 4)[:80]
	old := portaltest.Password
	for _, tt := range []struct{ password, near string }{
		{" lantern orchard gravel ", "lantern orchard gravel"},
		{"Lantern Orchard Gravel", "lantern orchard gravel"},
		{long + "abcdefghij0123456789", long + "abcdefghij0123456780"},
		{strings.Repeat("gravel 7", 8), strings.Repeat("gravel 7", 7)},
		{strings.Repeat("lantern orchard ", 16), strings.Repeat("lantern orchard ", 15)},
	} {
		if r := browserWith(b, old).
			Post(
				"/account/password",
				url.Values{"oldPassword": {old}, "newPassword": {tt.password}},
			); r.StatusCode != http.StatusSeeOther {
			t.Fatalf(
				"setting %q (%d bytes) = %d, want 303\n%s",
				tt.password,
				len(tt.password),
				r.StatusCode,
				r.Doc(t).Find(".problem").Text(),
			)
		}
		if got := b.Browser().SignIn("viewer@example.com", tt.near).StatusCode; got == http.StatusSeeOther {
			t.Errorf("%q works for the password %q", tt.near, tt.password)
		}
		old = tt.password
	}
}

func browserWith(b *portaltest.Portal, password string) *portaltest.Browser {
	b.T.Helper()
	br := b.Browser()
	if r := br.SignIn("viewer@example.com", password); r.StatusCode != http.StatusSeeOther {
		b.T.Fatalf("sign-in = %d, want 303", r.StatusCode)
	}
	return br
}

// TestProvingAgain checks that sensitive requests require the password again once the sign-in is no longer recent.
// Until the user enters the password, nothing may change, and no typed value may be lost.
func TestProvingAgain(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	admin := b.As("admin")
	stolen := admin.Cookies()
	b.Clock.Add(web.RecentAuthWindow + time.Second)
	form := url.Values{"email": {"new@example.com"}, "role": {"operator"}, "reason": {"CB-9"}}
	r := admin.Post("/team", form)
	d := r.Doc(t)
	if r.StatusCode != http.StatusForbidden || d.Find("#confirmPassword").Length() != 1 {
		t.Fatalf("inviting without a recent sign-in = %d, want 403", r.StatusCode)
	}
	if got := portaltest.ShownIn(
		d,
		"main form",
	); got.Get("email") != "new@example.com" || got.Get("role") != "operator" ||
		got.Get("reason") != "CB-9" {
		t.Errorf("the form contains %v", got)
	}
	if invited, err := b.Store.Invitations(t.Context()); err != nil || len(invited) != 0 {
		t.Errorf("got %d invitations (error %v), want 0", len(invited), err)
	}
	again := portaltest.With(form, map[string]string{"confirmPassword": "wrong"})
	if r := admin.Post("/team", again); r.StatusCode != http.StatusUnprocessableEntity ||
		strings.Contains(r.Text, "wrong\"") {
		t.Errorf("confirming with a wrong password = %d, want 422", r.StatusCode)
	}
	again.Set("confirmPassword", portaltest.Password)
	if r := admin.Post("/team", again).
		Followed(); r.StatusCode != http.StatusOK ||
		r.Doc(t).Find("#link").Length() != 1 {
		t.Errorf("confirming with the right password = %d, want 200\n%s", r.StatusCode, r.Text)
	}
	u, err := url.Parse(b.Web.URL)
	b.Must(err)
	thief := b.Browser()
	thief.Jar.SetCookies(u, stolen)
	if got := thief.Get("/account").StatusCode; got != http.StatusSeeOther {
		t.Errorf("the old session ID still works: %d, want 303", got)
	}
	if r := admin.Get("/audit.csv"); r.StatusCode != http.StatusOK {
		t.Errorf("an export after a recent sign-in = %d, want 200", r.StatusCode)
	}
	b.Clock.Add(web.RecentAuthWindow + time.Second)
	if r := admin.Get("/audit.csv?q=a"); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != "/confirm?next=%2Faudit.csv%3Fq%3Da" {
		t.Errorf(
			"an export without a recent sign-in = %d to %q, want 303 to /confirm",
			r.StatusCode,
			r.Header.Get("Location"),
		)
	}
	r = admin.Post("/confirm", url.Values{"confirmPassword": {portaltest.Password}, "next": {"/audit.csv?q=a"}})
	if r.StatusCode != http.StatusOK || r.Header.Get("Refresh") != "0; url=/audit.csv?q=a" {
		t.Errorf("confirming for an export = %d, Refresh = %q", r.StatusCode, r.Header.Get("Refresh"))
	}
	// Every POST route that requires a recent sign-in must deny access and record only the denial.
	b.Clock.Add(web.RecentAuthWindow + time.Second)
	for _, route := range b.Server.Routes() {
		if !route.Recent || route.Method != http.MethodPost {
			continue
		}
		_, before := b.RowsSince(0)
		r := admin.Post(strings.Replace(route.Path, "{id}", fmt.Sprint(b.User("viewer").ID), 1), nil)
		rows, _ := b.RowsSince(before)
		if r.StatusCode != http.StatusForbidden || !slices.Equal(rows, []string{route.Action + " denied"}) {
			t.Errorf(
				"%s without a recent sign-in = %d with rows %q, want 403 with one denied row",
				route.Name(),
				r.StatusCode,
				rows,
			)
		}
	}
}

// TestProvingAgainWithAFactor checks that a user with a second factor who must enter the password again must also enter
// a code, and that the code can't be reused.
func TestProvingAgainWithAFactor(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	admin := b.As("admin")
	id := b.User("admin").ID
	admin.Enroll(id)
	b.Clock.Add(web.RecentAuthWindow + time.Second)
	form := url.Values{"confirmPassword": {portaltest.Password}}
	if r := admin.Post("/account/factor/codes", form); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("confirming with the password alone = %d, want 422", r.StatusCode)
	}
	form.Set("confirmCode", b.Code(id, true, 0))
	if r := admin.Post("/account/factor/codes", form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("confirming with password and code = %d, want 303\n%s", r.StatusCode, r.Text)
	}
	b.Clock.Add(web.RecentAuthWindow + time.Second)
	if r := admin.Post("/account/factor/codes", form); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("confirming with the same code again = %d, want 422", r.StatusCode)
	}
}

// TestJoiningUnderAnotherName checks that nobody can join under a colleague's name, even with a different case,
// character width or spacing.
func TestJoiningUnderAnotherName(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	admin := b.As(store.RoleAdmin)
	token := portaltest.LinkIn(t, admin.Post("/team", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}))
	form := func(name string) url.Values {
		return url.Values{"token": {token}, "name": {name}, "newPassword": {"lantern orchard gravel"}}
	}
	for _, name := range []string{"The admin", "ＴＨＥ ａｄｍｉｎ", "The  Admin"} {
		r := b.Browser().Post("/link", form(name))
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.Text, "already has this name") {
			t.Errorf("joining as %q = %d, want 422 and the reason", name, r.StatusCode)
		}
	}
	if r := b.Browser().Post("/link", form("The other admin")); r.StatusCode != http.StatusSeeOther {
		t.Errorf("joining as somebody else = %d, want 303", r.StatusCode)
	}
}

// TestRoleLossRevokesInvitations checks that links created by an admin stop working when that admin is disabled or
// loses the admin role.
func TestRoleLossRevokesInvitations(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(b *portaltest.Portal, id int64) error{
		"disabled": func(b *portaltest.Portal, id int64) error {
			return b.Store.DisableUser(b.T.Context(), store.Actor{}, id)
		},
		"role": func(b *portaltest.Portal, id int64) error {
			return b.Store.SetRole(
				b.T.Context(),
				store.Actor{},
				id,
				"viewer",
				"",
			)
		},
	} {
		b := portaltest.New(t, 0)
		rogue, _ := b.AddColleague(store.RoleAdmin)
		br := b.Browser()
		br.SignIn(rogue.Email, portaltest.Password)
		join := portaltest.LinkIn(t, br.Post("/team", url.Values{"email": {"back@example.com"}, "role": {"admin"}}))
		password := portaltest.LinkIn(t, br.Post(fmt.Sprintf("/team/%d/password", b.User("admin").ID), nil))
		b.Must(end(b, rogue.ID))
		for _, token := range []string{join, password} {
			if r := b.Browser().Get("/link?token=" + token); r.StatusCode != http.StatusGone {
				t.Errorf("%s: a former admin's link = %d, want 410", name, r.StatusCode)
			}
		}
	}
}

// TestLinksAreOfTheAddressWeWereTold checks that links use the configured URL, regardless of the request's Host header.
func TestLinksAreOfTheAddressWeWereTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ public, local, want string }{
		{"https://desk.example.com", "http://127.0.0.1:9001", "https://desk.example.com/link?token="},
		{"", "http://127.0.0.1:9001", "http://127.0.0.1:9001/link?token="},
		{"", "", "/link?token="},
	} {
		b := portaltest.New(t, 0, func(c *web.Config) { c.PublicURL, c.LocalURL = tt.public, tt.local })
		admin := b.As("admin")
		r, err := http.NewRequestWithContext(
			t.Context(),
			http.MethodPost,
			b.Web.URL+"/team",
			strings.NewReader("email=new@example.com&role=viewer"),
		)
		b.Must(err)
		r.Host = "evil.example"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if tt.public != "" { // In this case, cookies require HTTPS, which the test server doesn't use.
			if got := team.New(b.Site, team.Config{}).LinkURL("T"); got != tt.want+"T" {
				t.Errorf("link = %s", got)
			}
			continue
		}
		for _, c := range admin.Cookies() { // a client that forges the Host header still sends its cookies
			r.AddCookie(c)
		}
		resp, err := b.Browser().Do(r)
		b.Must(err)
		b.Must(resp.Body.Close())
		link, _ := admin.Get(resp.Header.Get("Location")).Doc(t).Find("#link [data-copy]").Attr("data-copy")
		if !strings.HasPrefix(link, tt.want) {
			t.Errorf("with %+v the link is %q (status %d)", tt, link, resp.StatusCode)
		}
	}
}
