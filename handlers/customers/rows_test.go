package customers

import (
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/fleet/pbxtest"
	"cordboard/opt"
	"cordboard/views/ui"
	"cordboard/ycm"
)

// TestSumOf checks that PBXs that report nothing don't count, and that what no PBX reports isn't shown as 0.
func TestSumOf(t *testing.T) {
	t.Parallel()
	pbx := func(used, capacity ycm.Int) *fleet.PBX {
		return pbxtest.PBX(
			pbxtest.Record(7, func(r *ycm.CloudPBX) { r.UsedExtensions, r.ExtensionCapacity = used, capacity }),
		)
	}
	for name, tt := range map[string]struct {
		pbxs           []*fleet.PBX
		used, capacity opt.Int
	}{
		"none": {nil, opt.Int{}, opt.Int{}},
		"two": {
			[]*fleet.PBX{pbx(ycm.NewInt(3), ycm.NewInt(5)), pbx(ycm.NewInt(4), ycm.NewInt(6))}, opt.New(7), opt.New(11),
		},
		"one unknown":  {[]*fleet.PBX{pbx(ycm.Int{}, ycm.NewInt(5)), pbx(ycm.NewInt(4), ycm.Int{})}, opt.New(4), opt.New(5)},
		"not reported": {[]*fleet.PBX{pbx(ycm.Int{}, ycm.NewInt(5))}, opt.Int{}, opt.New(5)},
		"zero":         {[]*fleet.PBX{pbx(ycm.NewInt(0), ycm.NewInt(0))}, opt.New(0), opt.New(0)},
	} {
		sum := sumOf(tt.pbxs, fleet.FieldUsedExtensions, fleet.FieldExtensionCapacity)
		used, capacity := sum.Value(fleet.FieldUsedExtensions), sum.Value(fleet.FieldExtensionCapacity)
		if used != tt.used || capacity != tt.capacity {
			t.Errorf("%s: %v of %v, want %v of %v", name, used, capacity, tt.used, tt.capacity)
		}
	}
}

// TestWords checks how a query is described in the audit log.
func TestWords(t *testing.T) {
	t.Parallel()
	for want, q := range map[string]customers.Query{
		"All customers":                         {},
		"Customers without a PBX":               {List: customers.ListWithoutPBX},
		"All customers; Search acme GmbH":       {Search: "acme GmbH", Sort: "-pbxs", Page: 2},
		"All customers; Expires overdue":        {Expires: "overdue"},
		"Removed customers; Search acme":        {List: customers.ListGone, Search: "acme"},
		"All customers; Expires within 30 days": {Expires: "30d"},
	} {
		if got := words(q); got != want {
			t.Errorf("words(%+v) = %q, want %q", q, got, want)
		}
	}
}

// TestRowOf checks the cells of a customer about whom little is known.
func TestRowOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	gone := &customers.Row{
		Customer: &fleet.Customer{ID: 7, GoneAt: now.Unix()}, Expires: fleet.Absent,
	}
	row := rowOf(gone, 2, nil, ui.Clock{Now: now, Zone: time.UTC})
	if row.Gone != "Removed on 17 Mar 2026" || row.Cells[0].Text != "Customer 7" || row.Cells[0].Host != nil {
		t.Errorf("the row is %+v", row)
	}
	for _, cell := range row.Cells[1:] {
		if want := map[string]string{"pbxs": "0", "operations": "2"}[cell.Column]; cell.Value != want {
			t.Errorf("%s = %q, want %q", cell.Column, cell.Value, want)
		}
	}
}
