package web

import (
	"cmp"
	"fmt"
	"net/http"

	"cordboard/store"
	"cordboard/views/ui"
)

// accountNotices returns the unread notices about the user's account.
func (s *Site) accountNotices(r *http.Request, c ui.Clock) []string {
	user := UserFrom(r.Context())
	if user.NoticeSeq <= user.AcknowledgedSeq {
		return nil
	}
	events, err := s.store.Notices(r.Context(), *user)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "read notices", "request_id", RequestIDFrom(r.Context()), "err", err)
		return nil
	}
	var all []string
	counts := map[string]int{}
	for _, e := range events {
		counts[noticeWords(e)]++
	}
	for _, e := range events { // of notices that say the same, only the newest is shown
		words := noticeWords(e)
		if n := counts[words]; n > 1 {
			all = append(all, fmt.Sprintf("%s: %s (%d times)", c.DateTime(e.At).Text, words, n))
		} else if n == 1 {
			all = append(all, c.DateTime(e.At).Text+": "+words)
		}
		counts[words] = 0
	}
	return all
}

func noticeWords(e store.Notice) string {
	who := cmp.Or(e.Actor.Name, e.Actor.Email, "Someone")
	var words string
	switch e.Kind {
	case store.NoticeRecoveryCode:
		return "A recovery code was used to sign in. It can’t be used again. If that was you and you lost access to " +
			"your authenticator app, set up a new second factor under Account."
	case store.NoticeOldestSession:
		return fmt.Sprintf(
			"You were signed in on more than %d devices, so the least recently used one was signed out.",
			store.MaxSessions,
		)
	case "user.role":
		words = "changed your role"
		if len(e.Changes) == 1 {
			words += " from " + e.Changes[0].Before + " to " + e.Changes[0].After
		}
	case "user.disable":
		words = "disabled your account"
	case "user.enable":
		words = "re-enabled your account"
	case "user.reset-password":
		words = "created a link to reset your password"
	case "user.reset-2fa":
		words = "removed your second factor"
	case "user.password":
		words = "reset your password"
	case "session.end":
		words = "signed you out (" + e.Detail() + ")"
	}
	if e.Actor.Reason != "" {
		words += "; reason: " + e.Actor.Reason
	}
	return who + " " + words + "."
}
