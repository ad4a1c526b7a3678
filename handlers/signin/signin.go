package signin

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"cordboard/fleet/operations/create"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/lists"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/signin"
	"cordboard/views/ui"
)

// ShowSignIn shows the sign-in page. If the user is already signed in, it redirects to the requested page.
func (h *Handler) ShowSignIn(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"))
	if web.UserFrom(r.Context()) != nil {
		web.Redirect(w, r, next)
		return nil
	}
	m := h.signInPage("", next, "")
	if r.URL.Query().Get("done") == "password" { // the password was set with a link
		m.Done = "Your new password is set. Sign in with it."
	}
	return h.gate(w, r, http.StatusOK, views.SignIn(m))
}

// wrongSignIn is the message for an unknown address, a wrong password or a disabled account.
const wrongSignIn = "Incorrect email or password. You are not signed in."

// SignIn checks the email address and the password. Unknown addresses, wrong passwords and disabled accounts get the
// same response.
func (h *Handler) SignIn(w http.ResponseWriter, r *http.Request) error {
	email, password := fold.FirstRunes(web.TypedEmail(r), identity.MaxEmail), r.PostForm.Get("password")
	next := web.LocalPath(r.PostForm.Get("next"))
	user, err := h.users.UserByEmail(r.Context(), email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("look up user: %w", err)
	}
	limits := identity.SignInLimits(email, web.Actor(r).Address, h.site.Sessions.KnownBrowser(r, user.ID))
	by := web.Actor(r)
	// Input that isn't an email address may be a password, so the audit log must not store it.
	if by.Email = "(not an email address)"; identity.EmailProblem(email) == "" {
		by.Email = email
	}
	e := store.Event{
		Action:     "session.signin",
		TargetName: by.Email,
		Notes:      []store.Note{store.NewNote(store.NoteWrongSignIn)},
	}
	p, err := h.passwords.Check(r.Context(), identity.PasswordCheck{
		User: user, Password: password, Limits: limits, Network: h.site.Sessions.StrangerFrom(r, user), By: by, Failure: e,
	})
	switch {
	case err != nil:
		return fmt.Errorf("sign in: %w", err)
	case p.Wait > 0:
		return h.signInThrottled(w, r, email, next, p.Wait)
	case !p.OK:
		return h.gate(w, r, http.StatusUnprocessableEntity, views.SignIn(h.signInPage(email, next, wrongSignIn)))
	}
	err = h.passwordGood(w, r, user, next, identity.Keys(limits)[0])
	if errors.Is(err, store.ErrUserChanged) { // the user's account changed during the sign-in
		e.Outcome = store.OutcomeFailed
		if err := h.failures.SignInFailed(r.Context(), by, e, identity.Keys(limits)...); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
		return h.gate(w, r, http.StatusUnprocessableEntity, views.SignIn(h.signInPage(email, next, wrongSignIn)))
	}
	return err
}

// passwordGood signs the user in or, if the user has a second factor, redirects to the page that asks for a code.
func (h *Handler) passwordGood(w http.ResponseWriter, r *http.Request, user store.User, next, failures string) error {
	session := store.Session{User: user, Method: store.AuthPassword, AwaitingSecondFactor: user.Factor}
	if session.AwaitingSecondFactor {
		if err := h.site.Sessions.Start(w, r, session); err != nil {
			return err
		}
		web.Redirect(w, r, ui.CodeURL(next))
		return nil
	}
	if err := h.site.Sessions.Start(w, r, session, failures); err != nil {
		return err
	}
	web.Redirect(w, r, landingOr(user, next))
	return nil
}

// landingOr returns the path of the page that a user sees after sign-in: next, or their start page if next is "/".
func landingOr(user store.User, next string) string {
	if next == "/" {
		return lists.Landing(user)
	}
	return next
}

func (h *Handler) signInThrottled(
	w http.ResponseWriter,
	r *http.Request,
	email, next string,
	wait time.Duration,
) error {
	h.site.Log.InfoContext(
		r.Context(),
		"sign-in throttled",
		"request_id",
		web.RequestIDFrom(r.Context()),
		"address",
		web.Actor(r).Address,
	)
	problem := fmt.Sprintf(
		"Too many failed sign-ins. You are not signed in. Try again in %s, or use a browser in which you have "+
			"signed in before.",
		web.RetryAfter(w, wait),
	)
	return h.gate(w, r, http.StatusTooManyRequests, views.SignIn(h.signInPage(email, next, problem)))
}

// ToSignIn sends the user to the sign-in page. Signing in returns the user to the page of a GET request, or to the page
// of a posted form. After any other request, it opens the start page.
func (h *Handler) ToSignIn(w http.ResponseWriter, r *http.Request) {
	next := ""
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		next = r.URL.RequestURI()
	} else {
		next = formURL(r)
	}
	w.Header().Add("Vary", "HX-Request")
	to := ui.SignInURL(next)
	switch long := len(to) > web.MaxLocation; {
	case r.Header.Get("HX-Request") == "true":
		if long {
			to = ui.SignInURL("")
		}
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized)
	case long: // the URL to return to is too long for a redirect, so the sign-in form contains it
		_ = h.gate(w, r, http.StatusOK, views.SignIn(h.signInPage("", web.LocalPath(next), "")))
	default:
		http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // always /signin
	}
}

// formURL returns the URL of the page with the form that r posts, or "" if r doesn't start a change in YCM or add a
// task or note. Unless they are too long, the URL has the values that were typed, so that the page restores them.
func formURL(r *http.Request) string {
	path, kept := r.URL.EscapedPath(), maps.Clone(r.PostForm)
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case slices.Contains([]string{"/pbxs", "/pbxs/new", "/presets"}, path) && kept.Has("attempt"):
		form := create.FormOf(kept).Values()
		form.Set("attempt", kept.Get("attempt"))
		if to := ui.NewPBXURL(form); len(to) <= web.MaxNext {
			return to
		}
		return ui.NewPBXURL(nil)
	case path == "/snoozes":
		path += "/new"
	case path == "/renewals":
	case parts[0] != "pbxs" && parts[0] != "customers":
		return ""
	case path == "/customers":
		path += "/new"
	case parts[0] == "customers" && len(parts) == 2:
		path += "/edit"
	case len(parts) != 3:
		return ""
	case parts[2] == "notes" || parts[0] == "customers" && parts[2] == "owner":
		path = strings.TrimSuffix(path, "/"+parts[2])
	}
	for _, name := range []string{"confirmName", "preview", "reviewed", "sendAnyway"} {
		kept.Del(name) // a confirmation of what the user saw then
	}
	kept.Set("signedOut", "yes")
	if to := path + "?" + kept.Encode(); len(to) <= web.MaxNext {
		return to
	}
	return path + "?signedOut=yes"
}

// signInPage returns the model of the sign-in page.
func (h *Handler) signInPage(email, next, problem string) views.SignInPage {
	return views.SignInPage{
		Email:   email,
		Next:    next,
		Problem: problem,
		Sandbox: h.site.Config.Sandbox,
		Limits: fmt.Sprintf(
			"You will be signed out after %s of inactivity, or %s after you sign in.",
			words(h.site.Config.SessionIdle),
			words(h.site.Config.SessionMax),
		),
	}
}

// words formats a duration in hours or minutes, such as "10 hours".
func words(d time.Duration) string {
	if d >= time.Hour && d%time.Hour == 0 {
		return ui.Count(int64(d/time.Hour), "hour", "hours")
	}
	return ui.Count(int64(d/time.Minute), "minute", "minutes")
}

// gate sends a standalone page, never a fragment.
func (h *Handler) gate(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	return web.Send(r.Context(), w, status, page)
}
