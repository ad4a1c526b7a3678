package identity

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/alexedwards/argon2id"
)

var cheapHash = HashParams{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// TestStrangersWaitInTurn checks that known users go first, that strangers wait in order, and that each network has a
// limited number of places.
func TestStrangersWaitInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(cheapHash, 1_000_000)
		h.slots = 1
		release, order := make(chan struct{}), make(chan string, 100)
		var all sync.WaitGroup
		wait := func(network, name string) {
			all.Go(func() {
				if err := h.do(t.Context(), network, func() error { order <- name; <-release; return nil }); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
			synctest.Wait()
		}
		wait("net-1", "first")
		for i := range networkQueue {
			wait("net-1", fmt.Sprint("stranger", i))
		}
		if err := h.do(t.Context(), "net-1", func() error { return nil }); !errors.Is(err, ErrBusy) {
			t.Errorf("one more of a network = %v, want ErrBusy", err)
		}
		wait("net-2", "another network")
		wait("", "known")
		close(release)
		all.Wait()
		close(order)
		var got []string
		for name := range order {
			got = append(got, name)
		}
		if got[0] != "first" || got[1] != "known" || got[2] != "stranger0" || got[len(got)-1] != "another network" {
			t.Errorf("order = %q", got)
		}
	})
}

// TestDummyHash checks that comparing with the hash of nobody's password costs what comparing with a user's costs.
func TestDummyHash(t *testing.T) {
	t.Parallel()
	params, salt, key, err := argon2id.DecodeHash(dummyHash(DefaultHash))
	if err != nil || *params != DefaultHash || len(salt) != 16 || len(key) != 32 {
		t.Errorf("the dummy has %+v, %d and %d bytes, %v; want %+v", params, len(salt), len(key), err, DefaultHash)
	}
	if one, other := dummyHash(cheapHash), dummyHash(cheapHash); one == other {
		t.Error("two portals have the same dummy, so its password could be known")
	}
}
