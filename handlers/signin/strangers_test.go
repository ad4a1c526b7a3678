package signin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// omitted returns the number of rejections that the audit log counts but doesn't record one by one.
func omitted(b *portaltest.Portal) (sum int64) {
	b.T.Helper()
	p, err := b.Store.AuditEvents(b.T.Context(), 1, 1000, store.AuditQuery{Objects: []string{"audit"}})
	b.Must(err)
	for _, e := range p.Events {
		if e.Action == "audit.omit" {
			n, err := strconv.ParseInt(e.Changes[0].After, 10, 64)
			b.Must(err)
			sum += n
		}
	}
	return sum
}

// TestStrangersFillNoLog checks that requests from clients that aren't signed in add at most 60 rows per minute to the
// audit log, even if each request comes from a different network.
func TestStrangersFillNoLog(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		ask  func(br *portaltest.Browser, from string, n int) int // returns the status
	}{
		{"links that don't exist", func(br *portaltest.Browser, from string, n int) int {
			return br.Get(fmt.Sprint("/link?token=x", n), "X-Forwarded-For", from).StatusCode
		}},
		{"links that are used", func(br *portaltest.Browser, from string, n int) int {
			return br.Post("/link", url.Values{"token": {fmt.Sprint("y", n)}}, "X-Forwarded-For", from).StatusCode
		}},
		{"sign-ins under made-up names", func(br *portaltest.Browser, from string, n int) int {
			return br.SignInFrom(from, fmt.Sprintf("n%d@example.com", n), "wrong").StatusCode
		}},
		{"sign-ins with a colleague's name", func(br *portaltest.Browser, from string, _ int) int {
			return br.SignInFrom(from, "viewer@example.com", "wrong").StatusCode
		}},
		{"set-ups with another token", func(br *portaltest.Browser, from string, n int) int {
			return br.Post("/setup", url.Values{"token": {fmt.Sprint(n)}}, "X-Forwarded-For", from).StatusCode
		}},
		{"codes without a password", func(br *portaltest.Browser, from string, _ int) int {
			return br.Post("/signin/code", url.Values{"code": {"123456"}}, "X-Forwarded-For", from).StatusCode
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := portaltest.New(t, 0, portaltest.TrustEveryone)
			br := b.Browser()
			for minute := range 3 {
				before := rows(b)
				for i := range 150 {
					n := minute*1000 + i
					if code := tt.ask(
						br,
						fmt.Sprintf("2001:db8:%x:%x::1", n, i),
						n,
					); code >= http.StatusInternalServerError {
						t.Fatalf("status = %d, want under 500", code)
					}
				}
				b.Must(b.Store.CountOmitted(t.Context()))
				if n := rows(b) - before; n > 60 {
					t.Errorf("got %d rows in minute %d, want at most 60", n, minute)
				}
				b.Clock.Add(time.Minute)
			}
		})
	}
}

// rows returns the number of rows in the audit log.
func rows(b *portaltest.Portal) int64 {
	b.T.Helper()
	head, err := b.Store.AuditHead(b.T.Context())
	b.Must(err)
	return head.Seq
}

// TestStrangersAreCounted checks that the first rejections in a minute have a row each and that one more row counts the
// rest, and that rejections get rows again after the clock is set back. Rows for signed-in users and for successful
// actions must never be omitted.
func TestStrangersAreCounted(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	stranger := store.Actor{Address: "203.0.113.1", Stranger: true}
	refuse := func(n int) int64 {
		before := rows(b)
		for range n {
			b.Must(b.Store.Audit(t.Context(), stranger, store.Event{Action: "link.use", Outcome: store.OutcomeRefused}))
		}
		b.Must(b.Store.CountOmitted(t.Context()))
		return rows(b) - before
	}
	if got := refuse(1000); got != 60 || omitted(b) != 941 {
		t.Errorf("1,000 refusals made %d rows and %d are counted, want 60 and 941", got, omitted(b))
	}
	if got := refuse(10); got != 0 {
		t.Errorf("10 more refusals in the same minute made %d rows, want 0", got)
	}
	b.Clock.Add(-24 * time.Hour) // The clock had been a day ahead.
	if got := refuse(10); got != 11 || omitted(b) != 951 {
		t.Errorf(
			"after the clock went back, 10 refusals made %d rows and %d are counted, want 11 and 951",
			got,
			omitted(b),
		)
	}
	admin := store.Actor{ID: 1, Email: "admin@example.com"}
	for range 100 {
		b.Must(b.Store.Audit(t.Context(), admin, store.Event{Action: "page.open", Outcome: store.OutcomeDenied}))
	}
	b.Must(b.Store.Audit(t.Context(), stranger, store.Event{Action: "link.use", Outcome: store.OutcomeDone}))
	if got := omitted(b); got != 951 {
		t.Errorf(
			"%d rows are counted as omitted, want 951: those of signed-in users and of successful actions must be kept",
			got,
		)
	}
}

// TestEachSignInLeavesARow makes 500 sign-in attempts, four at a time and half of them with a wrong password. Each
// attempt that isn't throttled must leave a row, except that failures over the limit for strangers are only counted.
// Because the clock doesn't advance, the limit for one minute applies to the whole test.
func TestEachSignInLeavesARow(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0, portaltest.TrustEveryone)
	const all, at = 500, 4
	var answered, limited atomic.Int64
	var done sync.WaitGroup
	for w := range at {
		done.Go(func() {
			for i := w; i < all; i += at {
				password := []string{portaltest.Password, "wrong"}[i%2]
				r := b.Browser().
					SignInFrom(
						fmt.Sprintf("10.%d.%d.1", i/250, i%250),
						fmt.Sprintf(
							"%s@example.com",
							[]string{"viewer", "operator", fmt.Sprint("n", i), fmt.Sprint("m", i)}[i%4],
						),
						password,
					)
				if r.StatusCode == http.StatusTooManyRequests {
					limited.Add(1)
				} else {
					answered.Add(1)
				}
			}
		})
	}
	done.Wait()
	rows := int64(len(b.Events("session")))
	b.Must(b.Store.CountOmitted(t.Context()))
	omitted := omitted(b)
	if rows+omitted != answered.Load() || answered.Load()+limited.Load() != all || omitted == 0 {
		t.Errorf(
			"got %d rows and %d omitted for %d answers (and %d with 429)",
			rows,
			omitted,
			answered.Load(),
			limited.Load(),
		)
	}
}
