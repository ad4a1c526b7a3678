package handlers

import (
	"context"
	"cordboard/store"
	"cordboard/views"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// halfFor is how long somebody has for the second factor, once the password was right.
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

// codeLimits are those of guessing the second factor: for a browser that its owner has used before its own, else one for the account from wherever.
func (s *Server) codeLimits(r *http.Request, user store.User) []throttle {
	if known := s.knownBrowser(r, user.ID); known != "" {
		return []throttle{{"browser:" + known, 10, 15 * time.Minute}}
	}
	return []throttle{{"code:" + strconv.FormatInt(user.ID, 10), 10, 15 * time.Minute}}
}

// enterCode is the second half of signing in.
func (s *Server) enterCode(w http.ResponseWriter, r *http.Request) error {
	half, next := halfFrom(r.Context()), localPath(r.PostForm.Get("next"))
	if half == nil {
		return s.halfOver(w, r, next)
	}
	user, limits := half.User, s.codeLimits(r, half.User)
	page := views.CodePage{Email: user.Email, Next: next, Recovery: r.PostForm.Get("with") == "recovery"}
	s.codes.Lock() // one after the other: each sees what the one before has left
	defer s.codes.Unlock()
	if now, err := s.session(r.Context(), half.TokenHash); errors.Is(err, store.ErrNotFound) || err == nil && !now.Half {
		return s.halfOver(w, r, next)
	} else if err != nil {
		return fmt.Errorf("look up the session: %w", err)
	}
	wait, err := s.throttled(r.Context(), limits)
	if err != nil {
		return err
	}
	if wait > 0 {
		page.Problem = fmt.Sprintf("There were too many wrong codes. You are not signed in; try again in %s.", retryAfter(w, wait))
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
		return fmt.Errorf("count a wrong code: %w", err)
	}
	if left == 0 {
		return s.gate(w, r, http.StatusUnprocessableEntity, views.SignIn(s.signInPage(user.Email, next, answer.problem+" There were too many wrong ones: you are not signed in. Start again with the password.")))
	}
	page.Problem, page.Left = answer.problem, views.Count(int64(left), "try", "tries")
	return s.gate(w, r, http.StatusUnprocessableEntity, views.Code(page))
}

// halfOver answers who has no half session any more. It is no row of the log: there is nobody to be, and anybody may ask.
func (s *Server) halfOver(w http.ResponseWriter, r *http.Request, next string) error {
	return s.gate(w, r, http.StatusUnprocessableEntity, views.SignIn(s.signInPage("", next, "It took too long, or there were too many wrong codes. You are not signed in; start again with the password.")))
}
