package capacity

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/handlers/web/display"
	"cordboard/opt"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

// historySpans are the lengths of history, in days, that the page offers.
var historySpans = []int{30, 90, 365}

const usualSpan = 90

// historySpan returns the span in the query, or usualSpan if the query has no valid one.
func historySpan(query url.Values) int {
	if n, err := strconv.Atoi(query.Get("days")); err == nil && slices.Contains(historySpans, n) {
		return n
	}
	return usualSpan
}

// history returns the subscription's charts, forecasts and table for a span, in days.
func (h *Handler) history(span int, c ui.Clock) views.History {
	m := views.History{Export: "/subscription.csv?days=" + strconv.Itoa(span)}
	for _, n := range historySpans {
		tab := ui.Tab{Label: fmt.Sprintf("%d days", n), URL: fmt.Sprintf("/subscription?days=%d#history", n)}
		tab.Current = n == span
		m.Spans = append(m.Spans, tab)
	}
	if h.site.Config.Sandbox {
		m.Note = "All readings from before this sandbox was first started are sample data."
	}
	days := h.readings.History(span)
	today := c.Now.Unix() / 86400
	forecasts := h.readings.Forecasts()
	for _, i := range fleet.ShownResources {
		f := forecasts[i]
		if !reportedIn(days, i) {
			continue
		}
		ch := historyChart(days, i, f, today, span)
		endsFirst := display.EndsFirst(h.readings.Subscription(), f, i, c)
		ch.Forecast = forecastWords(f, fleet.Resources[i], c) + endsFirst + "."
		if f.Kind == capacity.Rising {
			ch.Summary += " " + ch.Forecast
		}
		m.Charts = append(m.Charts, ch)
	}
	m.Days, m.Every, m.Rows = historyTable(days)
	return m
}

// reportedIn reports whether YCM reported a resource on any of the days.
func reportedIn(days []capacity.DayReading, resource int) bool {
	return slices.ContainsFunc(days, func(d capacity.DayReading) bool { return d.Resources[resource].Reported() })
}

const (
	plotWidth, plotHeight = 600, 160
	plotNow               = 360 // x of the current day if the chart shows a forecast
)

// plot is a chart's scale: days on the x axis, usage on the y axis.
type plot struct {
	first, today     int64
	width            float64 // width of the days up to the current one
	low, high        float64
	perDay, perPiece float64
}

func (p plot) x(day float64) string { return display.Trim((day - float64(p.first)) * p.perDay) }
func (p plot) y(used float64) string {
	return display.Trim(plotHeight - 1 - min(max(used-p.low, 0), p.high-p.low)*p.perPiece)
}

func historyChart(
	days []capacity.DayReading,
	resource int,
	f capacity.Forecast,
	today int64,
	span int,
) views.HistoryChart {
	name := fleet.Resources[resource]
	ch := views.HistoryChart{
		Resource: name,
		Label:    display.ResourceLabels[name],
	}
	switch {
	case f.Kind == capacity.UsedUp:
		ch.Tone, ch.Icon = "tone-bad", "circle-alert"
	case f.Kind == capacity.Rising && f.From >= 0 && f.From <= 90:
		ch.Tone, ch.Icon = "tone-warn", "triangle-alert"
	}
	p := plot{first: today - int64(span), today: today, width: plotWidth}
	if f.Kind == capacity.Rising {
		p.width = plotNow
	}
	p.perDay = p.width / float64(span)
	last := p.scale(days, resource)
	if last == nil {
		return ch
	}
	ch.Top, ch.Middle, ch.Low = short(p.high), short((p.high+p.low)/2), short(p.low)
	ch.From, ch.Now, ch.NowAt = display.DayText(p.first), "Today", p.x(float64(today))
	ch.Line = p.line(days, resource, func(r capacity.LedgerRow) opt.Int { return r.Used })
	ch.Limit = p.line(days, resource, func(r capacity.LedgerRow) opt.Int { return r.Total })
	if r := last.Resources[resource]; r.Total.Known() {
		ch.Limit += "H" + strconv.Itoa(plotWidth) // the latest total extends to the edge of the chart
	}
	ch.Summary = fmt.Sprintf("%s in use over %d days: %s", ch.Label, span, courseWords(days, resource))
	if f.Kind == capacity.Rising {
		p.future(&ch, f, *last, resource)
		ch.To = display.DayText(today + int64(math.Round((plotWidth-plotNow)/p.perDay)))
	}
	return ch
}

// scale fits the chart to the usage and the total. It returns the last day with known usage, or nil if there is none.
func (p *plot) scale(days []capacity.DayReading, resource int) (last *capacity.DayReading) {
	p.low, p.high = math.Inf(1), math.Inf(-1)
	for i := range days {
		r := days[i].Resources[resource]
		if !r.Used.Known() {
			continue
		}
		last = &days[i]
		p.low, p.high = min(p.low, float64(r.Used.N)), max(p.high, float64(r.Used.N))
		if r.Total.Known() {
			p.high = max(p.high, float64(r.Total.N))
		}
	}
	if last == nil {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10(max(p.high-p.low, 1))))
	p.low = max(min(math.Floor((p.low-step/2)/step)*step, p.low), min(p.low, 0))
	p.high = max(math.Ceil(p.high/step)*step, p.low+1)
	if height := p.high - p.low; height > 0 { // zero if low and high are so large that they are equal as floats
		p.perPiece = (plotHeight - 2) / height
	}
	return last
}

// line returns an SVG path from day to day, with a gap wherever a day has no value.
func (p *plot) line(days []capacity.DayReading, resource int, of func(capacity.LedgerRow) opt.Int) string {
	var b strings.Builder
	before := int64(math.MinInt64)
	for _, d := range days {
		n := of(d.Resources[resource])
		if !n.Known() {
			continue
		}
		command := "L"
		if d.Day != before+1 {
			command = "M"
		}
		fmt.Fprintf(&b, "%s%s %s", command, p.x(float64(d.Day)), p.y(float64(n.N)))
		if command == "M" {
			b.WriteString("h.5") // so that a single day appears as a dot
		}
		before = d.Day
	}
	return b.String()
}

// future draws the forecast's range and middle line up to the point at which no capacity is left, or to the edge of the
// chart.
func (p *plot) future(ch *views.HistoryChart, f capacity.Forecast, last capacity.DayReading, resource int) {
	r := last.Resources[resource]
	used, full := float64(r.Used.N), float64(r.Used.N)+float64(r.Available.N)
	start := float64(last.Day)
	edge := start + (plotWidth-plotNow)/p.perDay
	end := func(days int64, pace float64) (x, y float64) {
		if days >= 0 && start+float64(days) <= edge {
			return start + float64(days), full
		}
		return edge, min(used+pace*(edge-start), full)
	}
	paceOf := func(days int64) float64 {
		if days <= 0 {
			return 0
		}
		return (full - used) / float64(days)
	}
	fastX, fastY := end(f.From, paceOf(f.From))
	slowX, slowY := end(f.To, paceOf(f.To))
	midX, midY := end(f.Mid, f.Pace)
	from := p.x(start) + " " + p.y(used)
	ch.Range = fmt.Sprintf("M%sL%s %s", from, p.x(fastX), p.y(fastY))
	if fastX < slowX && slowY < full || fastX < edge {
		ch.Range += fmt.Sprintf("L%s %s", p.x(slowX), p.y(max(fastY, slowY)))
	}
	ch.Range += fmt.Sprintf("L%s %sZ", p.x(slowX), p.y(slowY))
	ch.Mid = fmt.Sprintf("M%sL%s %s", from, p.x(midX), p.y(midY))
}

func courseWords(days []capacity.DayReading, resource int) string {
	var first, last *capacity.DayReading
	for i := range days {
		if days[i].Resources[resource].Used.Known() {
			if first == nil {
				first = &days[i]
			}
			last = &days[i]
		}
	}
	text := fmt.Sprintf(
		"%s on %s, %s on %s",
		ui.Number(first.Resources[resource].Used.N),
		display.DayText(first.Day),
		ui.Number(last.Resources[resource].Used.N),
		display.DayText(last.Day),
	)
	if total := last.Resources[resource].Total; total.Known() {
		text += ", of " + ui.Number(total.N)
	}
	return text + "."
}

// short formats a number for the axis, such as "35 k" for 35000.
func short(n float64) string {
	switch {
	case n >= 1e6:
		return display.Trim(n/1e6) + " M"
	case n >= 1e4:
		return display.Trim(n/1e3) + " k"
	}
	return ui.Number(int64(math.Round(n)))
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
