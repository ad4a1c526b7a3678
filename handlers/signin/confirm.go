package signin

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/signin"
	"cordboard/views/ui"
)

// confirmField is the password field of the confirmation form. No other form has a field with this name.
const confirmField = "confirmPassword"

// RequireRecentAuth requires that the user signed in or confirmed their identity within the last ten minutes. It asks
// other users for their password and, if they have a second factor, a code. A GET is redirected to the confirmation
// page. For a POST, the confirmation form carries the posted fields, except passwords, so that users don't have to type
// them again.
func (h *Handler) RequireRecentAuth(next http.Handler) http.Handler {
	return h.site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case h.site.Sessions.IsRecent(r):
			next.ServeHTTP(w, r)
			return nil
		case r.Method != http.MethodPost:
			web.Redirect(w, r, ui.ConfirmURL(r.URL.RequestURI()))
			return nil
		}
		page := h.confirmPage(r, r.URL.RequestURI())
		for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
			if name == confirmField || name == "confirmCode" || strings.Contains(strings.ToLower(name), "password") {
				continue // secrets are never sent back
			}
			for _, value := range r.PostForm[name] {
				page.Hidden = append(page.Hidden, ui.Hidden{Name: name, Value: value})
			}
		}
		if !r.PostForm.Has(confirmField) {
			web.SetAuditTarget(r, "", r.URL.Path, store.NewNote(store.NoteConfirmationRequired))
			return h.site.Render(
				w,
				r,
				http.StatusForbidden,
				"Confirm your identity",
				views.Confirm(page),
				views.Confirm(page),
			)
		}
		renewed, err := h.reauthenticate(w, r, &page)
		if err != nil || renewed == nil {
			return err
		}
		web.RecordingFrom(renewed.Context()).Rows.Store(0) // the confirmation is audited; next needs its own entry
		next.ServeHTTP(w, renewed)
		return nil
	})
}

func (h *Handler) confirmPage(r *http.Request, action string) views.ConfirmPage {
	user := web.UserFrom(r.Context())
	cancel, why := "/account", "This action changes access or exports the audit log."
	if user.Role == store.RoleAdmin && !strings.HasPrefix(action, "/account") {
		cancel = "/team"
	}
	path, _, _ := strings.Cut(action, "?")
	if pbx, ok := strings.CutSuffix(path, "/delete"); ok && strings.HasPrefix(pbx, "/pbxs/") {
		cancel, why = pbx, "This deletes a PBX."
		if r.Method == http.MethodPost && action == r.URL.Path { // the form was sent
			why = "You chose to delete a PBX. It will be deleted when you have confirmed your identity."
		}
	}
	if batch, ok := strings.CutSuffix(path, "/apply"); ok && strings.HasPrefix(batch, "/batches/") {
		cancel, why = batch, "This deletes PBXs. They will be deleted when you have confirmed your identity."
	}
	return views.ConfirmPage{
		Action:  action,
		Cancel:  cancel,
		Email:   user.Email,
		Code:    user.Factor,
		Minutes: words(web.RecentAuthWindow),
		Why:     why,
	}
}

// ShowConfirm shows the form in which users confirm their identity.
func (h *Handler) ShowConfirm(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"))
	if h.site.Sessions.IsRecent(r) {
		web.Redirect(w, r, next)
		return nil
	}
	page := h.confirmPage(r, next)
	page.Action, page.Hidden = "/confirm", []ui.Hidden{{Name: "next", Value: next}}
	return h.site.Render(w, r, http.StatusOK, "Confirm your identity", views.Confirm(page), views.Confirm(page))
}

// Confirm checks the password and, if the user has a second factor, the code. It then redirects to the page that
// required the confirmation, or starts the download.
func (h *Handler) Confirm(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.PostForm.Get("next"))
	page := h.confirmPage(r, next)
	page.Action, page.Hidden = "/confirm", []ui.Hidden{{Name: "next", Value: next}}
	renewed, err := h.reauthenticate(w, r, &page)
	if err != nil || renewed == nil {
		return err
	}
	// During a download, the browser stays on the page that this request returns.
	if u, err := url.Parse(next); err == nil && isDownload(u.Path) {
		back := ui.Link{Label: "Go to the audit log", URL: "/audit?" + u.RawQuery}
		m := views.DownloadPage{URL: next, Back: back}
		if len(next) <= web.MaxLocation { // otherwise the user follows the page's link
			w.Header().Set("Refresh", "0; url="+next)
		}
		return h.site.Render(w, renewed, http.StatusOK, "Your export", views.Download(m), views.Download(m))
	}
	web.Redirect(w, renewed, next)
	return nil
}

func isDownload(path string) bool { return path == "/audit.csv" || path == "/audit.jsonl" }

// reauthenticate checks the password and, if the user has a second factor, the code, and then gives the session a new
// ID. It returns the request with the new session, or nil if it has already responded.
func (h *Handler) reauthenticate(
	w http.ResponseWriter,
	r *http.Request,
	page *views.ConfirmPage,
) (*http.Request, error) {
	session := web.SessionFrom(r.Context())
	user, err := h.users.UserByID(r.Context(), session.User.ID)
	if err != nil {
		return nil, fmt.Errorf("look up user: %w", err)
	}
	if user.Factor && !identity.IsCode(r.PostForm.Get("confirmCode")) {
		page.CodeProblem = display.AccountProblem(identity.ProblemCodeInvalid) + " Nothing was changed."
		web.SetAuditTarget(r, fmt.Sprint(user.ID), user.Email, store.NewNote(store.NoteInvalidCode))
		return nil, h.site.Render(
			w,
			r,
			http.StatusUnprocessableEntity,
			"Confirm your identity",
			views.Confirm(*page),
			views.Confirm(*page),
		)
	}
	limits := identity.SignInLimits(user.Email, web.Actor(r).Address, h.site.Sessions.KnownBrowser(r, user.ID))
	e := store.Event{
		Action:     "session.confirm",
		Target:     fmt.Sprint(user.ID),
		TargetName: user.Email,
		Notes:      []store.Note{store.NewNote(store.NoteWrongPassword)},
	}
	check := identity.PasswordCheck{
		User: user, Password: r.PostForm.Get(confirmField), Limits: limits, Network: h.site.Sessions.StrangerFrom(r, user),
		By: web.Actor(r), Failure: e,
	}
	if user.Factor {
		check.AlsoText = display.AccountProblem
		check.Also = func() (identity.Problem, error) {
			answer, err := h.factors.Use(r.Context(), user, r.PostForm.Get("confirmCode"))
			return answer.Problem, err
		}
	}
	p, err := h.passwords.Check(r.Context(), check)
	status := http.StatusUnprocessableEntity
	switch {
	case err != nil:
		return nil, fmt.Errorf("confirm identity: %w", err)
	case p.OK:
		return h.site.Sessions.Confirm(r)
	case p.Wait > 0:
		status = http.StatusTooManyRequests
		page.Problem = fmt.Sprintf(
			"Too many incorrect passwords. Nothing was changed. Try again in %s.",
			web.RetryAfter(w, p.Wait),
		)
	case p.Problem != "":
		page.CodeProblem = display.AccountProblem(p.Problem) + " Nothing was changed."
	default:
		page.Problem = "Incorrect password. Nothing was changed."
	}
	return nil, h.site.Render(w, r, status, "Confirm your identity", views.Confirm(*page), views.Confirm(*page))
}
