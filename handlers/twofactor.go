package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

// showFactor shows the page that sets up a second factor: the explanation, then the secret to scan, then the first
// code.
func (s *accountHandler) showFactor(w http.ResponseWriter, r *http.Request) error {
	return s.factorPage(w, r, http.StatusOK, "")
}

func (s *accountHandler) factorPage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	user := userFrom(r.Context())
	m := views.FactorPage{
		Email:    user.Email,
		Replaces: user.Factor,
		Problem:  problem,
		Required: s.id.Policy.MustEnroll(*user),
	}
	factor, err := s.id.Factors.Pending(r.Context(), user.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return fmt.Errorf("read factor: %w", err)
	case !s.isRecent(r): // the secret is only shown after recent authentication
		m.Pending = true
	default:
		secret, err := s.id.Factors.Secret(factor)
		if err != nil {
			return err
		}
		m.Secret = identity.SecretText(secret)
		if m.QR, m.QRSide, err = qrPath(secret, user.Email, hostOf(s.config.PublicURL)); err != nil {
			return err
		}
	}
	return s.render(w, r, status, "Two-factor", views.Factor(m), views.Factor(m))
}

// beginFactor creates a secret. It takes effect once the user confirms it with a code.
func (s *accountHandler) beginFactor(w http.ResponseWriter, r *http.Request) error {
	if err := s.id.Factors.Begin(r.Context(), actor(r)); err != nil {
		return fmt.Errorf("begin factor: %w", err)
	}
	redirect(w, r, "/account/factor")
	return nil
}

// confirmFactor activates the factor if its code is right, and shows the recovery codes once.
func (s *accountHandler) confirmFactor(w http.ResponseWriter, r *http.Request) error {
	session := sessionFrom(r.Context())
	user := session.User
	about(r, fmt.Sprint(user.ID), user.Email, "")
	factor, err := s.id.Factors.Pending(r.Context(), user.ID)
	if errors.Is(err, store.ErrNotFound) {
		about(r, fmt.Sprint(user.ID), user.Email, "no setup is in progress")
		return s.factorPage(
			w,
			r,
			http.StatusConflict,
			"No setup is in progress. It may have been confirmed in another window.",
		)
	}
	if err != nil {
		return fmt.Errorf("read factor: %w", err)
	}
	codes, problem, err := s.id.Factors.Confirm(
		r.Context(),
		actor(r),
		factor,
		r.PostForm.Get("code"),
		session.TokenHash,
	)
	if err != nil {
		return fmt.Errorf("confirm second factor: %w", err)
	}
	if problem != "" {
		about(r, fmt.Sprint(user.ID), user.Email, problem)
		return s.factorPage(w, r, http.StatusUnprocessableEntity, problem)
	}
	s.id.Sessions.NotifyEnded()
	s.codesMade(w, r, codes, "Two-factor is on. All other devices were signed out.")
	return nil
}

// newCodes replaces the recovery codes and shows the new ones once.
func (s *accountHandler) newCodes(w http.ResponseWriter, r *http.Request) error {
	if !userFrom(r.Context()).Factor {
		return s.noFactor(w, r)
	}
	codes, err := s.id.Factors.NewCodes(r.Context(), actor(r), sessionFrom(r.Context()).TokenHash)
	if err != nil {
		return fmt.Errorf("create recovery codes: %w", err)
	}
	s.id.Sessions.NotifyEnded()
	s.codesMade(w, r, codes, "These are your new recovery codes. The previous codes no longer work.")
	return nil
}

func (s *accountHandler) noFactor(w http.ResponseWriter, r *http.Request) error {
	user := userFrom(r.Context())
	about(r, fmt.Sprint(user.ID), user.Email, "there is no second factor")
	return s.accountPage(
		w,
		r,
		http.StatusConflict,
		map[string]string{
			"factor": "You have no second factor, so nothing was changed. It may have been turned off in another " +
				"window.",
		},
	)
}

// codesMade redirects to the page that shows new recovery codes.
func (s *accountHandler) codesMade(w http.ResponseWriter, r *http.Request, codes []string, done string) {
	m := views.CodesPage{Codes: codes, Done: done, Email: userFrom(r.Context()).Email}
	redirect(w, r, "/account/factor/codes?shown="+s.once.put(sessionFrom(r.Context()).TokenHash, m))
}

// showCodes shows new recovery codes. Once they have expired, it redirects to the account page.
func (s *accountHandler) showCodes(w http.ResponseWriter, r *http.Request) error {
	m, ok := s.once.get(sessionFrom(r.Context()).TokenHash, r.URL.Query().Get("shown")).(views.CodesPage)
	if !ok {
		redirect(w, r, "/account")
		return nil
	}
	return s.render(w, r, http.StatusOK, "Recovery codes", views.Codes(m), views.Codes(m))
}

// removeFactor removes the user's own second factor, unless the policy requires one.
func (s *accountHandler) removeFactor(w http.ResponseWriter, r *http.Request) error {
	user := *userFrom(r.Context())
	if !user.Factor {
		return s.noFactor(w, r)
	}
	if s.id.Policy.Requires(user) {
		about(r, fmt.Sprint(user.ID), user.Email, "the policy requires a second factor")
		return s.accountPage(
			w,
			r,
			http.StatusConflict,
			map[string]string{
				"factor": "Your role requires a second factor, so it can’t be turned off. You can replace it.",
			},
		)
	}
	if err := s.store.RemoveFactor(
		r.Context(),
		actor(r),
		user.ID,
		"factor.remove",
		sessionFrom(r.Context()).TokenHash,
	); err != nil {
		return fmt.Errorf("remove factor: %w", err)
	}
	s.id.Sessions.NotifyEnded()
	redirect(w, r, "/account?done=removed")
	return nil
}

// hostOf returns the host of a URL; "" if it has none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
