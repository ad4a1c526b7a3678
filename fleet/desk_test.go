package fleet

import (
	"testing"
	"time"
)

// TestNextAt checks that the time of a next step falls on its day in nearly all zones.
func TestNextAt(t *testing.T) {
	t.Parallel()
	for _, offset := range []int{-10, -5, 0, 2, 9, 13} {
		zone := time.FixedZone("", offset*3600)
		at := time.Unix(Renewal{NextOn: "2026-12-31"}.NextAt(), 0).In(zone)
		if at.Format(time.DateOnly) != "2026-12-31" {
			t.Errorf("%d hours from UTC: %s", offset, at)
		}
	}
	for _, day := range []string{"", "soon", "2026-13-01"} {
		if at := (Renewal{NextOn: day}).NextAt(); at != Absent {
			t.Errorf("%q is %d", day, at)
		}
	}
}

// TestDeskOfPBX checks that a PBX has an empty desk until it gets one, and that the copy leaves the PBX as it is.
func TestDeskOfPBX(t *testing.T) {
	t.Parallel()
	p := &PBX{CloudPBXID: 7}
	d := &Desk{Owner: Owner{ID: 3, Email: "ines@example.com"}}
	with := p.WithDesk(d)
	if p.Desk().Owner.ID != 0 || p.Text(FieldRenewal) != "open" || p.HasDesk(d) || !p.HasDesk(nil) {
		t.Errorf("the PBX has %+v", p.Desk())
	}
	if !with.HasDesk(d) || with.Text(FieldOwner) != "ines@example.com" || with.Text(FieldContact) != "" {
		t.Errorf("the copy has %+v", with.Desk())
	}
}
