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
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/team"
	"cordboard/views/ui"
)

// These constants are the lifetimes of links. An invitation needs time to reach someone; a password-reset link
// opens an account that is in use.
const (
	joinFor = 24 * time.Hour

	// PasswordLinkFor is the lifetime of a password-reset link.
	PasswordLinkFor = time.Hour
)

// ShowTeam shows the members, the open invitations and the policy.
func (s *Handler) ShowTeam(w http.ResponseWriter, r *http.Request) error {
	return s.teamPage(
		w,
		r,
		http.StatusOK,
		views.Page{
			Roles: web.Choices(store.Roles, store.RoleViewer, roleNames),
			Done:  teamDone[r.URL.Query().Get("done")],
			Link:  s.linkShown(r),
		},
	)
}

var teamDone = map[string]string{
	"withdrawn": "Invitation withdrawn. Its link no longer works.",
	"policy":    "Policy changed. It takes effect immediately.",
}

func (s *Handler) teamPage(w http.ResponseWriter, r *http.Request, status int, m views.Page) error {
	users, err := s.Store.Users(r.Context())
	if err != nil {
		return err
	}
	invited, err := s.Store.Invitations(r.Context())
	if err != nil {
		return err
	}
	c, own := s.Clock(r), web.UserFrom(r.Context()).ID
	without := 0
	for _, u := range users {
		row := views.Member{
			Name:        u.Name,
			Email:       u.Email,
			URL:         ui.MemberURL(u.ID),
			Role:        roleNames[u.Role],
			Icon:        roleIcons[u.Role],
			Factor:      u.Factor,
			FactorWords: factorWords(u),
			Disabled:    u.Disabled,
			Seen:        seenWords(u, c),
		}
		if u.ID == own {
			row.Seen = "now (you)"
		}
		row.FactorMissing, _ = s.Identity.Policy.NeedsFactor(u)
		if !u.Factor && !u.Disabled {
			without++
		}
		m.Members = append(m.Members, row)
	}
	for _, l := range invited {
		m.Invitations = append(
			m.Invitations,
			views.Invitation{
				ID:    strconv.FormatInt(l.ID, 10),
				Email: l.Email,
				Role:  roleNames[l.Role],
				Icon:  roleIcons[l.Role],
				By:    l.MadeBy,
				Until: c.DateTime(l.ExpiresAt),
			},
		)
	}
	m.Summary = ui.Count(int64(len(users)), "person", "people") + ", " + ui.Count(
		int64(len(invited)),
		"invitation",
		"invitations",
	) + ". " + s.policyWords(c)
	p := s.Identity.Policy.Get()
	if m.Policy == nil {
		m.Policy = policyChoices(p.Required)
		m.From = time.Unix(p.From, 0).In(c.Zone).Format(time.DateOnly)
		if p.From == 0 {
			m.From = c.Now.In(c.Zone).AddDate(0, 0, 14).Format(time.DateOnly)
		}
	}
	m.Without = ui.Count(int64(without), "person has", "people have") + " none yet"
	if !web.UserFrom(r.Context()).Factor {
		m.Without += ", including you"
	}
	return s.Render(w, r, status, "Team", views.Team(m), views.Team(m))
}

func policyChoices(on string) []ui.Choice {
	return web.Choices(
		[]string{"", "admins", "all"},
		on,
		map[string]string{"": "Optional", "admins": "Required for admins", "all": "Required for all"},
	)
}

// factorWords describes a user's second factor.
func factorWords(u store.User) string {
	if !u.Factor {
		return "Off"
	}
	return "App, " + ui.Count(int64(u.CodesLeft), "code", "codes") + " left"
}

// seenWords returns when the user was last seen.
func seenWords(u store.User, c ui.Clock) string {
	if u.SeenAt.IsZero() {
		return "never"
	}
	return c.Ago(u.SeenAt)
}

func (s *Handler) policyWords(c ui.Clock) string {
	p := s.Identity.Policy.Get()
	who := map[string]string{"": "Two-factor is optional.", "admins": "Two-factor is required for admins", "all": "Two-factor is required for all"}[p.Required]
	switch from := time.Unix(p.From, 0); {
	case p.Required == "":
		return who
	case from.After(c.Now):
		return who + " from " + c.Date(from).Text + "."
	}
	return who + "."
}

// Invite creates an invitation link and shows it once. The admin sends it; Cordboard sends no email.
func (s *Handler) Invite(w http.ResponseWriter, r *http.Request) error {
	email, role := web.TypedEmail(r), r.PostForm.Get("role")
	m := views.Page{
		Email:    web.FirstRunes(email, identity.MaxEmail),
		Roles:    web.Choices(store.Roles, role, roleNames),
		Reason:   r.PostForm.Get("reason"),
		Problems: map[string]string{},
	}
	if problem := identity.EmailProblem(email); problem != "" {
		m.Problems["email"] = problem
	}
	if !slices.Contains(store.Roles, role) {
		m.Problems["role"] = "This role doesn’t exist. Choose viewer, operator or admin."
	}
	token := rand.Text()
	if len(m.Problems) == 0 {
		err := s.Store.Invite(r.Context(), web.Actor(r), email, role, store.HashToken(token), s.Now().Add(joinFor))
		switch {
		case errors.Is(err, store.ErrEmailTaken):
			m.Problems["email"] = "A team member already uses this address."
		case err != nil:
			return fmt.Errorf("invite: %w", err)
		default:
			s.showLinkAt(
				w,
				r,
				"/team",
				views.OneTimeLink{
					For:   email,
					URL:   s.LinkURL(token),
					Until: s.Clock(r).DateTime(s.Now().Add(joinFor)).Text,
					What:  "join as " + role,
				},
			)
			return nil
		}
	}
	web.SetAuditTarget(r, "", email, web.FirstProblem(m.Problems))
	return s.teamPage(w, r, http.StatusUnprocessableEntity, m)
}

// showLinkAt redirects to a page that shows a new link.
func (s *Handler) showLinkAt(w http.ResponseWriter, r *http.Request, page string, link views.OneTimeLink) {
	web.Redirect(w, r, page+"?link="+s.OneTime.Put(web.SessionFrom(r.Context()).TokenHash, &link))
}

// linkShown returns the new link that the page's address refers to, or nil.
func (s *Handler) linkShown(r *http.Request) *views.OneTimeLink {
	link, _ := s.OneTime.Get(web.SessionFrom(r.Context()).TokenHash, r.URL.Query().Get("link")).(*views.OneTimeLink)
	return link
}

// LinkURL returns the address of a one-time link. It uses the configured address, since a request's Host can't be
// trusted.
func (s *Handler) LinkURL(token string) string {
	return cmp.Or(s.Config.PublicURL, s.Config.LocalURL) + "/link?" + url.Values{"token": {token}}.Encode()
}

// Withdraw withdraws an invitation or a password link.
func (s *Handler) Withdraw(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("invitation"), 10, 64)
	if err == nil {
		err = s.Store.Withdraw(r.Context(), web.Actor(r), id)
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

// SetPolicy sets who must have a second factor, and from when.
func (s *Handler) SetPolicy(w http.ResponseWriter, r *http.Request) error {
	required, day := r.PostForm.Get("required"), strings.TrimSpace(fold.Typed(r.PostForm.Get("from")))
	from, err := time.ParseInLocation(time.DateOnly, day, s.Clock(r).Zone)
	problem := ""
	switch {
	case !slices.Contains([]string{"", "admins", "all"}, required):
		problem = "This policy doesn’t exist. Choose optional, admins or all."
	case required != "" && (err != nil || from.Year() < 2000 || from.Year() > 2200):
		problem = "Enter the date on which this starts, such as 2026-12-01."
	case required != "" && day != s.Identity.Policy.Get().Day && from.AddDate(0, 0, 1).Before(s.Now()):
		problem = "That date has passed. Choose today (effective immediately) or later."
	}
	if problem != "" {
		web.SetAuditTarget(r, "", "Two-factor", problem)
		return s.teamPage(
			w,
			r,
			http.StatusUnprocessableEntity,
			views.Page{
				Roles:        web.Choices(store.Roles, store.RoleViewer, roleNames),
				Policy:       policyChoices(required),
				From:         day,
				PolicyReason: r.PostForm.Get("reason"),
				Problems:     map[string]string{"from": problem},
			},
		)
	}
	p := store.Policy{Required: required}
	if required != "" {
		p.From, p.Day = from.Unix(), day
	}
	if err := s.Identity.Policy.Set(r.Context(), web.Actor(r), p); err != nil {
		return fmt.Errorf("set the policy: %w", err)
	}
	web.Redirect(w, r, "/team?done=policy")
	return nil
}

// member returns the user that the address names.
func (s *Handler) member(r *http.Request) (store.User, error) {
	text := chi.URLParam(r, "id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != text {
		return store.User{}, store.ErrNotFound
	}
	u, err := s.Store.UserByID(r.Context(), id)
	if err != nil {
		return u, fmt.Errorf("look up user: %w", err)
	}
	web.SetAuditTarget(r, text, u.Email, "")
	return u, nil
}

// ShowMember shows one member.
func (s *Handler) ShowMember(w http.ResponseWriter, r *http.Request) error {
	u, err := s.member(r)
	if err != nil {
		return err
	}
	return s.memberPage(
		w,
		r,
		http.StatusOK,
		u,
		views.MemberPage{Done: memberDone[r.URL.Query().Get("done")], Link: s.linkShown(r)},
	)
}

var memberDone = map[string]string{
	"role":    "Role changed. All sessions were ended. The new role applies at the next sign-in.",
	"disable": "Account disabled. All sessions were ended.",
	"enable":  "Account enabled.",
	"factor": "Second factor removed. All sessions were ended. Only the password is required until a new one is " +
		"set up.",
	"sessions": "Signed out.",
}

func (s *Handler) memberPage(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	u store.User,
	m views.MemberPage,
) error {
	c := s.Clock(r)
	sessions, err := s.SessionRows(r, u.ID)
	if err != nil {
		return err
	}
	m.Name, m.Email, m.Role, m.Icon, m.Disabled, m.Factor, m.Sessions = u.Name, u.Email, roleNames[u.Role], roleIcons[u.Role], u.Disabled, u.Factor, sessions
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
	return s.Render(w, r, status, u.Name, views.MemberMatter(m), views.MemberMatter(m))
}

var (
	roleNames = map[string]string{store.RoleViewer: "Viewer", store.RoleOperator: "Operator", store.RoleAdmin: "Admin"}
	roleIcons = map[string]string{
		store.RoleViewer:   "search",
		store.RoleOperator: "pencil",
		store.RoleAdmin:    "shield-check",
	}
)

// memberProblems lists the errors of changes to a member, each with its status and message.
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
		"Your role requires a second factor. You can replace yours on your account page.",
	},
	{
		store.ErrDisabled,
		http.StatusConflict,
		"The account is disabled, so a password can’t be used. Enable the account first.",
	},
}

// refuseChange responds with the reason why a member can't be changed. It returns false if err is not one of
// memberProblems.
func (s *Handler) refuseChange(w http.ResponseWriter, r *http.Request, u store.User, err error) (bool, error) {
	for _, p := range memberProblems {
		if errors.Is(err, p.err) {
			web.SetAuditTarget(r, fmt.Sprint(u.ID), u.Email, p.text)
			return true, s.memberPage(
				w,
				r,
				p.status,
				u,
				views.MemberPage{
					Problem:   p.text,
					RoleTyped: web.OneOf(r.PostForm.Get("role"), store.Roles...),
					Reason:    r.PostForm.Get("reason"),
				},
			)
		}
	}
	return false, err
}

// ChangeMember returns a handler that changes a member and redirects back to their page.
func (s *Handler) ChangeMember(done string, change func(r *http.Request, u store.User) error) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, err := s.member(r)
		if err != nil {
			return err
		}
		if refused, err := s.refuseChange(w, r, u, change(r, u)); refused || err != nil {
			return err
		}
		s.Identity.Sessions.NotifyEnded()
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
func (s *Handler) SetRole(r *http.Request, u store.User) error {
	own := web.SessionFrom(r.Context())
	if own.User.ID != u.ID {
		return s.Store.SetRole(r.Context(), web.Actor(r), u.ID, r.PostForm.Get("role"), "")
	}
	_, err := s.RenewSession(r, false, func() error {
		return s.Store.SetRole(r.Context(), web.Actor(r), u.ID, r.PostForm.Get("role"), own.TokenHash)
	})
	return err
}

// Disable disables a member, which ends their sessions.
func (s *Handler) Disable(r *http.Request, u store.User) error {
	return s.Identity.Sessions.Disable(r.Context(), web.Actor(r), u)
}

// Enable enables a member.
func (s *Handler) Enable(r *http.Request, u store.User) error {
	return s.Identity.Sessions.Enable(r.Context(), web.Actor(r), u)
}

var errOwnFactor = errors.New("the user's own second factor is required")

// ResetFactor removes a member's second factor.
func (s *Handler) ResetFactor(r *http.Request, u store.User) error {
	if u.ID == web.UserFrom(r.Context()).ID && s.Identity.Policy.Requires(u) {
		return errOwnFactor
	}
	err := s.Store.RemoveFactor(r.Context(), web.Actor(r), u.ID, "user.reset-2fa", "")
	if errors.Is(err, store.ErrNotFound) {
		return store.ErrNoChange
	}
	return err
}

// EndMemberSessions ends a member's sessions.
func (s *Handler) EndMemberSessions(r *http.Request, u store.User) error {
	keep := ""
	if own := web.SessionFrom(r.Context()); own.User.ID == u.ID {
		keep = own.TokenHash
	}
	return s.EndSessions(r, u.ID, keep)
}

// OfferPassword creates a password-reset link and shows it once. Admins never choose a password for others.
func (s *Handler) OfferPassword(w http.ResponseWriter, r *http.Request) error {
	u, err := s.member(r)
	if err != nil {
		return err
	}
	token, until := rand.Text(), s.Now().Add(PasswordLinkFor)
	err = s.Store.OfferPassword(r.Context(), web.Actor(r), u.ID, store.HashToken(token), until)
	if refused, err := s.refuseChange(w, r, u, err); refused || err != nil {
		return err
	}
	s.showLinkAt(
		w,
		r,
		ui.MemberURL(u.ID),
		views.OneTimeLink{
			For:   u.Email,
			URL:   s.LinkURL(token),
			Until: s.Clock(r).DateTime(until).Text,
			What:  "set a new password",
		},
	)
	return nil
}
