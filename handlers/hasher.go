package handlers

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/alexedwards/argon2id"
)

var errBusy = errors.New("too many passwords to check at once")

const (
	hashQueue = 8                      // those who may wait for their turn
	busyRetry = 5 * time.Second        // for all others
	busyPause = 200 * time.Millisecond // before they are told, so that who tries without end doesn't keep the machine busy with saying no
)

// hasher checks passwords, so many at once as leave a core for everybody else, since a hash costs a core and 64 MiB.
type hasher struct {
	params argon2id.Params
	slots  chan struct{}
	queue  chan struct{}
	dummy  string // is compared where there is no user, so that this takes as long
}

func newHasher(params argon2id.Params) (*hasher, error) {
	h := &hasher{params: params, slots: make(chan struct{}, max(1, runtime.NumCPU()-1))}
	h.queue = make(chan struct{}, cap(h.slots)+hashQueue)
	var err error
	h.dummy, err = HashPassword("nobody's password", params)
	debug.FreeOSMemory()
	return h, err
}

// DefaultHash is what a password's hash costs: 64 MiB and 3 passes.
var DefaultHash = HashParams{Memory: 64 << 10, Iterations: 3, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword makes the hash of a new password.
func HashPassword(password string, params HashParams) (string, error) {
	hash, err := argon2id.CreateHash(password, &params)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// do runs f when it is its turn, or returns errBusy, after a moment, if too many wait already.
func (h *hasher) do(ctx context.Context, f func() error) error {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		pause := time.NewTimer(busyPause)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
		return errBusy
	}
	select {
	case h.slots <- struct{}{}:
		defer func() {
			<-h.slots
			if len(h.queue) == 1 {
				debug.FreeOSMemory() // a hash's 64 MiB are given back once nobody else waits, since nothing else runs meanwhile
			}
		}()
	case <-ctx.Done():
		return ctx.Err()
	}
	return f()
}
