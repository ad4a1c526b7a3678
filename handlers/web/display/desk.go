package display

import (
	"fmt"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/views/ui"
)

// RenewalLabels are the labels of the states of renewals.
var RenewalLabels = map[string]string{
	"open":    "Open",
	"asked":   "Asked",
	"quoted":  "Quoted",
	"renewed": "Renewed",
	"let-go":  "Let go",
}

var renewalBadges = map[string]ui.Badge{
	"open":    {Class: "badge-outline", Icon: "circle-dashed"},
	"asked":   {Class: "badge-sending", Icon: "mail"},
	"quoted":  {Class: "badge-sending", Icon: "package"},
	"renewed": {Class: "badge-success", Icon: "circle-check"},
	"let-go":  {Class: "badge-outline", Icon: "circle-slash"},
}

// RenewalBadge returns the badge of a state of a renewal.
func RenewalBadge(state string) ui.Badge {
	b := renewalBadges[state]
	b.Word = RenewalLabels[state]
	return b
}

// SnoozeLabels are the labels of the reasons for attention that can be snoozed, without their limits.
var SnoozeLabels = map[string]string{
	"overdue":          "Overdue",
	"7d":               "Expires soon",
	"over":             "Over capacity",
	"full":             "Nearly full",
	"not-activated":    "Not activated",
	list.NotUnderstood: "Date not understood",
}

// shownNote is how much of a note a cell shows, in characters.
const shownNote = 80

// deskCell shows what people keep about a PBX in Cordboard, or its customers' contacts.
func deskCell(v *ui.Cell, p *fleet.PBX, f fleet.Field, c ui.Clock) {
	d := p.Desk()
	switch f {
	case fleet.FieldOwner:
		if v.Text = d.Owner.Name; d.Owner.ID == 0 {
			v.Text, v.Muted = "Nobody", true
		}
	case fleet.FieldRenewal:
		b := RenewalBadge(v.Value)
		v.Badge = &b
	case fleet.FieldNextOn:
		nextOnCell(v, d.Renewal, c)
	case fleet.FieldNote:
		if v.Value = ""; len(d.Notes) > 0 {
			v.Value = fold.FirstRunes(d.Notes[0], shownNote)
			v.Text = v.Value
		}
		if n := len(d.Notes) - 1; n > 0 {
			v.Small = fmt.Sprintf("and %d more", n)
		}
	default:
		v.Text = v.Value
	}
}

// nextOnCell shows the day of a renewal's next step, and how far it is from today.
func nextOnCell(v *ui.Cell, r fleet.Renewal, c ui.Clock) {
	v.Value = r.NextOn
	at := r.NextAt()
	if at == fleet.Absent {
		return
	}
	ExpiryCell(v, time.Unix(at, 0), c)
	if fleet.Day(at, c.Zone) > fleet.Day(c.Now.Unix(), c.Zone) {
		v.Tone, v.Icon = "", ""
	}
}

// Renewal returns the renewal of a PBX, as its page shows it.
func Renewal(p *fleet.PBX, c ui.Clock) (facts []ui.LabelledCell) {
	cells := Cells{Clock: c}
	for _, f := range []fleet.Field{fleet.FieldOwner, fleet.FieldRenewal, fleet.FieldNext, fleet.FieldNextOn} {
		facts = append(facts, ui.LabelledCell{Label: Labels[f.Name()], Cell: cells.Cell(p, f)})
	}
	return facts
}
