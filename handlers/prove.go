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

// passwordProof is what came of asking for a password.
type passwordProof struct {
	wait    time.Duration // too many failures: not looked at
	good    bool
	problem string // of what else was asked for; "" if the password itself is wrong
}

// provePassword checks a password in its turn, unless limits are used up. A wrong one is counted and recorded as e in the same turn, so that many attempts
// at once don't all see the count from before. more is what else must hold once the password is right; what it says is wrong counts as a failure too.
func (s *Server) provePassword(r *http.Request, user store.User, password string, limits []throttle, by store.Actor, e store.Event, more func() (string, error)) (p passwordProof, err error) {
	ctx := r.Context()
	if p.wait, err = s.throttled(ctx, limits); err != nil || p.wait > 0 { // who is stopped takes no turn from anybody
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

// strangerFrom is the network of somebody whom we don't know, or "" for a person who is signed in or uses a browser that user has used before.
func (s *Server) strangerFrom(r *http.Request, user store.User) string {
	if userFrom(r.Context()) != nil || s.knownBrowser(r, user.ID) != "" {
		return ""
	}
	return networkKey(actor(r).Address)
}

// check compares a password, or, where there is nobody to compare with, spends the same time.
func (s *Server) check(user store.User, password string) (bool, error) {
	hash := user.PasswordHash
	if hash == "" || len(fold.Password(password)) > maxPassword {
		hash, password = s.hasher.dummy, firstRunes(password, 64)
		user.Disabled = true
	}
	folded := fold.Password(password)
	match, err := argon2id.ComparePasswordAndHash(folded, hash)
	if err == nil && folded != password { // whatever came of it, so that the time depends on what was typed alone; hashes of before are of what was typed
		var raw bool
		raw, err = argon2id.ComparePasswordAndHash(password, hash)
		match = match || raw
	}
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	return match && !user.Disabled, nil
}

// useCode checks a code and uses it up; "" if it was right.
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
