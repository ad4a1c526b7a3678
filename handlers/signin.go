package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

func (s *signinHandler) showSignIn(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if userFrom(r.Context()) != nil {
		redirect(w, r, next)
		return nil
	}
	m := s.signInPage("", next, "")
	if r.URL.Query().Get("done") == "password" { // set with a link
		m.Done = "Your new password is set. Sign in with it."
	}
	return s.gate(w, r, http.StatusOK, views.SignIn(m))
}

// wrongSignIn is the same for an unknown address, a wrong password and a disabled account.
const wrongSignIn = "Incorrect email or password. You are not signed in."

func (s *signinHandler) signIn(w http.ResponseWriter, r *http.Request) error {
	email, password := firstRunes(typedEmail(r), identity.MaxEmail), r.PostForm.Get("password")
	next := localPath(r.PostForm.Get("next"))
	user, err := s.store.UserByEmail(r.Context(), email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("look up user: %w", err)
	}
	limits := identity.SignInLimits(email, actor(r).Address, s.knownBrowser(r, user.ID))
	by := actor(r)
	// The audit log never stores input that isn't an email address, since it may be a password.
	if by.Email = "(no address)"; identity.EmailProblem(email) == "" {
		by.Email = email
	}
	e := store.Event{Action: "session.signin", TargetName: by.Email, Detail: "incorrect email or password"}
	p, err := s.id.Passwords.Check(r.Context(), identity.PasswordCheck{
		User: user, Password: password, Limits: limits, Network: s.strangerFrom(r, user), By: by, Failure: e,
	})
	switch {
	case err != nil:
		return fmt.Errorf("sign in: %w", err)
	case p.Wait > 0:
		return s.signInThrottled(w, r, email, next, p.Wait)
	case !p.OK:
		return s.gate(w, r, http.StatusUnprocessableEntity, views.SignIn(s.signInPage(email, next, wrongSignIn)))
	}
	err = s.passwordGood(w, r, user, next, identity.Keys(limits)[0])
	if errors.Is(err, store.ErrUserChanged) { // while the password was being checked
		e.Outcome = store.OutcomeFailed
		if err := s.store.SignInFailed(r.Context(), by, e, identity.Keys(limits)...); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
		return s.gate(w, r, http.StatusUnprocessableEntity, views.SignIn(s.signInPage(email, next, wrongSignIn)))
	}
	return err
}

// passwordGood signs the user in, or redirects to the second factor.
func (s *signinHandler) passwordGood(w http.ResponseWriter, r *http.Request, user store.User, next, failures string) error {
	if user.Factor {
		if err := s.startSession(w, r, user, store.DoorPassword, true); err != nil {
			return err
		}
		redirect(w, r, views.CodeURL(next))
		return nil
	}
	if err := s.startSession(w, r, user, store.DoorPassword, false, failures); err != nil {
		return err
	}
	redirect(w, r, landingOr(user, next))
	return nil
}

// landingOr returns where a user goes after sign-in: next, or their start page if next is "/".
func landingOr(user store.User, next string) string {
	if next == "/" {
		return landing(user)
	}
	return next
}

func (s *signinHandler) signInThrottled(w http.ResponseWriter, r *http.Request, email, next string, wait time.Duration) error {
	s.log.InfoContext(
		r.Context(),
		"sign-in throttled",
		"request_id",
		requestIDFrom(r.Context()),
		"address",
		actor(r).Address,
	)
	problem := fmt.Sprintf(
		"Too many failed sign-ins. You are not signed in. Try again in %s, or use a browser that you have signed in "+
			"with before.",
		retryAfter(w, wait),
	)
	return s.gate(w, r, http.StatusTooManyRequests, views.SignIn(s.signInPage(email, next, problem)))
}
