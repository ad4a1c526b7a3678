package handlers

import (
	"context"
	"cordboard/fold"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/time/rate"
)

var errBusy = errors.New("too many passwords to check at once")

const (
	knownQueue    = 8                      // places to wait for people whom we know
	strangerQueue = 40                     // and for all others; all of them are served within a minute
	networkQueue  = 8                      // of those, for one network
	busyRetry     = 5 * time.Second        // for everybody else
	busyPause     = 200 * time.Millisecond // before they are told, so that who tries without end doesn't keep the machine busy with saying no

	// strangersAMinute bounds how many passwords are checked for people whom we don't know, after as many at once: guessing goes no faster from a thousand networks
	// than from a few, and leaves the cores to everybody else.
	strangersAMinute = 60
)

// hasher checks passwords, so many at once as leave a core for everybody else, since a hash costs a core and 64 MiB. People whom we know, by their session or a
// browser that they have used before, go first and have places of their own to wait in; strangers wait in turn, in a few places for each network.
type hasher struct {
	params argon2id.Params
	dummy  string // is compared where there is no user, so that this takes as long
	slots  int

	mu        sync.Mutex
	running   int
	known     []*hashTurn
	strangers []*hashTurn
	pace      *rate.Limiter // of strangers
	timer     *time.Timer   // for when the pace lets the next one go
}

type hashTurn struct {
	network string // "" for people whom we know
	ready   chan struct{}
}

func newHasher(params argon2id.Params, strangers int) (*hasher, error) {
	h := &hasher{params: params, slots: max(1, runtime.NumCPU()-1), pace: rate.NewLimiter(rate.Limit(strangers)/60, strangers)}
	var err error
	h.dummy, err = HashPassword("nobody's password", params)
	h.free()
	return h, err
}

// DefaultHash is what a password's hash costs: 64 MiB and 3 passes.
var DefaultHash = HashParams{Memory: 64 << 10, Iterations: 3, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword makes the hash of a new password.
func HashPassword(password string, params HashParams) (string, error) {
	hash, err := argon2id.CreateHash(fold.Password(password), &params)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// do runs f when it is its turn, or returns errBusy, after a moment, if too many wait already. network is where a stranger comes from, "" for people whom we know.
func (h *hasher) do(ctx context.Context, network string, f func() error) error {
	t := &hashTurn{network, make(chan struct{})}
	if !h.enter(t) {
		pause := time.NewTimer(busyPause)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
		return errBusy
	}
	select {
	case <-t.ready:
	case <-ctx.Done():
		if h.leave(t) {
			return ctx.Err()
		}
		<-t.ready // its turn came at the same time
	}
	defer h.done()
	return f()
}

// enter lets t wait, if there is a place.
func (h *hasher) enter(t *hashTurn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.network == "" {
		if len(h.known) == knownQueue && h.running == h.slots {
			return false
		}
		h.known = append(h.known, t)
	} else {
		same := 0
		for _, other := range h.strangers {
			if other.network == t.network {
				same++
			}
		}
		if same == networkQueue || len(h.strangers) == strangerQueue {
			return false
		}
		h.strangers = append(h.strangers, t)
	}
	h.dispatch()
	return true
}

// leave takes t out of its queue; false if its turn has come.
func (h *hasher) leave(t *hashTurn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, queue := range []*[]*hashTurn{&h.known, &h.strangers} {
		if i := slices.Index(*queue, t); i >= 0 {
			*queue = slices.Delete(*queue, i, i+1)
			return true
		}
	}
	return false
}

func (h *hasher) done() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running--
	h.dispatch()
	if h.running == 0 {
		h.free()
	}
}

// free returns the memory of the hashes to the system once no hash is running. It takes a garbage collection, which is
// worth it for the 64 MiB of a real hash alone.
func (h *hasher) free() {
	if h.params.Memory >= worthFreeing {
		debug.FreeOSMemory()
	}
}

const worthFreeing = 8 << 10 // KiB

// dispatch lets go whoever may. The caller holds mu.
func (h *hasher) dispatch() {
	for h.running < h.slots {
		queue := &h.known
		if len(h.known) == 0 {
			if len(h.strangers) == 0 {
				return
			}
			r := h.pace.Reserve()
			if delay := r.Delay(); delay > 0 {
				r.Cancel()
				h.wakeIn(delay)
				return
			}
			queue = &h.strangers
		}
		close((*queue)[0].ready)
		*queue = (*queue)[1:]
		h.running++
	}
}

func (h *hasher) wakeIn(d time.Duration) {
	if h.timer != nil {
		h.timer.Stop()
	}
	h.timer = time.AfterFunc(d, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.dispatch()
	})
}
