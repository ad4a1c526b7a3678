package portaltest

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/pquerna/otp/totp"

	"cordboard/identity"
	"cordboard/store"
	"cordboard/store/storetest"
)

// Events returns the audit entries about the given objects as "action outcome", oldest first. Without objects, it
// returns all entries. It leaves out the entries for adding users.
func (b *Portal) Events(objects ...string) []string {
	b.T.Helper()
	var found []string
	b.eachEvent(store.AuditQuery{Objects: objects}, func(e store.Event) {
		if e.Action != "user.add" {
			found = append(found, e.Action+" "+e.Outcome)
		}
	})
	return found
}

// Submit posts a form for a new PBX and returns the operation's ID.
func (b *Portal) Submit(br *Browser, form url.Values) string {
	b.T.Helper()
	id := br.NewForm()
	form.Set("attempt", id)
	r := br.Post("/pbxs", form)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/operations/"+id {
		b.T.Fatalf("POST /pbxs = %d to %q\n%s", r.StatusCode, r.Header.Get("Location"), r.Text)
	}
	return id
}

// Code returns the code that the user's authenticator app shows now, or will show the given number of steps later. If
// confirmed is false, the code is for the factor that is being set up.
func (b *Portal) Code(userID int64, confirmed bool, steps int) string {
	b.T.Helper()
	get := b.Identity.Factors.Pending
	if confirmed {
		get = b.Identity.Factors.Active
	}
	f, err := get(b.T.Context(), userID)
	b.Must(err)
	secret, err := b.Identity.Factors.Secret(f)
	b.Must(err)
	code, err := totp.GenerateCode(
		identity.SecretParam(secret),
		b.Clock.Now().Add(time.Duration(steps)*TOTPStep*time.Second),
	)
	b.Must(err)
	return code
}

// RowsSince returns the audit entries after the given entry number as "action outcome", oldest first, and the number
// of the last entry.
func (b *Portal) RowsSince(after int64) (rows []string, last int64) {
	b.T.Helper()
	b.eachEvent(store.AuditQuery{}, func(e store.Event) {
		last = max(last, e.Seq)
		if e.Seq > after {
			rows = append(rows, e.Action+" "+e.Outcome)
		}
	})
	return rows, last
}

// eachEvent calls f with each audit entry that q selects, oldest first. Unlike a search, it has no time limit, which a
// busy machine could exceed.
func (b *Portal) eachEvent(q store.AuditQuery, f func(store.Event)) {
	b.T.Helper()
	b.Must(b.Store.EachAuditEvent(b.T.Context(), q, math.MaxInt64, func(e store.Event) error {
		f(e)
		return nil
	}))
}

// AddColleague adds a user with the given role, and returns the user and the path of the user's page.
func (b *Portal) AddColleague(role string) (store.User, string) {
	b.T.Helper()
	hash, err := identity.HashPassword(Password, CheapHash)
	b.Must(err)
	all, err := b.Store.Users(b.T.Context())
	b.Must(err)
	u, err := b.Store.AddUser(
		b.T.Context(),
		store.Actor{Email: "test"},
		store.User{
			Email:        fmt.Sprintf("other%d@example.com", len(all)),
			Name:         "Other",
			Role:         role,
			PasswordHash: hash,
		},
	)
	b.Must(err)
	return u, fmt.Sprintf("/team/%d", u.ID)
}

// BreakAudit makes every insert into the audit log fail until mend is called.
func (b *Portal) BreakAudit() (mend func()) {
	b.T.Helper()
	b.SQL(`CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'broken'); END`)
	return func() { b.SQL(`DROP TRIGGER broken`) }
}

// SQL runs a statement on the database, bypassing the store.
func (b *Portal) SQL(statement string) {
	b.T.Helper()
	storetest.Exec(b.T, b.Dir, statement)
}

// Creates returns the number of create requests that YCM received.
func (b *Portal) Creates() int { return len(b.YCM.Requests("createCloudPbx")) }
