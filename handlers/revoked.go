package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"cordboard/store"
)

// maxPending bounds what waits to be written. Each signing out needs a session, and none begins while nothing can be written.
const maxPending = 10_000

// revocations are sessions that were ended while the database could not be written: signing out and keeping somebody out must not depend on a full disk. They count at
// once, in memory, and are written, with their rows in the audit log, when there is room. A restart before that forgets them.
type revocations struct {
	mu       sync.Mutex
	sessions map[string]bool // by token hash
	users    map[int64]bool  // disabled
	pending  []*pendingWrite
}

// pendingWrite is what ends the sessions, or disables the user, in the database.
type pendingWrite struct {
	write  func(context.Context) error
	hashes []string
	userID int64 // whom it disables; 0: nobody
}

func newRevocations() *revocations {
	return &revocations{sessions: map[string]bool{}, users: map[int64]bool{}}
}

// has reports whether a session was ended here.
func (v *revocations) has(session store.Session) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sessions[session.TokenHash] || v.users[session.User.ID]
}

// add makes a revocation count, and keeps its write for later. What counts already is not kept twice.
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

// enable takes back that a user was disabled here; false if they were not.
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

// flush writes what waits, in order. What can't be written waits on, and counts on.
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
		gone := errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrNoChange) || errors.Is(err, store.ErrLastAdmin) // there is nothing left to write
		if err != nil && !gone {
			return err
		}
		v.mu.Lock()
		if len(v.pending) > 0 && v.pending[0] == p { // and not taken back meanwhile
			v.pending = v.pending[1:]
			for _, hash := range p.hashes {
				delete(v.sessions, hash) // the database knows it now
			}
			delete(v.users, p.userID)
		}
		v.mu.Unlock()
	}
}

// session returns the session of a token that is still good: ErrNotFound if it was ended, here in memory too.
func (s *Server) session(ctx context.Context, tokenHash string) (store.Session, error) {
	session, err := s.store.SessionByToken(ctx, tokenHash)
	if err == nil && s.revoked.has(session) {
		return store.Session{}, store.ErrNotFound
	}
	return session, err
}

// endNow ends a session whether or not that can be written now.
func (s *Server) endNow(r *http.Request, session store.Session) error {
	by := actor(r)
	err := s.store.SignOut(r.Context(), by, session.TokenHash)
	if !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	s.logPending(r, "sign-out", err)
	return s.revoked.add(&pendingWrite{
		write:  func(ctx context.Context) error { return s.store.SignOut(ctx, by, session.TokenHash) },
		hashes: []string{session.TokenHash},
	})
}

// endSessionsNow is store.EndSessions, whether or not that can be written now.
func (s *Server) endSessionsNow(r *http.Request, userID int64, only, keep string) error {
	by := actor(r)
	err := s.store.EndSessions(r.Context(), by, userID, only, keep)
	if !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	sessions, readErr := s.store.SessionsOf(r.Context(), userID)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	var hashes []string
	for _, n := range sessions {
		if n.TokenHash != keep && strings.HasPrefix(n.TokenHash, only) {
			hashes = append(hashes, n.TokenHash)
		}
	}
	if len(hashes) == 0 {
		return store.ErrNotFound
	}
	s.logPending(r, "end sessions", err)
	return s.revoked.add(&pendingWrite{
		write: func(ctx context.Context) error {
			return s.store.EndSessions(ctx, by, userID, only, keep)
		},
		hashes: hashes,
	})
}

// disable is store.SetDisabled, whether or not that can be written now. The last administrator is never kept out.
func (s *Server) disable(r *http.Request, u store.User) error {
	by := actor(r)
	err := s.store.SetDisabled(r.Context(), by, u.ID, true)
	if !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	users, readErr := s.store.Users(r.Context())
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	others := 0
	for _, other := range users {
		if other.Role == store.RoleAdmin && !other.Disabled && other.ID != u.ID && !s.revoked.has(store.Session{User: other}) {
			others++
		}
	}
	switch {
	case u.Disabled:
		return store.ErrNoChange
	case u.Role == store.RoleAdmin && others == 0:
		return store.ErrLastAdmin
	}
	s.logPending(r, "disable user", err)
	return s.revoked.add(&pendingWrite{
		write:  func(ctx context.Context) error { return s.store.SetDisabled(ctx, by, u.ID, true) },
		userID: u.ID,
	})
}

func (s *Server) logPending(r *http.Request, what string, err error) {
	s.log.ErrorContext(r.Context(), "revocation kept in memory", "what", what, "request_id", requestIDFrom(r.Context()), "err", err)
}

// flushRevoked writes what waits; what can't be written waits on.
func (s *Server) flushRevoked(ctx context.Context) {
	if err := s.revoked.flush(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "write revocations", "err", fmt.Errorf("wait on: %w", err))
	}
}
