package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cordboard/fold"
	"cordboard/store"
	"cordboard/views"
)

// linkLimits keep others from trying links, and from filling the audit log with them.
func linkLimits(address string) []throttle {
	return []throttle{
		{"link:" + addressKey(address), 20, 10 * time.Minute},
		{"links:" + networkKey(address), 60, 10 * time.Minute},
		{"links", 300, 10 * time.Minute}, // in all; links that are good don't come here
	}
}

// linkProblems say why a link opens nothing.
var linkProblems = []struct {
	err    error
	status int
	text   string
}{
	{store.ErrNotFound, http.StatusNotFound, "There is no such link. It may have lost a part on its way: copy it whole."},
	{store.ErrLinkUsed, http.StatusGone, "This link was used before, and works only once."},
	{store.ErrLinkExpired, http.StatusGone, "This link is too old."},
	{store.ErrLinkWithdrawn, http.StatusGone, "This link was withdrawn, or a newer one was made."},
	{store.ErrEmailTaken, http.StatusConflict, "Somebody on the team has this address already."},
	{errOthersLink, http.StatusConflict, "You are signed in as somebody else than this link is for. Sign out first, then open it again."},
}

var errOthersLink = errors.New("signed in as somebody else")

// linkOf finds the link of a token; what is wrong with it is among linkProblems.
func (s *Server) linkOf(r *http.Request, token string) (store.Link, error) {
	link, err := s.store.LinkByToken(r.Context(), store.HashToken(firstRunes(token, 100)))
	if user := userFrom(r.Context()); err == nil && user != nil && user.ID != link.UserID {
		return link, errOthersLink
	}
	return link, err
}

// refuseLink says what is wrong with a link, and leaves one row of it, or answers false if err is something else.
func (s *Server) refuseLink(w http.ResponseWriter, r *http.Request, link store.Link, err error) (bool, error) {
	for _, p := range linkProblems {
		if !errors.Is(err, p.err) {
			continue
		}
		limits := linkLimits(actor(r).Address)
		wait, err := s.throttled(r.Context(), limits)
		if err != nil {
			return true, err
		}
		text := p.text + " Nothing was changed. Ask an administrator of Cordboard for a new one."
		if errors.Is(p.err, errOthersLink) {
			text = p.text
		}
		if wait > 0 {
			retryAfter(w, wait)
			return true, s.gate(w, r, http.StatusTooManyRequests, views.DeadLink("There were too many links that don’t work. Wait a few minutes.", false))
		}
		e := store.Event{Action: "link.use", TargetName: link.Email, Outcome: store.OutcomeRefused, Detail: p.text}
		if err := s.store.SignInFailed(r.Context(), actor(r), e, keysOf(limits)...); err != nil {
			return true, fmt.Errorf("record a link that doesn't work: %w", err)
		}
		return true, s.gate(w, r, p.status, views.DeadLink(text, errors.Is(p.err, errOthersLink)))
	}
	return false, err
}

func (s *Server) showLink(w http.ResponseWriter, r *http.Request) error {
	token := fold.Typed(strings.TrimSpace(r.URL.Query().Get("token")))
	link, err := s.linkOf(r, token)
	if err != nil {
		_, err = s.refuseLink(w, r, link, err)
		return err
	}
	return s.gate(w, r, http.StatusOK, views.UseLink(s.linkPage(link, token)))
}

func (s *Server) linkPage(link store.Link, token string) views.LinkPage {
	return views.LinkPage{Token: token, Email: link.Email, Role: link.Role, By: link.MadeBy, Join: link.Kind == store.JoinLink}
}

// useLink takes a name and a password from who joins, or a password from who sets theirs anew.
func (s *Server) useLink(w http.ResponseWriter, r *http.Request) error {
	token := fold.Typed(strings.TrimSpace(r.PostForm.Get("token")))
	link, err := s.linkOf(r, token)
	if err != nil {
		_, err = s.refuseLink(w, r, link, err)
		return err
	}
	name, password := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("newPassword")
	m := s.linkPage(link, token)
	m.Name, m.Problems = name, map[string]string{}
	if problem := NameProblem(name); m.Join && problem != "" {
		m.Problems["name"] = problem
	}
	if problem := PasswordProblem(password, link.Email); problem != "" {
		m.Problems["newPassword"] = problem
	}
	if len(m.Problems) > 0 {
		about(r, "", link.Email, firstProblem(m.Problems))
		return s.gate(w, r, http.StatusUnprocessableEntity, views.UseLink(m))
	}
	var user store.User
	err = s.hasher.do(r.Context(), s.strangerFrom(r, store.User{}), func() error {
		hash, err := HashPassword(password, s.config.Hash)
		if err != nil {
			return err
		}
		if m.Join {
			user, err = s.store.Join(r.Context(), actor(r), store.HashToken(token), store.User{Name: name, PasswordHash: hash})
			return err
		}
		user, err = s.store.ResetPassword(r.Context(), actor(r), store.HashToken(token), hash)
		return err
	})
	if refused, err := s.refuseLink(w, r, link, err); refused || err != nil {
		return err
	}
	s.sessionsEnded()
	if !m.Join {
		redirect(w, r, "/signin?done=password")
		return nil
	}
	if err := s.startSession(w, r, user, store.DoorInvitation, false); err != nil {
		return err
	}
	redirect(w, r, "/")
	return nil
}
