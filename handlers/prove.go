package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/argon2id"

	"cordboard/fold"
	"cordboard/store"
)

// passwordProof is the result of a password check.
type passwordProof struct {
	wait    time.Duration // nonzero after too many failures: the password was not checked
	good    bool
	problem string // from the additional check; "" if the password itself is wrong
}

// provePassword checks a password in its turn, unless the limits are used up. A wrong password is counted and
// recorded as e in the same turn, so that concurrent attempts don't all see the previous count. If the password is
// right, more makes an additional check; a problem that it returns counts as a failure too.
func (s *Server) provePassword(r *http.Request, user store.User, password string, limits []throttle, by store.Actor, e store.Event, more func() (string, error)) (p passwordProof, err error) {
	ctx := r.Context()
	if p.wait, err = s.throttled(ctx, limits); err != nil || p.wait > 0 { // a throttled request takes nobody's turn
		return p, err
	}
	err = s.hasher.do(ctx, s.strangerFrom(r, user), func() error {
		if p.wait, err = s.throttled(ctx, limits); err != nil || p.wait > 0 {
			return err
		}
		good, err := s.check(user, password)
		if err != nil {
			return err
		}
		if good && more != nil {
			if p.problem, err = more(); err != nil {
				return err
			}
		}
		if p.good = good && p.problem == ""; p.good {
			return nil
		}
		e.Outcome = store.OutcomeFailed
		if p.problem != "" {
			e.Detail = p.problem
		}
		return s.store.SignInFailed(ctx, by, e, keysOf(limits)...)
	})
	return p, err
}

// strangerFrom returns the client's network, or "" if somebody is signed in or the browser is one that user has
// used before.
func (s *Server) strangerFrom(r *http.Request, user store.User) string {
	if userFrom(r.Context()) != nil || s.knownBrowser(r, user.ID) != "" {
		return ""
	}
	return networkKey(actor(r).Address)
}

// check compares a password with the user's hash. Without a hash, or if the password is too long, it takes the same
// time and returns false.
func (s *Server) check(user store.User, password string) (bool, error) {
	hash := user.PasswordHash
	if hash == "" || len(fold.Password(password)) > maxPassword {
		hash, password = s.hasher.dummy, firstRunes(password, 64)
		user.Disabled = true
	}
	folded := fold.Password(password)
	match, err := argon2id.ComparePasswordAndHash(folded, hash)
	// Older hashes are of the password as it was typed. The second comparison doesn't depend on the first result,
	// so that the time depends only on the input.
	if err == nil && folded != password {
		var raw bool
		raw, err = argon2id.ComparePasswordAndHash(password, hash)
		match = match || raw
	}
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return match && !user.Disabled, nil
}

// useCode checks a code and marks it as used. The answer's problem is "" if the code was right.
func (s *Server) useCode(r *http.Request, user store.User, typed string) (answer codeAnswer, err error) {
	answer, err = s.checkCode(r.Context(), user, typed)
	if err != nil || answer.problem != "" {
		return answer, err
	}
	err = s.store.UseProof(r.Context(), user.ID, answer.proof)
	if errors.Is(err, store.ErrCodeUsed) {
		answer.problem, err = usedProof(answer.proof), nil
	}
	return answer, err
}
