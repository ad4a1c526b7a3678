package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

// confirmField is the password field of the confirmation form. No other form has a field of this name.
const confirmField = "confirmPassword"

// recent requires that the user signed in or confirmed their identity within the last ten minutes. It asks all
// others for their password and, if they have a second factor, a code. A GET is redirected to the confirmation
// page. For a POST, the confirmation form carries the posted fields, so that users don't have to type them again.
func (s *signinHandler) recent(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case s.isRecent(r):
			next.ServeHTTP(w, r)
			return nil
		case r.Method != http.MethodPost:
			redirect(w, r, views.ConfirmURL(r.URL.RequestURI()))
			return nil
		}
		page := s.confirmPage(r, r.URL.RequestURI())
		for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
			if name == confirmField || name == "confirmCode" || strings.Contains(strings.ToLower(name), "password") {
				continue // secrets are never sent back
			}
			for _, value := range r.PostForm[name] {
				page.Hidden = append(page.Hidden, views.Hidden{Name: name, Value: value})
			}
		}
		if !r.PostForm.Has(confirmField) {
			about(r, "", r.URL.Path, "confirmation required first")
			return s.render(
				w,
				r,
				http.StatusForbidden,
				"Confirm your identity",
				views.Confirm(page),
				views.Confirm(page),
			)
		}
		renewed, err := s.proveAgain(w, r, &page)
		if err != nil || renewed == nil {
			return err
		}
		recordingFrom(renewed.Context()).rows.Store(0) // the confirmation is audited; next needs its own entry
		next.ServeHTTP(w, renewed)
		return nil
	})
}

func (s *signinHandler) confirmPage(r *http.Request, action string) views.ConfirmPage {
	user := userFrom(r.Context())
	cancel := "/account"
	if user.Role == store.RoleAdmin && !strings.HasPrefix(action, "/account") {
		cancel = "/team"
	}
	return views.ConfirmPage{
		Action:  action,
		Cancel:  cancel,
		Email:   user.Email,
		Code:    user.Factor,
		Minutes: words(recentFor),
	}
}

func (s *signinHandler) showConfirm(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if s.isRecent(r) {
		redirect(w, r, next)
		return nil
	}
	page := s.confirmPage(r, "/confirm")
	page.Hidden = []views.Hidden{{Name: "next", Value: next}}
	return s.render(w, r, http.StatusOK, "Confirm your identity", views.Confirm(page), views.Confirm(page))
}

func (s *signinHandler) confirm(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.PostForm.Get("next"))
	page := s.confirmPage(r, "/confirm")
	page.Hidden = []views.Hidden{{Name: "next", Value: next}}
	renewed, err := s.proveAgain(w, r, &page)
	if err != nil || renewed == nil {
		return err
	}
	// During a download, the browser stays on the page that this request returns.
	if u, err := url.Parse(next); err == nil && isDownload(u.Path) {
		back := views.Link{Label: "Go to the audit log", URL: "/audit?" + u.RawQuery}
		m := views.DownloadPage{URL: next, Back: back}
		if len(next) <= maxLocation { // otherwise the user follows the page's link
			w.Header().Set("Refresh", "0; url="+next)
		}
		return s.render(w, renewed, http.StatusOK, "Your export", views.Download(m), views.Download(m))
	}
	redirect(w, renewed, next)
	return nil
}

func isDownload(path string) bool { return path == "/audit.csv" || path == "/audit.jsonl" }

// proveAgain checks the password and, if the user has a second factor, the code, and then gives the session a new
// ID. It returns the request with the new session, or nil if it has already answered.
func (s *signinHandler) proveAgain(w http.ResponseWriter, r *http.Request, page *views.ConfirmPage) (*http.Request, error) {
	session := sessionFrom(r.Context())
	user, err := s.store.UserByID(r.Context(), session.User.ID)
	if err != nil {
		return nil, fmt.Errorf("look up user: %w", err)
	}
	if user.Factor && !identity.IsCode(r.PostForm.Get("confirmCode")) {
		page.CodeProblem = identity.NotACode + " Nothing was changed."
		about(r, fmt.Sprint(user.ID), user.Email, "input can't be a code")
		return nil, s.render(
			w,
			r,
			http.StatusUnprocessableEntity,
			"Confirm your identity",
			views.Confirm(*page),
			views.Confirm(*page),
		)
	}
	limits := identity.SignInLimits(user.Email, actor(r).Address, s.knownBrowser(r, user.ID))
	e := store.Event{
		Action:     "session.confirm",
		Target:     fmt.Sprint(user.ID),
		TargetName: user.Email,
		Detail:     "wrong password",
	}
	check := identity.PasswordCheck{
		User: user, Password: r.PostForm.Get(confirmField), Limits: limits, Network: s.strangerFrom(r, user),
		By: actor(r), Failure: e,
	}
	if user.Factor {
		check.Also = func() (string, error) {
			answer, err := s.id.Factors.Use(r.Context(), user, r.PostForm.Get("confirmCode"))
			return answer.Problem, err
		}
	}
	p, err := s.id.Passwords.Check(r.Context(), check)
	status := http.StatusUnprocessableEntity
	switch {
	case err != nil:
		return nil, fmt.Errorf("confirm identity: %w", err)
	case p.OK:
		return s.renewSession(r, true, nil)
	case p.Wait > 0:
		status = http.StatusTooManyRequests
		page.Problem = fmt.Sprintf(
			"Too many wrong passwords. Nothing was changed. Try again in %s.",
			retryAfter(w, p.Wait),
		)
	case p.Problem != "":
		page.CodeProblem = p.Problem + " Nothing was changed."
	default:
		page.Problem = "Incorrect password. Nothing was changed."
	}
	return nil, s.render(w, r, status, "Confirm your identity", views.Confirm(*page), views.Confirm(*page))
}
