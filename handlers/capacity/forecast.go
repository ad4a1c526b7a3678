package capacity

import (
	"fmt"
	"math"
	"strings"

	"cordboard/fleet/capacity"
	"cordboard/handlers/web/display"
	"cordboard/views/ui"
)

// forecastWords returns a sentence, without its period, about when no capacity will be left or why there is no
// forecast.
func forecastWords(f capacity.Forecast, resource string, c ui.Clock) string {
	switch f.Kind {
	case capacity.TooFewDays:
		return fmt.Sprintf(
			"No forecast yet: Cordboard has readings for %d of the %d days that it needs",
			f.Days,
			capacity.ForecastDays,
		)
	case capacity.NotReported:
		return "No forecast: YCM doesn’t report how much is used and available"
	case capacity.UsedUp:
		return "No capacity is left"
	case capacity.Falling:
		return "No forecast: usage is falling"
	case capacity.NoTrend:
		return "No significant trend"
	case capacity.Rising:
	}
	return fmt.Sprintf(
		"At the growth rate of the last %s, about %s a day: %s",
		ui.Count(int64(f.Days), "day", "days"),
		paceText(f.Pace, resource),
		display.ForecastRange(f, c),
	)
}

// paceText returns a pace with the noun of the resource, such as "1 extension" or "2.5 extensions".
func paceText(pace float64, resource string) string {
	text := strings.TrimSuffix(fmt.Sprintf("%.1f", pace), ".0")
	if pace >= 10 {
		text = ui.Number(int64(math.Round(pace)))
	}
	return text + " " + nounFor(text, resource)
}
