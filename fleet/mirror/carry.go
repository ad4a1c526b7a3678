package mirror

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"slices"

	"cordboard/fleet"
	"cordboard/ycm"
	"cordboard/ycm/split"
)

type member struct {
	field fleet.Field
	of    func(*ycm.CloudPBX) *ycm.Int
}

// singly lists the members that YCM sends in responses for a single PBX but not in its list. Reading the list doesn't
// remove their values.
var singly = []member{
	{fleet.FieldReceptionistCapacity, func(p *ycm.CloudPBX) *ycm.Int { return &p.ReceptionistCapacity }},
	{fleet.FieldReceptionistCapacityPlan, func(p *ycm.CloudPBX) *ycm.Int { return &p.ReceptionistCapacityPlan }},
	{fleet.FieldReceptionistCapacityAddon, func(p *ycm.CloudPBX) *ycm.Int { return &p.ReceptionistCapacityAddon }},
	{fleet.FieldUsedReceptionist, func(p *ycm.CloudPBX) *ycm.Int { return &p.UsedReceptionist }},
}

// isSingly reports whether singly lists a field. The first value of a listed field doesn't count as a change.
func isSingly(f fleet.Field) bool {
	return slices.ContainsFunc(singly, func(m member) bool { return m.field == f })
}

// carryOver adds the members listed in singly to a record from YCM's list, unless the record already has them. The
// values are from the last read of that PBX by its ID.
func (l *local) carryOver(record *ycm.CloudPBX) {
	l.mu.Lock()
	known, ok := l.known(record.CloudPBXID.N)
	l.mu.Unlock()
	raw := bytes.TrimRight(record.Raw, " \t\r\n")
	if !ok || !bytes.HasSuffix(raw, []byte("}")) {
		return
	}
	for _, m := range singly {
		n := m.of(record)
		if had := known.Number(m.field); !n.Reported() && had != fleet.Absent {
			*n = ycm.NewInt(had)
			raw = fmt.Appendf(raw[:len(raw)-1:len(raw)-1], ",%q:%d}", m.field.Name(), had)
		}
	}
	record.Raw = raw
}

// contentHash returns a hash of a record's content. The hash doesn't depend on the position of the members listed in
// singly.
func contentHash(record *ycm.CloudPBX) uint64 {
	part := []byte("eceptionist")
	if !bytes.Contains(record.Raw, part) {
		return maphash.Bytes(seed, record.Raw)
	}
	b, comma := []byte("{"), ""
	for name, value := range split.Object(record.Raw) {
		if !bytes.Contains(name, part) {
			b = fmt.Appendf(b, `%s"%s":%s`, comma, name, value)
			comma = ","
		}
	}
	b = append(b, '}')
	for _, m := range singly {
		if n := m.of(record); n.Reported() {
			b = fmt.Appendf(b, "\n%s %d %s", m.field.Name(), n.N, n.Raw)
		}
	}
	return maphash.Bytes(seed, b)
}
