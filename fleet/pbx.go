// Package fleet has the record of a PBX with its fields, a snapshot of all PBXs, and how old it is.
package fleet

import (
	"math"
	"strconv"
	"strings"

	"cordboard/fold"
	"cordboard/opt"
)

// Absent stands for a number or time without a value in the columns of numbers, where each has 8 bytes.
const Absent = math.MinInt64

// PBX is one PBX. Those of a Snapshot must not be modified.
type PBX struct {
	CloudPBXID int64
	GoneAt     int64 // Unix seconds; Absent: not gone

	// Hash, Seq and ReadAt belong to the mirror. Hash is that of the record's content. Seq is the mirror's sequence
	// number when the PBX was written; 0: before this start. ReadAt is when the record was first read with this
	// content, in Unix seconds.
	Hash   uint64
	Seq    uint64
	ReadAt int64

	texts      [textCount]string
	numbers    [numberCount]int64 // Absent: not known
	others     map[Field]opt.Int  // the numbers and times that are never or malformed
	searchText string             // the folded text that a search matches
}

// NewPBX returns a PBX that is not gone, from the values of its fields. The text of a field that wasn't reported is
// "".
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

// searched are the fields that a search matches.
var searched = [...]Field{FieldName, FieldSN, FieldURL, FieldGroup, FieldCreator, FieldRegion, FieldVersion}

// IsSearched reports whether a search matches the field.
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
		b.WriteString(fold.Text(p.Text(f)))
		b.WriteByte('\n') // no search word contains a newline, so no match spans two fields
	}
	return b.String()
}

// SearchText returns the folded text that a search matches.
func (p *PBX) SearchText() string { return p.searchText }

// Text returns a text field; "" if it wasn't reported.
func (p *PBX) Text(f Field) string {
	if f < firstText || f > lastText {
		return ""
	}
	return p.texts[f-firstText]
}

// Number returns a number or time; Absent if it has no value.
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
	}
	return Absent
}

// Value returns a number or time with its state.
func (p *PBX) Value(f Field) opt.Int {
	if n := p.Number(f); n != Absent {
		return opt.New(n)
	}
	return p.others[f]
}

// Raw returns a field's value as YCM sent it; "" if it wasn't reported.
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

// AsGone returns a copy of the PBX that is gone since an instant in Unix seconds.
func (p *PBX) AsGone(at int64) *PBX {
	gone := *p
	gone.GoneAt = at
	return &gone
}

// Expires returns the earlier of the PBX's and its plan's date, in Unix seconds, and the field that it comes from;
// Absent and NoField if there is none.
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

// MalformedDate returns the field and raw text of a date of the PBX that can't be parsed; NoField if there is none.
// The other date may be parsed, and then counts as well.
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

// Usages are the usage and capacity fields of the resources for which a PBX is flagged.
var Usages = [...]struct{ Used, Capacity Field }{
	{FieldUsedExtensions, FieldExtensionCapacity},
	{FieldActiveCalls, FieldConcurrentCallCapacity},
	{FieldUsedRecording, FieldRecordingCapacity},
}

// highestShare returns the highest used share of a resource, in millionths; Absent if no share is known.
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

// transitional are the states that a PBX soon leaves without any action.
var transitional = map[string]bool{"Provisioning": true, "Starting": true, "Upgrading": true, "Restoring": true}

// IsTransitional reports whether a PBX soon leaves a state without any action.
func IsTransitional(status string) bool { return transitional[status] }
