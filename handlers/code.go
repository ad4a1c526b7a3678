package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"cordboard/store"
	"cordboard/views"
)

// halfFor is the time that a user has to enter the second factor after the password.
const halfFor = 10 * time.Minute

func halfFrom(ctx context.Context) *store.Session {
	session, _ := ctx.Value(halfKey).(*store.Session)
	return session
}

func (s *Server) showCode(w http.ResponseWriter, r *http.Request) error {
	half, next := halfFrom(r.Context()), localPath(r.URL.Query().Get("next"))
	if half == nil {
		redirect(w, r, views.SignInURL(next))
		return nil
	}
	m := views.CodePage{Email: half.User.Email, Next: next, Recovery: r.URL.Query().Get("with") == "recovery"}
	return s.gate(w, r, http.StatusOK, views.Code(m))
}

// codeLimits returns the throttles on guessing the second factor. A browser that the user has used before has its
// own; all others share one for the account.
func (s *Server) codeLimits(r *http.Request, user store.User) []throttle {
	if known := s.knownBrowser(r, user.ID); known != "" {
		return []throttle{{"browser:" + known, 10, 15 * time.Minute}}
	}
	return []throttle{{"code:" + strconv.FormatInt(user.ID, 10), 10, 15 * time.Minute}}
}

// enterCode checks the second factor and completes the sign-in.
func (s *Server) enterCode(w http.ResponseWriter, r *http.Request) error {
	half, next := halfFrom(r.Context()), localPath(r.PostForm.Get("next"))
	if half == nil {
		return s.halfOver(w, r, next)
	}
	user, limits := half.User, s.codeLimits(r, half.User)
	page := views.CodePage{Email: user.Email, Next: next, Recovery: r.PostForm.Get("with") == "recovery"}
	s.codes.Lock() // one check at a time: each sees the tries that the previous one left
	defer s.codes.Unlock()
	if now, err := s.session(r.Context(), half.TokenHash); errors.Is(err, store.ErrNotFound) || err == nil && !now.Half {
		return s.halfOver(w, r, next)
	} else if err != nil {
		return fmt.Errorf("look up session: %w", err)
	}
	wait, err := s.throttled(r.Context(), limits)
	if err != nil {
		return err
	}
	if wait > 0 {
		page.Problem = fmt.Sprintf("Too many wrong codes. You are not signed in. Try again in %s.", retryAfter(w, wait))
		return s.gate(w, r, http.StatusTooManyRequests, views.Code(page))
	}
	if !isCode(r.PostForm.Get("code")) {
		page.Problem = noCode
		return s.gate(w, r, http.StatusUnprocessableEntity, views.Code(page))
	}
	answer, err := s.useCode(r, user, r.PostForm.Get("code"))
	if err != nil {
		return err
	}
	if answer.problem == "" {
		err := s.startSession(w, r, user, answer.door, false, limits[0].key)
		if errors.Is(err, store.ErrUserChanged) || errors.Is(err, store.ErrNotFound) {
			return s.halfOver(w, r, next)
		}
		if err != nil {
			return err
		}
		redirect(w, r, landingOr(user, next))
		return nil
	}
	e := store.Event{Action: "session.signin", Target: fmt.Sprint(user.ID), TargetName: user.Email, Outcome: store.OutcomeFailed, Detail: answer.problem}
	left, err := s.store.CodeFailed(r.Context(), actorFor(r, user), e, half.TokenHash, keysOf(limits)...)
	if err != nil {
		return fmt.Errorf("count wrong code: %w", err)
	}
	if left == 0 {
		return s.gate(w, r, http.StatusUnprocessableEntity, views.SignIn(s.signInPage(user.Email, next, answer.problem+" Too many wrong codes. You are not signed in. Start again with your password.")))
	}
	page.Problem, page.Left = answer.problem, views.Count(int64(left), "try", "tries")
	return s.gate(w, r, http.StatusUnprocessableEntity, views.Code(page))
}

// halfOver answers a request whose pending session has ended. It isn't audited: there is no user to record, and
// anyone can send such a request.
func (s *Server) halfOver(w http.ResponseWriter, r *http.Request, next string) error {
	return s.gate(w, r, http.StatusUnprocessableEntity, views.SignIn(s.signInPage("", next, "Your sign-in expired, or there were too many wrong codes. You are not signed in. Start again with your password.")))
}
