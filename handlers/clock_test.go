package handlers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"cordboard/store"
)

// TestClockThatWasAhead checks actions that were taken while the clock was ahead. Once the clock is right again, they
// must neither lock anyone out nor outlive their limits.
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
			b := newBench(t, 3)
			b.clock.add(ahead)
			for range 12 { // more than the throttle allows
				b.browser().signIn("viewer@example.com", "wrong")
			}
			made := b.as("operator")
			inviting := b.as("admin")
			token := linkIn(t, inviting.post("/team", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}))
			b.clock.add(-ahead)
			if got := b.browser().signIn("viewer@example.com", testPassword).StatusCode; got != http.StatusSeeOther {
				t.Errorf("sign-in with the right password = %d, want 303", got)
			}
			if got := made.get("/pbxs").StatusCode; got != http.StatusSeeOther {
				t.Errorf("a session from the future still works: %d, want 303", got)
			}
			if got := b.browser().get("/link?token=" + token).StatusCode; got != http.StatusGone {
				t.Errorf("a link from the future = %d, want 410", got)
			}
			for range 10 {
				b.browser().signIn("operator@example.com", "wrong")
			}
			if got := b.browser().
				signIn("operator@example.com", testPassword).
				StatusCode; got != http.StatusTooManyRequests {
				t.Errorf("sign-in after ten failures = %d, want 429: the throttle is off", got)
			}
			fresh := b.as("admin")
			b.clock.add(20 * time.Minute)
			if got := fresh.get("/pbxs").StatusCode; got != http.StatusOK {
				t.Errorf("a current session = %d, want 200", got)
			}
			b.server.site.Identity.Sessions.Flush(t.Context())
			b.clock.add(31 * time.Minute)
			if got := fresh.get("/pbxs").StatusCode; got != http.StatusSeeOther {
				t.Errorf("an idle session = %d, want 303", got)
			}
		})
	}
}

// TestCodeUsedAhead checks that a code used while the clock was ahead doesn't block current codes, and that no
// code works twice.
func TestCodeUsedAhead(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.clock.add(24 * time.Hour)
	viewer := b.as("viewer")
	viewer.enroll(b.user("viewer").ID)
	b.clock.add(-24 * time.Hour)
	f, err := b.store.TOTPFactor(t.Context(), b.user("viewer").ID, true)
	b.must(err)
	newest := b.clock.Now().Unix()/totpStep + 1
	if f.Step <= newest {
		t.Fatalf("the factor's step is %d, want it ahead of %d", f.Step, newest)
	}
	proof := store.Proof{FactorID: f.ID, Step: newest, Newest: newest}
	b.must(b.store.UseProof(t.Context(), b.user("viewer").ID, proof))
	if err := b.store.UseProof(t.Context(), b.user("viewer").ID, proof); err == nil {
		t.Error("a code works twice")
	}
}
