package ui

import "testing"

func TestColumnClasses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		column Column
		want   string
	}{
		{Column{Name: "name"}, "pin"},
		{Column{Name: "customer"}, ""},
		{Column{Name: "pbxStatus"}, "w-sm"},
		{Column{Name: "cloudPbxId", Number: true}, "num w-sm"},
		{Column{Name: "extensionCapacity", Number: true}, "num"},
	} {
		if got := tt.column.classes("pin"); got != tt.want {
			t.Errorf("classes of %s = %q, want %q", tt.column.Name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		cell Cell
		want string
	}{
		{Cell{}, ""},
		{Cell{Number: true}, "num"},
		{Cell{SecondLine: SecondLine{Small: "plan, today"}}, "cell-2"},
		{Cell{Number: true, SecondLine: SecondLine{Small: "of 5"}}, "num cell-2"},
	} {
		if got := tt.cell.Classes(); got != tt.want {
			t.Errorf("classes of %+v = %q, want %q", tt.cell, got, tt.want)
		}
	}
}
