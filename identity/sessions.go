package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"cordboard/store"
)

// clockTolerance is how far in the future a time recorded by Cordboard may be. A later time is assumed to come from a
// wrong clock.
const clockTolerance = time.Minute

// Sessions manages signed-in sessions: which of them are valid, when they were last used, and how they end. Ending a
// session works even while the database can't be written.
type Sessions struct {
	store   sessionStore
	log     *slog.Logger
	now     func() time.Time
	idle    time.Duration
	revoked *revocations

	mu    sync.Mutex
	seen  map[string]time.Time // times of last use that are not yet written, by token hash
	ended chan struct{}        // closed by NotifyEnded
}

// ByToken is like store.SessionByToken, but also returns store.ErrNotFound if the session was ended, or its user
// disabled, in memory.
func (s *Sessions) ByToken(ctx context.Context, tokenHash string) (store.Session, error) {
	session, err := s.store.SessionByToken(ctx, tokenHash)
	if err == nil && s.revoked.has(session) {
		return store.Session{}, store.ErrNotFound
	}
	return session, err
}

// Touch records that a session is being used now. The next Flush writes the time.
func (s *Sessions) Touch(tokenHash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[tokenHash] = s.now()
}

// LastSeen returns the time at which a session was last used: the later of the time in memory and session.SeenAt.
func (s *Sessions) LastSeen(session store.Session) time.Time {
	s.mu.Lock()
	last := s.seen[session.TokenHash]
	s.mu.Unlock()
	if session.SeenAt.After(last) {
		return session.SeenAt
	}
	return last
}

// IsIdle reports whether a session has been idle for too long. A session whose last use is in the future, because of a
// wrong clock, also counts as idle.
func (s *Sessions) IsIdle(session store.Session) bool {
	unused := s.now().Sub(s.LastSeen(session))
	return unused > s.idle || unused < -clockTolerance
}

// NotifyEnded closes the channel that Ended returned, so that the goroutines waiting on it check their sessions
// immediately.
func (s *Sessions) NotifyEnded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.ended)
	s.ended = make(chan struct{})
}

// Ended returns a channel that the next call to NotifyEnded closes.
func (s *Sessions) Ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// Flush writes the pending revocations, and the times at which sessions were last used. It logs errors.
func (s *Sessions) Flush(ctx context.Context) {
	s.flushRevoked(ctx)
	s.flushSeen(ctx)
}

func (s *Sessions) flushRevoked(ctx context.Context) {
	if err := s.revoked.flush(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "write revocations", "err", fmt.Errorf("still pending: %w", err))
	}
}

func (s *Sessions) flushSeen(ctx context.Context) {
	s.mu.Lock()
	seen := s.seen
	s.seen = map[string]time.Time{}
	s.mu.Unlock()
	if len(seen) == 0 {
		return
	}
	if err := s.store.TouchSessions(ctx, seen); err != nil && !errors.Is(err, context.Canceled) {
		s.log.Error("write last use of sessions", "err", err)
		// Keep the times in memory, so that active sessions don't become idle while the disk is full.
		s.mu.Lock()
		defer s.mu.Unlock()
		for hash, at := range seen {
			if at.After(s.seen[hash]) {
				s.seen[hash] = at
			}
		}
	}
}

// Drop ends a session without an audit entry, for example one that still awaits the second factor.
func (s *Sessions) Drop(ctx context.Context, tokenHash string) error {
	if s.revoked.has(store.Session{TokenHash: tokenHash}) {
		return nil // the pending write will end it, and add any audit entry
	}
	err := s.store.EndSession(ctx, tokenHash)
	if errors.Is(err, store.ErrUnavailable) {
		return s.revoked.add(&pendingWrite{
			write:  func(ctx context.Context) error { return s.store.EndSession(ctx, tokenHash) },
			hashes: []string{tokenHash},
		})
	}
	return err
}

// SignOut ends a session and audits the sign-out. If the database can't be written now, it ends the session in memory
// and audits the sign-out later.
func (s *Sessions) SignOut(ctx context.Context, by store.Actor, session store.Session) error {
	err := s.store.SignOut(ctx, by, session.TokenHash)
	if !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return s.later(ctx, by, "sign-out", err, &pendingWrite{
		write:  func(ctx context.Context) error { return s.store.SignOut(ctx, by, session.TokenHash) },
		hashes: []string{session.TokenHash},
	})
}

// End is like store.EndSessions, but ends the sessions in memory if the database can't be written now.
func (s *Sessions) End(ctx context.Context, by store.Actor, userID int64, only, keep string) error {
	err := s.store.EndSessions(ctx, by, userID, only, keep)
	if !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	sessions, readErr := s.store.SessionsOf(ctx, userID)
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
	return s.later(ctx, by, "end sessions", err, &pendingWrite{
		write:  func(ctx context.Context) error { return s.store.EndSessions(ctx, by, userID, only, keep) },
		hashes: hashes,
	})
}

// Disable is like store.DisableUser, but disables the user in memory if the database can't be written now. It returns
// store.ErrLastAdmin for the last admin.
func (s *Sessions) Disable(ctx context.Context, by store.Actor, u store.User) error {
	err := s.store.DisableUser(ctx, by, u.ID)
	if !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	users, readErr := s.store.Users(ctx)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	others := 0
	for _, other := range users {
		revoked := s.revoked.has(store.Session{User: other})
		if other.Role == store.RoleAdmin && !other.Disabled && other.ID != u.ID && !revoked {
			others++
		}
	}
	switch {
	case u.Disabled:
		return store.ErrNoChange
	case u.Role == store.RoleAdmin && others == 0:
		return store.ErrLastAdmin
	}
	return s.later(ctx, by, "disable user", err, &pendingWrite{
		write:  func(ctx context.Context) error { return s.store.DisableUser(ctx, by, u.ID) },
		userID: u.ID,
	})
}

// Enable enables a disabled user, who may have been disabled only in memory.
func (s *Sessions) Enable(ctx context.Context, by store.Actor, u store.User) error {
	if s.revoked.enable(u.ID) && !u.Disabled {
		return nil
	}
	return s.store.EnableUser(ctx, by, u.ID)
}

// later logs err, puts a revocation into effect in memory, and keeps its write for the next Flush.
func (s *Sessions) later(ctx context.Context, by store.Actor, what string, err error, p *pendingWrite) error {
	s.log.ErrorContext(ctx, "revocation kept in memory", "what", what, "request_id", by.RequestID, "err", err)
	return s.revoked.add(p)
}
