package team

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"cordboard/handlers/web"
	"cordboard/store"
	views "cordboard/views/team"
	"cordboard/views/ui"
)

// member returns the user whose ID is in the URL.
func (h *Handler) member(r *http.Request) (store.User, error) {
	text := chi.URLParam(r, "id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != text {
		return store.User{}, store.ErrNotFound
	}
	u, err := h.members.UserByID(r.Context(), id)
	if err != nil {
		return u, fmt.Errorf("look up user: %w", err)
	}
	web.SetAuditTarget(r, text, u.Email)
	return u, nil
}

// ShowMember shows one member.
func (h *Handler) ShowMember(w http.ResponseWriter, r *http.Request) error {
	u, err := h.member(r)
	if err != nil {
		return err
	}
	return h.memberPage(
		w,
		r,
		http.StatusOK,
		u,
		views.MemberPage{
			Done: memberDone[r.URL.Query().Get("done")],
			Link: h.linkShown(r),
		},
	)
}

var memberDone = map[string]string{
	"role":    "Role changed. All sessions were ended. The new role applies at the next sign-in.",
	"disable": "Account disabled. All sessions were ended.",
	"enable":  "Account enabled.",
	"factor": "Second factor removed. All sessions were ended. Until a new second factor is set up, only the password " +
		"is required.",
	"sessions": "Sign-out complete.",
}

func (h *Handler) memberPage(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	u store.User,
	m views.MemberPage,
) error {
	c := h.site.Clock(r)
	sessions, err := h.site.Sessions.Rows(r, u.ID, h.site.Clock(r))
	if err != nil {
		return err
	}
	m.Name, m.Email, m.Role, m.Icon = u.Name, u.Email, roleNames[u.Role], roleIcons[u.Role]
	m.Disabled, m.Factor, m.Sessions = u.Disabled, u.Factor, sessions
	m.URL = ui.MemberURL(u.ID)
	m.AuditURL = ui.AuditSearchURL("actor:" + u.Email)
	m.AboutURL = ui.AuditSearchURL("target:" + strconv.FormatInt(u.ID, 10) + " action:user.* action:session.end")
	m.Roles = web.Choices(store.Roles, cmp.Or(m.RoleTyped, u.Role), roleNames)
	m.Facts = []ui.Fact{
		{Name: "Joined", Value: c.Date(u.CreatedAt).Text},
		{Name: "Last seen", Value: seenWords(u, c)},
		{Name: "Password set", Value: c.Ago(u.PasswordAt)},
		{Name: "Two-factor", Value: factorWords(u)},
	}
	return h.site.Render(w, r, status, u.Name, views.MemberPageBody(m), views.MemberPageBody(m))
}

var roleNames = map[string]string{store.RoleViewer: "Viewer", store.RoleOperator: "Operator", store.RoleAdmin: "Admin"}

// memberProblems lists the reasons why a member can't be changed, each with its status and message.
var memberProblems = []struct {
	err    error
	status int
	text   string
}{
	{
		store.ErrNoRole,
		http.StatusUnprocessableEntity,
		"This role doesn’t exist. Choose viewer, operator or admin. Nothing was changed.",
	},
	{
		store.ErrLastAdmin,
		http.StatusConflict,
		"This is the last admin. Nothing was changed. Make someone else an admin first.",
	},
	{store.ErrNoChange, http.StatusConflict, "No change needed."},
	{
		errOwnFactor,
		http.StatusConflict,
		"Your role requires a second factor. Nothing was changed. You can replace yours on your account page.",
	},
	{
		store.ErrDisabled,
		http.StatusConflict,
		"This account is disabled, so no reset link was created. Enable the account first.",
	},
}

// refuseChange responds with the reason and returns true if err is one of memberProblems. Otherwise, it sends no
// response, and returns false and err.
func (h *Handler) refuseChange(w http.ResponseWriter, r *http.Request, u store.User, err error) (bool, error) {
	for _, p := range memberProblems {
		if errors.Is(err, p.err) {
			web.SetAuditTarget(r, fmt.Sprint(u.ID), u.Email, store.Messages(p.text)...)
			return true, h.memberPage(
				w,
				r,
				p.status,
				u,
				views.MemberPage{
					Problem: p.text,
					RoleForm: views.RoleForm{
						RoleTyped: web.OneOf(r.PostForm.Get("role"), store.Roles...),
						Reason:    r.PostForm.Get("reason"),
					},
				},
			)
		}
	}
	return false, err
}

// ChangeMember returns a handler that changes a member and redirects back to their page.
func (h *Handler) ChangeMember(done string, change func(r *http.Request, u store.User) error) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, err := h.member(r)
		if err != nil {
			return err
		}
		if refused, err := h.refuseChange(w, r, u, change(r, u)); refused || err != nil {
			return err
		}
		h.sessions.NotifyEnded()
		if done == "role" && u.ID == web.UserFrom(r.Context()).ID { // the user just gave up the admin role
			web.Redirect(w, r, "/account")
			return nil
		}
		web.Redirect(w, r, ui.MemberURL(u.ID)+"?done="+done)
		return nil
	}
}

// SetRole changes a member's role and ends their sessions. Users who change their own role keep the current
// session, with the new role.
func (h *Handler) SetRole(r *http.Request, u store.User) error {
	own := web.SessionFrom(r.Context())
	if own.User.ID != u.ID {
		return h.members.SetRole(r.Context(), web.Actor(r), u.ID, r.PostForm.Get("role"), "")
	}
	_, err := h.site.Sessions.Renew(r, func() error {
		return h.members.SetRole(r.Context(), web.Actor(r), u.ID, r.PostForm.Get("role"), own.TokenHash)
	})
	return err
}

// Disable disables a member, which ends their sessions.
func (h *Handler) Disable(r *http.Request, u store.User) error {
	return h.sessions.Disable(r.Context(), web.Actor(r), u)
}

// Enable enables a member.
func (h *Handler) Enable(r *http.Request, u store.User) error {
	return h.sessions.Enable(r.Context(), web.Actor(r), u)
}

var errOwnFactor = errors.New("the user's own second factor is required")

// ResetFactor removes a member's second factor.
func (h *Handler) ResetFactor(r *http.Request, u store.User) error {
	if u.ID == web.UserFrom(r.Context()).ID && h.policy.Requires(u) {
		return errOwnFactor
	}
	err := h.members.RemoveFactor(r.Context(), web.Actor(r), u.ID, "user.reset-2fa", "")
	if errors.Is(err, store.ErrNotFound) {
		return store.ErrNoChange
	}
	return err
}

// EndMemberSessions ends one or all of a member's sessions, but never the current session.
func (h *Handler) EndMemberSessions(r *http.Request, u store.User) error {
	keep := ""
	if own := web.SessionFrom(r.Context()); own.User.ID == u.ID {
		keep = own.TokenHash
	}
	return h.site.Sessions.End(r, u.ID, keep)
}

// OfferPassword creates a password-reset link and shows it for a short time. Admins never choose a password for others.
func (h *Handler) OfferPassword(w http.ResponseWriter, r *http.Request) error {
	u, err := h.member(r)
	if err != nil {
		return err
	}
	token, until := rand.Text(), h.site.Now().Add(PasswordLinkFor)
	err = h.links.OfferPassword(r.Context(), web.Actor(r), u.ID, store.HashToken(token), until)
	if refused, err := h.refuseChange(w, r, u, err); refused || err != nil {
		return err
	}
	h.showLinkAt(
		w,
		r,
		ui.MemberURL(u.ID),
		views.OneTimeLink{
			For:   u.Email,
			URL:   h.LinkURL(token),
			Until: h.site.Clock(r).DateTime(until).Text,
			What:  "It lets the recipient set a new password.",
		},
	)
	return nil
}
