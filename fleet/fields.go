package fleet

import (
	"cmp"
	"strconv"
	"strings"
)

// Kind is how a field is compared and shown.
type Kind int

// Kinds of fields.
const (
	TextField Kind = iota
	NumberField
	TimeField // Unix seconds
)

// Field is one member of YCM's CloudPbx.
type Field struct {
	Name  string // YCM's
	Kind  Kind
	index int // into texts or numbers, or one of the following
}

const (
	idIndex      = -1
	expiresIndex = -2 // the earlier of the two dates
	usageIndex   = -3 // the highest of the three shares
)

// SortField returns a field that a list can be sorted by: one of YCM's fields; expires, the earlier of the PBX's
// and its plan's date; or usage, the highest share that the PBX uses of a resource.
func SortField(name string) (Field, bool) {
	switch name {
	case "expires":
		return Field{"expires", TimeField, expiresIndex}, true
	case "usage":
		return Field{"usage", NumberField, usageIndex}, true
	}
	return FieldByName(name)
}

var times = map[string]bool{
	"planExpirationDate": true,
	"expirationDate":     true,
	"createTime":         true,
	"initialStartUpTime": true,
	"lastUsedTime":       true,
	"lastBackupTime":     true,
}

// fields by name.
var fields = func() map[string]Field {
	m := map[string]Field{"cloudPbxId": {"cloudPbxId", NumberField, idIndex}}
	for i, name := range textFields {
		m[name] = Field{name, TextField, i}
	}
	for i, name := range numberFields {
		kind := NumberField
		if times[name] {
			kind = TimeField
		}
		m[name] = Field{name, kind, i}
	}
	return m
}()

// FieldByName returns the field with YCM's name.
func FieldByName(name string) (Field, bool) {
	f, ok := fields[name]
	return f, ok
}

// Raw returns a field's value as YCM sent it; "" if it wasn't reported.
func (p *PBX) Raw(name string) string {
	f, ok := fields[name]
	if !ok {
		return ""
	}
	if f.Kind == TextField {
		return p.texts[f.index]
	}
	if n := p.Number(name); n != Absent {
		return strconv.FormatInt(n, 10)
	}
	return p.Odd[name]
}

func absentLast(first bool) int {
	if first {
		return 1
	}
	return -1
}

// compareVersions compares versions by their parts, so that 84.9 is before 84.12.
func compareVersions(x, y string) int {
	if x == y {
		return 0
	}
	for x != "" && y != "" {
		var a, b string
		a, x, _ = strings.Cut(x, ".")
		b, y, _ = strings.Cut(y, ".")
		m, errM := strconv.Atoi(a)
		n, errN := strconv.Atoi(b)
		c := strings.Compare(a, b)
		if errM == nil && errN == nil {
			c = cmp.Compare(m, n)
		}
		if c != 0 {
			return c
		}
	}
	return strings.Compare(x, y)
}
