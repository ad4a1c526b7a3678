package team

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/team"
)

// joinFor is the lifetime of an invitation. It leaves time for the invitation to reach the new member.
const joinFor = 24 * time.Hour

// Invite creates an invitation link and shows it for a short time. The admin sends it; Cordboard sends no email.
func (h *Handler) Invite(w http.ResponseWriter, r *http.Request) error {
	email, role := web.TypedEmail(r), r.PostForm.Get("role")
	m := views.Page{
		InvitationForm: views.InvitationForm{
			Email:  fold.FirstRunes(email, identity.MaxEmail),
			Roles:  web.Choices(store.Roles, role, roleNames),
			Reason: r.PostForm.Get("reason"),
		},
		Problems: map[string]string{},
	}
	if problem := identity.EmailProblem(email); problem != "" {
		m.Problems["email"] = display.AccountProblem(problem)
	}
	if !slices.Contains(store.Roles, role) {
		m.Problems["role"] = "This role doesn’t exist. Choose viewer, operator or admin."
	}
	token := rand.Text()
	if len(m.Problems) == 0 {
		err := h.links.Invite(r.Context(), web.Actor(r), email, role, store.HashToken(token), h.site.Now().Add(joinFor))
		switch {
		case errors.Is(err, store.ErrEmailTaken):
			m.Problems["email"] = "A team member already uses this address."
		case err != nil:
			return fmt.Errorf("invite: %w", err)
		default:
			h.showLinkAt(
				w,
				r,
				"/team",
				views.OneTimeLink{
					For:   email,
					URL:   h.LinkURL(token),
					Until: h.site.Clock(r).DateTime(h.site.Now().Add(joinFor)).Text,
					What:  "It lets the recipient join Cordboard with the " + role + " role.",
				},
			)
			return nil
		}
	}
	web.SetAuditTarget(r, "", email, store.Messages(web.FirstProblem(m.Problems, "email", "role"))...)
	return h.teamPage(w, r, http.StatusUnprocessableEntity, m)
}

// showLinkAt redirects to a page that shows a new link.
func (h *Handler) showLinkAt(w http.ResponseWriter, r *http.Request, page string, link views.OneTimeLink) {
	web.Redirect(w, r, page+"?link="+h.site.OneTime.Put(web.SessionFrom(r.Context()).TokenHash, &link))
}

// linkShown returns the new link that the page's URL refers to, or nil.
func (h *Handler) linkShown(r *http.Request) *views.OneTimeLink {
	link, _ := h.site.OneTime.Get(web.SessionFrom(r.Context()).TokenHash, r.URL.Query().Get("link")).(*views.OneTimeLink)
	return link
}

// LinkURL returns the URL of a one-time link. It uses the portal's own URL, because a request's Host header can't be
// trusted.
func (h *Handler) LinkURL(token string) string {
	return cmp.Or(h.site.Config.PublicURL, h.site.Config.LocalURL) + "/link?" + url.Values{"token": {token}}.Encode()
}

// Withdraw withdraws an invitation.
func (h *Handler) Withdraw(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("invitation"), 10, 64)
	if err == nil {
		err = h.links.Withdraw(r.Context(), web.Actor(r), id)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, strconv.ErrSyntax) || errors.Is(err, strconv.ErrRange) {
		return &web.HTTPError{
			ErrorAnswer: web.ErrorAnswer{
				Status: http.StatusNotFound,
				Title:  "This invitation no longer exists",
				Text:   "It was used or withdrawn, or has expired. Nothing was changed.",
			},
		}
	}
	if err != nil {
		return fmt.Errorf("withdraw invitation: %w", err)
	}
	web.Redirect(w, r, "/team?done=withdrawn")
	return nil
}
