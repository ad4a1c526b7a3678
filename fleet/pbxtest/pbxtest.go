// Package pbxtest converts YCM's records to PBXs for use in tests.
package pbxtest

import (
	"fmt"
	"reflect"
	"strings"

	"cordboard/fleet"
	"cordboard/opt"
	"cordboard/ycm"
)

// PBX converts a record to a PBX that isn't marked as removed.
func PBX(record ycm.CloudPBX) *fleet.PBX {
	values := map[string]any{} // keyed by YCM's field names
	v := reflect.ValueOf(record)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		values[name] = v.Field(i).Interface()
	}
	text := func(f fleet.Field) string {
		switch v := values[f.Name()].(type) {
		case ycm.Text:
			return string(v)
		case ycm.Creator:
			name := strings.TrimSpace(string(v.FirstName) + " " + string(v.LastName))
			if v.Email == "" {
				return name
			}
			return strings.TrimSpace(name + " <" + string(v.Email) + ">")
		}
		panic(fmt.Sprintf("%s is no text in ycm.CloudPBX", f.Name()))
	}
	number := func(f fleet.Field) opt.Int {
		switch v := values[f.Name()].(type) {
		case ycm.Int:
			return v.Int
		case ycm.Time:
			return v.Int
		}
		panic(fmt.Sprintf("%s is no number in ycm.CloudPBX", f.Name()))
	}
	return fleet.NewPBX(record.CloudPBXID.N, text, number)
}

// PBXs converts records to PBXs.
func PBXs(records ...ycm.CloudPBX) (all []*fleet.PBX) {
	for _, r := range records {
		all = append(all, PBX(r))
	}
	return all
}

// Record returns a record with the given ID. If change isn't nil, Record calls it to modify the record.
func Record(id int64, change func(*ycm.CloudPBX)) ycm.CloudPBX {
	p := ycm.CloudPBX{CloudPBXID: ycm.NewInt(id)}
	if change != nil {
		change(&p)
	}
	return p
}
