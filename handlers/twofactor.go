package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"cordboard/store"
	"cordboard/views"
)

// showFactor is the page where a second factor is set up: what it is, then the secret to scan, then the first code.
func (s *Server) showFactor(w http.ResponseWriter, r *http.Request) error {
	return s.factorPage(w, r, http.StatusOK, "")
}

func (s *Server) factorPage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	user := userFrom(r.Context())
	m := views.FactorPage{Email: user.Email, Replaces: user.Factor, Problem: problem, Required: s.mustEnrol(*user)}
	factor, err := s.store.TOTPFactor(r.Context(), user.ID, false)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return fmt.Errorf("read the factor: %w", err)
	case !s.isRecent(r): // the secret is shown to who proved who they are, only
		m.Pending = true
	default:
		secret, err := s.sealer.open(factor.Secret, factorPlace(factor.ID))
		if err != nil {
			return err
		}
		m.Secret = inFours(base32NoPadding.EncodeToString(secret), " ")
		if m.QR, m.QRSide, err = qrPath(secret, user.Email, s.publicHost); err != nil {
			return err
		}
	}
	return s.render(w, r, status, "Two-factor", views.Factor(m), views.Factor(m))
}

// beginFactor makes a secret, which counts once a code of it was typed.
func (s *Server) beginFactor(w http.ResponseWriter, r *http.Request) error {
	secret := newTOTPSecret()
	err := s.store.BeginFactor(r.Context(), actor(r), func(id int64) (string, error) { return s.sealer.seal(secret, factorPlace(id)), nil })
	if err != nil {
		return fmt.Errorf("begin a factor: %w", err)
	}
	redirect(w, r, "/account/factor")
	return nil
}

// confirmFactor makes the factor count once its code is right, and shows the recovery codes, this once.
func (s *Server) confirmFactor(w http.ResponseWriter, r *http.Request) error {
	session := sessionFrom(r.Context())
	user := session.User
	about(r, fmt.Sprint(user.ID), user.Email, "")
	factor, err := s.store.TOTPFactor(r.Context(), user.ID, false)
	if errors.Is(err, store.ErrNotFound) {
		about(r, fmt.Sprint(user.ID), user.Email, "nothing is being set up")
		return s.factorPage(w, r, http.StatusConflict, "Nothing is being set up: it may have been confirmed in another window.")
	}
	if err != nil {
		return fmt.Errorf("read the factor: %w", err)
	}
	step, problem, err := s.checkTOTP(factor, plainCode(r.PostForm.Get("code")))
	if err != nil {
		return err
	}
	if problem != "" {
		about(r, fmt.Sprint(user.ID), user.Email, problem)
		return s.factorPage(w, r, http.StatusUnprocessableEntity, problem)
	}
	codes, hashes := newRecoveryCodes()
	if err := s.store.ConfirmFactor(r.Context(), actor(r), factor.ID, step, hashes, session.TokenHash); err != nil {
		return fmt.Errorf("confirm the factor: %w", err)
	}
	s.sessionsEnded()
	s.codesMade(w, r, codes, "Two-factor is on. All other devices are signed out.")
	return nil
}

// newCodes replaces the recovery codes, and shows the new ones, this once.
func (s *Server) newCodes(w http.ResponseWriter, r *http.Request) error {
	if !userFrom(r.Context()).Factor {
		return s.noFactor(w, r)
	}
	codes, hashes := newRecoveryCodes()
	if err := s.store.NewCodes(r.Context(), actor(r), hashes, sessionFrom(r.Context()).TokenHash); err != nil {
		return fmt.Errorf("make recovery codes: %w", err)
	}
	s.sessionsEnded()
	s.codesMade(w, r, codes, "These are your new recovery codes. The ones before don’t work any more.")
	return nil
}

func (s *Server) noFactor(w http.ResponseWriter, r *http.Request) error {
	user := userFrom(r.Context())
	about(r, fmt.Sprint(user.ID), user.Email, "there is no second factor")
	return s.accountPage(w, r, http.StatusConflict, map[string]string{"factor": "You have no second factor, so nothing was changed. It may have been switched off in another window."})
}

// codesMade leads to the page that shows recovery codes which were just made.
func (s *Server) codesMade(w http.ResponseWriter, r *http.Request, codes []string, done string) {
	m := views.CodesPage{Codes: codes, Done: done, Email: userFrom(r.Context()).Email}
	redirect(w, r, "/account/factor/codes?shown="+s.once.put(sessionFrom(r.Context()).TokenHash, m))
}

// showCodes shows them; later there is nothing to show.
func (s *Server) showCodes(w http.ResponseWriter, r *http.Request) error {
	m, ok := s.once.get(sessionFrom(r.Context()).TokenHash, r.URL.Query().Get("shown")).(views.CodesPage)
	if !ok {
		redirect(w, r, "/account")
		return nil
	}
	return s.render(w, r, http.StatusOK, "Recovery codes", views.Codes(m), views.Codes(m))
}

// removeFactor takes one's own second factor away, unless the policy asks for one.
func (s *Server) removeFactor(w http.ResponseWriter, r *http.Request) error {
	user := *userFrom(r.Context())
	if !user.Factor {
		return s.noFactor(w, r)
	}
	if s.required(user) {
		about(r, fmt.Sprint(user.ID), user.Email, "the policy asks for a second factor")
		return s.accountPage(w, r, http.StatusConflict, map[string]string{"factor": "Everybody with your role needs a second factor here, so it can’t be switched off. You can replace it."})
	}
	if err := s.store.RemoveFactor(r.Context(), actor(r), user.ID, "factor.remove", sessionFrom(r.Context()).TokenHash); err != nil {
		return fmt.Errorf("remove the factor: %w", err)
	}
	s.sessionsEnded()
	redirect(w, r, "/account?done=removed")
	return nil
}
