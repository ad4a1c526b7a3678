package account

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/account"
)

// ShowFactor shows the page that sets up a second factor: at first an explanation and, after BeginFactor, the secret to
// scan and the form for the first code.
func (h *Handler) ShowFactor(w http.ResponseWriter, r *http.Request) error {
	return h.factorPage(w, r, http.StatusOK, "")
}

func (h *Handler) factorPage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	user := web.UserFrom(r.Context())
	m := views.FactorPage{
		Email:    user.Email,
		Replaces: user.Factor,
		Problem:  problem,
		Required: h.policy.MustEnroll(*user),
	}
	factor, err := h.factors.Pending(r.Context(), user.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return fmt.Errorf("read factor: %w", err)
	case !h.site.Sessions.IsRecent(r): // the secret is shown only after recent authentication
		m.Pending = true
	default:
		secret, err := h.factors.Secret(factor)
		if err != nil {
			return err
		}
		m.Secret = identity.SecretText(secret)
		if m.QR, m.QRSide, err = qrPath(secret, user.Email, hostOf(h.site.Config.PublicURL)); err != nil {
			return err
		}
	}
	return h.site.Render(w, r, status, "Two-factor", views.Factor(m), views.Factor(m))
}

// BeginFactor creates a secret, which takes effect once the user confirms it with a code.
func (h *Handler) BeginFactor(w http.ResponseWriter, r *http.Request) error {
	if err := h.factors.Begin(r.Context(), web.Actor(r)); err != nil {
		return fmt.Errorf("begin factor: %w", err)
	}
	web.Redirect(w, r, "/account/factor")
	return nil
}

// ConfirmFactor activates the factor if the code is correct, and redirects to the recovery codes.
func (h *Handler) ConfirmFactor(w http.ResponseWriter, r *http.Request) error {
	session := web.SessionFrom(r.Context())
	user := session.User
	web.SetAuditTarget(r, fmt.Sprint(user.ID), user.Email)
	factor, err := h.factors.Pending(r.Context(), user.ID)
	if errors.Is(err, store.ErrNotFound) {
		web.SetAuditTarget(r, fmt.Sprint(user.ID), user.Email, store.NewNote(store.NoteNoFactorSetup))
		return h.factorPage(
			w,
			r,
			http.StatusConflict,
			"No setup is in progress, so nothing was changed. Setup may have been completed in another window.",
		)
	}
	if err != nil {
		return fmt.Errorf("read factor: %w", err)
	}
	codes, problem, err := h.factors.Confirm(
		r.Context(),
		web.Actor(r),
		factor,
		r.PostForm.Get("code"),
		session.TokenHash,
	)
	if err != nil {
		return fmt.Errorf("confirm second factor: %w", err)
	}
	if problem != "" {
		text := display.AccountProblem(problem)
		web.SetAuditTarget(r, fmt.Sprint(user.ID), user.Email, store.Messages(text)...)
		return h.factorPage(w, r, http.StatusUnprocessableEntity, text)
	}
	h.sessions.NotifyEnded()
	h.codesMade(w, r, codes, "Two-factor is on. All other devices were signed out.")
	return nil
}

// NewCodes replaces the recovery codes and redirects to the new ones.
func (h *Handler) NewCodes(w http.ResponseWriter, r *http.Request) error {
	if !web.UserFrom(r.Context()).Factor {
		return h.noFactor(w, r)
	}
	codes, err := h.factors.NewCodes(r.Context(), web.Actor(r), web.SessionFrom(r.Context()).TokenHash)
	if err != nil {
		return fmt.Errorf("create recovery codes: %w", err)
	}
	h.sessions.NotifyEnded()
	h.codesMade(w, r, codes, "These are your new recovery codes. The previous codes no longer work.")
	return nil
}

func (h *Handler) noFactor(w http.ResponseWriter, r *http.Request) error {
	user := web.UserFrom(r.Context())
	web.SetAuditTarget(r, fmt.Sprint(user.ID), user.Email, store.NewNote(store.NoteNoFactor))
	return h.accountPage(
		w,
		r,
		http.StatusConflict,
		map[string]string{
			"factor": "You have no second factor, so nothing was changed. Two-factor may have been turned off in " +
				"another window.",
		},
	)
}

// codesMade redirects to the page that shows new recovery codes.
func (h *Handler) codesMade(w http.ResponseWriter, r *http.Request, codes []string, done string) {
	m := views.CodesPage{Codes: codes, Done: done, Email: web.UserFrom(r.Context()).Email}
	web.Redirect(w, r, "/account/factor/codes?shown="+h.site.OneTime.Put(web.SessionFrom(r.Context()).TokenHash, m))
}

// ShowCodes shows new recovery codes. If they can no longer be shown, it redirects to the account page.
func (h *Handler) ShowCodes(w http.ResponseWriter, r *http.Request) error {
	m, ok := h.site.OneTime.Get(web.SessionFrom(r.Context()).TokenHash, r.URL.Query().Get("shown")).(views.CodesPage)
	if !ok {
		web.Redirect(w, r, "/account")
		return nil
	}
	return h.site.Render(w, r, http.StatusOK, "Recovery codes", views.Codes(m), views.Codes(m))
}

// RemoveFactor removes the user's own second factor, unless the policy requires one.
func (h *Handler) RemoveFactor(w http.ResponseWriter, r *http.Request) error {
	user := *web.UserFrom(r.Context())
	if !user.Factor {
		return h.noFactor(w, r)
	}
	if h.policy.Requires(user) {
		web.SetAuditTarget(r, fmt.Sprint(user.ID), user.Email, store.NewNote(store.NoteFactorRequired))
		return h.accountPage(
			w,
			r,
			http.StatusConflict,
			map[string]string{
				"factor": "Your role requires a second factor, so yours can’t be turned off. You can replace it.",
			},
		)
	}
	if err := h.users.RemoveFactor(
		r.Context(),
		web.Actor(r),
		user.ID,
		"factor.remove",
		web.SessionFrom(r.Context()).TokenHash,
	); err != nil {
		return fmt.Errorf("remove factor: %w", err)
	}
	h.sessions.NotifyEnded()
	web.Redirect(w, r, "/account?done=removed")
	return nil
}

// hostOf returns a URL's host. It returns "" if the URL has no host or can't be parsed.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
