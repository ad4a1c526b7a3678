package pbx

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/pbx"
	"cordboard/views/ui"
)

const chartWidth, chartHeight = 300, 64

// charts returns one chart for each of a PBX's counters, leaving out those without readings. scale is store.Hour or
// store.Day.
func (h *Handler) charts(ctx context.Context, p *fleet.PBX, scale string, c ui.Clock) (views.Charts, error) {
	all := views.Charts{
		Interval: "Peak per hour, last 14 days",
		Other:    ui.Link{Label: "By day", URL: ui.PBXURL(p.CloudPBXID) + "?samples=day#samples"},
	}
	if scale == store.Day {
		all.Interval = "Peak per day (UTC), last 400 days"
		all.Other = ui.Link{Label: "By hour", URL: ui.PBXURL(p.CloudPBXID) + "#samples"}
	}
	series, err := h.history.Series(ctx, p.CloudPBXID, scale, c.Now)
	if err != nil {
		return all, err
	}
	for _, one := range series {
		all.Charts = append(all.Charts, chart(p, one, c))
	}
	return all, nil
}

func chart(p *fleet.PBX, s mirror.Series, c ui.Clock) views.Chart {
	highest, last, gaps := int64(0), int64(fleet.Absent), 0
	for _, v := range s.Values {
		if v == fleet.Absent {
			gaps++
			continue
		}
		highest, last = max(highest, v), v
	}
	ch := views.Chart{Counter: s.Counter.Name(), Label: display.Labels[s.Counter.Name()], Peak: ui.Number(highest)}
	top := max(highest, 1)
	if capacity, ok := display.UsageOf(s.Counter); ok {
		if n := p.Number(capacity); n > 0 {
			top = max(top, n)
			ch.Limit, ch.LimitAt = ui.Number(n), height(n, top)
		}
	}
	ch.Path = stepPath(s.Values, top)
	end := s.Start.Add(time.Duration(len(s.Values)-1) * s.Unit)
	ch.From, ch.To = c.Date(s.Start).Text, c.Date(end).Text
	ch.Summary = fmt.Sprintf(
		"%s from %s to %s: peak %s, latest %s.",
		ch.Label,
		ch.From,
		ch.To,
		ch.Peak,
		ui.Number(last),
	)
	if last == fleet.Absent {
		ch.Summary = fmt.Sprintf("%s from %s to %s: peak %s.", ch.Label, ch.From, ch.To, ch.Peak)
	}
	if gaps > 0 {
		unit := "hour"
		if s.Unit > time.Hour {
			unit = "day"
		}
		ch.Gaps = ui.Count(int64(gaps), unit, unit+"s") + " without a reading"
	}
	return ch
}

func height(v, top int64) string {
	return display.Trim(chartHeight - 2 - float64(chartHeight-4)*float64(v)/float64(top))
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
