package pbxtest_test

import (
	"testing"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/opt"
	"cordboard/ycm"
)

// TestPBX checks that a PBX has the values of its record, and nothing else.
func TestPBX(t *testing.T) {
	t.Parallel()
	all := pbxtest.PBXs(
		pbxtest.Record(7, func(p *ycm.CloudPBX) {
			p.Name, p.PBXStatus, p.Version = "Acme", "Running", "84.9.0.1"
			p.ExtensionCapacity, p.CreateTime = ycm.NewInt(20), ycm.NewTime(1_700_000_000)
			p.UsedExtensions = ycm.Int{Int: opt.Int{State: opt.Malformed, Raw: "n/a"}}
			p.Creator = ycm.Creator{FirstName: "Wayne", LastName: "William", Email: "w@example.com"}
		}),
		pbxtest.Record(8, func(p *ycm.CloudPBX) { p.Creator = ycm.Creator{FirstName: "Wayne"} }),
		pbxtest.Record(9, nil),
	)
	p := all[0]
	for field, want := range map[fleet.Field]string{
		fleet.FieldName: "Acme", fleet.FieldStatus: "Running", fleet.FieldVersion: "84.9.0.1", fleet.FieldGroup: "",
		fleet.FieldCreator: "Wayne William <w@example.com>",
	} {
		if got := p.Text(field); got != want {
			t.Errorf("%s = %q, want %q", field.Name(), got, want)
		}
	}
	for field, want := range map[fleet.Field]int64{
		fleet.FieldID: 7, fleet.FieldExtensionCapacity: 20, fleet.FieldCreateTime: 1_700_000_000,
		fleet.FieldUsedExtensions: fleet.Absent, fleet.FieldExpirationDate: fleet.Absent,
	} {
		if got := p.Number(field); got != want {
			t.Errorf("%s = %d, want %d", field.Name(), got, want)
		}
	}
	if p.IsGone() || p.Value(fleet.FieldUsedExtensions).Raw != "n/a" {
		t.Errorf("PBX = %+v, want one in YCM with the malformed value", p)
	}
	if got := all[1].Text(fleet.FieldCreator); got != "Wayne" {
		t.Errorf("creator without an address = %q, want Wayne", got)
	}
	if len(all) != 3 || all[2].CloudPBXID != 9 {
		t.Errorf("PBXs = %d, the last %d", len(all), all[2].CloudPBXID)
	}
	for _, f := range fleet.Fields() {
		if f.Kind() == fleet.TextField && all[2].Text(f) != "" {
			t.Errorf("%s of an empty record = %q", f.Name(), all[2].Text(f))
		}
	}
}
