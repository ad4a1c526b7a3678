package pbx

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web/chart"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/pbx"
	"cordboard/views/ui"
)

const chartWidth, chartHeight = 300, 64

// chartSpans are the times that the page offers, in days. Readings by hour are kept for hourDays.
var chartSpans = []int{1, 7, 14, 90, 400}

const hourDays = 14

// charts returns one chart for each of a PBX's counters in the range of the query, leaving out those that were never
// reported. With the parameter table, it returns the same numbers as a table.
func (h *Handler) charts(ctx context.Context, p *fleet.PBX, query url.Values, c ui.Clock) (views.Charts, error) {
	hours, err := h.history.Series(ctx, p.CloudPBXID, store.Hour, c.Now)
	if err != nil {
		return views.Charts{}, err
	}
	days := sync.OnceValues(func() ([]mirror.Series, error) { // most pages don't need them
		return h.history.Series(ctx, p.CloudPBXID, store.Day, c.Now)
	})
	usual, recorded := hourDays, len(hours) > 0
	if longest(hours) < 2*24 { // readings by hour have just begun
		byDay, err := days()
		if err != nil {
			return views.Charts{}, err
		}
		if recorded = recorded || len(byDay) > 0; longest(byDay) > hourDays {
			usual = 90
		}
	}
	r := chart.Parse(query, chartSpans, usual, c.Now)
	series, interval, from, end := hours, "Peak per hour", c.Now.Add(-time.Duration(r.Days)*24*time.Hour), c.Now
	if r.IsOwn() {
		from, end = startOf(r.From, c.Zone), startOf(r.To.AddDate(0, 0, 1), c.Zone)
	}
	if c.Now.Sub(from) > (hourDays+1)*24*time.Hour {
		interval = "Peak per day (UTC)"
		if series, err = days(); err != nil {
			return views.Charts{}, err
		}
		if r.IsOwn() {
			from, end = r.From, r.To.AddDate(0, 0, 1)
		}
	}
	path := ui.PBXURL(p.CloudPBXID)
	all := views.Charts{
		Interval: interval, Recorded: recorded,
		Ranges: r.Picker(path, "samples", chartSpans, usual, c.Now),
	}
	if series = aligned(series, from, end); len(series) == 0 {
		return all, nil
	}
	times := timesOf(series[0], c)
	values := r.Query(usual)
	if query.Get("table") != "" {
		all.Table = table(p, series, times)
		all.Ranges.Other = ui.Link{Label: "Charts", URL: path + "?" + values.Encode() + "#samples"}
		return all, nil
	}
	values.Set("table", "1")
	all.Ranges.Other = ui.Link{Label: "Table", URL: path + "?" + values.Encode() + "#samples"}
	all.Times = chart.Times(times)
	events, err := h.history.Timeline(ctx, 0, limitEvents, p.CloudPBXID)
	if err != nil {
		return views.Charts{}, err
	}
	for _, one := range series {
		all.Charts = append(all.Charts, drawn(p, one, limits(p, one, events), times))
	}
	return all, nil
}

// longest returns the number of buckets of the longest series.
func longest(all []mirror.Series) (n int) {
	for _, s := range all {
		n = max(n, len(s.Values))
	}
	return n
}

// startOf returns the first second of a day in a zone. The day is given as midnight UTC.
func startOf(day time.Time, zone *time.Location) time.Time {
	return time.Unix(fleet.EndOfDay(day.AddDate(0, 0, -1), zone)+1, 0)
}

// aligned returns the part of the series between two times. All have the same buckets: from the first with a value of
// any series on. It returns nil if there is none.
func aligned(all []mirror.Series, from, end time.Time) []mirror.Series {
	var start, stop time.Time
	for _, s := range all {
		for i, v := range s.Values {
			at := s.Start.Add(time.Duration(i) * s.Unit)
			if v == fleet.Absent || !at.Add(s.Unit).After(from) || !at.Before(end) {
				continue
			}
			if start.IsZero() || at.Before(start) {
				start = at
			}
			break
		}
		last := s.Start.Add(time.Duration(len(s.Values)) * s.Unit)
		if last.After(stop) {
			stop = last
		}
	}
	if start.IsZero() {
		return nil
	}
	if stop.After(end) {
		stop = end
	}
	cut := make([]mirror.Series, 0, len(all))
	for _, s := range all {
		n := int((stop.Sub(start) + s.Unit - 1) / s.Unit)
		values := slices.Repeat([]int64{fleet.Absent}, n)
		offset := int(start.Sub(s.Start) / s.Unit)
		for i := range values {
			if at := offset + i; at >= 0 && at < len(s.Values) {
				values[i] = s.Values[at]
			}
		}
		cut = append(cut, mirror.Series{Counter: s.Counter, Start: start, Unit: s.Unit, Values: values})
	}
	return cut
}

// timesOf returns the text of each bucket's time.
func timesOf(s mirror.Series, c ui.Clock) []string {
	texts := make([]string, len(s.Values))
	for i := range texts {
		at := s.Start.Add(time.Duration(i) * s.Unit)
		if s.Unit > time.Hour {
			texts[i] = display.DayText(at.Unix() / 86400)
			continue
		}
		texts[i] = c.DateTime(at).Text
	}
	return texts
}

// limitEvents is among how many of a PBX's newest changes those of its capacity are looked for.
const limitEvents = 500

// limits returns the capacity in each bucket of a series, or nil if the PBX has none for it now. events are the newest
// changes, newest first.
func limits(p *fleet.PBX, s mirror.Series, events []store.PBXEvent) []int64 {
	field, ok := display.UsageOf(s.Counter)
	now := p.Number(field)
	if !ok || now <= 0 {
		return nil
	}
	all := make([]int64, len(s.Values))
	for i := len(all) - 1; i >= 0; i-- {
		end := s.Start.Add(time.Duration(i+1) * s.Unit)
		for len(events) > 0 && !events[0].At.Before(end) {
			if e := events[0]; e.Kind == store.PBXChanged && e.Field == field.Name() {
				before, err := strconv.ParseInt(e.Old, 10, 64)
				if err != nil || before <= 0 {
					before = fleet.Absent
				}
				now = before
			}
			events = events[1:]
		}
		all[i] = now
	}
	return all
}

// drawn returns the chart of a series, which has at least one bucket, with its limits; nil for none.
func drawn(p *fleet.PBX, s mirror.Series, limits []int64, times []string) views.Chart {
	highest, last, begun, gaps := int64(0), int64(fleet.Absent), false, 0
	for _, v := range s.Values {
		if v == fleet.Absent {
			if begun {
				gaps++
			}
			continue
		}
		highest, last, begun = max(highest, v), v, true
	}
	ch := views.Chart{Counter: s.Counter.Name(), Label: display.Labels[s.Counter.Name()], Peak: ui.Number(highest)}
	d := ui.Chart{Width: chartWidth, Height: chartHeight}
	top := max(highest, 1)
	if len(limits) > 0 {
		field, _ := display.UsageOf(s.Counter)
		n := p.Number(field)
		top = max(top, slices.Max(limits), n)
		d.Paths.Limit = stepPath(limits, top)
		d.Axes.LimitLabel = "Capacity " + ui.Number(n)
		d.Axes.LimitAt = labelAt(n, top)
		if d.Series.Limits = fmt.Sprint(n); slices.Min(limits) != n || slices.Max(limits) != n {
			d.Series.Limits = chart.Values(limits)
		}
	}
	d.Paths.Line = stepPath(s.Values, top)
	d.Axes.Top, d.Axes.Low, d.Axes.From = ui.Number(top), "0", times[0]
	if len(times) > 1 {
		d.Axes.To = times[len(times)-1]
	}
	step := float64(chartWidth) / float64(len(s.Values))
	d.Series.Values = chart.Values(s.Values)
	d.Series.Scale = fmt.Sprintf("%s %s 0 %d %s %s", display.Trim(step/2), display.Trim(step), top, height(0, top),
		height(top, top))
	d.Summary = fmt.Sprintf("%s from %s to %s: peak %s", ch.Label, times[0], times[len(times)-1], ch.Peak)
	if last != fleet.Absent {
		d.Summary += ", latest " + ui.Number(last)
	}
	d.Summary += "."
	if gaps > 0 {
		unit := "hour"
		if s.Unit > time.Hour {
			unit = "day"
		}
		ch.Gaps = ui.Count(int64(gaps), unit, unit+"s") + " without a reading"
	}
	ch.Plot = d
	return ch
}

// table returns the series as a table with the newest bucket first.
func table(p *fleet.PBX, all []mirror.Series, times []string) *views.ChartTable {
	t := &views.ChartTable{}
	for _, s := range all {
		head := display.Labels[s.Counter.Name()]
		if capacity, ok := display.UsageOf(s.Counter); ok && p.Number(capacity) > 0 {
			head += " (of " + ui.Number(p.Number(capacity)) + ")"
		}
		t.Heads = append(t.Heads, head)
	}
	for i := len(times) - 1; i >= 0; i-- {
		row := views.ChartRow{Time: times[i]}
		for _, s := range all {
			text := ""
			if s.Values[i] != fleet.Absent {
				text = ui.Number(s.Values[i])
			}
			row.Values = append(row.Values, text)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func height(v, top int64) string {
	return display.Trim(chartHeight - 2 - float64(chartHeight-4)*float64(v)/float64(top))
}

// labelAt returns the y coordinate of the limit's label: above the line, or below a line at the top.
func labelAt(limit, top int64) string {
	share := (chartHeight - 2 - float64(chartHeight-4)*float64(limit)/float64(top)) / chartHeight * 100
	if share < 25 {
		return display.Trim(share+22) + "%"
	}
	return display.Trim(share-5) + "%"
}

// stepPath returns an SVG path with one step per bucket. A bucket without a reading becomes a gap, not zero.
func stepPath(values []int64, top int64) string {
	var b strings.Builder
	step := float64(chartWidth) / float64(max(len(values), 1))
	before := int64(fleet.Absent)
	for i, v := range values {
		x := display.Trim(float64(i) * step)
		switch {
		case v == fleet.Absent && before != fleet.Absent:
			fmt.Fprintf(&b, "H%s", x)
		case v == fleet.Absent || v == before:
		case before == fleet.Absent:
			fmt.Fprintf(&b, "M%s %s", x, height(v, top))
		default:
			fmt.Fprintf(&b, "H%sV%s", x, height(v, top))
		}
		before = v
	}
	if before != fleet.Absent {
		fmt.Fprintf(&b, "H%d", chartWidth)
	}
	return b.String()
}
