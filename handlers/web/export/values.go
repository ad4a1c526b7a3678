package export

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
)

// percentSuffix follows the name of a usage field in the name of the column with its share of the capacity, in percent.
const percentSuffix = ".percent"

// Columns returns the columns of an export: those that a query asks for or, if asked is false, the columns of a list,
// with what a list shows beside them. These are the host name beside the name, the capacity and the percentage beside a
// usage, and both dates instead of the earlier one. The ID is always among them.
func Columns(cols []string, asked bool) []string {
	var all []string
	add := func(name string) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	if !asked || !slices.Contains(cols, fleet.FieldID.Name()) {
		add(fleet.FieldID.Name())
	}
	for _, name := range cols {
		f, _ := fleet.FieldByName(name)
		switch {
		case asked:
			add(name)
		case f == fleet.FieldExpires:
			add(fleet.FieldPlanExpirationDate.Name())
			add(fleet.FieldExpirationDate.Name())
		case f == fleet.FieldName:
			add(name)
			add(fleet.FieldURL.Name())
		default:
			add(name)
			if capacity := fleet.CapacityOf(f); capacity != fleet.NoField {
				add(capacity.Name())
				add(name + percentSuffix)
			}
		}
	}
	return all
}

// percent returns the share of the capacity that the column's usage field takes, rounded toward zero. ok is false if it
// isn't known, or if the column isn't a percentage.
func percent(p *fleet.PBX, column string) (n int64, ok bool) {
	name, is := strings.CutSuffix(column, percentSuffix)
	f, _ := fleet.FieldByName(name)
	used, capacity := p.Number(f), p.Number(fleet.CapacityOf(f))
	if !is || used == fleet.Absent || capacity == fleet.Absent || capacity <= 0 {
		return 0, false
	}
	return int64(max(-1e9, min(float64(used)/float64(capacity)*100, 1e9))), true
}

// Exported returns a field as CSV exports show it: times in UTC in RFC 3339 format, and everything else as YCM reports
// it.
func Exported(p *fleet.PBX, name string) string {
	f, _ := fleet.FieldByName(name)
	if f == fleet.FieldNextOn {
		return p.Desk().Renewal.NextOn
	}
	if n, ok := percent(p, name); ok {
		return strconv.FormatInt(n, 10)
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
	if share, ok := percent(p, name); ok {
		return share
	}
	switch {
	case f == fleet.FieldNextOn:
		return Day(p.Desk().Renewal.NextOn)
	case n != fleet.Absent && f.Kind() == fleet.TimeField:
		return time.Unix(n, 0).UTC()
	case n != fleet.Absent && f.Kind() == fleet.NumberField && f != fleet.FieldID && n < mostDigits && n > -mostDigits:
		return n
	}
	return strings.ToValidUTF8(p.Raw(f), "\uFFFD")
}

// mostDigits is the smallest number with more digits than a spreadsheet stores.
const mostDigits = 1_000_000_000_000_000
