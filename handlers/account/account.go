package account

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/account"
	"cordboard/views/ui"
)

// ShowAccount shows the account page, which has the settings, the password form, the second factor and the sessions.
func (h *Handler) ShowAccount(w http.ResponseWriter, r *http.Request) error {
	return h.accountPage(w, r, http.StatusOK, nil)
}

// accountPage renders the account page. The problems are keyed by field.
func (h *Handler) accountPage(w http.ResponseWriter, r *http.Request, status int, problems map[string]string) error {
	session, c := web.SessionFrom(r.Context()), h.site.Clock(r)
	user := session.User
	all, err := h.site.ListViews(r)
	if err != nil {
		return err
	}
	sessions, err := h.site.Sessions.Rows(r, user.ID, c)
	if err != nil {
		return err
	}
	m := views.Page{
		Name:     user.Name,
		Email:    user.Email,
		Role:     user.Role,
		Done:     accountDone[r.URL.Query().Get("done")],
		Problems: problems,
		Preferences: views.Preferences{
			Theme: web.Choices(
				[]string{"system", "light", "dark"},
				cmp.Or(user.Prefs.Theme, "system"),
				map[string]string{"system": "System", "light": "Light", "dark": "Dark"},
			),
			Density: web.Choices(
				list.Densities,
				cmp.Or(user.Prefs.Density, list.DefaultDensity),
				map[string]string{"compact": "One line", "comfortable": "Two lines"},
			),
			Zones: h.zoneChoices(user, h.site.Now()),
			Keys:  !user.Prefs.KeysOff,
		},
		Sessions:    sessions,
		PasswordAge: c.Ago(user.PasswordAt),
		SecondFactor: views.SecondFactor{
			Factor:    user.Factor,
			CodesLeft: ui.Count(int64(user.CodesLeft), "code", "codes"),
			FewCodes:  user.CodesLeft < 3,
		},
	}
	for _, f := range ui.DateFormats {
		m.Dates = append(
			m.Dates,
			ui.Choice{
				Value:    f.Key,
				Label:    ui.Clock{Now: c.Now, Zone: c.Zone, Dates: f.Key}.Date(c.Now).Text,
				Selected: f.Key == user.Prefs.Dates,
			},
		)
	}
	m.Landing = landingChoices(all, user.Prefs.Landing)
	if user.Factor {
		factor, err := h.factors.Active(r.Context(), user.ID)
		if err != nil {
			return fmt.Errorf("read second factor: %w", err)
		}
		m.FactorSince, m.FactorUsed = c.Date(factor.CreatedAt).Text, c.Ago(factor.UsedAt)
		m.FactorRequired = h.policy.Requires(user)
	}
	return h.site.Render(w, r, status, "Account", views.Account(m), views.Account(m))
}

// landingChoices returns the choices for the start page.
func landingChoices(saved []lists.View, now string) []ui.Choice {
	choices := []ui.Choice{
		{Value: "", Label: "Overview", Selected: now == ""},
		{Value: lists.LandOnAll, Label: "All PBXs", Selected: now == lists.LandOnAll},
	}
	for _, v := range saved {
		choices = append(choices, ui.Choice{Value: v.Key, Label: "PBXs: " + v.Name, Selected: v.Key == now})
	}
	return choices
}

var accountDone = map[string]string{
	"settings": "Settings saved. They apply on every device.",
	"password": "Password changed. All other devices were signed out.",
	"removed":  "Two-factor is off. All other devices were signed out.",
	"ended":    "Sign-out complete. This device stays signed in.",
}

// zoneChoices returns the portal's time zone, the user's own zone and common zones, each with its current time.
func (h *Handler) zoneChoices(user store.User, now time.Time) []ui.Choice {
	label := func(zone *time.Location) string {
		return strings.ReplaceAll(zone.String(), "_", " ") + " (" + now.In(zone).Format("15:04") + ")"
	}
	all := []ui.Choice{{
		Label:    "Portal default: " + label(h.site.Config.TimeZone),
		Selected: user.TimeZone == "",
	}}
	names := commonZones
	if user.TimeZone != "" && !slices.Contains(names, user.TimeZone) {
		names = append([]string{user.TimeZone}, names...)
	}
	for _, name := range names {
		if zone, err := time.LoadLocation(name); err == nil {
			all = append(all, ui.Choice{Value: name, Label: label(zone), Selected: name == user.TimeZone})
		}
	}
	return all
}

// SaveAccount stores the settings for appearance and region. It accepts any named time zone, including those that the
// page doesn't list.
func (h *Handler) SaveAccount(w http.ResponseWriter, r *http.Request) error {
	all, err := h.site.ListViews(r)
	if err != nil {
		return err
	}
	form := r.PostForm
	problems := map[string]string{}
	zone := form.Get("timeZone")
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" || len(zone) > 100 {
		problems["timeZone"] = "Choose a time zone from the list."
	}
	landing := form.Get("landing")
	if _, ok := lists.Find(all, landing); !ok && landing != "" && landing != lists.LandOnAll {
		problems["landing"] = "This view no longer exists. Choose another start page."
	}
	dates := form.Get("dates")
	if !slices.ContainsFunc(ui.DateFormats, func(f ui.DateFormat) bool { return f.Key == dates }) {
		problems["dates"] = "Choose a date format from the list."
	}
	if len(problems) > 0 {
		web.SetAuditTarget(
			r,
			fmt.Sprint(web.UserFrom(r.Context()).ID),
			web.UserFrom(r.Context()).Email,
			store.Messages(web.FirstProblem(problems, "dates", "timeZone", "landing"))...,
		)
		return h.accountPage(w, r, http.StatusUnprocessableEntity, problems)
	}
	err = h.users.SetPrefs(r.Context(), web.Actor(r), "account.settings", func(u *store.User) {
		p := &u.Prefs
		p.Theme, p.Density = web.OneOf(form.Get("theme"), "light", "dark"), web.OneOf(form.Get("density"), "comfortable")
		p.Dates, p.Landing, p.KeysOff = dates, landing, form.Get("keys") != "yes"
		u.TimeZone = zone
	})
	if err != nil {
		return fmt.Errorf("save account settings: %w", err)
	}
	web.Redirect(w, r, "/account?done=settings")
	return nil
}

// SaveTheme stores the theme and leaves the other settings as they are.
func (h *Handler) SaveTheme(w http.ResponseWriter, r *http.Request) error {
	theme := web.OneOf(r.PostForm.Get("theme"), "light", "dark")
	err := h.users.SetPrefs(r.Context(), web.Actor(r), "account.settings", func(u *store.User) { u.Prefs.Theme = theme })
	if err != nil {
		return fmt.Errorf("save theme: %w", err)
	}
	web.Redirect(w, r, web.LocalPath(r.PostForm.Get("next")))
	return nil
}

// ChangePassword changes the user's password. It requires the current password instead of recent authentication. It
// ends the user's other sessions and gives this session a new ID.
func (h *Handler) ChangePassword(w http.ResponseWriter, r *http.Request) error {
	session := web.SessionFrom(r.Context())
	user, err := h.users.UserByID(r.Context(), session.User.ID)
	if err != nil {
		return fmt.Errorf("look up user: %w", err)
	}
	old, password := r.PostForm.Get("oldPassword"), r.PostForm.Get("newPassword")
	web.SetAuditTarget(r, fmt.Sprint(user.ID), user.Email)
	problems := map[string]string{}
	if problem := identity.PasswordProblem(password, user.Email); problem != "" {
		problems["newPassword"] = display.AccountProblem(problem)
	} else if fold.Password(password) == fold.Password(old) {
		problems["newPassword"] = "The new password must differ from the current one."
	}
	p, err := h.checkPassword(r, user, old)
	status := http.StatusUnprocessableEntity
	switch {
	case err != nil:
		return fmt.Errorf("change password: %w", err)
	case p.Wait > 0:
		status = http.StatusTooManyRequests
		problems["oldPassword"] = fmt.Sprintf(
			"Too many incorrect passwords. Nothing was changed. Try again in %s.",
			web.RetryAfter(w, p.Wait),
		)
	case !p.OK:
		problems["oldPassword"] = "Incorrect password. Nothing was changed."
	}
	if len(problems) > 0 {
		first := web.FirstProblem(problems, "oldPassword", "newPassword")
		web.SetAuditTarget(r, fmt.Sprint(user.ID), user.Email, store.Messages(first)...)
		return h.accountPage(w, r, status, problems)
	}
	var hash string
	err = h.passwords.Hash(r.Context(), "", password, func(of string) error { hash = of; return nil })
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	_, err = h.site.Sessions.Renew(r, func() error {
		return h.users.SetPassword(r.Context(), web.Actor(r), user.ID, hash, session.TokenHash)
	})
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	h.sessions.NotifyEnded()
	web.Redirect(w, r, "/account?done=password")
	return nil
}

// checkPassword checks the user's current password.
func (h *Handler) checkPassword(r *http.Request, user store.User, password string) (identity.PasswordResult, error) {
	return h.passwords.Check(r.Context(), identity.PasswordCheck{
		User:     user,
		Password: password,
		Limits:   identity.SignInLimits(user.Email, web.Actor(r).Address, h.site.Sessions.KnownBrowser(r, user.ID)),
		Network:  h.site.Sessions.StrangerFrom(r, user),
		By:       web.Actor(r),
		Failure: store.Event{
			Action:     "user.password",
			Target:     fmt.Sprint(user.ID),
			TargetName: user.Email,
			Notes:      []store.Note{store.NewNote(store.NoteWrongCurrentPassword)},
		},
	})
}

// EndOwnSessions ends one or all of the user's other sessions. Signing out ends the current one.
func (h *Handler) EndOwnSessions(w http.ResponseWriter, r *http.Request) error {
	session := web.SessionFrom(r.Context())
	if err := h.site.Sessions.End(r, session.User.ID, session.TokenHash); err != nil {
		return err
	}
	web.Redirect(w, r, "/account?done=ended#sessions")
	return nil
}

// DismissNotices records that a user has read the notices about their account.
func (h *Handler) DismissNotices(w http.ResponseWriter, r *http.Request) error {
	// upTo is the number of the last notice that the page showed. Newer notices stay unread.
	upTo, err := strconv.ParseInt(r.PostForm.Get("upTo"), 10, 64)
	if err != nil {
		return &web.HTTPError{
			ErrorAnswer: web.ErrorAnswer{
				Status: http.StatusUnprocessableEntity,
				Title:  "This form is incomplete",
				Text:   "Nothing was changed. Go back, reload the page, and try again.",
			},
		}
	}
	if err := h.users.AcknowledgeNotices(r.Context(), web.Actor(r), upTo); err != nil {
		return fmt.Errorf("dismiss notices: %w", err)
	}
	h.site.Sessions.Said.Say(web.Actor(r).ID, "The notices were dismissed.")
	web.Redirect(w, r, web.LocalPath(r.PostForm.Get("next")))
	return nil
}
