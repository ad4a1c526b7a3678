package signin

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

// ShowSignIn shows the sign-in page, or leads on if somebody is signed in.
func (s *Handler) ShowSignIn(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"))
	if web.UserFrom(r.Context()) != nil {
		web.Redirect(w, r, next)
		return nil
	}
	m := s.SignInPage("", next, "")
	if r.URL.Query().Get("done") == "password" { // set with a link
		m.Done = "Your new password is set. Sign in with it."
	}
	return s.Gate(w, r, http.StatusOK, views.SignIn(m))
}

// wrongSignIn is the same for an unknown address, a wrong password and a disabled account.
const wrongSignIn = "Incorrect email or password. You are not signed in."

// SignIn checks email address and password. Unknown addresses, wrong passwords and disabled accounts get the same
// answer.
func (s *Handler) SignIn(w http.ResponseWriter, r *http.Request) error {
	email, password := web.FirstRunes(web.TypedEmail(r), identity.MaxEmail), r.PostForm.Get("password")
	next := web.LocalPath(r.PostForm.Get("next"))
	user, err := s.Store.UserByEmail(r.Context(), email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("look up user: %w", err)
	}
	limits := identity.SignInLimits(email, web.Actor(r).Address, s.KnownBrowser(r, user.ID))
	by := web.Actor(r)
	// The audit log never stores input that isn't an email address, since it may be a password.
	if by.Email = "(no address)"; identity.EmailProblem(email) == "" {
		by.Email = email
	}
	e := store.Event{Action: "session.signin", TargetName: by.Email, Detail: "incorrect email or password"}
	p, err := s.Identity.Passwords.Check(r.Context(), identity.PasswordCheck{
		User: user, Password: password, Limits: limits, Network: s.StrangerFrom(r, user), By: by, Failure: e,
	})
	switch {
	case err != nil:
		return fmt.Errorf("sign in: %w", err)
	case p.Wait > 0:
		return s.signInThrottled(w, r, email, next, p.Wait)
	case !p.OK:
		return s.Gate(w, r, http.StatusUnprocessableEntity, views.SignIn(s.SignInPage(email, next, wrongSignIn)))
	}
	err = s.passwordGood(w, r, user, next, identity.Keys(limits)[0])
	if errors.Is(err, store.ErrUserChanged) { // while the password was being checked
		e.Outcome = store.OutcomeFailed
		if err := s.Store.SignInFailed(r.Context(), by, e, identity.Keys(limits)...); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
		return s.Gate(w, r, http.StatusUnprocessableEntity, views.SignIn(s.SignInPage(email, next, wrongSignIn)))
	}
	return err
}

// passwordGood signs the user in, or redirects to the second factor.
func (s *Handler) passwordGood(w http.ResponseWriter, r *http.Request, user store.User, next, failures string) error {
	if user.Factor {
		if err := s.StartSession(w, r, user, store.DoorPassword, true); err != nil {
			return err
		}
		web.Redirect(w, r, views.CodeURL(next))
		return nil
	}
	if err := s.StartSession(w, r, user, store.DoorPassword, false, failures); err != nil {
		return err
	}
	web.Redirect(w, r, landingOr(user, next))
	return nil
}

// landingOr returns where a user goes after sign-in: next, or their start page if next is "/".
func landingOr(user store.User, next string) string {
	if next == "/" {
		return web.Landing(user)
	}
	return next
}

func (s *Handler) signInThrottled(w http.ResponseWriter, r *http.Request, email, next string, wait time.Duration) error {
	s.Log.InfoContext(
		r.Context(),
		"sign-in throttled",
		"request_id",
		web.RequestIDFrom(r.Context()),
		"address",
		web.Actor(r).Address,
	)
	problem := fmt.Sprintf(
		"Too many failed sign-ins. You are not signed in. Try again in %s, or use a browser that you have signed in "+
			"with before.",
		web.RetryAfter(w, wait),
	)
	return s.Gate(w, r, http.StatusTooManyRequests, views.SignIn(s.SignInPage(email, next, problem)))
}
