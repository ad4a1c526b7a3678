package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

func (s *Server) showAccount(w http.ResponseWriter, r *http.Request) error {
	return s.accountPage(w, r, http.StatusOK, nil)
}

// accountPage renders the account page with problems by field.
func (s *Server) accountPage(w http.ResponseWriter, r *http.Request, status int, problems map[string]string) error {
	session, c := sessionFrom(r.Context()), s.clock(r)
	user := session.User
	all, err := s.listViews(r)
	if err != nil {
		return err
	}
	sessions, err := s.sessionRows(r, user.ID)
	if err != nil {
		return err
	}
	m := views.AccountPage{
		Name:     user.Name,
		Email:    user.Email,
		Role:     user.Role,
		Done:     accountDone[r.URL.Query().Get("done")],
		Problems: problems,
		Theme: choices(
			[]string{"system", "light", "dark"},
			cmp.Or(user.Prefs.Theme, "system"),
			map[string]string{"system": "System", "light": "Light", "dark": "Dark"},
		),
		Density: choices(
			list.Densities,
			cmp.Or(user.Prefs.Density, "comfortable"),
			map[string]string{"comfortable": "Comfortable", "compact": "Compact"},
		),
		Zones:       s.zoneChoices(user, s.now()),
		Keys:        !user.Prefs.KeysOff,
		Sessions:    sessions,
		PasswordAge: c.Ago(user.PasswordAt),
		Factor:      user.Factor,
		CodesLeft:   views.Count(int64(user.CodesLeft), "code", "codes"),
		FewCodes:    user.CodesLeft < 3,
	}
	for _, f := range views.DateFormats {
		m.Dates = append(
			m.Dates,
			views.Choice{
				Value: f.Key,
				Label: views.Clock{Now: c.Now, Zone: c.Zone, Dates: f.Key}.Date(c.Now).Text,
				On:    f.Key == user.Prefs.Dates,
			},
		)
	}
	m.Landing = []views.Choice{
		{Value: "", Label: "Overview", On: user.Prefs.Landing == ""},
		{Value: landOnAll, Label: "All PBXs", On: user.Prefs.Landing == landOnAll},
	}
	for _, v := range all {
		m.Landing = append(
			m.Landing,
			views.Choice{Value: v.key, Label: "PBXs: " + v.name, On: v.key == user.Prefs.Landing},
		)
	}
	if user.Factor {
		factor, err := s.id.Factors.Active(r.Context(), user.ID)
		if err != nil {
			return fmt.Errorf("read second factor: %w", err)
		}
		m.FactorSince, m.FactorUsed = c.Date(factor.CreatedAt).Text, c.Ago(factor.UsedAt)
		m.FactorRequired = s.id.Policy.Requires(user)
	}
	return s.render(w, r, status, "Account", views.Account(m), views.Account(m))
}

var accountDone = map[string]string{
	"settings": "Saved. Your settings apply on every device.",
	"password": "Password changed. All other devices were signed out.",
	"removed":  "Two-factor is off. All other devices were signed out.",
	"ended":    "Signed out. This device stays signed in.",
}

// zoneChoices returns the portal's time zone and common zones, each with its current time.
func (s *Server) zoneChoices(user store.User, now time.Time) []views.Choice {
	label := func(zone *time.Location) string {
		return strings.ReplaceAll(zone.String(), "_", " ") + " (" + now.In(zone).Format("15:04") + ")"
	}
	all := []views.Choice{{Value: "", Label: "Portal default: " + label(s.config.TimeZone), On: user.TimeZone == ""}}
	names := commonZones
	if user.TimeZone != "" && !slices.Contains(names, user.TimeZone) {
		names = append([]string{user.TimeZone}, names...)
	}
	for _, name := range names {
		if zone, err := time.LoadLocation(name); err == nil {
			all = append(all, views.Choice{Value: name, Label: label(zone), On: name == user.TimeZone})
		}
	}
	return all
}

// saveAccount stores appearance and region. It accepts any named time zone, including those that the page doesn't
// list.
func (s *Server) saveAccount(w http.ResponseWriter, r *http.Request) error {
	all, err := s.listViews(r)
	if err != nil {
		return err
	}
	form := r.PostForm
	problems := map[string]string{}
	zone := form.Get("timeZone")
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" || len(zone) > 100 {
		problems["timeZone"] = "Enter a valid time zone, such as Europe/Berlin."
	}
	landing := form.Get("landing")
	if _, ok := findView(all, landing); !ok && landing != "" && landing != landOnAll {
		problems["landing"] = "This view no longer exists."
	}
	dates := form.Get("dates")
	if !slices.ContainsFunc(views.DateFormats, func(f views.DateFormat) bool { return f.Key == dates }) {
		problems["dates"] = "Choose a date format from the list."
	}
	if len(problems) > 0 {
		about(r, fmt.Sprint(userFrom(r.Context()).ID), userFrom(r.Context()).Email, firstProblem(problems))
		return s.accountPage(w, r, http.StatusUnprocessableEntity, problems)
	}
	err = s.store.SetPrefs(r.Context(), actor(r), "account.settings", func(u *store.User) {
		p := &u.Prefs
		p.Theme, p.Density = oneOf(form.Get("theme"), "light", "dark"), oneOf(form.Get("density"), "compact")
		p.Dates, p.Landing, p.KeysOff = dates, landing, form.Get("keys") != "yes"
		u.TimeZone = zone
	})
	if err != nil {
		return fmt.Errorf("save account settings: %w", err)
	}
	redirect(w, r, "/account?done=settings")
	return nil
}

func oneOf(word string, words ...string) string {
	if slices.Contains(words, word) {
		return word
	}
	return ""
}

func firstProblem(problems map[string]string) string {
	var all []string
	for _, p := range problems {
		all = append(all, p)
	}
	return slices.Min(all)
}

// changePassword requires the current password, so it needs no recent sign-in.
// It ends all other sessions and gives this session a new ID.
func (s *Server) changePassword(w http.ResponseWriter, r *http.Request) error {
	session := sessionFrom(r.Context())
	user, err := s.store.UserByID(r.Context(), session.User.ID)
	if err != nil {
		return fmt.Errorf("look up user: %w", err)
	}
	old, password := r.PostForm.Get("oldPassword"), r.PostForm.Get("newPassword")
	about(r, fmt.Sprint(user.ID), user.Email, "")
	problems := map[string]string{}
	if problem := identity.PasswordProblem(password, user.Email); problem != "" {
		problems["newPassword"] = problem
	} else if fold.Password(password) == fold.Password(old) {
		problems["newPassword"] = "This is your current password."
	}
	limits := identity.SignInLimits(user.Email, actor(r).Address, s.knownBrowser(r, user.ID))
	e := store.Event{
		Action:     "user.password",
		Target:     fmt.Sprint(user.ID),
		TargetName: user.Email,
		Detail:     "wrong current password",
	}
	p, err := s.id.Passwords.Check(r.Context(), identity.PasswordCheck{
		User: user, Password: old, Limits: limits, Network: s.strangerFrom(r, user), By: actor(r), Failure: e,
	})
	status := http.StatusUnprocessableEntity
	switch {
	case err != nil:
		return fmt.Errorf("change password: %w", err)
	case p.Wait > 0:
		status = http.StatusTooManyRequests
		problems["oldPassword"] = fmt.Sprintf(
			"Too many wrong passwords. Nothing was changed. Try again in %s.",
			retryAfter(w, p.Wait),
		)
	case !p.OK:
		problems["oldPassword"] = "Incorrect password. Nothing was changed."
	}
	if len(problems) > 0 {
		about(r, fmt.Sprint(user.ID), user.Email, firstProblem(problems))
		return s.accountPage(w, r, status, problems)
	}
	var hash string
	err = s.id.Passwords.Hash(r.Context(), "", password, func(of string) error { hash = of; return nil })
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	_, err = s.renewSession(
		r,
		false,
		func() error { return s.store.SetPassword(r.Context(), actor(r), user.ID, hash, session.TokenHash) },
	)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	s.id.Sessions.NotifyEnded()
	redirect(w, r, "/account?done=password")
	return nil
}

// endOwnSessions ends one other session of the user, or all of them. Signing out ends the current one.
func (s *Server) endOwnSessions(w http.ResponseWriter, r *http.Request) error {
	session := sessionFrom(r.Context())
	if err := s.endSessions(r, session.User.ID, session.TokenHash); err != nil {
		return err
	}
	redirect(w, r, "/account?done=ended#sessions")
	return nil
}

// endSessions ends the session that the form names, or, for "others", all sessions except keep.
func (s *Server) endSessions(r *http.Request, userID int64, keep string) error {
	only := r.PostForm.Get("end")
	if only == "others" {
		only = ""
	} else if len(only) != sessionMark || keep != "" && strings.HasPrefix(keep, only) {
		return errNoSession
	}
	err := s.id.Sessions.End(r.Context(), actor(r), userID, only, keep)
	if errors.Is(err, store.ErrNotFound) {
		return errNoSession
	}
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	s.id.Sessions.NotifyEnded()
	return nil
}

var errNoSession = &httpError{
	errorAnswer: errorAnswer{
		http.StatusNotFound,
		"This session no longer exists",
		"It may have expired. Go back and reload the page.",
	},
}

// sessionMark is the number of characters of a session's hash that identify it in forms and in the audit log.
const sessionMark = 12

// sessionRows returns the user's sessions and marks the current one.
func (s *Server) sessionRows(r *http.Request, userID int64) ([]views.SessionRow, error) {
	all, err := s.store.SessionsOf(r.Context(), userID)
	if err != nil {
		return nil, err
	}
	c, own := s.clock(r), sessionFrom(r.Context()).TokenHash
	var rows []views.SessionRow
	for _, n := range all {
		if n.TokenHash != own && s.id.Sessions.IsIdle(n) {
			continue
		}
		device, icon := deviceWords(n.Device)
		row := views.SessionRow{
			Mark:    n.TokenHash[:sessionMark],
			Device:  device,
			Icon:    icon,
			Address: n.Address,
			Since:   c.DateTime(n.CreatedAt),
			Seen:    c.Ago(s.id.Sessions.LastSeen(n)),
			Door:    string(n.Door),
			This:    n.TokenHash == own,
		}
		if row.This {
			row.Seen = "now"
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// deviceWords guesses the device from a User-Agent. It only helps users to recognize their own devices in the list.
func deviceWords(agent string) (words, icon string) {
	find := func(pairs [][2]string) string {
		for _, p := range pairs {
			if strings.Contains(agent, p[0]) {
				return p[1]
			}
		}
		return ""
	}
	browser := find(
		[][2]string{
			{"Edg", "Edge"},
			{"OPR/", "Opera"},
			{"Firefox/", "Firefox"},
			{"FxiOS", "Firefox"},
			{"CriOS", "Chrome"},
			{"HeadlessChrome", "Chrome"},
			{"Chrome/", "Chrome"},
			{"Safari/", "Safari"},
			{"curl/", "curl"},
		},
	)
	system := find(
		[][2]string{
			{"iPhone", "iOS"},
			{"iPad", "iPadOS"},
			{"Android", "Android"},
			{"Windows", "Windows"},
			{"Mac OS X", "macOS"},
			{"CrOS", "ChromeOS"},
			{"Linux", "Linux"},
		},
	)
	switch {
	case browser == "" && agent == "":
		words = "Unnamed program"
	case browser == "":
		words = firstRunes(agent, 40)
	case system == "":
		words = browser
	default:
		words = browser + " on " + system
	}
	switch system {
	case "iOS", "Android", "iPadOS":
		return words, "smartphone"
	case "macOS", "ChromeOS", "Linux":
		return words, "laptop"
	}
	return words, "monitor"
}

// dismissNotices records that a user has read the notices about their account.
func (s *Server) dismissNotices(w http.ResponseWriter, r *http.Request) error {
	// upTo is the last notice that the page showed, so that newer ones stay unread.
	upTo, err := strconv.ParseInt(r.PostForm.Get("upTo"), 10, 64)
	if err != nil {
		return &httpError{
			errorAnswer: errorAnswer{
				http.StatusUnprocessableEntity,
				"This form is incomplete",
				"Go back, reload the page and try again.",
			},
		}
	}
	if err := s.store.AcknowledgeNotices(r.Context(), actor(r), upTo); err != nil {
		return fmt.Errorf("dismiss notices: %w", err)
	}
	redirect(w, r, localPath(r.PostForm.Get("next")))
	return nil
}

// accountNotices returns the unread notices about changes that others made to the user's account.
func (s *Server) accountNotices(r *http.Request, c views.Clock) []string {
	user := userFrom(r.Context())
	if user.NoticeSeq <= user.AcknowledgedSeq {
		return nil
	}
	events, err := s.store.Notices(r.Context(), *user)
	if err != nil {
		s.log.ErrorContext(r.Context(), "read notices", "request_id", requestIDFrom(r.Context()), "err", err)
		return nil
	}
	var all []string
	for _, e := range events {
		all = append(all, c.DateTime(e.At).Text+": "+noticeWords(e))
	}
	return all
}

func noticeWords(e store.Notice) string {
	who := cmp.Or(e.Actor.Name, e.Actor.Email, "Someone")
	var words string
	switch e.Kind {
	case store.NoticeRecoveryCode:
		return "A recovery code was used to sign in. It can’t be used again. If that was you and you lost the app, " +
			"set up another one under Account."
	case store.NoticeOldestSession:
		return fmt.Sprintf(
			"You were signed in on more than %d devices, so the least recently used one was signed out.",
			store.MostSessions,
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
		words = "signed you out (" + e.Detail + ")"
	}
	if e.Actor.Reason != "" {
		words += "; reason: " + e.Actor.Reason
	}
	return who + " " + words + "."
}
