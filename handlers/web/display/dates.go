package display

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fold"
	"cordboard/opt"
	"cordboard/views/ui"
)

// MalformedEntry returns a PBX's expiry entry for its malformed date.
func MalformedEntry(p *fleet.PBX) ui.ExpiryEntry {
	field, raw := p.MalformedDate()
	return ui.ExpiryEntry{
		ID:    strconv.FormatInt(p.CloudPBXID, 10),
		Name:  Name(p),
		URL:   ui.PBXURL(p.CloudPBXID),
		Which: MalformedWords(field.Name(), raw),
		Badge: NotUnderstood,
	}
}

// MalformedWords returns a malformed date's name and YCM's value in quotation marks, as in: Plan date "soon".
func MalformedWords(field, raw string) string {
	return DateNames[field] + " “" + fold.FirstRunes(raw, 40) + "”"
}

// SubscriptionDate is a date on which the subscription, or a part of it, ends. At is in Unix seconds.
type SubscriptionDate struct {
	At          int64
	Field, Name string
}

// SubscriptionDates returns the subscription's known dates, earliest first.
func SubscriptionDates(sub capacity.Subscription) (dates []SubscriptionDate) {
	if sub.ExpirationTime.Known() {
		dates = append(dates, SubscriptionDate{sub.ExpirationTime.N, "expirationTime", packageName})
	}
	if sub.RecordingEnds.Known() {
		dates = append(dates, SubscriptionDate{sub.RecordingEnds.N, "recordingExpireDate", recordingName})
	}
	slices.SortStableFunc(dates, func(a, b SubscriptionDate) int { return cmp.Compare(a.At, b.At) })
	return dates
}

// MalformedDate is a subscription date that can't be parsed.
type MalformedDate struct{ Field, Name, Raw string }

// MalformedDates returns the subscription dates that can't be parsed.
func MalformedDates(sub capacity.Subscription) (odd []MalformedDate) {
	for _, d := range []struct {
		field, name string
		date        opt.Int
	}{
		{"expirationTime", packageName, sub.ExpirationTime},
		{"recordingExpireDate", recordingName, sub.RecordingEnds},
	} {
		if d.date.State == opt.Malformed {
			odd = append(odd, MalformedDate{d.field, d.name, d.date.Raw})
		}
	}
	return odd
}

// ExpiryEntry returns a PBX's expiry entry for its earliest date, or for its malformed date if it has no valid one.
func ExpiryEntry(p *fleet.PBX, today int64, c ui.Clock) ui.ExpiryEntry {
	at, field := p.Expires()
	if at == fleet.Absent {
		return MalformedEntry(p)
	}
	return ui.ExpiryEntry{
		ID:    strconv.FormatInt(p.CloudPBXID, 10),
		Name:  Name(p),
		URL:   ui.PBXURL(p.CloudPBXID),
		Which: DateWords(at, field.Name(), c),
		Badge: ExpiryBadge(at, today, c),
	}
}

// DateNames are the display names of dates, by YCM's field name.
var DateNames = map[string]string{
	"expirationDate":      "PBX date",
	"planExpirationDate":  "Plan date",
	"expirationTime":      "Subscription date",
	"recordingExpireDate": "Recording end date",
}

// DateWords returns the kind of date and the day, such as "Plan date 25 Nov 2026".
func DateWords(at int64, field string, c ui.Clock) string {
	return DateNames[field] + " " + c.Date(time.Unix(at, 0)).Text
}

// ExpiryBadge returns the badge for a date on which something ends. at is in Unix seconds, and today is in days since
// 1970.
func ExpiryBadge(at, today int64, c ui.Clock) ui.Badge {
	return ui.ExpiryBadge(fleet.Day(at, c.Zone)-today, c.Days(time.Unix(at, 0)))
}

// ZoneWords returns the name of the time zone in which days are counted, such as "UTC" or "CET (Europe/Berlin)".
func ZoneWords(c ui.Clock) string {
	if name := c.Zone.String(); name != c.ZoneName() {
		return fmt.Sprintf("%s (%s)", c.ZoneName(), name)
	}
	return c.ZoneName()
}

// EndsFirst returns a sentence to append to a forecast if the subscription or its recording service ends before the
// capacity is used up. Otherwise, it returns "". The result starts with the period that ends the forecast's sentence,
// and has no period at its own end.
func EndsFirst(sub capacity.Subscription, f capacity.Forecast, resource int, c ui.Clock) string {
	for _, d := range SubscriptionDates(sub) {
		recordingOnly := d.Field == "recordingExpireDate"
		if recordingOnly && fleet.Resources[resource] != "recordingCapacity" || f.Kind != capacity.Rising ||
			f.From >= 0 && d.At/86400 >= f.Last+f.From {
			continue
		}
		what := "The subscription"
		if recordingOnly {
			what = "The recording service"
		}
		return ". " + what + " ends before that, on " + c.Date(time.Unix(d.At, 0)).Text
	}
	return ""
}

// ForecastRange returns a phrase that describes when the capacity will be used up.
func ForecastRange(f capacity.Forecast, c ui.Clock) string {
	from, to := DayText(f.Last+f.From), DayText(f.Last+f.To)
	since := c.Now.Unix()/86400 - f.Last // days since the last reading
	text := ""
	switch {
	case f.From < 0:
		text = "the capacity will last more than ten years"
	case f.From < since:
		text = "the capacity is probably used up by now"
	case f.To < 0:
		text = fmt.Sprintf("full on %s at the earliest, in %s", from, ui.Count(f.From-since, "day", "days"))
	case from == to:
		text = fmt.Sprintf("full around %s, in %s", from, ui.Count(f.From-since, "day", "days"))
	default:
		text = fmt.Sprintf(
			"full between %s and %s, in %s to %s",
			from,
			to,
			ui.Number(f.From-since),
			ui.Count(f.To-since, "day", "days"),
		)
	}
	if since > 1 {
		text += fmt.Sprintf(" (based on the last reading, %s)", DayText(f.Last))
	}
	return text
}

const (
	packageName   = "P-Series Hosting Package"
	recordingName = "Call recording service"
)

// DayText formats a day, which is given in days since 1970.
func DayText(day int64) string { return time.Unix(day*86400, 0).UTC().Format("2 Jan 2006") }

// DateText returns a date such as 2026-04-01 as pages show it. It returns any other text unchanged.
func DateText(date string) string {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return day.Format("2 Jan 2006")
}
