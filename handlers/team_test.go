package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/handlers/team"
	"cordboard/handlers/web"
	"cordboard/store"
)

func TestInvitation(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	admin := b.as("admin")
	r := admin.post("/team", url.Values{"email": {"Bea@Example.com"}, "role": {"operator"}, "reason": {"CB-77"}})
	token := linkIn(t, r)
	if !strings.Contains(r.followed().body, token) {
		t.Error("a reload right after creation loses the link")
	}
	if other := b.as("admin").get(r.Header.Get("Location")); strings.Contains(other.body, token) {
		t.Error("another session can see the link")
	}
	b.clock.add(2*time.Minute + time.Second)
	if later := r.followed(); strings.Contains(later.body, token) {
		t.Error("the link is still shown after its time")
	}
	if again := admin.get("/team"); strings.Contains(again.body, token) ||
		!strings.Contains(again.body, "Bea@Example.com") {
		t.Error("the link is shown twice, or the invitation isn't listed")
	}
	if strings.Contains(b.log.String(), token) {
		t.Error("the log contains the token")
	}
	bea := b.browser()
	if page := bea.get("/link?token=" + token); page.StatusCode != http.StatusOK ||
		!strings.Contains(page.body, "with the operator role") {
		t.Errorf("the link's page = %d, want 200", page.StatusCode)
	}
	join := url.Values{
		"token":       {token},
		"name":        {"Bea"},
		"newPassword": {"lantern orchard gravel"},
		"role":        {"admin"},
		"email":       {"other@example.com"},
	}
	if r := bea.post(
		"/link",
		with(join, map[string]string{"newPassword": "password1234"}),
	); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("joining with a leaked password = %d, want 422", r.StatusCode)
	}
	if r := bea.post("/link", join); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/" {
		t.Fatalf("joining = %d to %q, want 303 to /\n%s", r.StatusCode, r.Header.Get("Location"), r.body)
	}
	if got := bea.get("/operations").StatusCode; got != http.StatusOK {
		t.Errorf("GET /operations as the new operator = %d, want 200", got)
	}
	u, err := b.store.UserByEmail(t.Context(), "bea@example.com")
	b.must(err)
	if u.Role != store.RoleOperator || u.Name != "Bea" {
		t.Errorf("the new user = %+v", u)
	}
	if r := b.browser().
		get("/link?token=" + token); r.StatusCode != http.StatusGone ||
		!strings.Contains(r.body, "already used") {
		t.Errorf("the used link = %d, want 410", r.StatusCode)
	}
	if r := b.browser().post("/link", join); r.StatusCode != http.StatusGone {
		t.Errorf("joining again = %d, want 410", r.StatusCode)
	}
	p, err := b.store.AuditEvents(
		t.Context(),
		1,
		1,
		store.AuditQuery{Terms: []store.AuditTerm{{Field: "action", Value: "user.invite"}}},
	)
	b.must(err)
	if e := p.Events[0]; e.Actor.Reason != "CB-77" || e.TargetName != "Bea@Example.com" ||
		!slices.Equal(e.Changes, []store.Change{{Field: "role", After: "operator"}}) {
		t.Errorf("the invitation's event = %+v", e)
	}
}

// TestLinksThatDontWork checks that each invalid link gets one sentence and one row in the log.
func TestLinksThatDontWork(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	admin := b.as("admin")
	invite := func(email string) string {
		return linkIn(t, admin.post("/team", url.Values{"email": {email}, "role": {"viewer"}}))
	}
	good := invite("a@example.com")
	foreign := linkIn(t, admin.post(fmt.Sprintf("/team/%d/password", b.user("operator").ID), nil))
	withdrawn := invite("b@example.com")
	invite("b@example.com") // replaces the previous link
	used := invite("c@example.com")
	b.browser().post("/link", url.Values{"token": {used}, "name": {"C"}, "newPassword": {"lantern orchard gravel"}})
	taken := invite("d@example.com")
	_, err := b.store.AddUser(
		t.Context(),
		store.Actor{},
		store.User{
			Email:        "D@example.com",
			Name:         "D",
			Role:         "viewer",
			PasswordHash: "x",
		},
	)
	b.must(err)
	viewer := b.as("viewer")
	form := func(token string) url.Values {
		return url.Values{"token": {token}, "name": {"N"}, "newPassword": {"lantern orchard gravel"}}
	}
	check := func(name string, r response, status int, want string, before int64) {
		t.Helper()
		rows, _ := b.newest(before)
		if r.StatusCode != status || !strings.Contains(r.body, want) ||
			!slices.Equal(rows, []string{"link.use refused"}) {
			t.Errorf("%s = %d with rows %q, want %d that says %q\n%s", name, r.StatusCode, rows, status, want, r.body)
		}
	}
	for _, tt := range []struct {
		name, token string
		br          *browser
		status      int
		want        string
	}{
		{"no token", "", b.browser(), 404, "This link isn’t valid"},
		{"a changed one", good[:25] + "x", b.browser(), 404, "This link isn’t valid"},
		{"a cut one", good[:20], b.browser(), 404, "This link isn’t valid"},
		{"a reused one", used, b.browser(), 410, "already used"},
		{"one that a newer replaced", withdrawn, b.browser(), 410, "withdrawn"},
		{"somebody else's", foreign, viewer, 409, "This link is for another user"},
	} {
		_, before := b.newest(0)
		check(tt.name, tt.br.get("/link?token="+url.QueryEscape(tt.token)), tt.status, tt.want, before)
		_, before = b.newest(0)
		check(tt.name+", posted", tt.br.post("/link", form(tt.token)), tt.status, tt.want, before)
	}
	_, before := b.newest(0)
	check(
		"an address that is taken meanwhile",
		b.browser().post("/link", form(taken)),
		409,
		"already uses this address",
		before,
	)
	b.clock.add(24 * time.Hour)
	_, before = b.newest(0)
	check("an old one", b.browser().get("/link?token="+good), 410, "has expired", before)
	_, before = b.newest(0)
	check("an old one to set a password", b.browser().post("/link", form(foreign)), 410, "has expired", before)
}

func TestLinksAreNotGuessed(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	stopped := 0
	for i := range 40 {
		if b.browser().get(fmt.Sprintf("/link?token=guess%d", i)).StatusCode == http.StatusTooManyRequests {
			stopped++
		}
	}
	if rows := b.events("link"); stopped != 20 || len(rows) != 20 {
		t.Errorf("%d of 40 were throttled and %d rows were written, want 20 and 20", stopped, len(rows))
	}
}

// TestALinkIsUsedOnce checks that only one of eight browsers can join if all use the same link at once.
func TestALinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	token := linkIn(t, b.as("admin").post("/team", url.Values{"email": {"a@example.com"}, "role": {"viewer"}}))
	var done sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for i := range 8 {
		done.Go(func() {
			r := b.browser().
				post(
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
	b := newBench(t, 0)
	viewer := b.user("viewer")
	owner, admin := b.as("viewer"), b.as("admin")
	owner.enroll(viewer.ID)
	token := linkIn(t, admin.post(fmt.Sprintf("/team/%d/password", viewer.ID), nil))
	if owner.get("/account").StatusCode != http.StatusOK ||
		b.browser().signIn("viewer@example.com", testPassword).StatusCode != http.StatusSeeOther {
		t.Error("creating the link already changed the sessions or the password")
	}
	r := b.browser().post("/link", url.Values{"token": {token}, "newPassword": {"lantern orchard gravel"}})
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/signin?done=password" {
		t.Fatalf(
			"setting the password = %d to %q, want 303 to the sign-in page",
			r.StatusCode,
			r.Header.Get("Location"),
		)
	}
	if owner.get("/account").StatusCode == http.StatusOK {
		t.Error("a session from before the change still works")
	}
	if got := b.browser().signIn("viewer@example.com", testPassword).StatusCode; got != http.StatusUnprocessableEntity {
		t.Errorf("sign-in with the old password = %d, want 422", got)
	}
	if r := b.browser().
		signIn("viewer@example.com", "lantern orchard gravel"); r.Header.Get("Location") != "/signin/code" {
		t.Errorf("sign-in with the new password leads to %q, want the second factor", r.Header.Get("Location"))
	}
	token = linkIn(t, admin.post(fmt.Sprintf("/team/%d/password", viewer.ID), nil))
	b.clock.add(team.PasswordLinkFor)
	if r := b.browser().get("/link?token=" + token); r.StatusCode != http.StatusGone {
		t.Errorf("the link after an hour = %d, want 410", r.StatusCode)
	}
}

// TestTeamRefusals checks that each refusal gets one sentence and one row in the log, and changes nothing.
func TestTeamRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	admin := b.as("admin")
	self := fmt.Sprintf("/team/%d", b.user("admin").ID)
	viewer := fmt.Sprintf("/team/%d", b.user("viewer").ID)
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
		_, before := b.newest(0)
		r := admin.post(tt.path, tt.form)
		rows, _ := b.newest(before)
		if r.StatusCode != tt.status || !strings.Contains(r.body, tt.want) || !slices.Equal(rows, []string{tt.row}) {
			t.Errorf(
				"%s = %d with rows %q, want %d that says %q\n%s",
				tt.name,
				r.StatusCode,
				rows,
				tt.status,
				tt.want,
				r.doc(t).Find("#problem, .problem").Text(),
			)
		}
	}
	for _, role := range store.Roles {
		if u := b.user(role); u.Role != role || u.Disabled {
			t.Errorf("the %s is %+v after the refusals", role, u)
		}
	}
}

// TestAdminsRaceToLeave repeatedly removes the admin role from both admins at the same time, and checks that one admin
// always remains.
func TestAdminsRaceToLeave(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	one, two := b.user("admin"), b.user("operator")
	b.must(b.store.SetRole(t.Context(), store.Actor{}, two.ID, store.RoleAdmin, ""))
	for range 25 {
		var done sync.WaitGroup
		for _, id := range []int64{one.ID, two.ID} {
			done.Go(func() { _ = b.store.SetRole(t.Context(), store.Actor{}, id, store.RoleViewer, "") })
		}
		done.Wait()
		users, err := b.store.Users(t.Context())
		b.must(err)
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
			_ = b.store.SetRole(t.Context(), store.Actor{}, id, store.RoleAdmin, "")
		}
	}
}

// TestWhatEndsSessions checks that changing a user's role, disabling the user and signing the user out each end all of
// the user's sessions, at the next request and in open streams. The user must see a notice at the next sign-in.
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
			b := newBench(t, 3)
			admin := b.as("admin")
			id := b.user("viewer").ID
			page := fmt.Sprintf("/team/%d", id)
			var ten []*browser
			for range 10 {
				ten = append(ten, b.as("viewer"))
			}
			stream := ten[3].stream()
			stream.next()
			if r := admin.post(page+tt.path, tt.form); r.StatusCode != http.StatusSeeOther {
				t.Fatalf("POST %s = %d, want 303\n%s", tt.path, r.StatusCode, r.body)
			}
			for i, br := range ten {
				if got := br.get("/pbxs").StatusCode; got != http.StatusSeeOther {
					t.Errorf("session %d still works: %d", i, got)
				}
			}
			if _, over := stream.next(); over != "signedout" {
				t.Errorf("the stream of an open page ends with %q, want signedout", over)
			}
			if tt.name == "disabling" {
				if got := b.browser().
					signIn("viewer@example.com", testPassword).
					StatusCode; got != http.StatusUnprocessableEntity {
					t.Errorf("sign-in while disabled = %d, want 422", got)
				}
				admin.post(page+"/enable", nil)
			}
			br := b.as("viewer")
			r := br.get("/pbxs")
			if !strings.Contains(r.doc(t).Text(), tt.notice) {
				t.Errorf("the notice %q is missing:\n%s", tt.notice, r.doc(t).Find(".notice").Text())
			}
			upTo, _ := r.doc(t).Find("input[name=upTo]").Attr("value")
			br.post("/account/told", url.Values{"next": {"/pbxs"}, "upTo": {upTo}})
			if r := br.get("/pbxs"); strings.Contains(r.doc(t).Text(), tt.notice) {
				t.Error("a dismissed notice is shown again")
			}
		})
	}
}

func TestOneSessionIsEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	this, other, third := b.as("viewer"), b.as("viewer"), b.as("viewer")
	foreign := b.as("operator")
	marks := map[string]string{} // the marks of the sessions that this one may end
	for _, n := range this.get("/account").doc(t).Find("li[data-session]").EachIter() {
		mark, _ := n.Attr("data-session")
		marks[mark] = n.Text()
	}
	if len(marks) != 3 {
		t.Fatalf("%d sessions are listed, want 3", len(marks))
	}
	hash := func(br *browser) string {
		for _, c := range br.cookies() {
			if c.Name == "cordboard" {
				return store.HashToken(c.Value)[:12]
			}
		}
		return ""
	}
	if !strings.Contains(marks[hash(this)], "This device") {
		t.Error("the current session isn't marked")
	}
	if r := this.post(
		"/account/sessions",
		url.Values{"end": {hash(foreign)}},
	); r.StatusCode != http.StatusNotFound ||
		foreign.get("/account").StatusCode != http.StatusOK {
		t.Errorf("ending another user's session = %d, want 404", r.StatusCode)
	}
	if r := this.post("/account/sessions", url.Values{"end": {hash(this)}}); r.StatusCode != http.StatusNotFound {
		t.Errorf("ending the current session here = %d, want 404", r.StatusCode)
	}
	if r := this.post("/account/sessions", url.Values{"end": {hash(other)}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("ending another session = %d, want 303", r.StatusCode)
	}
	if other.get("/account").StatusCode == http.StatusOK || third.get("/account").StatusCode != http.StatusOK ||
		this.get("/account").StatusCode != http.StatusOK {
		t.Error("the wrong session ended")
	}
	this.post("/account/sessions", url.Values{"end": {"others"}})
	if third.get("/account").StatusCode == http.StatusOK || this.get("/account").StatusCode != http.StatusOK {
		t.Error("the current session ended, or another one didn't")
	}
}

func TestAtMostTenSessions(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	var all []*browser
	for range store.MostSessions + 1 {
		all = append(all, b.as("viewer"))
		b.clock.add(time.Second)
	}
	if all[0].get("/account").StatusCode == http.StatusOK || all[1].get("/account").StatusCode != http.StatusOK {
		t.Error("the eleventh sign-in must end the oldest session and no other")
	}
	if r := all[10].get("/account"); !strings.Contains(r.body, "more than 10 devices") {
		t.Error("the notice about the ended session is missing")
	}
}

func TestChangeOfPassword(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	this, other := b.as("viewer"), b.as("viewer")
	form := func(old, password string) url.Values {
		return url.Values{"oldPassword": {old}, "newPassword": {password}}
	}
	for _, tt := range []struct{ name, old, password, want string }{
		{"a wrong one", "wrong", "lantern orchard gravel", "Incorrect password"},
		{"a short one", testPassword, "12345678901", "at least 12 characters"},
		{"a long one", testPassword, strings.Repeat("x", 257), "256 bytes"},
		{"the same", testPassword, testPassword, "your current password"},
		{"a word of ours", testPassword, "yeastar-portal-2026", "too easy to guess"},
		{"a leaked one", testPassword, "PasswordPassword", "public list"},
		{"another leaked one", testPassword, "qwertyuiop123", "public list"},
		{"a common one again and again", testPassword, "dragondragondragon", "public list"},
	} {
		if r := this.post(
			"/account/password",
			form(tt.old, tt.password),
		); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(r.body, tt.want) {
			t.Errorf(
				"%s = %d, want 422 that says %q: %s",
				tt.name,
				r.StatusCode,
				tt.want,
				r.doc(t).Find(".problem").Text(),
			)
		}
	}
	u, err := url.Parse(b.web.URL)
	b.must(err)
	old := this.cookies()
	defer func() {
		thief := b.browser()
		thief.Jar.SetCookies(u, old)
		if thief.get("/account").StatusCode == http.StatusOK {
			t.Error("the old session ID still works")
		}
	}()
	if r := this.post(
		"/account/password",
		form(testPassword, "correct horse battery"),
	); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("changing the password = %d, want 303\n%s", r.StatusCode, r.doc(t).Find(".problem").Text())
	}
	if other.get("/account").StatusCode == http.StatusOK || this.get("/account").StatusCode != http.StatusOK {
		t.Error("the current session ended, or the other one didn't")
	}
	if b.browser().signIn("viewer@example.com", testPassword).StatusCode == http.StatusSeeOther ||
		b.browser().signIn("viewer@example.com", "correct horse battery").StatusCode != http.StatusSeeOther {
		t.Error("the new password doesn't work, or the old one still does")
	}
	for range 12 {
		this.post("/account/password", form("wrong", "lantern orchard gravel"))
	}
	if got := this.post(
		"/account/password",
		form("correct horse battery", "lantern orchard gravel"),
	).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("changing the password after ten failures = %d, want 429", got)
	}
}

// TestPasswordsAreTakenAsSent checks that passwords aren't trimmed, case-folded or cut off at 72 bytes, and that
// passwords of 64 to 256 bytes are accepted.
func TestPasswordsAreTakenAsSent(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	long := strings.Repeat("orchard lantern gravel ", 4)[:80]
	old := testPassword
	for _, tt := range []struct{ password, near string }{
		{" lantern orchard gravel ", "lantern orchard gravel"},
		{"Lantern Orchard Gravel", "lantern orchard gravel"},
		{long + "abcdefghij0123456789", long + "abcdefghij0123456780"},
		{strings.Repeat("gravel 7", 8), strings.Repeat("gravel 7", 7)},
		{strings.Repeat("lantern orchard ", 16), strings.Repeat("lantern orchard ", 15)},
	} {
		if r := b.browserWith(old).
			post(
				"/account/password",
				url.Values{"oldPassword": {old}, "newPassword": {tt.password}},
			); r.StatusCode != http.StatusSeeOther {
			t.Fatalf(
				"setting %q (%d bytes) = %d, want 303\n%s",
				tt.password,
				len(tt.password),
				r.StatusCode,
				r.doc(t).Find(".problem").Text(),
			)
		}
		if got := b.browser().signIn("viewer@example.com", tt.near).StatusCode; got == http.StatusSeeOther {
			t.Errorf("%q works for the password %q", tt.near, tt.password)
		}
		old = tt.password
	}
}

func (b *bench) browserWith(password string) *browser {
	b.t.Helper()
	br := b.browser()
	if r := br.signIn("viewer@example.com", password); r.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("sign-in = %d, want 303", r.StatusCode)
	}
	return br
}

// TestProvingAgain checks that, eleven minutes after signing in, changes to access require the password again. Until
// the user enters it, nothing may change, and no typed value may be lost.
func TestProvingAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	admin := b.as("admin")
	stolen := admin.cookies()
	b.clock.add(web.RecentAuthWindow + time.Second)
	form := url.Values{"email": {"new@example.com"}, "role": {"operator"}, "reason": {"CB-9"}}
	r := admin.post("/team", form)
	d := r.doc(t)
	if r.StatusCode != http.StatusForbidden || d.Find("#confirmPassword").Length() != 1 {
		t.Fatalf("inviting without a recent sign-in = %d, want 403", r.StatusCode)
	}
	if got := shownIn(
		d,
		"main form",
	); got.Get("email") != "new@example.com" || got.Get("role") != "operator" ||
		got.Get("reason") != "CB-9" {
		t.Errorf("the form contains %v", got)
	}
	if invited, err := b.store.Invitations(t.Context()); err != nil || len(invited) != 0 {
		t.Errorf("got %d invitations (error %v), want 0", len(invited), err)
	}
	again := with(form, map[string]string{"confirmPassword": "wrong"})
	if r := admin.post("/team", again); r.StatusCode != http.StatusUnprocessableEntity ||
		strings.Contains(r.body, "wrong\"") {
		t.Errorf("confirming with a wrong password = %d, want 422", r.StatusCode)
	}
	again.Set("confirmPassword", testPassword)
	if r := admin.post("/team", again).
		followed(); r.StatusCode != http.StatusOK ||
		r.doc(t).Find("#link").Length() != 1 {
		t.Errorf("confirming with the right password = %d, want 200\n%s", r.StatusCode, r.body)
	}
	u, err := url.Parse(b.web.URL)
	b.must(err)
	thief := b.browser()
	thief.Jar.SetCookies(u, stolen)
	if got := thief.get("/account").StatusCode; got != http.StatusSeeOther {
		t.Errorf("the old session ID still works: %d, want 303", got)
	}
	if r := admin.get("/audit.csv"); r.StatusCode != http.StatusOK {
		t.Errorf("an export after a recent sign-in = %d, want 200", r.StatusCode)
	}
	b.clock.add(web.RecentAuthWindow + time.Second)
	if r := admin.get("/audit.csv?q=a"); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != "/confirm?next=%2Faudit.csv%3Fq%3Da" {
		t.Errorf(
			"an export without a recent sign-in = %d to %q, want 303 to /confirm",
			r.StatusCode,
			r.Header.Get("Location"),
		)
	}
	r = admin.post("/confirm", url.Values{"confirmPassword": {testPassword}, "next": {"/audit.csv?q=a"}})
	if r.StatusCode != http.StatusOK || r.Header.Get("Refresh") != "0; url=/audit.csv?q=a" {
		t.Errorf("confirming for an export = %d, Refresh = %q", r.StatusCode, r.Header.Get("Refresh"))
	}
	// Every route that requires a recent sign-in must deny access before it does anything.
	b.clock.add(web.RecentAuthWindow + time.Second)
	for _, c := range stateChanges {
		if !b.routeNamed(c.route).recent {
			continue
		}
		path := strings.Replace(strings.TrimPrefix(c.route, "POST "), "{id}", fmt.Sprint(b.user("viewer").ID), 1)
		_, before := b.newest(0)
		r := admin.post(path, nil)
		rows, _ := b.newest(before)
		if r.StatusCode != http.StatusForbidden ||
			!slices.Equal(rows, []string{b.routeNamed(c.route).action + " denied"}) {
			t.Errorf(
				"%s without a recent sign-in = %d with rows %q, want 403 with one denied row",
				c.route,
				r.StatusCode,
				rows,
			)
		}
	}
}

// TestProvingAgainWithAFactor checks that a user with a second factor also needs a code, which can't be reused.
func TestProvingAgainWithAFactor(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	admin := b.as("admin")
	id := b.user("admin").ID
	admin.enroll(id)
	b.clock.add(web.RecentAuthWindow + time.Second)
	form := url.Values{"confirmPassword": {testPassword}}
	if r := admin.post("/account/factor/codes", form); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("confirming with the password alone = %d, want 422", r.StatusCode)
	}
	form.Set("confirmCode", b.code(id, true, 0))
	if r := admin.post("/account/factor/codes", form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("confirming with password and code = %d, want 303\n%s", r.StatusCode, r.body)
	}
	b.clock.add(web.RecentAuthWindow + time.Second)
	if r := admin.post("/account/factor/codes", form); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("confirming with the same code again = %d, want 422", r.StatusCode)
	}
}

// TestJoiningUnderAnotherName checks that nobody can join under a colleague's name, whatever its spelling.
func TestJoiningUnderAnotherName(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	admin := b.as(store.RoleAdmin)
	token := linkIn(t, admin.post("/team", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}))
	form := func(name string) url.Values {
		return url.Values{"token": {token}, "name": {name}, "newPassword": {"lantern orchard gravel"}}
	}
	for _, name := range []string{"The admin", "ＴＨＥ ａｄｍｉｎ", "The  Admin"} {
		r := b.browser().post("/link", form(name))
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.body, "already has this name") {
			t.Errorf("joining as %q = %d, want 422 and the reason", name, r.StatusCode)
		}
	}
	if r := b.browser().post("/link", form("The other admin")); r.StatusCode != http.StatusSeeOther {
		t.Errorf("joining as somebody else = %d, want 303", r.StatusCode)
	}
}
