package signin_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestClockThatWasAhead checks what happens to failed sign-ins, a session and a link from a time when the clock was
// ahead. Once the clock is right again, the failures must not lock anyone out, and the session and the link must be
// invalid. The throttle and new sessions must work as usual.
func TestClockThatWasAhead(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{
		"a day":     24 * time.Hour,
		"two hours": 2 * time.Hour,
		"a year":    366 * 24 * time.Hour,
		"ten years": 3653 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := portaltest.New(t, 3)
			b.Clock.Add(ahead)
			for range 12 { // more than the throttle allows
				b.Browser().SignIn("viewer@example.com", "wrong")
			}
			made := b.As("operator")
			inviting := b.As("admin")
			token := portaltest.LinkIn(t, inviting.Post("/team", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}))
			b.Clock.Add(-ahead)
			if got := b.Browser().SignIn("viewer@example.com", portaltest.Password).StatusCode; got != http.StatusSeeOther {
				t.Errorf("sign-in with the right password = %d, want 303", got)
			}
			if got := made.Get("/pbxs").StatusCode; got != http.StatusSeeOther {
				t.Errorf("a session from the future still works: %d, want 303", got)
			}
			if got := b.Browser().Get("/link?token=" + token).StatusCode; got != http.StatusGone {
				t.Errorf("a link from the future = %d, want 410", got)
			}
			for range 10 {
				b.Browser().SignIn("operator@example.com", "wrong")
			}
			if got := b.Browser().
				SignIn("operator@example.com", portaltest.Password).
				StatusCode; got != http.StatusTooManyRequests {
				t.Errorf("sign-in after ten failures = %d, want 429: the throttle is off", got)
			}
			fresh := b.As("admin")
			b.Clock.Add(20 * time.Minute)
			if got := fresh.Get("/pbxs").StatusCode; got != http.StatusOK {
				t.Errorf("a current session = %d, want 200", got)
			}
			b.Identity.Sessions.Flush(t.Context())
			b.Clock.Add(31 * time.Minute)
			if got := fresh.Get("/pbxs").StatusCode; got != http.StatusSeeOther {
				t.Errorf("an idle session = %d, want 303", got)
			}
		})
	}
}

// TestCodeUsedAhead checks that a code used while the clock was ahead doesn't block a current code, and that the
// current code works only once.
func TestCodeUsedAhead(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.Clock.Add(24 * time.Hour)
	viewer := b.As("viewer")
	viewer.Enroll(b.User("viewer").ID)
	b.Clock.Add(-24 * time.Hour)
	f, err := b.Store.ActiveFactor(t.Context(), b.User("viewer").ID)
	b.Must(err)
	newest := b.Clock.Now().Unix()/portaltest.TOTPStep + 1
	if f.Step <= newest {
		t.Fatalf("the factor's step is %d, want it ahead of %d", f.Step, newest)
	}
	proof := store.MFAProof{FactorID: f.ID, Step: newest, Newest: newest}
	b.Must(b.Store.UseProof(t.Context(), b.User("viewer").ID, proof))
	if err := b.Store.UseProof(t.Context(), b.User("viewer").ID, proof); err == nil {
		t.Error("a code works twice")
	}
}
