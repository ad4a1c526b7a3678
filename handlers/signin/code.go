package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/signin"
	"cordboard/views/ui"
)

func pendingFrom(ctx context.Context) *store.Session {
	session, _ := ctx.Value(web.PendingKey).(*store.Session)
	return session
}

// ShowCode shows the form for the second factor's code.
func (h *Handler) ShowCode(w http.ResponseWriter, r *http.Request) error {
	pending, next := pendingFrom(r.Context()), web.LocalPath(r.URL.Query().Get("next"))
	if pending == nil {
		web.Redirect(w, r, ui.SignInURL(next))
		return nil
	}
	m := views.CodePage{Email: pending.User.Email, Next: next, Recovery: r.URL.Query().Get("with") == "recovery"}
	return h.gate(w, r, http.StatusOK, views.Code(m))
}

// EnterCode checks the second factor and completes the sign-in.
func (h *Handler) EnterCode(w http.ResponseWriter, r *http.Request) error {
	pending, next := pendingFrom(r.Context()), web.LocalPath(r.PostForm.Get("next"))
	if pending == nil {
		return h.showExpired(w, r, next)
	}
	user, limits := pending.User, identity.CodeLimits(pending.User.ID, h.site.Sessions.KnownBrowser(r, pending.User.ID))
	page := views.CodePage{Email: user.Email, Next: next, Recovery: r.PostForm.Get("with") == "recovery"}
	h.codes.Lock() // one check at a time, so that each sees the number of tries that the previous one left
	defer h.codes.Unlock()
	if now, err := h.sessions.ByToken(r.Context(), pending.TokenHash); errors.Is(err, store.ErrNotFound) ||
		err == nil && !now.AwaitingSecondFactor {
		return h.showExpired(w, r, next)
	} else if err != nil {
		return fmt.Errorf("look up session: %w", err)
	}
	wait, err := h.throttle.Wait(r.Context(), limits)
	if err != nil {
		return err
	}
	if wait > 0 {
		page.Problem = fmt.Sprintf(
			"Too many incorrect codes. You are not signed in. Try again in %s.",
			web.RetryAfter(w, wait),
		)
		return h.gate(w, r, http.StatusTooManyRequests, views.Code(page))
	}
	if !identity.IsCode(r.PostForm.Get("code")) {
		page.Problem = display.AccountProblem(identity.ProblemCodeInvalid)
		return h.gate(w, r, http.StatusUnprocessableEntity, views.Code(page))
	}
	answer, err := h.factors.Use(r.Context(), user, r.PostForm.Get("code"))
	if err != nil {
		return err
	}
	if answer.Problem == "" {
		in := store.Session{User: user, Method: answer.Method}
		err := h.site.Sessions.Start(w, r, in, identity.Keys(limits)[0])
		if errors.Is(err, store.ErrUserChanged) || errors.Is(err, store.ErrNotFound) {
			return h.showExpired(w, r, next)
		}
		if err != nil {
			return err
		}
		web.Redirect(w, r, landingOr(user, next))
		return nil
	}
	return h.wrongCode(w, r, pending, page, answer.Problem, identity.Keys(limits))
}

// wrongCode counts a wrong code for the pending session and under each of the throttle's keys. It shows the page again,
// or the sign-in page if the session has no tries left.
func (h *Handler) wrongCode(
	w http.ResponseWriter,
	r *http.Request,
	pending *store.Session,
	page views.CodePage,
	problem identity.Problem,
	keys []string,
) error {
	user, text := pending.User, display.AccountProblem(problem)
	e := store.Event{
		Action:     "session.signin",
		Target:     fmt.Sprint(user.ID),
		TargetName: user.Email,
		Outcome:    store.OutcomeFailed,
		Notes:      store.Messages(text),
	}
	left, err := h.failures.CodeFailed(r.Context(), web.ActorFor(r, user), e, pending.TokenHash, keys...)
	if err != nil {
		return fmt.Errorf("count wrong code: %w", err)
	}
	if left == 0 {
		return h.gate(
			w,
			r,
			http.StatusUnprocessableEntity,
			views.SignIn(
				h.signInPage(
					user.Email,
					page.Next,
					text+" Too many incorrect codes. You are not signed in. Start over with your password.",
				),
			),
		)
	}
	page.Problem, page.Left = text, ui.Count(int64(left), "attempt", "attempts")
	return h.gate(w, r, http.StatusUnprocessableEntity, views.Code(page))
}

// showExpired responds to a request without a valid pending session. It records nothing in the audit log, because
// anyone can send such a request and it usually identifies no user.
func (h *Handler) showExpired(w http.ResponseWriter, r *http.Request, next string) error {
	return h.gate(
		w,
		r,
		http.StatusUnprocessableEntity,
		views.SignIn(
			h.signInPage(
				"",
				next,
				"Your sign-in expired, or there were too many incorrect codes. You are not signed in. Start over with "+
					"your password.",
			),
		),
	)
}
