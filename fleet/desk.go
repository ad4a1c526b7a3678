package fleet

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"cordboard/fold"
)

// Desk is what people keep about a PBX in Cordboard. It is immutable.
type Desk struct {
	Owner   Owner
	Renewal Renewal
	Notes   []string // newest first
	Snoozes []Snooze
}

// Owner is the user who looks after a PBX. The zero value means nobody.
type Owner struct {
	ID    int64
	Name  string // with a remark if the user has left the team
	Email string
}

// Renewal is how far the renewal of a PBX is. The zero value means that nobody has begun it, so it is open.
type Renewal struct {
	State  string // a store.RenewalState; "" for open
	Next   string // the next step
	NextOn string // its day, such as 2026-12-31
}

// Snooze hides a reason for attention until a day.
type Snooze struct {
	What   string // one of list.AttentionWords
	Reason string
	Until  string // the first day on which it is shown again, such as 2026-12-31
	By     string // a user's name
}

// IsOn reports whether the reason is snoozed on a day, such as 2026-12-30.
func (z Snooze) IsOn(day string) bool { return z.Until > day }

var noDesk = &Desk{}

// Desk returns what people keep about the PBX. It isn't nil.
func (p *PBX) Desk() *Desk {
	if p.desk == nil {
		return noDesk
	}
	return p.desk
}

// IsSnoozed reports whether a reason for attention of the PBX is snoozed on a day, such as 2026-12-30.
func (p *PBX) IsSnoozed(what, day string) bool {
	return slices.ContainsFunc(p.Desk().Snoozes, func(z Snooze) bool { return z.What == what && z.IsOn(day) })
}

// WithDesk returns a copy of p with what people keep about it; nil for nothing.
func (p *PBX) WithDesk(d *Desk) *PBX {
	with := *p
	with.desk = d
	return &with
}

// HasDesk reports whether d is what p has, by identity.
func (p *PBX) HasDesk(d *Desk) bool { return p.desk == d }

// deskText returns a field of what people keep about the PBX, or of its customers.
func (p *PBX) deskText(f Field) string {
	switch d := p.Desk(); f {
	case FieldOwner:
		return d.Owner.Email
	case FieldRenewal:
		return cmp.Or(d.Renewal.State, "open")
	case FieldNext:
		return d.Renewal.Next
	case FieldNote:
		return strings.Join(d.Notes, "\n")
	case FieldContact:
		return p.contact()
	}
	return ""
}

// NextAt returns the day of the next step as a time, in Unix seconds, or Absent if there is none. The time falls on
// that day in the zones from 10 hours behind UTC to 13 hours ahead.
func (r Renewal) NextAt() int64 {
	day, err := time.Parse(time.DateOnly, r.NextOn)
	if err != nil {
		return Absent
	}
	return day.Unix() + 10*3600 + 1800
}

// contact returns the people of the PBX's customers, with their email addresses and phone numbers.
func (p *PBX) contact() string {
	if p.customers == nil {
		return ""
	}
	var all []string
	for _, c := range p.customers.All {
		var parts []string
		for _, part := range []string{c.Person(), c.Members[Email], c.Phone()} {
			if fold.Shows(part) {
				parts = append(parts, part)
			}
		}
		if len(parts) > 0 {
			all = append(all, strings.Join(parts, ", "))
		}
	}
	return strings.Join(all, "; ")
}
