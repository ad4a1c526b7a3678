package ycm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// order records the names of requests in the order in which the pacer releases them.
type order struct {
	mu    sync.Mutex
	names []string
}

// queue starts a request that waits for p.
func (o *order) queue(ctx context.Context, p *pacer, name string) {
	go func() {
		if p.wait(ctx) == nil {
			o.mu.Lock()
			o.names = append(o.names, name)
			o.mu.Unlock()
		}
	}()
	synctest.Wait() // until the request is queued or released
}

// want waits until all other goroutines are blocked, then compares the recorded names with names.
func (o *order) want(t *testing.T, when string, names ...string) {
	t.Helper()
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	if diff := cmp.Diff(names, o.names); diff != "" {
		t.Errorf("released %s (-want +got):\n%s", when, diff)
	}
}

func TestPeopleBeforeBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got order
		p := newPacer(60, 1, time.Now)
		got.queue(t.Context(), p, "first")
		for i := range 3 {
			got.queue(Background(t.Context()), p, fmt.Sprint("background ", i))
		}
		for i := range 2 {
			got.queue(t.Context(), p, fmt.Sprint("person ", i))
		}
		time.Sleep(10 * time.Second)
		got.want(t, "in ten seconds", "first", "person 0", "person 1", "background 0", "background 1", "background 2")
	})
}

func TestRate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		perMinute, burst, after int
		want                    int
	}{
		{60, 20, 0, 20},
		{60, 20, 10, 30},
		{60, 1, 5, 6},
		{6, 3, 60, 9},
		{0, 0, 0, 200},
		{60, -1, 0, 1},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			p := newPacer(tt.perMinute, tt.burst, time.Now)
			var out atomic.Int64
			for range 200 {
				go func() {
					if p.wait(ctx) == nil {
						out.Add(1)
					}
				}()
			}
			time.Sleep(time.Duration(tt.after)*time.Second + time.Millisecond)
			synctest.Wait()
			if got := int(out.Load()); got != tt.want {
				t.Errorf(
					"pacer with %d per minute, burst %d: released %d within %d s, want %d",
					tt.perMinute,
					tt.burst,
					got,
					tt.after,
					tt.want,
				)
			}
			cancel() // the synctest bubble requires all goroutines to end
		})
	}
}

// TestPauses checks that pauses double, up to 60 seconds, if YCM gives no delay, that rejections of concurrent requests
// count as one, and that a shorter delay doesn't shorten a pause.
func TestPauses(t *testing.T) {
	t.Parallel()
	clock := newClock()
	p := newPacer(0, 0, clock.Now)
	var got []time.Duration
	for range 6 {
		for range maxInFlight {
			p.slowDown(0)
		}
		got = append(got, p.paused.Sub(clock.Now()))
		clock.Add(got[len(got)-1])
	}
	p.fine()
	p.slowDown(0)
	got = append(got, p.paused.Sub(clock.Now()))
	p.slowDown(30 * time.Second)
	p.slowDown(time.Second) // must not shorten the pause
	got = append(got, p.paused.Sub(clock.Now()))
	want := []time.Duration{5, 10, 20, 40, 60, 60, 5, 30}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

// TestPauseHoldsAll checks that a pause blocks all requests, including those already waiting, and that a request
// whose deadline is before the end of the pause fails immediately.
func TestPauseHoldsAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got order
		p := newPacer(60, 1, time.Now)
		got.queue(t.Context(), p, "first")
		got.queue(t.Context(), p, "second")
		p.slowDown(30 * time.Second)
		got.queue(t.Context(), p, "third")

		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 29*time.Second)
		defer cancel()
		err := p.wait(ctx)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrRate) || !e.NotSent || e.RetryAfter != 30*time.Second ||
			time.Since(start) != 0 {
			t.Errorf("wait = %v after %v, want %v with RetryAfter 30 s at once", err, time.Since(start), ErrRate)
		}
		time.Sleep(29 * time.Second)
		got.want(t, "during the pause", "first")
		time.Sleep(2 * time.Second)
		got.want(t, "as a probe", "first", "second")
		p.fine()
		p.release()
		time.Sleep(2 * time.Second)
		got.want(t, "after the pause", "first", "second", "third")
	})
}

func TestCancelledWaiterLeavesQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(60, 1, time.Now)
		_ = p.wait(t.Context())
		for _, ctx := range []context.Context{t.Context(), Background(t.Context())} {
			ctx, cancel := context.WithCancel(ctx)
			done := make(chan error)
			go func() { done <- p.wait(ctx) }()
			synctest.Wait()
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("wait = %v, want %v", err, context.Canceled)
			}
		}
		if len(p.people)+len(p.background) != 0 {
			t.Errorf("waiting = %d and %d, want 0 and 0", len(p.people), len(p.background))
		}
	})
}

// TestOneProbePerPause checks that, while YCM responds with 429, only one request is sent after each pause, however
// many requests are waiting.
func TestOneProbePerPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := newPacer(0, 0, time.Now)
		p.slowDown(10 * time.Second)
		var out atomic.Int64
		answer := func() { p.slowDown(10 * time.Second) }
		for range 50 {
			go func() {
				for p.wait(ctx) == nil {
					out.Add(1)
					time.Sleep(100 * time.Millisecond) // YCM's response time
					answer()
					p.release()
				}
			}()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := out.Load(); n < 4 || n > 6 {
			t.Errorf("requests in a minute of 429 = %d, want one every 10 s", n)
		}
		cancel()
	})
}

// TestProbeGivenBack checks that the next request is released after a probe that was never sent or got no response.
func TestProbeGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0, 0, time.Now)
		p.slowDown(time.Second)
		for range 3 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatalf("wait: %v", err)
			}
			p.release()
		}
	})
}
