package handlers

import (
	"cordboard/store"
	"cordboard/views"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// recentFor is how long somebody who proved who they are may change what decides over who gets in.
const recentFor = 10 * time.Minute

func (s *Server) isRecent(r *http.Request) bool {
	session := sessionFrom(r.Context())
	if session == nil {
		return false
	}
	age := s.now().Sub(session.ConfirmedAt)
	return age >= -time.Minute && age <= recentFor // a clock that was set back makes nobody recent
}

// confirmField is the password's in the form that asks for it again; no other form has a field of this name.
const confirmField = "confirmPassword"

// recent lets those through who signed in, or proved again who they are, within ten minutes. All others are asked for their password, and code if
// they have a second factor: a page first, and a form with all that it held, so that nothing has to be typed twice.
func (s *Server) recent(next http.Handler) http.Handler {
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
				continue // secrets aren't sent back
			}
			for _, value := range r.PostForm[name] {
				page.Hidden = append(page.Hidden, views.Hidden{Name: name, Value: value})
			}
		}
		if !r.PostForm.Has(confirmField) {
			about(r, "", r.URL.Path, "asked to confirm who they are first")
			return s.render(w, r, http.StatusForbidden, "Confirm that it is you", views.Confirm(page), views.Confirm(page))
		}
		renewed, err := s.proveAgain(w, r, &page)
		if err != nil || renewed == nil {
			return err
		}
		recordingFrom(renewed.Context()).rows.Store(0) // proving is on record; what follows has a row of its own
		next.ServeHTTP(w, renewed)
		return nil
	})
}

func (s *Server) confirmPage(r *http.Request, action string) views.ConfirmPage {
	user := userFrom(r.Context())
	cancel := "/account"
	if user.Role == store.RoleAdmin && !strings.HasPrefix(action, "/account") {
		cancel = "/team"
	}
	return views.ConfirmPage{Action: action, Cancel: cancel, Email: user.Email, Code: user.Factor, Minutes: words(recentFor)}
}

func (s *Server) showConfirm(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if s.isRecent(r) {
		redirect(w, r, next)
		return nil
	}
	page := s.confirmPage(r, "/confirm")
	page.Hidden = []views.Hidden{{Name: "next", Value: next}}
	return s.render(w, r, http.StatusOK, "Confirm that it is you", views.Confirm(page), views.Confirm(page))
}

func (s *Server) confirm(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.PostForm.Get("next"))
	page := s.confirmPage(r, "/confirm")
	page.Hidden = []views.Hidden{{Name: "next", Value: next}}
	renewed, err := s.proveAgain(w, r, &page)
	if err != nil || renewed == nil {
		return err
	}
	if u, err := url.Parse(next); err == nil && isDownload(u.Path) { // a page stays behind that says so
		back := views.Link{Label: "Go to the audit log", URL: "/audit?" + u.RawQuery}
		m := views.DownloadPage{URL: next, Back: back}
		if len(next) <= maxLocation { // else the page's link leads there
			w.Header().Set("Refresh", "0; url="+next)
		}
		return s.render(w, renewed, http.StatusOK, "Your export", views.Download(m), views.Download(m))
	}
	redirect(w, renewed, next)
	return nil
}

func isDownload(path string) bool { return path == "/audit.csv" || path == "/audit.jsonl" }

// proveAgain checks the password, and the code where there is a second factor, and gives the session another id. It returns the request under
// that, or nil once it has answered itself.
func (s *Server) proveAgain(w http.ResponseWriter, r *http.Request, page *views.ConfirmPage) (*http.Request, error) {
	session := sessionFrom(r.Context())
	user, err := s.store.UserByID(r.Context(), session.User.ID)
	if err != nil {
		return nil, fmt.Errorf("look up a user: %w", err)
	}
	if user.Factor && !isCode(r.PostForm.Get("confirmCode")) {
		page.CodeProblem = noCode + " Nothing was changed."
		about(r, fmt.Sprint(user.ID), user.Email, "what was typed can't be a code")
		return nil, s.render(w, r, http.StatusUnprocessableEntity, "Confirm that it is you", views.Confirm(*page), views.Confirm(*page))
	}
	limits := throttles(user.Email, actor(r).Address, s.knownBrowser(r, user.ID))
	e := store.Event{Action: "session.confirm", Target: fmt.Sprint(user.ID), TargetName: user.Email, Detail: "wrong password"}
	p, err := s.provePassword(r, user, r.PostForm.Get(confirmField), limits, actor(r), e, func() (string, error) {
		if !user.Factor {
			return "", nil
		}
		answer, err := s.useCode(r, user, r.PostForm.Get("confirmCode"))
		return answer.problem, err
	})
	status := http.StatusUnprocessableEntity
	switch {
	case err != nil:
		return nil, fmt.Errorf("confirm: %w", err)
	case p.good:
		return s.renewSession(r, true, nil)
	case p.wait > 0:
		status, page.Problem = http.StatusTooManyRequests, fmt.Sprintf("There were too many wrong passwords. Nothing was changed; try again in %s.", retryAfter(w, p.wait))
	case p.problem != "":
		page.CodeProblem = p.problem + " Nothing was changed."
	default:
		page.Problem = "That is not your password. Nothing was changed."
	}
	return nil, s.render(w, r, status, "Confirm that it is you", views.Confirm(*page), views.Confirm(*page))
}
