package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

const (
	maxNext = 16 * 1024 // bytes of the address to return to, which may contain a whole form
)

func (s *Server) showSignIn(w http.ResponseWriter, r *http.Request) error {
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

func (s *Server) signInPage(email, next, problem string) views.SignInPage {
	return views.SignInPage{
		Email:   email,
		Next:    next,
		Problem: problem,
		Sandbox: s.config.Sandbox,
		Limits: fmt.Sprintf(
			"Sessions end after %s of inactivity, and after %s at most.",
			words(s.config.SessionIdle),
			words(s.config.SessionMax),
		),
	}
}

func words(d time.Duration) string {
	if d >= time.Hour && d%time.Hour == 0 {
		return views.Count(int64(d/time.Hour), "hour", "hours")
	}
	return views.Count(int64(d/time.Minute), "minute", "minutes")
}

// gate sends a standalone page. It is never a fragment.
func (s *Server) gate(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	return send(r.Context(), w, status, page)
}

// wrongSignIn is the same for an unknown address, a wrong password and a disabled account.
const wrongSignIn = "Incorrect email or password. You are not signed in."

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) error {
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
func (s *Server) passwordGood(w http.ResponseWriter, r *http.Request, user store.User, next, failures string) error {
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

func (s *Server) signInThrottled(w http.ResponseWriter, r *http.Request, email, next string, wait time.Duration) error {
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

// retryAfter sets the Retry-After header and returns the wait as text.
func retryAfter(w http.ResponseWriter, wait time.Duration) string {
	w.Header().Set("Retry-After", strconv.Itoa(int(max(wait.Round(time.Second), time.Second).Seconds())))
	return views.Count(int64((wait+time.Minute-1)/time.Minute), "minute", "minutes")
}

// localPath returns next if it is a path of this portal that a form may lead to, and otherwise the overview.
func localPath(next string) string {
	const home = "/"
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") ||
		len(next) > maxNext {
		return home
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" ||
		slices.Contains([]string{"/signin", "/signin/code", "/signout", "/setup", "/link", "/confirm"}, u.Path) {
		return home
	}
	return u.RequestURI()
}
