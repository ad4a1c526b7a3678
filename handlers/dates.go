package handlers

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/opt"
	"cordboard/views"
)

// oddEntry describes a PBX by a date that isn't understood.
func (s *Site) oddEntry(p *fleet.PBX, c views.Clock) views.ExpiryEntry {
	field, raw := p.MalformedDate()
	return views.ExpiryEntry{
		ID:    strconv.FormatInt(p.CloudPBXID, 10),
		Name:  s.cell(p, fleet.FieldName, c, columns).Text,
		URL:   views.PBXURL(p.CloudPBXID),
		Which: oddWords(field.Name(), raw),
		Badge: notUnderstood,
	}
}

// oddWords names the malformed date and quotes YCM's value, such as "soon" for the plan date.
func oddWords(field, raw string) string {
	return dateNames[field] + " “" + firstRunes(raw, 40) + "”"
}

// packageEnds is a date on which the subscription, or a part of it, ends. at is in Unix seconds.
type packageEnds struct {
	at          int64
	field, name string
}

// packageDates returns the dates of the subscription that YCM reported, earliest first.
func (s *Site) packageDates() (dates []packageEnds) {
	sub := s.subscriptions.Subscription()
	if sub.ExpirationTime.Known() {
		dates = append(dates, packageEnds{sub.ExpirationTime.N, "expirationTime", packageName})
	}
	if sub.RecordingEnds.Known() {
		dates = append(dates, packageEnds{sub.RecordingEnds.N, "recordingExpireDate", recordingName})
	}
	slices.SortStableFunc(dates, func(a, b packageEnds) int { return cmp.Compare(a.at, b.at) })
	return dates
}

// oddPackageDate is a date of the subscription that isn't understood.
type oddPackageDate struct{ field, name, raw string }

// oddPackageDates returns the dates of the subscription that aren't understood.
func oddPackageDates(sub capacity.Subscription) (odd []oddPackageDate) {
	for _, d := range []struct {
		field, name string
		date        opt.Int
	}{
		{"expirationTime", packageName, sub.ExpirationTime},
		{"recordingExpireDate", recordingName, sub.RecordingEnds},
	} {
		if d.date.State == opt.Malformed {
			odd = append(odd, oddPackageDate{d.field, d.name, d.date.Raw})
		}
	}
	return odd
}

// expiryEntry describes a PBX by its earliest date, or by one that isn't understood if there is no other.
func (s *Site) expiryEntry(p *fleet.PBX, today int64, c views.Clock) views.ExpiryEntry {
	at, field := p.Expires()
	if at == fleet.Absent {
		return s.oddEntry(p, c)
	}
	return views.ExpiryEntry{
		ID:    strconv.FormatInt(p.CloudPBXID, 10),
		Name:  s.cell(p, fleet.FieldName, c, columns).Text,
		URL:   views.PBXURL(p.CloudPBXID),
		Which: dateWords(at, field.Name(), c),
		Badge: expiryBadge(at, today, c),
	}
}

var dateNames = map[string]string{
	"expirationDate":      "PBX date",
	"planExpirationDate":  "Plan date",
	"expirationTime":      "Subscription date",
	"recordingExpireDate": "Recording ends",
}

// dateWords returns the kind of date and the day, such as "Plan date 25 Nov 2026".
func dateWords(at int64, field string, c views.Clock) string {
	return dateNames[field] + " " + c.Date(time.Unix(at, 0)).Text
}

func expiryBadge(at, today int64, c views.Clock) views.Badge {
	return views.ExpiryBadge(fleet.Day(at, c.Zone)-today, c.Days(time.Unix(at, 0)))
}

func expiresURL(value string) string {
	return views.PBXsURL(url.Values{"expires": {value}, "sort": {"expires"}})
}

// zoneWords names the time zone of the board's days, such as "UTC" or "CET, the time of Europe/Berlin".
func zoneWords(c views.Clock) string {
	if name := c.Zone.String(); name != c.ZoneName() {
		return fmt.Sprintf("%s, the time of %s", c.ZoneName(), name)
	}
	return c.ZoneName()
}

// endsFirst returns a sentence without its period, to follow a forecast, if the subscription or its recording
// service ends before the capacity is used up. Otherwise it returns "".
func (s *Site) endsFirst(f capacity.Forecast, resource int, c views.Clock) string {
	for _, d := range s.packageDates() {
		recordingOnly := d.field == "recordingExpireDate"
		if recordingOnly && fleet.Resources[resource] != "recordingCapacity" || f.Kind != capacity.Rising ||
			f.From >= 0 && d.at/86400 >= f.Last+f.From {
			continue
		}
		what := "The subscription"
		if recordingOnly {
			what = "The recording service"
		}
		return ". " + what + " ends before that, on " + c.Date(time.Unix(d.at, 0)).Text
	}
	return ""
}

// forecastRange returns when the capacity will be used up, as part of a sentence.
func forecastRange(f capacity.Forecast, c views.Clock) string {
	from, to := dayText(f.Last+f.From), dayText(f.Last+f.To)
	since := c.Now.Unix()/86400 - f.Last // days since the last reading
	text := ""
	switch {
	case f.From < 0:
		text = "it lasts more than ten years"
	case f.From < since:
		text = "it should be full by now"
	case f.To < 0:
		text = fmt.Sprintf("full on %s at the earliest, in %s", from, views.Count(f.From-since, "day", "days"))
	case from == to:
		text = fmt.Sprintf("full about %s, in %s", from, views.Count(f.From-since, "day", "days"))
	default:
		text = fmt.Sprintf(
			"full between %s and %s, in %s to %s",
			from,
			to,
			views.Number(f.From-since),
			views.Count(f.To-since, "day", "days"),
		)
	}
	if since > 1 {
		text += fmt.Sprintf(" (based on the last reading, %s)", dayText(f.Last))
	}
	return text
}

const (
	packageName   = "P-Series Hosting Package"
	recordingName = "Call recording service"
)

func dayText(day int64) string { return time.Unix(day*86400, 0).UTC().Format("2 Jan 2006") }
