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

// Column is a column of an export, by its name.
type Column struct {
	field    fleet.Field // or the usage field whose percentage the column has
	capacity fleet.Field // of a percentage
}

// ColumnOf returns the column with a name. If there is no such field, its cells are empty.
func ColumnOf(name string) Column {
	if used, ok := strings.CutSuffix(name, percentSuffix); ok {
		f, _ := fleet.FieldByName(used)
		if capacity := fleet.CapacityOf(f); capacity != fleet.NoField {
			return Column{f, capacity}
		}
	}
	f, _ := fleet.FieldByName(name)
	return Column{field: f}
}

// percent returns the share of the capacity that the column's usage field takes, rounded toward zero. ok is false if it
// isn't known.
func (c Column) percent(p *fleet.PBX) (n int64, ok bool) {
	used, capacity := p.Number(c.field), p.Number(c.capacity)
	if used == fleet.Absent || capacity == fleet.Absent || capacity <= 0 {
		return 0, false
	}
	return int64(max(-1e9, min(float64(used)/float64(capacity)*100, 1e9))), true
}

// Text returns a PBX's cell as CSV exports show it: times in UTC in RFC 3339 format, and everything else as YCM reports
// it.
func (c Column) Text(p *fleet.PBX) string {
	switch {
	case c.capacity != fleet.NoField:
		if n, ok := c.percent(p); ok {
			return strconv.FormatInt(n, 10)
		}
		return ""
	case c.field == fleet.FieldNextOn:
		return p.Desk().Renewal.NextOn
	case c.field.Kind() == fleet.TextField:
		return p.Text(c.field)
	}
	if n := p.Number(c.field); n != fleet.Absent && c.field.Kind() == fleet.TimeField {
		return ExportedTime(n)
	}
	return p.Raw(c.field)
}

// Exported returns a field as CSV exports show it (see [Column.Text]).
func Exported(p *fleet.PBX, name string) string { return ColumnOf(name).Text(p) }

// ExportedTime returns a time in UTC in RFC 3339 format, or YCM's number if that format can't represent the time.
func ExportedTime(at int64) string {
	t := time.Unix(at, 0).UTC()
	if y := t.Year(); !fleet.IsDate(at) || y < 0 || y > 9999 {
		return strconv.FormatInt(at, 10)
	}
	return t.Format(time.RFC3339)
}

// Value returns a PBX's cell as XLSX exports show it: times as dates, and numbers as numbers. IDs and large numbers
// remain text, because a spreadsheet stores only 15 digits of a number.
func (c Column) Value(p *fleet.PBX) any {
	f := c.field
	if c.capacity != fleet.NoField {
		if share, ok := c.percent(p); ok {
			return share
		}
		return ""
	}
	n := p.Number(f)
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

// ExportedValue returns a field as XLSX exports show it (see [Column.Value]).
func ExportedValue(p *fleet.PBX, name string) any { return ColumnOf(name).Value(p) }

// mostDigits is the smallest number with more digits than a spreadsheet stores.
const mostDigits = 1_000_000_000_000_000
