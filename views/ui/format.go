package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cordboard/fold"
)

// Clock formats dates and times in the user's time zone. Now is the time at which the page is rendered.
type Clock struct {
	Now   time.Time
	Zone  *time.Location
	Dates string // the key of one of DateFormats; "" is the default
}

// DateFormat is a way to write dates. Every format includes the full year.
type DateFormat struct{ Key, layout string }

// DateFormats are the formats that users can choose from. The first is the default.
var DateFormats = []DateFormat{{"", "2 Jan 2006"}, {"us", "Jan 2, 2006"}, {"iso", "2006-01-02"}, {"dots", "02.01.2006"}}

func (c Clock) layout() string {
	for _, f := range DateFormats {
		if f.Key == c.Dates {
			return f.layout
		}
	}
	return DateFormats[0].layout
}

// Number formats a whole number with commas, as in "1,284".
func Number(n int64) string { return fold.Number(n) }

// Count returns n and its noun, which is singular if n is 1.
func Count(n int64, singular, plural string) string {
	if n == 1 {
		return "1 " + singular
	}
	return Number(n) + " " + plural
}

// ShowAll returns the label of a link to all n entries of a list that is shown in part.
func ShowAll(n int) string { return "Show all (" + Number(int64(n)) + ")" }

// Percent returns used as a percentage of capacity. It rounds toward zero, so that 99.9% isn't shown as full.
func Percent(used, capacity int64) int64 {
	if capacity <= 0 {
		return 0
	}
	return int64(max(-1e9, min(float64(used)/float64(capacity)*100, 1e9)))
}

// Moment is an instant, formatted for display.
type Moment struct {
	Text     string // in the user's time zone
	DateTime string // RFC 3339, for the datetime attribute; "" if the year is out of range
	Title    string // the instant in the user's time zone and in UTC
}

// Date returns the date of t, such as "17 Mar 2026".
func (c Clock) Date(t time.Time) Moment { return c.moment(t, t.In(c.Zone).Format(c.layout())) }

// DateTime returns the date and time of t, such as "17 Mar 2026, 14:32".
func (c Clock) DateTime(t time.Time) Moment {
	return c.moment(t, t.In(c.Zone).Format(c.layout()+", 15:04"))
}

// Second returns the time of t to the second, such as "14:32:00 CET". It includes the date unless t is today.
func (c Clock) Second(t time.Time) Moment {
	return c.moment(t, t.In(c.Zone).Format(c.second(t)+" MST"))
}

// SecondOf is like [Clock.Second], but without the time zone, for tables whose head names it.
func (c Clock) SecondOf(t time.Time) Moment { return c.moment(t, t.In(c.Zone).Format(c.second(t))) }

func (c Clock) second(t time.Time) string {
	if c.days(t) != 0 {
		return c.layout() + ", 15:04:05"
	}
	return "15:04:05"
}

// Time returns the time of day of t, such as "14:32 CET".
func (c Clock) Time(t time.Time) Moment { return c.moment(t, t.In(c.Zone).Format("15:04 MST")) }

// DayTitle returns the name of the day of t, such as "Today" or "Wed 11 Mar 2026".
func (c Clock) DayTitle(t time.Time) string {
	switch c.days(t) {
	case 0:
		return "Today"
	case -1:
		return "Yesterday"
	}
	return t.In(c.Zone).Format("Mon " + c.layout())
}

// Between describes an interval, such as "between 09:15 and 09:20 CET", or "at 09:15 CET" if both times are in the same
// minute. It includes the first date if the two dates differ.
func (c Clock) Between(from, to time.Time) string {
	layout := "15:04"
	if c.days(from) != c.days(to) {
		layout = c.layout() + ", 15:04"
	}
	a, b := from.In(c.Zone).Format(layout), to.In(c.Zone).Format("15:04 MST")
	if strings.HasPrefix(b, a+" ") {
		return "at " + b
	}
	return "between " + a + " and " + b
}

func (c Clock) moment(t time.Time, text string) Moment {
	if !dated(t) {
		return Moment{Text: strconv.FormatInt(t.Unix(), 10), Title: "Unix time in seconds, as YCM sent it"}
	}
	return Moment{Text: text, DateTime: t.In(c.Zone).Format(time.RFC3339), Title: c.title(t)}
}

func (c Clock) title(t time.Time) string {
	local := t.In(c.Zone)
	if name, offset := local.Zone(); offset == 0 {
		return local.Format(c.layout()+", 15:04:05 ") + name
	}
	return local.Format(c.layout()+", 15:04:05 MST") + ", " + t.UTC().Format("15:04:05") + " UTC"
}

// dated reports whether an instant is in the years 1 to 9998, which all date formats can show.
func dated(t time.Time) bool {
	const first, last = -62_135_596_800, 253_370_764_800 // the starts of the years 1 and 9999
	return t.Unix() >= first && t.Unix() < last
}

// days returns the number of calendar days from today to t in the user's time zone. It is negative for past days.
func (c Clock) days(t time.Time) int {
	day := func(t time.Time) int64 {
		y, m, d := t.In(c.Zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return int(day(t) - day(c.Now))
}

// Days returns the distance from today to t, such as "today", "in 7 days" or "9 days ago". The unit is months for 92 to
// 730 days, and years for more than 730 days.
func (c Clock) Days(t time.Time) string {
	switch {
	case !dated(t) && t.Unix() < c.Now.Unix():
		return "long ago"
	case !dated(t):
		return "far in the future"
	}
	n := c.days(t)
	switch n {
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	case -1:
		return "yesterday"
	}
	distance := n
	if n < 0 {
		distance = -n
	}
	text := fmt.Sprintf("%d days", distance)
	switch {
	case distance > 730:
		text = fmt.Sprintf("%d years", distance/365)
	case distance > 91:
		text = fmt.Sprintf("%d months", (distance*12+182)/365)
	}
	if n < 0 {
		return text + " ago"
	}
	return "in " + text
}

// Ago returns the time since t, such as "12 s ago", "54 min ago" or "3 h ago". For 24 hours or more, it returns the
// result of Days.
func (c Clock) Ago(t time.Time) string {
	d := c.Now.Sub(t)
	switch {
	case d < 0:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return c.Days(t)
}

// ZoneName returns the abbreviation of the user's time zone, such as "CET".
func (c Clock) ZoneName() string { return c.Now.In(c.Zone).Format("MST") }
