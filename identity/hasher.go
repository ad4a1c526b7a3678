package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/time/rate"

	"cordboard/fold"
)

// ErrBusy means that too many password checks are waiting. Try again after BusyRetry.
var ErrBusy = errors.New("too many password checks waiting")

const (
	knownQueue    = 8  // queue places for known users
	strangerQueue = 40 // queue places for strangers; at StrangersPerMinute, the queue empties within a minute
	networkQueue  = 8  // queue places for strangers from one network

	// BusyRetry is the time to wait before a retry after ErrBusy.
	BusyRetry = 5 * time.Second

	// busyPause delays ErrBusy, so that a client that retries endlessly doesn't keep the machine busy with
	// rejections.
	busyPause = 200 * time.Millisecond

	// StrangersPerMinute is the default limit on password checks per minute for all strangers combined. Bursts of up to
	// this number are allowed. Guessing from a thousand networks is therefore no faster than from a few, and CPU time
	// remains for known users.
	StrangersPerMinute = 60
)

// hasher limits concurrent password hashing. By default, a hash occupies one core and 64 MiB. hasher leaves one core
// free if there are several. Known users, who are recognized by their session or by a browser that they have used
// before, go first and have their own queue. All others are strangers. Strangers wait in order, and each network has
// only a few places in their queue.
type hasher struct {
	params argon2id.Params
	dummy  string // hash to check against for an unknown user, so that the check takes the same time
	slots  int

	mu        sync.Mutex
	running   int
	known     []*hashTurn
	strangers []*hashTurn
	pace      *rate.Limiter // limits strangers
	timer     *time.Timer   // fires when pace allows the next stranger
}

type hashTurn struct {
	network string // "" for known users
	ready   chan struct{}
}

func newHasher(params argon2id.Params, strangers int) *hasher {
	return &hasher{
		params: params,
		dummy:  dummyHash(params),
		slots:  max(1, runtime.NumCPU()-1),
		pace:   rate.NewLimiter(rate.Limit(strangers)/60, strangers),
	}
}

// dummyHash returns the hash of no password. It is random, because computing one would take most of a start.
func dummyHash(params argon2id.Params) string {
	random := func(n uint32) string {
		b := make([]byte, n)
		_, _ = rand.Read(b) // never fails
		return base64.RawStdEncoding.EncodeToString(b)
	}
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", params.Memory, params.Iterations, params.Parallelism,
		random(params.SaltLength), random(params.KeyLength))
}

// HashParams are the Argon2id parameters of password hashes.
type HashParams = argon2id.Params

// DefaultHash is the default cost of a password hash: 64 MiB and 3 passes.
var DefaultHash = HashParams{Memory: 64 << 10, Iterations: 3, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword returns the hash of a new password.
func HashPassword(password string, params HashParams) (string, error) {
	hash, err := argon2id.CreateHash(fold.Password(password), &params)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// do waits for its turn and runs f. If the queue has no room, it returns ErrBusy after busyPause. network is a
// stranger's network, or "" for a known user.
func (h *hasher) do(ctx context.Context, network string, f func() error) error {
	t := &hashTurn{network, make(chan struct{})}
	if !h.enter(t) {
		pause := time.NewTimer(busyPause)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
		return ErrBusy
	}
	select {
	case <-t.ready:
	case <-ctx.Done():
		if h.leave(t) {
			return ctx.Err()
		}
		<-t.ready // the turn came just as ctx ended
	}
	defer h.done()
	return f()
}

// enter adds t to its queue if there is room, and reports whether there was.
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

// leave removes t from its queue. It reports whether t was still waiting.
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

// worthFreeing is the minimum memory of a hash, in KiB, that makes a garbage collection worthwhile.
const worthFreeing = 8 << 10

// free returns the memory of hashes, 64 MiB each in production, to the operating system.
func (h *hasher) free() {
	if h.params.Memory >= worthFreeing {
		debug.FreeOSMemory()
	}
}

// dispatch starts as many waiting turns as slots and pace allow. The caller holds mu.
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
