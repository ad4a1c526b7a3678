package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views/layout"
	"cordboard/views/ui"
)

// lowDisk is the free disk space, in bytes, below which pages show a warning.
const lowDisk = 500 << 20

// layout returns the frame around a page for a signed-in user.
func (s *Site) layout(r *http.Request, title string) layout.Layout {
	user, c := UserFrom(r.Context()), s.Clock(r)
	l := layout.Layout{
		Title:       title,
		Path:        r.URL.Path,
		KeysOff:     user.Prefs.KeysOff,
		Theme:       user.Prefs.Theme,
		Notices:     s.accountNotices(r, c),
		NoticesUpTo: user.NoticeSeq,
		Remind:      s.reminder(*user, c),
		Sandbox:     s.Config.Sandbox,
		Fresh:       s.Freshness(c),
		User: &layout.User{
			Name:        user.Name,
			Email:       user.Email,
			Role:        user.Role,
			CanSeeAudit: user.Role != store.RoleViewer,
			CanCreate:   CanCreate(r),
			IsAdmin:     user.Role == store.RoleAdmin,
			Here:        ui.Number(int64(s.Mirror.Snapshot().Here())),
		},
	}
	if l.User.CanCreate {
		l.User.Open = s.OpenWords(r.Context())
	}
	if s.Config.DiskFree != nil {
		if free, err := s.Config.DiskFree(); err == nil && free < lowDisk {
			l.Warning = fmt.Sprintf(
				"Cordboard’s disk is nearly full: %d MB left. Contact your administrator.",
				free>>20,
			)
		}
	}
	return l
}

// OpenWords returns the number of open operations as text, or "" if there are none.
func (s *Site) OpenWords(ctx context.Context) string {
	if n, err := s.Operations.CountOpen(ctx); err == nil && n > 0 {
		return ui.Number(n) + " open"
	}
	return ""
}

// CanCreate reports whether the user may create PBXs. The routes enforce it.
func CanCreate(r *http.Request) bool { return UserFrom(r.Context()).Role != store.RoleViewer }

// Clock returns a clock with the user's time zone and date format.
func (s *Site) Clock(r *http.Request) ui.Clock {
	c := ui.Clock{Now: s.Now(), Zone: s.Config.TimeZone}
	user := UserFrom(r.Context())
	if user == nil {
		return c
	}
	c.Dates = user.Prefs.Dates
	if own, err := time.LoadLocation(user.TimeZone); err == nil && user.TimeZone != "" {
		c.Zone = own
	}
	return c
}

// Freshness describes the sync state and age of the local copy of the fleet.
func (s *Site) Freshness(c ui.Clock) ui.Freshness {
	f := s.Mirror.Freshness()
	v := FreshnessOf(f.State, f.At, c)
	if f.State == fleet.Failing {
		v.Summary, v.Banner = "YCM: "+shortProblem(f.Problem.Kind), s.failingBanner(f, c)
	}
	return v
}

// FreshnessOf describes a sync state and the age of the data that was read then.
func FreshnessOf(state fleet.State, read time.Time, c ui.Clock) ui.Freshness {
	v := ui.Freshness{State: string(state)}
	if !read.IsZero() {
		at := c.Second(read)
		v.At, v.Ago = &at, c.Ago(read)
	}
	switch state {
	case fleet.Current:
		v.Text, v.Tone, v.Summary = "As of", "tone-ok", "Synced with YCM"
	case fleet.Running:
		v.Text, v.Tone, v.Icon, v.Summary = "Syncing, as of", "tone-info", "loader", "Syncing with YCM"
	case fleet.Never:
		v.Text, v.Tone, v.Icon, v.Summary = "Not synced yet", "tone-info", "hourglass", "Not synced yet"
	case fleet.Stale:
		v.Text, v.Tone, v.Icon, v.Summary = "Data from", "tone-warn", "clock", "Out of date"
	case fleet.Failing:
		v.Text, v.Tone, v.Icon = "Data from", "tone-warn", "unplug"
		if read.IsZero() {
			v.Text = "Never synced"
		}
	}
	return v
}

func (s *Site) failingBanner(f fleet.Freshness, c ui.Clock) *ui.Banner {
	title, text := ProblemWords(f.Problem, s.Config.YCMHost)
	b := &ui.Banner{Title: title, Text: text + " You can still view, filter and sort the data."}
	if f.At.IsZero() {
		b.Text = text + " The fleet has never been synced."
	} else {
		at := c.Second(f.At)
		b.Title += ". Showing the fleet as of " + at.Text
		b.Facts = append(b.Facts, ui.Fact{Name: "Last successful sync", Value: at.Text + ", " + c.Ago(f.At)})
	}
	b.Facts = append(b.Facts, ui.Fact{Name: "Consecutive failures", Value: ui.Number(int64(f.Failures))})
	next := "now"
	if !f.Reading && f.Next.After(c.Now) {
		next = c.Second(f.Next).Text
	}
	b.Facts = append(b.Facts, ui.Fact{Name: "Next sync", Value: next})
	if f.Problem.RequestID != "" {
		b.Facts = append(b.Facts, ui.Fact{Name: "requestId", Value: f.Problem.RequestID, Mono: true})
	}
	b.Copy = fmt.Sprintf("%s (%s), requestId %s, %d failures", title, s.Config.YCMHost, f.Problem.RequestID, f.Failures)
	return b
}

// shortProblem returns a description that is short enough for the navigation.
func shortProblem(kind fleet.ProblemKind) string {
	switch kind {
	case fleet.Credentials:
		return "credentials rejected"
	case fleet.Permission:
		return "access denied"
	case fleet.Rate:
		return "too many requests"
	case fleet.Unreadable:
		return "unreadable answer"
	case fleet.Incomplete:
		return "incomplete answer"
	case fleet.NotKept:
		return "can’t be saved"
	case fleet.Refused:
		return "refused"
	}
	return "not responding"
}

// ProblemWords returns why YCM could not be read and what to do about it.
func ProblemWords(p fleet.Problem, host string) (title, text string) {
	switch p.Kind {
	case fleet.Credentials:
		title = "YCM rejected Cordboard’s credentials"
		text = "The client secret was probably regenerated in YCM. An admin has to set the new one in Cordboard."
	case fleet.Permission:
		title = "YCM denied access"
		text = "The API may be disabled, or this machine’s address may not be on its allowlist."
	case fleet.Rate:
		title, text = "YCM limited the request rate", "Cordboard waits and then retries more slowly."
	case fleet.Unreadable:
		title = "YCM’s answer could not be read"
		text = host + " responds, but not like YCM’s API. A proxy may be in between, or the address may be wrong."
	case fleet.NoAnswer:
		title, text = "YCM is not responding", "Requests to "+host+" are timing out."
	case fleet.Unavailable:
		title, text = "YCM is not responding", host+" can’t be reached or is having problems."
	case fleet.NotYetRead:
		title = "The " + p.Message + " are still being read from YCM"
		text = "This takes a minute or more if there are thousands."
	case fleet.Incomplete:
		title, text = "YCM’s answer is incomplete", "Fields that it reported earlier are missing."
	case fleet.NotKept:
		title, text = "YCM’s data can’t be saved", "Cordboard can’t write to its database. The disk may be full."
	default:
		title, text = "YCM could not be read", "It refused the request."
	}
	if p.Code != 0 {
		text += fmt.Sprintf(" YCM reported: %s (%d).", p.Message, p.Code)
	}
	return title, text
}
