package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

func halfFrom(ctx context.Context) *store.Session {
	session, _ := ctx.Value(halfKey).(*store.Session)
	return session
}

func (s *signinHandler) showCode(w http.ResponseWriter, r *http.Request) error {
	half, next := halfFrom(r.Context()), localPath(r.URL.Query().Get("next"))
	if half == nil {
		redirect(w, r, views.SignInURL(next))
		return nil
	}
	m := views.CodePage{Email: half.User.Email, Next: next, Recovery: r.URL.Query().Get("with") == "recovery"}
	return s.gate(w, r, http.StatusOK, views.Code(m))
}

// enterCode checks the second factor and completes the sign-in.
func (s *signinHandler) enterCode(w http.ResponseWriter, r *http.Request) error {
	half, next := halfFrom(r.Context()), localPath(r.PostForm.Get("next"))
	if half == nil {
		return s.halfOver(w, r, next)
	}
	user, limits := half.User, identity.CodeLimits(half.User.ID, s.knownBrowser(r, half.User.ID))
	page := views.CodePage{Email: user.Email, Next: next, Recovery: r.PostForm.Get("with") == "recovery"}
	s.codes.Lock() // one check at a time: each sees the tries that the previous one left
	defer s.codes.Unlock()
	if now, err := s.id.Sessions.ByToken(r.Context(), half.TokenHash); errors.Is(err, store.ErrNotFound) ||
		err == nil && !now.Half {
		return s.halfOver(w, r, next)
	} else if err != nil {
		return fmt.Errorf("look up session: %w", err)
	}
	wait, err := s.id.Throttle.Wait(r.Context(), limits)
	if err != nil {
		return err
	}
	if wait > 0 {
		page.Problem = fmt.Sprintf("Too many wrong codes. You are not signed in. Try again in %s.", retryAfter(w, wait))
		return s.gate(w, r, http.StatusTooManyRequests, views.Code(page))
	}
	if !identity.IsCode(r.PostForm.Get("code")) {
		page.Problem = identity.NotACode
		return s.gate(w, r, http.StatusUnprocessableEntity, views.Code(page))
	}
	answer, err := s.id.Factors.Use(r.Context(), user, r.PostForm.Get("code"))
	if err != nil {
		return err
	}
	if answer.Problem == "" {
		err := s.startSession(w, r, user, answer.Door, false, identity.Keys(limits)[0])
		if errors.Is(err, store.ErrUserChanged) || errors.Is(err, store.ErrNotFound) {
			return s.halfOver(w, r, next)
		}
		if err != nil {
			return err
		}
		redirect(w, r, landingOr(user, next))
		return nil
	}
	e := store.Event{
		Action:     "session.signin",
		Target:     fmt.Sprint(user.ID),
		TargetName: user.Email,
		Outcome:    store.OutcomeFailed,
		Detail:     answer.Problem,
	}
	left, err := s.store.CodeFailed(r.Context(), actorFor(r, user), e, half.TokenHash, identity.Keys(limits)...)
	if err != nil {
		return fmt.Errorf("count wrong code: %w", err)
	}
	if left == 0 {
		return s.gate(
			w,
			r,
			http.StatusUnprocessableEntity,
			views.SignIn(
				s.signInPage(
					user.Email,
					next,
					answer.Problem+" Too many wrong codes. You are not signed in. Start again with your password.",
				),
			),
		)
	}
	page.Problem, page.Left = answer.Problem, views.Count(int64(left), "try", "tries")
	return s.gate(w, r, http.StatusUnprocessableEntity, views.Code(page))
}

// halfOver answers a request whose pending session has ended. It isn't audited: there is no user to record, and
// anyone can send such a request.
func (s *signinHandler) halfOver(w http.ResponseWriter, r *http.Request, next string) error {
	return s.gate(
		w,
		r,
		http.StatusUnprocessableEntity,
		views.SignIn(
			s.signInPage(
				"",
				next,
				"Your sign-in expired, or there were too many wrong codes. You are not signed in. Start again with "+
					"your password.",
			),
		),
	)
}
