package capacity

import (
	"cmp"
	"slices"

	"cordboard/fleet"
)

// HistoryDays is the maximum number of days in the subscription's history.
const HistoryDays = 400

// DayReading is the subscription's last reading on a day.
type DayReading struct {
	Day       int64  // UTC, counted from 1970
	Resources Ledger // Fleet and Difference are unknown
}

// History contains the last reading of each day, oldest first, for up to HistoryDays days. The elements of a History
// are never modified.
type History []DayReading

// Since returns the readings of a day (UTC, counted from 1970) and all later days.
func (h History) Since(day int64) History {
	for len(h) > 0 && h[0].Day < day {
		h = h[1:]
	}
	return h
}

// With returns the history with r as the last reading of a day.
func (h History) With(day int64, r Reading) History {
	reading := DayReading{day, r.Ledger()}
	byDay := func(d DayReading, day int64) int { return cmp.Compare(d.Day, day) }
	i, known := slices.BinarySearchFunc(h, day, byDay)
	switch {
	case known:
		h = slices.Clone(h)
		h[i] = reading
	case i == len(h):
		h = append(h, reading)
	default: // the clock was set back, or was ahead earlier
		h = slices.Insert(slices.Clone(h), i, reading)
	}
	if len(h) > HistoryDays {
		h = h[len(h)-HistoryDays:]
	}
	return h
}

// Forecasts returns the forecasts in the order of fleet.Resources.
func (h History) Forecasts() (all [len(fleet.Resources)]Forecast) {
	for i := range all {
		all[i] = forecast(h, i)
	}
	return all
}
