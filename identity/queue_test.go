package identity

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/time/rate"

	"cordboard/store"
)

// blocked returns a hasher with one slot, which is taken until release is called.
func blocked(t *testing.T) (h *hasher, release func()) {
	t.Helper()
	h = &hasher{slots: 1, pace: rate.NewLimiter(rate.Inf, 1)}
	taken, free := make(chan struct{}), make(chan struct{})
	var holder sync.WaitGroup
	holder.Go(func() {
		if err := h.do(t.Context(), "", func() error { close(taken); <-free; return nil }); err != nil {
			t.Errorf("the first turn: %v", err)
		}
	})
	<-taken
	var once sync.Once
	release = func() { once.Do(func() { close(free); holder.Wait() }) }
	t.Cleanup(release)
	return h, release
}

// waiting returns the number of turns in each of the two queues.
func (h *hasher) waiting() (known, strangers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.known), len(h.strangers)
}

// checkWaiting checks the number of turns in each queue, once all goroutines of the bubble wait for something.
func checkWaiting(t *testing.T, h *hasher, known, strangers int) {
	t.Helper()
	synctest.Wait()
	if k, s := h.waiting(); k != known || s != strangers {
		t.Fatalf("waiting: %d known and %d strangers, want %d and %d", k, s, known, strangers)
	}
}

// TestKnownUsersGoFirst checks that known users are served before strangers who have waited longer.
func TestKnownUsersGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, release := blocked(t)
		var mu sync.Mutex
		var order []string
		var all sync.WaitGroup
		turn := func(name, network string) {
			all.Go(func() {
				if err := h.do(t.Context(), network, func() error {
					mu.Lock()
					defer mu.Unlock()
					order = append(order, name)
					return nil
				}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		turn("first stranger", "a")
		checkWaiting(t, h, 0, 1)
		turn("second stranger", "b")
		checkWaiting(t, h, 0, 2)
		turn("known user", "")
		checkWaiting(t, h, 1, 2)
		release()
		all.Wait()
		if want := []string{"known user", "first stranger", "second stranger"}; fmt.Sprint(order) != fmt.Sprint(want) {
			t.Errorf("order = %q, want %q", order, want)
		}
	})
}

// TestFullQueues checks how many turns can wait in each queue, and how many from one network.
func TestFullQueues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		network func(i int) string
		places  int
	}{
		{"known users", func(int) string { return "" }, knownQueue},
		{"one network", func(int) string { return "203.0.113.0/24" }, networkQueue},
		{"many networks", func(i int) string { return fmt.Sprint("network ", i) }, strangerQueue},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h, release := blocked(t)
				var all sync.WaitGroup
				for i := range tt.places {
					all.Go(func() {
						if err := h.do(t.Context(), tt.network(i), func() error { return nil }); err != nil {
							t.Errorf("place %d: %v", i+1, err)
						}
					})
					if tt.network(i) == "" {
						checkWaiting(t, h, i+1, 0)
					} else {
						checkWaiting(t, h, 0, i+1)
					}
				}
				ran := false
				err := h.do(t.Context(), tt.network(tt.places), func() error { ran = true; return nil })
				if !errors.Is(err, ErrBusy) || ran {
					t.Errorf("one more = %v, ran %t, want ErrBusy", err, ran)
				}
				release()
				all.Wait()
				if err := h.do(t.Context(), tt.network(0), func() error { return nil }); err != nil {
					t.Errorf("once there is room: %v", err)
				}
			})
		})
	}
}

// TestWhoLeavesTheQueue checks that someone who stops waiting gives up their place and isn't served.
func TestWhoLeavesTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, release := blocked(t)
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			left <- h.do(ctx, "a", func() error { t.Error("someone who left is served"); return nil })
		}()
		checkWaiting(t, h, 0, 1)
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("do = %v, want context.Canceled", err)
		}
		checkWaiting(t, h, 0, 0)
		release()
		if err := h.do(t.Context(), "a", func() error { return nil }); err != nil {
			t.Errorf("the next one: %v", err)
		}
	})
}

// TestRevocationsAreBounded checks that the number of pending writes is limited, and that adding one twice takes up no
// extra room.
func TestRevocationsAreBounded(t *testing.T) {
	t.Parallel()
	v := newRevocations()
	locked := func(context.Context) error { return store.ErrUnavailable }
	add := func(hash string) error { return v.add(&pendingWrite{write: locked, hashes: []string{hash}}) }
	for i := range maxPending {
		for range 2 {
			if err := add(fmt.Sprint(i)); err != nil {
				t.Fatalf("revocation %d = %v", i, err)
			}
		}
	}
	if err := add("one more"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("one more than the limit = %v, want ErrUnavailable", err)
	}
	if v.has(store.Session{TokenHash: "one more"}) || !v.has(store.Session{TokenHash: "0"}) {
		t.Error("a refused revocation is in effect, or an accepted one isn't")
	}
	if err := v.flush(t.Context()); !errors.Is(err, store.ErrUnavailable) || len(v.pending) != maxPending {
		t.Errorf("flush = %v with %d pending, want ErrUnavailable with all", err, len(v.pending))
	}
}

// TestNothingLeftToWrite checks that a write that has nothing left to change doesn't hold up later writes.
func TestNothingLeftToWrite(t *testing.T) {
	t.Parallel()
	v := newRevocations()
	for i, err := range []error{store.ErrNotFound, store.ErrNoChange, store.ErrLastAdmin, nil} {
		p := &pendingWrite{
			write: func(context.Context) error { return err }, hashes: []string{fmt.Sprint(i)}, userID: int64(i),
		}
		if err := v.add(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.flush(t.Context()); err != nil || len(v.pending)+len(v.sessions)+len(v.users) != 0 {
		t.Errorf("flush = %v with %d pending, want none", err, len(v.pending))
	}
}
