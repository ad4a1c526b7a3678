package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/layout"
	"cordboard/views/ui"
)

// lowDisk is the free disk space, in bytes, below which pages show a warning.
const lowDisk = 500 << 20

// layout returns the frame around a page for the signed-in user.
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
		Said:        layout.Said(s.Sessions.Said.Take(user.ID)),
		Fresh:       s.Freshness(c),
		User: layout.User{
			Name:        user.Name,
			Email:       user.Email,
			Role:        user.Role,
			CanSeeAudit: user.Role != store.RoleViewer,
			CanCreate:   CanCreate(r),
			IsAdmin:     user.Role == store.RoleAdmin,
			Here:        ui.Number(int64(s.account.Mirror.Snapshot().Here())),
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

// OpenWords returns the number of open operations as text, or "" if there are none or they can't be counted.
func (s *Site) OpenWords(ctx context.Context) string {
	if n, err := s.account.Operations.CountOpen(ctx); err == nil && n > 0 {
		return ui.Number(n) + " open"
	}
	return ""
}

// CanCreate reports whether the user may create PBXs. It only affects what pages show; the routes enforce the
// permission.
func CanCreate(r *http.Request) bool { return UserFrom(r.Context()).Role != store.RoleViewer }

// Clock returns a clock with the user's time zone and date format. If nobody is signed in, or the user hasn't chosen a
// time zone, the clock has the portal's time zone.
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

// Freshness describes the mirror's sync state and the age of its data.
func (s *Site) Freshness(c ui.Clock) ui.Freshness {
	f := s.account.Mirror.Freshness()
	v := display.FreshnessOf(f.State, f.At, c)
	if f.State == fleet.Failing {
		v.Summary, v.Banner = "YCM: "+display.ShortProblem(f.Problem.Kind), s.failingBanner(f, c)
	}
	return v
}

func (s *Site) failingBanner(f fleet.Freshness, c ui.Clock) *ui.Banner {
	title, text := display.ProblemWords(f.Problem, s.Config.YCMHost)
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
	b.Copy = fmt.Sprintf("%s (%s), failures: %d", title, s.Config.YCMHost, f.Failures)
	if f.Problem.RequestID != "" {
		b.Facts = append(b.Facts, ui.Fact{Name: "requestId", Value: f.Problem.RequestID, Mono: true})
		b.Copy += ", requestId " + f.Problem.RequestID
	}
	return b
}
