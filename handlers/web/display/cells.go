// Package display converts data from the fleet packages and the store to table cells, labels, dates and sentences for
// pages. The results of its functions depend only on their arguments.
package display

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/opt"
	"cordboard/views/ui"
)

// Cells turns fields of PBXs into table cells.
type Cells struct {
	Clock      ui.Clock
	Thresholds fleet.Thresholds
	Shown      []string // the table's columns; a cell also shows related values that have no column of their own
}

// Cell returns the table cell for one field of a PBX.
func (cells Cells) Cell(p *fleet.PBX, f fleet.Field) ui.Cell {
	v := ui.Cell{
		Column: f.Name(),
		Value:  p.Raw(f),
	}
	value := p.Value(f)
	capacity, isUsage := UsageOf(f)
	switch {
	case f == fleet.FieldUsedRecording && p.Number(capacity) == 0 && p.Number(f) <= 0:
		v.Text, v.Muted = "Off", true
	case f == fleet.FieldCustomer:
		customerCell(&v, p.Customers())
	case f == fleet.FieldExpires:
		expiresCell(&v, p, cells.Clock)
		if v.Part != nil && slices.Contains(cells.Shown, v.Part.Column) {
			v.Part = nil // the field has a column of its own
		}
	case f > fleet.FieldCustomer:
		deskCell(&v, p, f, cells.Clock)
	case isUsage:
		v.Meter = cells.Meter(p, f, capacity)
	case ui.HasBadge(f.Name()):
		b := ui.BadgeFor(f.Name(), v.Value)
		v.Badge = &b
	case value.State == opt.Never:
		v.Text, v.Muted = neverWords(f), true
	case value.State == opt.Malformed && f.Kind() == fleet.TimeField:
		v.Text = fold.FirstRunes(v.Value, 40)
		MarkMalformed(&v)
	case !value.Known():
		v.Text = fold.Shown(v.Value) // a text, a malformed number, or "" if not reported
	case f.Kind() == fleet.TimeField:
		timeCell(&v, time.Unix(value.N, 0), cells.Clock)
	case f == fleet.FieldID:
		v.Text, v.Number, v.Mono = v.Value, true, true
	default:
		v.Text, v.Number = ui.Number(value.N), true
	}
	if f == fleet.FieldURL || f == fleet.FieldSN {
		v.Mono = true
	}
	if f == fleet.FieldName {
		nameCell(&v, p, cells.Shown)
	}
	return v
}

// isExpiry reports whether a field is the date on which a PBX or its plan ends.
func isExpiry(f fleet.Field) bool {
	return f == fleet.FieldExpirationDate || f == fleet.FieldPlanExpirationDate
}

// neverWords returns the text for a time whose state is opt.Never.
func neverWords(f fleet.Field) string {
	if isExpiry(f) {
		return "No date"
	}
	return "Never"
}

// NotUnderstood is the badge of a malformed time, shown next to the value that YCM sent.
var NotUnderstood = ui.Badge{Class: "badge-soon", Word: "Not understood", Icon: "triangle-alert"}

// MarkMalformed marks the time in a cell as malformed.
func MarkMalformed(v *ui.Cell) {
	v.Small, v.Tone, v.Icon = NotUnderstood.Word, "tone-warn", NotUnderstood.Icon
}

// Name returns a PBX's name. If the name has no visible characters, it returns a name made from the PBX's ID.
func Name(p *fleet.PBX) string {
	if name := p.Text(fleet.FieldName); fold.Shows(name) {
		return fold.Shown(name)
	}
	return fmt.Sprintf("PBX %d (unnamed)", p.CloudPBXID)
}

func nameCell(v *ui.Cell, p *fleet.PBX, shown []string) {
	v.Text = Name(p)
	if host := p.Text(fleet.FieldURL); host != "" && !slices.Contains(shown, "url") {
		v.Host = &ui.Host{Value: host}
	}
}

// shownCustomers is how many of a PBX's customers a cell names.
const shownCustomers = 3

// customerCell links to a PBX's customers. Its value is their IDs, separated by spaces.
func customerCell(v *ui.Cell, s *fleet.CustomerSet) {
	if v.Value = ""; s == nil || len(s.All) == 0 {
		v.Text, v.Muted = "None", true
		if s == nil {
			v.Text = "Not read yet"
		}
		return
	}
	var ids []string
	for i, c := range s.All {
		ids = append(ids, strconv.FormatInt(c.ID, 10))
		if i < shownCustomers {
			v.Links = append(v.Links, ui.CellLink{Text: c.Name(), URL: ui.CustomerURL(c.ID)})
		}
	}
	v.Value = strings.Join(ids, " ")
	if n := len(s.All) - shownCustomers; n > 0 {
		v.Small = fmt.Sprintf("and %d more", n)
	}
}

// expiresCell shows the earlier of a PBX's dates, and which of the two it is. If none is valid, it shows the malformed
// one, if any.
func expiresCell(v *ui.Cell, p *fleet.PBX, c ui.Clock) {
	at, field := p.Expires()
	if at == fleet.Absent {
		if malformed, raw := p.MalformedDate(); malformed != fleet.NoField {
			v.Text = fold.FirstRunes(raw, 40)
			v.Part = &ui.CellPart{Column: malformed.Name(), Value: raw}
			MarkMalformed(v)
		}
		return
	}
	v.Part = &ui.CellPart{Column: field.Name(), Value: p.Raw(field)}
	ExpiryCell(v, time.Unix(at, 0), c)
	v.Moment.Title = "" // a list has many of these, and the day is what counts
	v.Small = expiresWords[field] + ", " + v.Small
}

// expiresWords say which of a PBX's dates a cell shows.
var expiresWords = map[fleet.Field]string{
	fleet.FieldExpirationDate:     "PBX",
	fleet.FieldPlanExpirationDate: "plan",
}

// timeCell shows an expiry date as a day, and how far that day is from today. It shows any other time as a date and a
// time of day, and how long ago that was.
func timeCell(v *ui.Cell, at time.Time, c ui.Clock) {
	if v.Column != "expirationDate" && v.Column != "planExpirationDate" {
		m := c.DateTime(at)
		v.Moment, v.Small = &m, c.Ago(at)
		return
	}
	ExpiryCell(v, at, c)
}

// ExpiryCell shows the day on which something ends, and how far that day is from today.
func ExpiryCell(v *ui.Cell, at time.Time, c ui.Clock) {
	m := c.Date(at)
	v.Moment, v.Small = &m, c.Days(at)
	switch days := fleet.Day(at.Unix(), c.Zone) - fleet.Day(c.Now.Unix(), c.Zone); {
	case days < 0:
		v.Tone, v.Icon = "tone-bad", "circle-alert"
	case days <= 30:
		v.Tone, v.Icon = "tone-warn", "clock"
	}
}

// Meter returns a meter that shows a capacity's usage. A value that YCM didn't report is shown as "?", not 0.
func (cells Cells) Meter(p *fleet.PBX, field, capacityField fleet.Field) *ui.Meter {
	used, capacity := p.Number(field), p.Number(capacityField)
	m := &ui.Meter{Used: "?", Capacity: "?", Note: "not reported"}
	if !slices.Contains(cells.Shown, capacityField.Name()) {
		m.CapacityColumn, m.CapacityValue = capacityField.Name(), p.Raw(capacityField)
	}
	if capacity != fleet.Absent {
		m.Capacity = ui.Number(capacity)
	}
	if v := p.Value(field); v.State == opt.Malformed {
		m.Used = v.Raw
	}
	if used == fleet.Absent {
		return m
	}
	m.Used, m.Note = ui.Number(used), ""
	switch {
	case capacity == fleet.Absent:
	case used > capacity:
		m.Note, m.Tone, m.Icon, m.Width = ui.Number(used-capacity)+" over", "tone-bad", "circle-alert", "100"
	case capacity == 0:
		m.Note = "no capacity"
	default:
		percent := ui.Percent(used, capacity)
		m.Note, m.Width = fmt.Sprintf("%d%%", percent), fmt.Sprint(percent)
		m.Tone, m.Icon = UtilizationTone(cells.Thresholds.Utilization(used, capacity))
	}
	return m
}

// UtilizationTone returns the tone and icon for a utilization level.
func UtilizationTone(u fleet.Utilization) (tone, icon string) {
	switch u {
	case fleet.UtilizationOver, fleet.UtilizationFull:
		return "tone-bad", "circle-alert"
	case fleet.UtilizationNearlyFull:
		return "tone-warn", "triangle-alert"
	case fleet.UtilizationNormal, fleet.UtilizationUnknown:
	}
	return "", ""
}

// AsLiked applies the user's preference for times: absolute, relative or both.
func AsLiked(v *ui.Cell, times string) {
	if v.Moment == nil {
		return
	}
	switch times {
	case "absolute":
		if v.Tone == "" {
			v.Small = ""
		}
	case "relative":
		m := *v.Moment
		m.Text, v.Small, v.Moment = v.Small, "", &m
	}
}

// MarkCell highlights the search words in a cell if the search covers the cell's column.
func MarkCell(v *ui.Cell, words []string) {
	if f, _ := fleet.FieldByName(v.Column); len(words) == 0 || !fleet.IsSearched(f) {
		return
	}
	v.Parts = Parts(v.Text, words)
	for i := range v.Links {
		v.Links[i].Parts = Parts(v.Links[i].Text, words)
	}
	if v.Host != nil {
		v.Host.Parts = Parts(v.Host.Value, words)
	}
}

// Parts splits text into hits and the text around them. It returns nil for text without a hit.
func Parts(text string, words []string) []ui.Part {
	marked := fold.Mark(text, words)
	if len(marked) == 1 && !marked[0].Hit {
		return nil
	}
	all := make([]ui.Part, len(marked))
	for i, p := range marked {
		all[i] = ui.Part(p)
	}
	return all
}
