package team

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/store"
	views "cordboard/views/team"
	"cordboard/views/ui"
)

const (

	// PasswordLinkFor is the lifetime of a password-reset link. It is shorter than that of an invitation, because the link
	// gives access to an existing account.
	PasswordLinkFor = time.Hour
)

// ShowTeam shows the members, the open invitations and the policy.
func (h *Handler) ShowTeam(w http.ResponseWriter, r *http.Request) error {
	return h.teamPage(
		w,
		r,
		http.StatusOK,
		views.Page{
			InvitationForm: views.InvitationForm{
				Roles: web.Choices(store.Roles, store.RoleViewer, roleNames),
			},
			Done: teamDone[r.URL.Query().Get("done")],
			Link: h.linkShown(r),
		},
	)
}

var teamDone = map[string]string{
	"withdrawn": "Invitation withdrawn. Its link no longer works.",
	"policy":    "Policy changed.",
}

func (h *Handler) teamPage(w http.ResponseWriter, r *http.Request, status int, m views.Page) error {
	users, err := h.members.Users(r.Context())
	if err != nil {
		return err
	}
	invited, err := h.links.Invitations(r.Context())
	if err != nil {
		return err
	}
	c, own := h.site.Clock(r), web.UserFrom(r.Context()).ID
	without := 0
	for _, u := range users {
		row := h.memberRow(u, own, c)
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
	) + ". " + h.policyWords(c)
	p := h.policy.Get()
	if m.Policy == nil {
		m.Policy = policyChoices(p.Required)
		m.From = time.Unix(p.From, 0).In(c.Zone).Format(time.DateOnly)
		if p.From == 0 {
			m.From = c.Now.In(c.Zone).AddDate(0, 0, 14).Format(time.DateOnly)
		}
	}
	m.Without = withoutWords(without, web.UserFrom(r.Context()).Factor)
	return h.site.Render(w, r, status, "Team", views.Team(m), views.Team(m))
}

// withoutWords says how many people have no second factor. own is whether the reader has one; a reader who has none is
// counted in n.
func withoutWords(n int, own bool) string {
	text := ui.Count(int64(n), "person has", "people have") + " no second factor yet"
	switch {
	case n == 0:
		return "Everyone has a second factor"
	case own:
		return text
	case n == 1:
		return "Only you have no second factor yet"
	}
	return text + ", including you"
}

// memberRow returns the row for a user; own is the ID of the user who is viewing the page.
func (h *Handler) memberRow(u store.User, own int64, c ui.Clock) views.Member {
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
	row.FactorMissing, _ = h.policy.NeedsFactor(u)
	return row
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
	return "App, " + ui.Count(int64(u.CodesLeft), "recovery code", "recovery codes") + " left"
}

// seenWords describes when the user was last seen.
func seenWords(u store.User, c ui.Clock) string {
	if u.SeenAt.IsZero() {
		return "never"
	}
	return c.Ago(u.SeenAt)
}

func (h *Handler) policyWords(c ui.Clock) string {
	p := h.policy.Get()
	who := map[string]string{
		"":       "Two-factor is optional.",
		"admins": "Two-factor is required for admins",
		"all":    "Two-factor is required for all",
	}[p.Required]
	switch from := time.Unix(p.From, 0); {
	case p.Required == "":
		return who
	case from.After(c.Now):
		return who + " starting " + c.Date(from).Text + "."
	}
	return who + "."
}

// SetPolicy sets which users must have a second factor, and the day on which the requirement starts.
func (h *Handler) SetPolicy(w http.ResponseWriter, r *http.Request) error {
	required, day := r.PostForm.Get("required"), strings.TrimSpace(fold.Typed(r.PostForm.Get("from")))
	from, err := time.ParseInLocation(time.DateOnly, day, h.site.Clock(r).Zone)
	problem := ""
	switch {
	case !slices.Contains([]string{"", "admins", "all"}, required):
		problem = "This policy doesn’t exist. Choose Optional, Required for admins or Required for all."
	case required != "" && (err != nil || from.Year() < 2000 || from.Year() > 2200):
		problem = "Enter a start date, such as 2026-12-01."
	case required != "" && day != h.policy.Get().Day && from.AddDate(0, 0, 1).Before(h.site.Now()):
		problem = "That date has passed. Choose today (effective immediately) or later."
	}
	if problem != "" {
		web.SetAuditTarget(r, "", "Two-factor", store.Messages(problem)...)
		return h.teamPage(
			w,
			r,
			http.StatusUnprocessableEntity,
			views.Page{
				InvitationForm: views.InvitationForm{
					Roles: web.Choices(store.Roles, store.RoleViewer, roleNames),
				},
				PolicyForm: views.PolicyForm{
					Policy:       policyChoices(required),
					From:         day,
					PolicyReason: r.PostForm.Get("reason"),
				},
				Problems: map[string]string{"from": problem},
			},
		)
	}
	p := store.Policy{Required: required}
	if required != "" {
		p.From, p.Day = from.Unix(), day
	}
	if err := h.policy.Set(r.Context(), web.Actor(r), p); err != nil {
		return fmt.Errorf("set the policy: %w", err)
	}
	web.Redirect(w, r, "/team?done=policy")
	return nil
}

var roleIcons = map[string]string{
	store.RoleViewer:   "search",
	store.RoleOperator: "pencil",
	store.RoleAdmin:    "shield-check",
}
