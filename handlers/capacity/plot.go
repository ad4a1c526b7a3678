package capacity

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/handlers/web/chart"
	"cordboard/handlers/web/display"
	"cordboard/opt"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

const (
	plotWidth, plotHeight = 600, 160
	plotNow               = 360 // x of the current day if the chart shows a forecast
)

// plot is a chart's scale: days on the x axis, usage on the y axis.
type plot struct {
	first            int64
	low, high        float64
	perDay, perPiece float64
}

func (p plot) x(day float64) string { return display.Trim((day - float64(p.first)) * p.perDay) }
func (p plot) y(used float64) string {
	return display.Trim(plotHeight - 1 - min(max(used-p.low, 0), p.high-p.low)*p.perPiece)
}

// historyChart returns a resource's chart for a period. The forecast is drawn if the period ends today.
func historyChart(days []capacity.DayReading, resource int, f capacity.Forecast, in period) views.HistoryChart {
	name := fleet.Resources[resource]
	ch := views.HistoryChart{Resource: name, Label: display.ResourceLabels[name]}
	switch {
	case f.Kind == capacity.UsedUp:
		ch.Tone, ch.Icon = "tone-bad", "circle-alert"
	case f.Kind == capacity.Rising && f.From >= 0 && f.From <= 90:
		ch.Tone, ch.Icon = "tone-warn", "triangle-alert"
	}
	ahead := f.Kind == capacity.Rising && in.last == in.today
	p, width := plot{first: in.first}, float64(plotWidth)
	if ahead {
		width = plotNow
	}
	span := max(in.last-in.first, 1)
	p.perDay = width / float64(span)
	last := p.scale(days, resource)
	if last == nil {
		return ch
	}
	used := func(r capacity.LedgerRow) opt.Int { return r.Used }
	total := func(r capacity.LedgerRow) opt.Int { return r.Total }
	d := ui.Chart{Width: plotWidth, Height: plotHeight}
	d.Axes = ui.ChartAxes{
		Top: short(p.high), Middle: short((p.high + p.low) / 2), Low: short(p.low),
		From: display.DayText(in.first), To: display.DayText(in.last),
	}
	d.Paths.Line, d.Paths.Limit = p.line(days, resource, used), p.line(days, resource, total)
	d.Series = ui.ChartSeries{
		Values: p.values(days, resource, in, used),
		Limits: p.values(days, resource, in, total),
		Scale: fmt.Sprintf("0 %s %s %s %d 1", display.Trim(p.perDay), display.Trim(p.low), display.Trim(p.high),
			plotHeight-1),
	}
	if r := last.Resources[resource]; r.Total.Known() {
		d.Paths.Limit += "H" + strconv.Itoa(plotWidth) // the latest total extends to the edge of the chart
		d.Axes.LimitLabel = "Total " + ui.Number(r.Total.N)
		d.Axes.LimitAt = p.labelAt(float64(r.Total.N))
	}
	d.Summary = fmt.Sprintf("%s in use over %s: %s", ch.Label, ui.Count(span, "day", "days"), courseWords(days, resource))
	if ahead {
		d.Axes.Now = "Today"
		d.Paths.Now = "M" + p.x(float64(in.today)) + " 0V" + strconv.Itoa(plotHeight)
		p.future(&d, f, *last, resource)
		d.Axes.To = display.DayText(in.today + int64(math.Round((plotWidth-plotNow)/p.perDay)))
	}
	ch.Plot = d
	return ch
}

// labelAt returns the y coordinate of the limit's label: above the line, or below a line at the top.
func (p plot) labelAt(limit float64) string {
	share := 1 - (limit-p.low)*p.perPiece/(plotHeight-2)
	if share < .12 {
		return display.Trim(share*100+10) + "%"
	}
	return display.Trim(share*100-3) + "%"
}

// values returns one number for each day of the period, for the script.
func (p plot) values(
	days []capacity.DayReading,
	resource int,
	in period,
	of func(capacity.LedgerRow) opt.Int,
) string {
	all := slices.Repeat([]int64{fleet.Absent}, int(in.last-in.first+1))
	for _, d := range days {
		if n := of(d.Resources[resource]); n.Known() {
			all[d.Day-in.first] = n.N
		}
	}
	return chart.Values(all)
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
func (p *plot) future(d *ui.Chart, f capacity.Forecast, last capacity.DayReading, resource int) {
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
	d.Paths.Range = fmt.Sprintf("M%sL%s %s", from, p.x(fastX), p.y(fastY))
	if fastX < slowX && slowY < full || fastX < edge {
		d.Paths.Range += fmt.Sprintf("L%s %s", p.x(slowX), p.y(max(fastY, slowY)))
	}
	d.Paths.Range += fmt.Sprintf("L%s %sZ", p.x(slowX), p.y(slowY))
	d.Paths.Mid = fmt.Sprintf("M%sL%s %s", from, p.x(midX), p.y(midY))
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
