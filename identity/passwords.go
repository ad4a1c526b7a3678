package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"

	"cordboard/fold"
	"cordboard/store"
)

// Passwords checks and hashes passwords, only a few at a time.
type Passwords struct {
	store    *store.Store
	throttle *Throttle
	hasher   *hasher
}

// PasswordCheck is one attempt to prove a password.
type PasswordCheck struct {
	User     store.User // the zero User takes as long as any other
	Password string
	Limits   []Limit     // failures count against these
	Network  string      // of a stranger (NetworkOf); "" for someone who is signed in or uses a known browser
	By       store.Actor // who is audited
	Failure  store.Event // audited if the check fails
	// Also makes a further check once the password is right, if it isn't nil. A problem that it returns counts as a
	// failure too.
	Also func() (problem string, err error)
}

// PasswordResult is the result of a password check.
type PasswordResult struct {
	Wait    time.Duration // nonzero after too many failures: the password was not checked
	OK      bool
	Problem string // from the further check; "" if the password itself is wrong
}

// Check checks a password in its turn, unless the limits are used up. A wrong password is counted and audited in the
// same turn, so that concurrent attempts don't all see the previous count. It returns ErrBusy if too many are waiting.
func (p *Passwords) Check(ctx context.Context, c PasswordCheck) (result PasswordResult, err error) {
	if result.Wait, err = p.throttle.Wait(ctx, c.Limits); err != nil || result.Wait > 0 { // takes nobody's turn
		return result, err
	}
	err = p.hasher.do(ctx, c.Network, func() error {
		if result.Wait, err = p.throttle.Wait(ctx, c.Limits); err != nil || result.Wait > 0 {
			return err
		}
		matches, err := p.matches(c.User, c.Password)
		if err != nil {
			return err
		}
		if matches && c.Also != nil {
			if result.Problem, err = c.Also(); err != nil {
				return err
			}
		}
		if result.OK = matches && result.Problem == ""; result.OK {
			return nil
		}
		c.Failure.Outcome = store.OutcomeFailed
		if result.Problem != "" {
			c.Failure.Detail = result.Problem
		}
		return p.store.SignInFailed(ctx, c.By, c.Failure, Keys(c.Limits)...)
	})
	return result, err
}

// Hash hashes a new password in its turn, and calls use with the hash before the next one's turn. network is as in
// PasswordCheck.
func (p *Passwords) Hash(ctx context.Context, network, password string, use func(hash string) error) error {
	return p.hasher.do(ctx, network, func() error {
		hash, err := HashPassword(password, p.hasher.params)
		if err != nil {
			return err
		}
		return use(hash)
	})
}

// matches compares a password with the user's hash. Without a hash, or if the password is too long, it takes the same
// time and returns false.
func (p *Passwords) matches(user store.User, password string) (bool, error) {
	hash := user.PasswordHash
	if hash == "" || len(fold.Password(password)) > maxPassword {
		hash, password = p.hasher.dummy, password[:min(len(password), 64)]
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
