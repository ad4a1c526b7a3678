package identity

import (
	"context"
	"errors"
	"slices"
	"sync"

	"cordboard/store"
)

// maxPending limits the number of pending writes. Few are expected, because each sign-out needs a session, and no
// session starts while the database can't be written.
const maxPending = 10_000

// revocations contains the sessions that were ended and the users who were disabled while the database could not be
// written. Signing out and disabling a user must work even when the disk is full. Revocations take effect
// immediately, in memory, and are written with their audit entries once the database can be written again. A
// restart before that loses them.
type revocations struct {
	mu       sync.Mutex
	sessions map[string]bool // by token hash
	users    map[int64]bool  // disabled users
	pending  []*pendingWrite
}

// pendingWrite is a database write that ends sessions or disables a user.
type pendingWrite struct {
	write  func(context.Context) error
	hashes []string
	userID int64 // the user it disables; 0 means none
}

func newRevocations() *revocations {
	return &revocations{sessions: map[string]bool{}, users: map[int64]bool{}}
}

// has reports whether a session was ended, or its user disabled, in memory.
func (v *revocations) has(session store.Session) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sessions[session.TokenHash] || v.users[session.User.ID]
}

// add puts a revocation into effect and keeps its write for later. It ignores a revocation that is already in effect.
// It returns store.ErrUnavailable if too many writes are pending.
func (v *revocations) add(p *pendingWrite) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := p.userID == 0 || v.users[p.userID]
	for _, hash := range p.hashes {
		known = known && v.sessions[hash]
	}
	if known {
		return nil
	}
	if len(v.pending) == maxPending {
		return store.ErrUnavailable
	}
	for _, hash := range p.hashes {
		v.sessions[hash] = true
	}
	if p.userID != 0 {
		v.users[p.userID] = true
	}
	v.pending = append(v.pending, p)
	return nil
}

// enable enables a user who was disabled in memory, and cancels the pending write. It returns false if the user was not
// disabled in memory.
func (v *revocations) enable(userID int64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.users[userID] {
		return false
	}
	delete(v.users, userID)
	v.pending = slices.DeleteFunc(v.pending, func(p *pendingWrite) bool { return p.userID == userID })
	return true
}

// flush performs the pending writes in order until one fails. The failed write and those after it stay pending, and
// their revocations stay in effect.
func (v *revocations) flush(ctx context.Context) error {
	for {
		v.mu.Lock()
		if len(v.pending) == 0 {
			v.mu.Unlock()
			return nil
		}
		p := v.pending[0]
		v.mu.Unlock()
		err := p.write(ctx)
		// These errors mean that the write is no longer needed or possible.
		gone := errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrNoChange) ||
			errors.Is(err, store.ErrLastAdmin)
		if err != nil && !gone {
			return err
		}
		v.mu.Lock()
		if len(v.pending) > 0 && v.pending[0] == p { // not canceled in the meantime
			v.pending = v.pending[1:]
			for _, hash := range p.hashes {
				delete(v.sessions, hash) // the session has ended in the database
			}
			delete(v.users, p.userID)
		}
		v.mu.Unlock()
	}
}
