package capacity

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/handlers/web/chart"
	"cordboard/handlers/web/display"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

// historySpans are the lengths of history, in days, that the page offers.
var historySpans = []int{30, 90, 365}

const usualSpan = 90

// period is the days that the history covers, counted from 1970 (UTC).
type period struct {
	chart.Range

	first, last, today int64
}

func (h *Handler) period(query url.Values, now time.Time) period {
	p := period{Range: chart.Parse(query, historySpans, usualSpan, now), today: now.Unix() / 86400}
	p.first, p.last = p.today-int64(p.Days), p.today
	if p.IsOwn() {
		p.first, p.last = fleet.DayNumber(p.From), fleet.DayNumber(p.To)
	}
	return p
}

// words names the period in the audit log.
func (p period) words() string {
	if p.IsOwn() {
		return fleet.DayDate(p.first) + " to " + fleet.DayDate(p.last)
	}
	return fmt.Sprintf("the last %d days", p.Days)
}

// daysIn returns the readings of the period.
func (h *Handler) daysIn(p period) capacity.History {
	days := h.readings.History(int(p.today - p.first)).Since(p.first) // the two clocks may be on different days
	end := slices.IndexFunc(days, func(d capacity.DayReading) bool { return d.Day > p.last })
	if end >= 0 {
		days = days[:end]
	}
	return days
}

// history returns the subscription's charts, forecasts and table for a period.
func (h *Handler) history(query url.Values, c ui.Clock) views.History {
	p := h.period(query, c.Now)
	export := url.URL{Path: "/subscription.csv", RawQuery: p.Query(0).Encode()}
	m := views.History{
		Export: export.String(),
		Ranges: p.Picker("/subscription", "history", historySpans, usualSpan, c.Now),
	}
	if h.site.Config.Sandbox {
		m.Note = "All readings from before this sandbox was first started are sample data."
	}
	days := h.daysIn(p)
	forecasts := h.readings.Forecasts()
	for _, i := range fleet.ShownResources {
		f := forecasts[i]
		if !reportedIn(days, i) {
			continue
		}
		ch := historyChart(days, i, f, p)
		endsFirst := display.EndsFirst(h.readings.Subscription(), f, i, c)
		ch.Forecast = forecastWords(f, fleet.Resources[i], c) + endsFirst + "."
		if f.Kind == capacity.Rising {
			ch.Plot.Summary += " " + ch.Forecast
		}
		m.Charts = append(m.Charts, ch)
	}
	var times []string
	for day := p.first; day <= p.last && len(m.Charts) > 0; day++ {
		times = append(times, display.DayText(day))
	}
	m.Times = chart.Times(times)
	m.Days, m.Every, m.Rows = historyTable(days)
	return m
}

// reportedIn reports whether YCM reported a resource on any of the days.
func reportedIn(days []capacity.DayReading, resource int) bool {
	return slices.ContainsFunc(days, func(d capacity.DayReading) bool { return d.Resources[resource].Reported() })
}

// historyTable returns the history as a table of at most twelve evenly spaced days, including the last one.
func historyTable(days []capacity.DayReading) (heads []string, every string, rows []views.NumberRow) {
	var shown []int
	for _, i := range fleet.ShownResources {
		if reportedIn(days, i) {
			shown = append(shown, i)
			heads = append(heads, display.ResourceLabels[fleet.Resources[i]], "of total")
		}
	}
	step := max(1, (len(days)+11)/12)
	if step > 1 {
		every = fmt.Sprintf("One row for every %d days. The CSV file contains every day.", step)
	}
	for i := len(days) - 1; i >= 0; i -= step {
		row := views.NumberRow{Label: display.DayText(days[i].Day)}
		for _, resource := range shown {
			r := days[i].Resources[resource]
			row.Cells = append(row.Cells, display.IntText(r.Used), display.IntText(r.Total))
		}
		rows = append(rows, row)
	}
	return heads, every, rows
}
