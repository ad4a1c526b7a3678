// Package chart has what all charts share: the time that they show, and the numbers that a script reads from them.
package chart

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/views/ui"
)

// Range is the time that charts show.
type Range struct {
	Days     int       // the last days up to now; 0 if the range is the user's own
	From, To time.Time // the first and the last day of the user's own range, at midnight UTC
	Problem  string    // a sentence on what was ignored or changed; "" for nothing
}

// Parse returns the range in a URL's query. spans are the lengths that the page offers, in days, and usual is the one
// that it shows if the query has none.
func Parse(query url.Values, spans []int, usual int, today time.Time) Range {
	from, first := day(query.Get("from"))
	to, second := day(query.Get("to"))
	today = today.UTC().Truncate(24 * time.Hour)
	r := Range{Days: usual}
	switch n, err := strconv.Atoi(query.Get("days")); {
	case !first || !second:
		r.Problem = "A range needs two days, such as 2026-03-01. The usual one is shown instead."
	case !from.IsZero() || !to.IsZero():
		return own(from, to, today)
	case err == nil && slices.Contains(spans, n):
		r.Days = n
	case query.Get("days") != "":
		r.Problem = "There is no such range to choose. The usual one is shown instead."
	}
	return r
}

// maxDays is how far back a range may begin.
const maxDays = 3660

// own returns the range between two days. The zero time stands for a day that isn't given.
func own(from, to, today time.Time) Range {
	r := Range{From: from, To: to}
	if to.IsZero() {
		r.To = today
	}
	if from.IsZero() {
		r.From = r.To
	}
	if r.To.Before(r.From) {
		r.From, r.To = r.To, r.From
		r.Problem = "The range ended before it started, so its days were swapped."
	}
	oldest := today.AddDate(0, 0, -maxDays)
	if r.To.Before(oldest) || r.From.After(today) || r.From.Before(oldest) {
		r.Problem = "Only days in the last ten years can be shown, so the range was changed."
	}
	for _, day := range []*time.Time{&r.From, &r.To} {
		if day.Before(oldest) {
			*day = oldest
		}
		if day.After(today) {
			*day = today
		}
	}
	return r
}

// day parses a day such as 2026-03-01. It returns the zero time for an empty text.
func day(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// IsOwn reports whether the user chose the days.
func (r Range) IsOwn() bool { return r.Days == 0 }

// Query returns the range as URL parameters. They are empty for the usual range.
func (r Range) Query(usual int) url.Values {
	switch {
	case r.IsOwn():
		return url.Values{"from": {r.From.Format(time.DateOnly)}, "to": {r.To.Format(time.DateOnly)}}
	case r.Days != usual:
		return url.Values{"days": {strconv.Itoa(r.Days)}}
	}
	return url.Values{}
}

// Picker returns the links and the form to choose another range. at is the path of the page, and anchor the part of it
// that has the charts.
func (r Range) Picker(at, anchor string, spans []int, usual int, today time.Time) ui.Ranges {
	link := func(q Range) string {
		to := url.URL{Path: at, RawQuery: q.Query(usual).Encode(), Fragment: anchor}
		return to.String()
	}
	p := ui.Ranges{Action: at + "#" + anchor, Problem: r.Problem}
	for _, n := range spans {
		label := strconv.Itoa(n) + " days"
		if n == 1 {
			label = "24 hours"
		}
		p.Tabs = append(p.Tabs, ui.Tab{Label: label, URL: link(Range{Days: n}), Current: r.Days == n})
	}
	own := r
	if !r.IsOwn() {
		own.To = today.UTC().Truncate(24 * time.Hour)
		own.From = own.To.AddDate(0, 0, -r.Days)
		own.Days = 0
	} else {
		p.From, p.To = r.From.Format(time.DateOnly), r.To.Format(time.DateOnly)
	}
	p.Tabs = append(p.Tabs, ui.Tab{Label: "Own range", URL: link(own), Current: r.IsOwn()})
	return p
}

// Values joins numbers for the script. fleet.Absent stands for a time without a number.
func Values(all []int64) string {
	var b strings.Builder
	for i, v := range all {
		if i > 0 {
			b.WriteByte(' ')
		}
		if v == fleet.Absent {
			b.WriteByte('-')
			continue
		}
		b.WriteString(strconv.FormatInt(v, 10))
	}
	return b.String()
}

// Times joins the texts of points in time for the script.
func Times(all []string) string { return strings.Join(all, "|") }
