package mirror

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/ycm"
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
	raw := record.Raw
	if !bytes.Contains(raw, []byte("eceptionist")) {
		return hashOf(raw)
	}
	var b bytes.Buffer
	b.Write(withoutMembers(raw, func(name string) bool { return strings.Contains(name, "eceptionist") }))
	for _, m := range singly {
		if n := m.of(record); n.Reported() {
			fmt.Fprintf(&b, "\n%s %d %s", m.field.Name(), n.N, n.Raw)
		}
	}
	return hashOf(b.Bytes())
}

// withoutMembers returns a JSON object without the members that drop selects. If it can't parse the object, it returns
// the object unchanged.
func withoutMembers(object []byte, drop func(name string) bool) []byte {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return object
	}
	kept := []byte("{")
	for from := d.InputOffset(); d.More(); from = d.InputOffset() {
		t, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			return object
		}
		name, _ := t.(string)
		member := bytes.TrimLeft(object[from:d.InputOffset()], ", \t\r\n")
		if drop(name) {
			continue
		}
		if len(kept) > 1 {
			kept = append(kept, ',')
		}
		kept = append(kept, member...)
	}
	return append(kept, '}')
}
