package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/signin"
)

// linkProblems lists the reasons why a link can't be used, each with its status and message.
var linkProblems = []struct {
	err    error
	status int
	text   string
}{
	{
		store.ErrNotFound,
		http.StatusNotFound,
		"This link isn’t valid. Part of it may be missing. Make sure that you copied the whole link.",
	},
	{store.ErrLinkUsed, http.StatusGone, "This link was already used. It works only once."},
	{store.ErrLinkExpired, http.StatusGone, "This link has expired."},
	{store.ErrLinkWithdrawn, http.StatusGone, "This link was withdrawn or replaced by a newer one."},
	{store.ErrEmailTaken, http.StatusConflict, "A team member already uses the email address of this invitation."},
	{errOthersLink, http.StatusConflict, "This link is for another user. Sign out first, then open the link again."},
}

var errOthersLink = errors.New("signed in as another user")

// linkOf returns the link that a token belongs to. If the link can't be used, the error matches one of linkProblems.
func (h *Handler) linkOf(r *http.Request, token string) (store.Link, error) {
	link, err := h.links.LinkByToken(r.Context(), store.HashToken(fold.FirstRunes(token, 100)))
	if user := web.UserFrom(r.Context()); err == nil && user != nil && user.ID != link.UserID {
		return link, errOthersLink
	}
	return link, err
}

// refuseLink responds with the reason why a link can't be used, and records the reason in the audit log. If the client
// has tried too many such links, it responds with status 429 and records nothing. If err matches none of linkProblems,
// it doesn't respond, and returns false and err.
func (h *Handler) refuseLink(w http.ResponseWriter, r *http.Request, link store.Link, err error) (bool, error) {
	for _, p := range linkProblems {
		if !errors.Is(err, p.err) {
			continue
		}
		limits := identity.LinkLimits(web.Actor(r).Address)
		wait, err := h.throttle.Wait(r.Context(), limits)
		if err != nil {
			return true, err
		}
		text := p.text + " Nothing was changed. Ask a Cordboard admin for a new link."
		switch {
		case errors.Is(p.err, errOthersLink):
			text = p.text
		case errors.Is(p.err, store.ErrEmailTaken): // a new link would have the same problem
			text = p.text + " Nothing was changed. Sign in, or ask a Cordboard admin for help."
		}
		if wait > 0 {
			web.RetryAfter(w, wait)
			return true, h.gate(
				w,
				r,
				http.StatusTooManyRequests,
				views.DeadLink(
					"Too many invalid links were opened. Nothing was changed. Wait a few minutes, then try again.",
					false,
				),
			)
		}
		e := store.Event{
			Action:     "link.use",
			TargetName: link.Email,
			Outcome:    store.OutcomeRefused,
			Notes:      store.Messages(p.text),
		}
		if err := h.failures.SignInFailed(r.Context(), web.Actor(r), e, identity.Keys(limits)...); err != nil {
			return true, fmt.Errorf("record an invalid link: %w", err)
		}
		return true, h.gate(w, r, p.status, views.DeadLink(text, errors.Is(p.err, errOthersLink)))
	}
	return false, err
}

// ShowLink shows the page that an invitation or password link opens.
func (h *Handler) ShowLink(w http.ResponseWriter, r *http.Request) error {
	token := fold.Typed(strings.TrimSpace(r.URL.Query().Get("token")))
	link, err := h.linkOf(r, token)
	if err != nil {
		_, err = h.refuseLink(w, r, link, err)
		return err
	}
	return h.gate(w, r, http.StatusOK, views.UseLink(linkPage(link, token)))
}

func linkPage(link store.Link, token string) views.LinkPage {
	return views.LinkPage{
		Token: token,
		Email: link.Email,
		Role:  link.Role,
		By:    link.MadeBy,
		Join:  link.Kind == store.JoinLink,
	}
}

// UseLink sets the name and password of a user who is joining, or the new password of a user who is resetting it.
func (h *Handler) UseLink(w http.ResponseWriter, r *http.Request) error {
	token := fold.Typed(strings.TrimSpace(r.PostForm.Get("token")))
	link, err := h.linkOf(r, token)
	if err != nil {
		_, err = h.refuseLink(w, r, link, err)
		return err
	}
	name, password := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("newPassword")
	m := linkPage(link, token)
	m.Name, m.Problems = name, map[string]string{}
	if m.Join {
		problem, err := nameProblem(r.Context(), h.users, name)
		if err != nil {
			return err
		}
		if problem != "" {
			m.Problems["name"] = display.AccountProblem(problem)
		}
	}
	if problem := identity.PasswordProblem(password, link.Email); problem != "" {
		m.Problems["newPassword"] = display.AccountProblem(problem)
	}
	if len(m.Problems) > 0 {
		web.SetAuditTarget(r, "", link.Email, store.Messages(web.FirstProblem(m.Problems, "name", "newPassword"))...)
		return h.gate(w, r, http.StatusUnprocessableEntity, views.UseLink(m))
	}
	var user store.User
	err = h.passwords.Hash(
		r.Context(),
		h.site.Sessions.StrangerFrom(r, store.User{}),
		password,
		func(hash string) (err error) {
			if m.Join {
				user, err = h.links.Join(
					r.Context(),
					web.Actor(r),
					store.HashToken(token),
					store.User{Name: name, PasswordHash: hash},
				)
				return err
			}
			user, err = h.links.ResetPassword(r.Context(), web.Actor(r), store.HashToken(token), hash)
			return err
		},
	)
	if refused, err := h.refuseLink(w, r, link, err); refused || err != nil {
		return err
	}
	h.sessions.NotifyEnded()
	if !m.Join {
		web.Redirect(w, r, "/signin?done=password")
		return nil
	}
	if err := h.site.Sessions.Start(w, r, store.Session{User: user, Method: store.AuthInvitation}); err != nil {
		return err
	}
	web.Redirect(w, r, "/")
	return nil
}

// nameProblem returns the problem with the name of a user who is joining, or "" if the name is acceptable.
func nameProblem(ctx context.Context, u Users, name string) (identity.Problem, error) {
	if problem := identity.NameProblem(name); problem != "" {
		return problem, nil
	}
	users, err := u.Users(ctx)
	if err != nil {
		return "", fmt.Errorf("read users: %w", err)
	}
	if identity.NameTaken(name, users) {
		return identity.ProblemNameTaken, nil
	}
	return "", nil
}
