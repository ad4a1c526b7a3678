package handlers

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views"
)

const lowDisk = 500 << 20 // bytes; below it pages warn

// layout is what stands around the page of somebody who is signed in.
func (s *Server) layout(r *http.Request, title string) views.Layout {
	user, c := userFrom(r.Context()), s.clock(r)
	l := views.Layout{
		Title: title, Path: r.URL.Path, KeysOff: user.Prefs.KeysOff, Theme: user.Prefs.Theme, News: s.accountNews(r, c), NewsUpTo: user.News, Remind: s.reminder(*user, c), Sandbox: s.config.Sandbox, Fresh: s.freshness(c),
		User: &views.User{
			Name: user.Name, Email: user.Email, Role: user.Role, CanSeeAudit: user.Role != store.RoleViewer, CanCreate: canCreate(r), IsAdmin: user.Role == store.RoleAdmin,
			Here: views.Number(int64(s.fleet.Snapshot().Here())),
		},
	}
	if l.User.CanCreate {
		l.User.Open = s.openWords(r.Context())
	}
	if s.config.DiskFree != nil {
		if free, err := s.config.DiskFree(); err == nil && free < lowDisk {
			l.Warning = fmt.Sprintf("The disk of Cordboard is nearly full: %d MB are left. Tell your administrator.", free>>20)
		}
	}
	return l
}

// openWords says how many creations are open, or nothing if none is.
func (s *Server) openWords(ctx context.Context) string {
	if n, err := s.fleet.OpenCreations(ctx); err == nil && n > 0 {
		return views.Number(n) + " open"
	}
	return ""
}

// canCreate says whether the reader may create PBXs; the routes hold it.
func canCreate(r *http.Request) bool { return userFrom(r.Context()).Role != store.RoleViewer }

// clock tells times by the reader's zone.
func (s *Server) clock(r *http.Request) views.Clock {
	c := views.Clock{Now: s.now(), Zone: s.config.TimeZone}
	user := userFrom(r.Context())
	if user == nil {
		return c
	}
	c.Dates = user.Prefs.Dates
	if own, err := time.LoadLocation(user.TimeZone); err == nil && user.TimeZone != "" {
		c.Zone = own
	}
	return c
}

// freshness puts the mirror's age into words.
func (s *Server) freshness(c views.Clock) views.Freshness {
	f := s.fleet.Freshness()
	v := freshnessOf(f.State, f.At, c)
	if f.State == fleet.Failing {
		v.Summary, v.Banner = "YCM: "+shortProblem(f.Problem.Kind), s.failingBanner(f, c)
	}
	return v
}

// freshnessOf puts the age of what was read at a time into words.
func freshnessOf(state fleet.State, read time.Time, c views.Clock) views.Freshness {
	v := views.Freshness{State: string(state)}
	if !read.IsZero() {
		at := c.Second(read)
		v.At, v.Ago = &at, c.Ago(read)
	}
	switch state {
	case fleet.Current:
		v.Text, v.Tone, v.Summary = "As of", "tone-ok", "In step with YCM"
	case fleet.Running:
		v.Text, v.Tone, v.Icon, v.Summary = "Reading now, as of", "tone-info", "loader", "Reading from YCM"
	case fleet.Never:
		v.Text, v.Tone, v.Icon, v.Summary = "Not read yet", "tone-info", "hourglass", "Not read yet"
	case fleet.Stale:
		v.Text, v.Tone, v.Icon, v.Summary = "Data from", "tone-warn", "clock", "Data is old"
	case fleet.Failing:
		v.Text, v.Tone, v.Icon = "Data from", "tone-warn", "unplug"
		if read.IsZero() {
			v.Text = "Never read"
		}
	}
	return v
}

func (s *Server) failingBanner(f fleet.Freshness, c views.Clock) *views.Banner {
	title, text := problemWords(f.Problem, s.config.YCMHost)
	b := &views.Banner{Title: title, Text: text + " You can read, filter and sort what is here."}
	if f.At.IsZero() {
		b.Text = text + " The fleet was never read."
	} else {
		at := c.Second(f.At)
		b.Title += ". This is the fleet as it was at " + at.Text
		b.Facts = append(b.Facts, views.Fact{Name: "Last good", Value: at.Text + ", " + c.Ago(f.At)})
	}
	b.Facts = append(b.Facts, views.Fact{Name: "Failed tries in a row", Value: views.Number(int64(f.Failures))})
	next := "now"
	if !f.Reading && f.Next.After(c.Now) {
		next = c.Second(f.Next).Text
	}
	b.Facts = append(b.Facts, views.Fact{Name: "Next try", Value: next})
	if f.Problem.RequestID != "" {
		b.Facts = append(b.Facts, views.Fact{Name: "requestId", Value: f.Problem.RequestID, Mono: true})
	}
	b.Copy = fmt.Sprintf("%s (%s), requestId %s, %d tries", title, s.config.YCMHost, f.Problem.RequestID, f.Failures)
	return b
}

// shortProblem fits into the navigation.
func shortProblem(kind fleet.ProblemKind) string {
	switch kind {
	case fleet.Credentials:
		return "credentials refused"
	case fleet.Permission:
		return "access denied"
	case fleet.Rate:
		return "too many requests"
	case fleet.Unreadable:
		return "unreadable answer"
	case fleet.Incomplete:
		return "answer not whole"
	case fleet.NotKept:
		return "not written here"
	case fleet.Refused:
		return "refused"
	}
	return "not answering"
}

// problemWords says why YCM could not be read, and what to do.
func problemWords(p fleet.Problem, host string) (title, text string) {
	switch p.Kind {
	case fleet.Credentials:
		title, text = "YCM refused our credentials", "The client secret was probably regenerated in YCM. An administrator has to give Cordboard the new one."
	case fleet.Permission:
		title, text = "YCM doesn’t let us in", "The API may be switched off, or this machine’s address may not be on its list."
	case fleet.Rate:
		title, text = "YCM wants fewer requests", "Cordboard waits and then goes on more slowly."
	case fleet.Unreadable:
		title, text = "YCM’s answer can’t be read", host+" answers, but not as YCM’s API does. A proxy may be in between, or the address may be wrong."
	case fleet.NoAnswer:
		title, text = "YCM is not answering", "Requests to "+host+" run out of time."
	case fleet.Unavailable:
		title, text = "YCM is not answering", host+" can’t be reached, or has trouble of its own."
	case fleet.NotYetRead:
		title, text = "The "+p.Message+" are still being read from YCM", "It takes a minute or more for thousands of them."
	case fleet.Incomplete:
		title, text = "YCM’s answer is not whole", "It left out what it told before."
	case fleet.NotKept:
		title, text = "What YCM sent can’t be kept", "The database of Cordboard can’t be written: its disk may be full."
	default:
		title, text = "YCM could not be read", "It refused to answer."
	}
	if p.Code != 0 {
		text += fmt.Sprintf(" It said %s (%d).", p.Message, p.Code)
	}
	return title, text
}
