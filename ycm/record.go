package ycm

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"cordboard/ycm/split"
)

// envelope is what every response has.
type envelope struct {
	Status    Text            `json:"status"`
	RequestID Text            `json:"requestId"`
	Data      json.RawMessage `json:"data"`
}

// UnmarshalJSON decodes like encoding/json, but scans the data only once. Data shares b's memory.
func (e *envelope) UnmarshalJSON(b []byte) error {
	type plain envelope
	ok := decodeMembers(b, func(name, value []byte) bool {
		switch string(name) {
		case "status":
			return e.Status.UnmarshalJSON(value) == nil
		case "requestid":
			return e.RequestID.UnmarshalJSON(value) == nil
		case "data":
			e.Data = value
		}
		return true
	})
	if !ok {
		return json.Unmarshal(b, (*plain)(e))
	}
	return nil
}

// UnmarshalJSON decodes like encoding/json, but scans the list only once.
func (p *page[T]) UnmarshalJSON(b []byte) error {
	type plain page[T]
	var err error
	ok := decodeMembers(b, func(name, value []byte) bool {
		switch string(name) {
		case "pagesize":
			return p.PageSize.UnmarshalJSON(value) == nil
		case "pagenumber":
			return p.PageNumber.UnmarshalJSON(value) == nil
		case "total":
			return p.Total.UnmarshalJSON(value) == nil
		case "list":
			err = p.List.UnmarshalJSON(value)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	if !ok {
		return json.Unmarshal(b, (*plain)(p))
	}
	return nil
}

// recordFields maps the lowercase name of each member of a CloudPBX to its field. All fields have a decoder that never
// fails.
var recordFields = func() map[string]int {
	fields := map[string]int{}
	for i, t := 0, reflect.TypeFor[CloudPBX](); i < t.NumField(); i++ {
		if name := t.Field(i).Tag.Get("json"); name != "-" {
			fields[strings.ToLower(name)] = i
		}
	}
	return fields
}()

// decode decodes a valid record as encoding/json does, in a fraction of the time. It returns false if it can't.
func (p *CloudPBX) decode(b []byte) bool {
	fields := reflect.ValueOf(p).Elem()
	return decodeMembers(b, func(name, value []byte) bool {
		i, ok := recordFields[string(name)]
		if !ok {
			return true
		}
		field, ok := fields.Field(i).Addr().Interface().(json.Unmarshaler)
		return ok && field.UnmarshalJSON(value) == nil
	})
}

// decodeMembers calls f with each member of a valid JSON object, with the name in lowercase, as encoding/json ignores
// case. It returns false for what isn't an object, for a name that has escapes or characters beyond ASCII, and if f
// returns false. f must not keep the name.
func decodeMembers(b []byte, f func(name, value []byte) bool) bool {
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '{' {
		return false
	}
	var lower [64]byte
	for name, value := range split.Object(b) {
		for _, c := range name {
			if c == '\\' || c >= 0x80 {
				return false
			}
		}
		if !f(appendLower(lower[:0], name), value) {
			return false
		}
	}
	return true
}

// appendLower appends an ASCII name in lowercase, as encoding/json ignores case.
func appendLower(to, name []byte) []byte {
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}
