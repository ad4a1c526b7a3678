package export

import (
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
)

// Exported returns a field as CSV exports show it: times in UTC in RFC 3339 format, and everything else as YCM reports
// it.
func Exported(p *fleet.PBX, name string) string {
	f, _ := fleet.FieldByName(name)
	if f == fleet.FieldNextOn {
		return p.Desk().Renewal.NextOn
	}
	if n := p.Number(f); n != fleet.Absent && f.Kind() == fleet.TimeField {
		return ExportedTime(n)
	}
	return p.Raw(f)
}

// ExportedTime returns a time in UTC in RFC 3339 format, or YCM's number if that format can't represent the time.
func ExportedTime(at int64) string {
	t := time.Unix(at, 0).UTC()
	if y := t.Year(); !fleet.IsDate(at) || y < 0 || y > 9999 {
		return strconv.FormatInt(at, 10)
	}
	return t.Format(time.RFC3339)
}

// ExportedValue returns a field as XLSX exports show it: times as dates, and numbers as numbers. IDs and large
// numbers remain text, because a spreadsheet stores only 15 digits of a number.
func ExportedValue(p *fleet.PBX, name string) any {
	f, _ := fleet.FieldByName(name)
	n := p.Number(f)
	switch {
	case n != fleet.Absent && f.Kind() == fleet.TimeField:
		return time.Unix(n, 0).UTC()
	case n != fleet.Absent && f.Kind() == fleet.NumberField && f != fleet.FieldID && n < mostDigits && n > -mostDigits:
		return n
	}
	return strings.ToValidUTF8(p.Raw(f), "\uFFFD")
}

// mostDigits is the smallest number with more digits than a spreadsheet stores.
const mostDigits = 1_000_000_000_000_000
