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
	store    failureWriter
	throttle *Throttle
	hasher   *hasher
}

// PasswordCheck is one attempt to authenticate with a password.
type PasswordCheck struct {
	User     store.User // for the zero User, the check fails but takes the same time
	Password string
	Limits   []Limit     // failures count against these
	Network  string      // a stranger's network (see NetworkOf); "" for a signed-in user or a known browser
	By       store.Actor // actor in the audit log
	Failure  store.Event // audited if the check fails
	// Also is an additional check that runs if the password is correct; nil means none. A problem that it returns
	// counts as a failure.
	Also func() (Problem, error)
	// AlsoText writes a problem that Also returns as a sentence for the audit log. It is required if Also isn't nil.
	AlsoText func(Problem) string
}

// PasswordResult is the result of a password check.
type PasswordResult struct {
	Wait    time.Duration // nonzero after too many failures: the password was not checked
	OK      bool
	Problem Problem // returned by Also; "" if the password itself is wrong
}

// Check waits for its turn and checks a password, unless a limit has been reached. A wrong password is counted and
// audited in the same turn, so that concurrent attempts don't all see the previous count. Check returns ErrBusy if too
// many checks are waiting.
func (p *Passwords) Check(ctx context.Context, c PasswordCheck) (result PasswordResult, err error) {
	if result.Wait, err = p.throttle.Wait(ctx, c.Limits); err != nil || result.Wait > 0 { // before taking a turn
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
			c.Failure.Notes = store.Messages(c.AlsoText(result.Problem))
		}
		return p.store.SignInFailed(ctx, c.By, c.Failure, Keys(c.Limits)...)
	})
	return result, err
}

// Hash waits for its turn, hashes a new password, and calls use with the hash in the same turn. network is as in
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

// matches reports whether a password matches the hash of an enabled user. If the user has no hash or the password
// is too long, it takes the same time and returns false.
func (p *Passwords) matches(user store.User, password string) (bool, error) {
	hash := user.PasswordHash
	if hash == "" || len(fold.Password(password)) > MaxPassword {
		hash, password = p.hasher.dummy, password[:min(len(password), 64)]
		user.Disabled = true
	}
	folded := fold.Password(password)
	match, err := argon2id.ComparePasswordAndHash(folded, hash)
	// Older hashes were made from the password exactly as typed. The second comparison is made regardless of the first
	// result, so that the time depends only on the input.
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
