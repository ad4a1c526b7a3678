package desk

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web/display"
	"cordboard/opt"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

// transitionalWords returns the nonzero counts of PBXs by transitional status, such as "2 starting, 1 upgrading".
func (o *morning) transitionalWords() string {
	var words []string
	for _, s := range fleet.TransitionalStatuses {
		if n := o.count(url.Values{"status": {string(s)}}); n > 0 {
			words = append(words, fmt.Sprintf("%s %s", ui.Number(int64(n)), fold.Text(string(s))))
		}
	}
	return strings.Join(words, ", ")
}

// stoppedThoughActivated returns the query for PBXs that are activated but stopped.
func stoppedThoughActivated() url.Values {
	return url.Values{"status": {string(fleet.StatusStopped)}, "activation": {string(fleet.Activated)}}
}

func (o *morning) status() (views.Block, error) {
	here := int64(o.snapshot.Here())
	known := url.Values{}
	b := &views.StatusBlock{}
	x := 0.0
	add := func(n int64, class string, stat views.Stat) {
		width := 1000 * float64(n) / float64(max(here, 1))
		if n > 0 {
			b.Parts = append(b.Parts, ui.BarPart{Class: class, X: display.Trim(x), Width: display.Trim(max(width-2, 1))})
		}
		x += width
		stat.Value = ui.Number(n)
		b.Stats = append(b.Stats, stat)
	}
	status := func(statuses ...fleet.Status) (int64, string) {
		q := url.Values{}
		for _, s := range statuses {
			q.Add("status", string(s))
			known.Add("status", "!"+string(s))
		}
		return int64(o.count(q)), ui.PBXsURL(q)
	}
	running, at := status(fleet.StatusRunning)
	note := ""
	if here > 0 {
		note = fmt.Sprintf("%.1f%% of the fleet", 100*float64(running)/float64(here))
	}
	add(running, "bar-ok", views.Stat{Label: "Running", Icon: "circle-play", Tone: "tone-ok", URL: at, Note: note})
	n, at := status(fleet.TransitionalStatuses[:]...)
	add(n, "bar-info", views.Stat{
		Label: "In progress", Icon: "loader", Tone: "tone-info", URL: at, Note: o.transitionalWords(),
	})
	n, at = status(fleet.StatusStopped)
	activated := o.count(stoppedThoughActivated())
	add(n, "bar-resellers", views.Stat{
		Label: "Stopped", Icon: "circle-stop", URL: at, Note: ui.Number(int64(activated)) + " of them activated",
	})
	if n := int64(o.count(known)); n > 0 {
		add(
			n,
			"bar-warn",
			views.Stat{
				Label: "Unrecognized status",
				Icon:  "circle-question-mark",
				Tone:  "tone-warn",
				URL:   ui.PBXsURL(known),
				Note:  o.otherWords(known["status"]),
			},
		)
	}
	return views.Block{
		Status: b,
		Note: ui.Count(
			capacity.Sum(o.snapshot.Snapshot, fleet.FieldActiveCalls),
			"call",
			"calls",
		) + " at the last sync",
	}, nil
}

// otherWords returns a note about statuses in the fleet that are not in known, and about PBXs without a status. Each
// entry of known begins with "!".
func (o *morning) otherWords(known []string) string {
	var words []string
	for _, word := range o.snapshot.Values(fleet.FieldStatus) {
		if !slices.Contains(known, "!"+word) && o.count(url.Values{"status": {list.LiteralFilterValue(word).String()}}) > 0 {
			words = append(words, "“"+list.Shorten(word)+"”")
		}
	}
	note := ""
	if len(words) > 0 {
		note = "YCM reports " + strings.Join(words[:min(len(words), 3)], ", ")
	}
	if n := o.count(url.Values{"status": {list.None}}); n > 0 {
		note += strings.Repeat("; ", min(len(words), 1)) + ui.Number(int64(n)) + " not reported"
	}
	return note
}

func (o *morning) capacity() (views.Block, error) {
	b := views.Block{All: &ui.Link{Label: "Ledger", URL: "/subscription"}}
	if o.sub.At.IsZero() {
		return b, nil
	}
	forecasts := o.s.readings.Forecasts()
	soonest := int64(math.MaxInt64)
	rows := capacity.NewLedger(o.sub.Reading, o.snapshot.Snapshot, o.s.fleet.Freshness())
	for _, i := range fleet.ShownResources {
		row := rows[i]
		if !row.Reported() {
			continue
		}
		line := views.CapacityLine{
			Resource: row.Resource,
			Label:    display.ResourceLabels[row.Resource],
			Meter:    ui.Meter{Used: numberOf(row.Used), Capacity: numberOf(row.Total), Note: "not reported"},
		}
		if row.Used.Known() && row.Total.Known() {
			line.Meter.Note = "no capacity"
			fit := o.limits.Utilization(row.Used.N, row.Total.N)
			line.Meter.Tone, line.Meter.Icon = display.UtilizationTone(fit)
			if row.Total.N > 0 {
				percent := ui.Percent(row.Used.N, row.Total.N)
				line.Meter.Note = fmt.Sprintf("%d%%", percent)
				line.Meter.Width = strconv.FormatInt(min(max(percent, 0), 100), 10)
			}
			if fit == fleet.UtilizationOver {
				line.Meter.Note = ui.Number(row.Used.N-row.Total.N) + " over"
			}
		}
		if row.Available.Known() {
			line.Left = ui.Number(row.Available.N) + " left"
		}
		b.Capacity = append(b.Capacity, line)
		if f := forecasts[i]; f.Kind == capacity.Rising && f.From >= 0 && f.From < soonest {
			soonest = f.From
			endsFirst := display.EndsFirst(o.s.readings.Subscription(), f, i, o.c)
			b.Foot = []ui.Link{{Label: line.Label + ": " + display.ForecastRange(f, o.c) + endsFirst + "."}}
		}
	}
	return b, nil
}

// numberOf returns a number as text, or "?" if YCM reported none. A malformed number is returned as YCM sent it.
func numberOf(n opt.Int) string {
	if text := display.IntText(n); text != "" {
		return text
	}
	return "?"
}

func (o *morning) freshness() (views.Block, error) {
	fresh, here := o.s.fleet.Freshness(), "Not read yet"
	if !fresh.At.IsZero() {
		here = ui.Count(int64(o.snapshot.Here()), "PBX", "PBXs")
	}
	b := views.Block{Freshness: []views.FreshnessLine{
		freshLine("Fleet", here, fresh.State, fresh.At, o.c),
		freshLine("Subscription", "End date not reported", o.sub.State, o.sub.At, o.c),
	}}
	sub := o.s.readings.Subscription()
	dates, odd := display.SubscriptionDates(sub), display.MalformedDates(sub)
	switch {
	case len(odd) > 0:
		b.Freshness[1].Sub = display.MalformedWords(odd[0].Field, odd[0].Raw) + " (date not understood)"
	case len(dates) > 0:
		first := time.Unix(dates[0].At, 0)
		b.Freshness[1].Sub = display.DateNames[dates[0].Field] + " " + o.c.Date(first).Text + ", " + o.c.Days(first)
	}
	return b, nil
}

func freshLine(name, sub string, state fleet.State, at time.Time, c ui.Clock) views.FreshnessLine {
	l := views.FreshnessLine{Name: name, Sub: sub, Class: "tone-warn", Icon: "unplug"}
	switch state {
	case fleet.Current, fleet.Running:
		l.Class, l.Icon = "tone-ok", "circle-check"
	case fleet.Never:
		l.Class, l.Icon = "badge-outline", "hourglass"
	case fleet.Stale, fleet.Failing:
	}
	if !at.IsZero() {
		moment := c.Second(at)
		l.At, l.Ago = &moment, c.Ago(at)
	}
	return l
}
