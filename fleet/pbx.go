// Package fleet defines a PBX's record and fields, the snapshot of all PBXs with its measures and freshness, and the
// options for a new PBX.
package fleet

import (
	"math"
	"strconv"
	"strings"

	"cordboard/fold"
	"cordboard/opt"
)

// Absent represents a missing number or time. It lets columns of numbers use only 8 bytes per value.
const Absent = math.MinInt64

// PBX is the record of one PBX. The PBXs in a Snapshot must not be modified.
type PBX struct {
	CloudPBXID int64
	GoneAt     int64 // Unix seconds; Absent: not removed

	// Hash, Seq and ReadAt belong to the mirror. Hash is the hash of the record's content. Seq is the mirror's
	// sequence number when the PBX was written; 0 means that it was written before this process started. ReadAt is
	// when the record was first read with this content, in Unix seconds.
	Hash   uint64
	Seq    uint64
	ReadAt int64

	texts      [textCount]string
	numbers    [numberCount]int64 // Absent: unknown
	others     map[Field]opt.Int  // numbers and times in state Never or Malformed
	customers  *CustomerSet       // nil: not read yet
	desk       *Desk              // nil: nothing is kept about it
	searchText string             // the folded text that search words are matched against
}

// NewPBX returns a PBX that isn't marked as removed. It gets the fields' values from text and number. text must return
// "" for a field that wasn't reported.
func NewPBX(id int64, text func(Field) string, number func(Field) opt.Int) *PBX {
	p := &PBX{CloudPBXID: id, GoneAt: Absent}
	for f := firstText; f <= lastText; f++ {
		p.texts[f-firstText] = text(f)
	}
	for f := firstNumber; f <= lastNumber; f++ {
		n := number(f)
		p.numbers[f-firstNumber] = Absent
		switch n.State {
		case opt.Known:
			p.numbers[f-firstNumber] = n.N
		case opt.Never, opt.Malformed:
			if p.others == nil {
				p.others = map[Field]opt.Int{}
			}
			p.others[f] = n
		case opt.NotReported:
		}
	}
	p.searchText = p.foldSearched()
	return p
}

// searched lists the fields that searches cover.
var searched = [...]Field{
	FieldName,
	FieldSN,
	FieldURL,
	FieldGroup,
	FieldCreator,
	FieldRegion,
	FieldVersion,
	FieldCustomer,
}

// IsSearched reports whether searches cover the field.
func IsSearched(f Field) bool {
	for _, s := range searched {
		if s == f {
			return true
		}
	}
	return false
}

func (p *PBX) foldSearched() string {
	var b strings.Builder
	for _, f := range searched {
		if f == FieldCustomer {
			continue
		}
		b.WriteString(fold.Text(p.Text(f)))
		b.WriteByte('\n') // no search word contains a newline, so no match spans two fields
	}
	if p.customers != nil {
		b.WriteString(p.customers.search)
	}
	return b.String()
}

// SearchText returns the folded text that search words are matched against.
func (p *PBX) SearchText() string { return p.searchText }

// Text returns the value of a text field, or "" if it wasn't reported.
func (p *PBX) Text(f Field) string {
	if f == FieldCustomer && p.customers != nil {
		return p.customers.names
	}
	if f >= firstDesk {
		return p.deskText(f)
	}
	if f < firstText || f > lastText {
		return ""
	}
	return p.texts[f-firstText]
}

// Number returns the value of a number or time field, or Absent if the field has no value.
func (p *PBX) Number(f Field) int64 {
	switch {
	case f >= firstNumber && f <= lastNumber:
		return p.numbers[f-firstNumber]
	case f == FieldID:
		return p.CloudPBXID
	case f == FieldExpires:
		at, _ := p.Expires()
		return at
	case f == FieldUsage:
		return p.highestShare()
	case f == FieldNextOn:
		return p.Desk().Renewal.NextAt()
	}
	return Absent
}

// Value returns the value of a number or time field together with its state.
func (p *PBX) Value(f Field) opt.Int {
	if n := p.Number(f); n != Absent {
		return opt.New(n)
	}
	return p.others[f]
}

// Raw returns a field's value as text, or "" if it wasn't reported. A value in state Never or Malformed is as YCM sent
// it.
func (p *PBX) Raw(f Field) string {
	if f.Kind() == TextField {
		return p.Text(f)
	}
	if v := p.Value(f); !v.Known() {
		return v.Raw
	}
	return strconv.FormatInt(p.Number(f), 10)
}

// IsGone reports whether YCM no longer has the PBX.
func (p *PBX) IsGone() bool { return p.GoneAt != Absent }

// AsGone returns a copy of p that is marked as removed. at is the time of the removal, in Unix seconds.
func (p *PBX) AsGone(at int64) *PBX {
	gone := *p
	gone.GoneAt = at
	return &gone
}

// Expires returns the earlier of the PBX's and its plan's expiration dates, in Unix seconds, and the field that
// contains it. It returns Absent and NoField if neither date is known.
func (p *PBX) Expires() (at int64, f Field) {
	pbx, plan := p.Number(FieldExpirationDate), p.Number(FieldPlanExpirationDate)
	switch {
	case pbx == Absent && plan == Absent:
		return Absent, NoField
	case plan == Absent || pbx != Absent && pbx <= plan:
		return pbx, FieldExpirationDate
	}
	return plan, FieldPlanExpirationDate
}

// MalformedDate returns the field and raw value of an expiration date that can't be parsed, or NoField if there is
// none. The PBX's other expiration date may still be known; Expires then returns it.
func (p *PBX) MalformedDate() (f Field, raw string) {
	if len(p.others) == 0 {
		return NoField, ""
	}
	for _, f := range [...]Field{FieldExpirationDate, FieldPlanExpirationDate} {
		if v := p.others[f]; v.State == opt.Malformed {
			return f, v.Raw
		}
	}
	return NoField, ""
}

// Usages lists the usage and capacity fields of the resources for which PBXs are flagged.
var Usages = [...]struct{ Used, Capacity Field }{
	{FieldUsedExtensions, FieldExtensionCapacity},
	{FieldActiveCalls, FieldConcurrentCallCapacity},
	{FieldUsedRecording, FieldRecordingCapacity},
}

// CapacityOf returns the capacity field of a usage field, or NoField if f isn't one of Usages.
func CapacityOf(f Field) Field {
	for _, u := range Usages {
		if u.Used == f {
			return u.Capacity
		}
	}
	return NoField
}

// highestShare returns the highest utilization of any resource, in millionths, or Absent if none is known. Usage
// without capacity counts as 1e9, the maximum.
func (p *PBX) highestShare() int64 {
	highest := int64(Absent)
	for _, u := range Usages {
		used, capacity := p.Number(u.Used), p.Number(u.Capacity)
		switch {
		case used == Absent || capacity == Absent || capacity <= 0 && used <= 0:
		case capacity <= 0:
			highest = max(highest, 1e9)
		default:
			highest = max(highest, int64(max(0, min(float64(used)/float64(capacity)*1e6, 1e9))))
		}
	}
	return highest
}
