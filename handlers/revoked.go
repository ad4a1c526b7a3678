package handlers

import (
	"context"
	"cordboard/store"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// maxPending bounds what waits to be written. Each signing out needs a session, and none begins while nothing can be written.
const maxPending = 10_000

// revocations are sessions that were ended while the database could not be written: signing out and keeping somebody out must not depend on a full disk. They count at
// once, in memory, and are written, with their rows in the audit log, when there is room.
type revocations struct {
	mu       sync.Mutex
	sessions map[string]bool // by token hash
	users    map[int64]bool  // disabled
	pending  []func(context.Context) error
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

// add ends sessions in memory, and keeps write for later.
func (v *revocations) add(write func(context.Context) error, hashes ...string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.pending) == maxPending {
		return store.ErrUnavailable
	}
	for _, hash := range hashes {
		v.sessions[hash] = true
	}
	v.pending = append(v.pending, write)
	return nil
}

// disable keeps a user out in memory, and keeps write for later.
func (v *revocations) disable(userID int64, write func(context.Context) error) error {
	v.mu.Lock()
	v.users[userID] = true
	v.mu.Unlock()
	return v.add(write)
}

// enable takes disable back, before or after it was written.
func (v *revocations) enable(userID int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.users, userID)
}

// flush writes what waits, in order, and returns ErrUnavailable for as long as that doesn't work.
func (v *revocations) flush(ctx context.Context) error {
	for {
		v.mu.Lock()
		if len(v.pending) == 0 {
			clear(v.sessions) // the database knows them now
			clear(v.users)
			v.mu.Unlock()
			return nil
		}
		write := v.pending[0]
		v.mu.Unlock()
		// What changed meanwhile, such as a session that ran out, needs no writing any more.
		if err := write(ctx); errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
		v.mu.Lock()
		v.pending = v.pending[1:]
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
	return s.revoked.add(func(ctx context.Context) error { return s.store.SignOut(ctx, by, session.TokenHash) }, session.TokenHash)
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
	return s.revoked.add(func(ctx context.Context) error { return s.store.EndSessions(ctx, by, userID, only, keep) }, hashes...)
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
	return s.revoked.disable(u.ID, func(ctx context.Context) error { return s.store.SetDisabled(ctx, by, u.ID, true) })
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
