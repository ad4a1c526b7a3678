package display

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/opt"
)

// TestEveryFieldAsACell checks that each field has a cell in each state of its value: reported, not reported and
// malformed.
func TestEveryFieldAsACell(t *testing.T) {
	t.Parallel()
	cells := Cells{Clock: clock, Thresholds: fleet.DefaultThresholds, Shown: Columns}
	for _, name := range Columns {
		f, ok := fleet.FieldByName(name)
		if !ok {
			t.Errorf("column %s is no field", name)
			continue
		}
		if f > fleet.FieldCustomer || f == fleet.FieldExpires {
			continue // TestDeskCells, TestExpiresCell
		}
		if v := cells.Cell(pbx(nil, nil), f); v.Column != name || v.Value != "" && f != fleet.FieldID {
			t.Errorf("%s that wasn't reported = %+v", name, v)
		}
		if f == fleet.FieldCustomer {
			continue // TestCustomerCell
		}
		if f.Kind() == fleet.TextField {
			v := cells.Cell(pbx(map[fleet.Field]string{f: "Odd <b>"}, nil), f)
			if shown := v.Text; v.Badge != nil && v.Badge.Word != "Odd <b>" || v.Badge == nil && shown != "Odd <b>" {
				t.Errorf("%s with an unknown text = %+v", name, v)
			}
			continue
		}
		if f == fleet.FieldID {
			continue
		}
		known := cells.Cell(pbx(nil, map[fleet.Field]opt.Int{f: opt.New(1_773_754_320)}), f)
		if known.Value != "1773754320" || known.Text == "" && known.Moment == nil && known.Meter == nil {
			t.Errorf("%s with a number = %+v", name, known)
		}
		bad := cells.Cell(pbx(nil, map[fleet.Field]opt.Int{f: {State: opt.Malformed, Raw: "n/a"}}), f)
		if shown := bad.Text; bad.Value != "n/a" || bad.Meter == nil && shown != "n/a" {
			t.Errorf("%s with what isn't a number = %+v", name, bad)
		}
		if marked := bad.Small == NotUnderstood.Word; marked != (f.Kind() == fleet.TimeField) {
			t.Errorf("%s that isn't understood is marked: %t", name, marked)
		}
	}
}

// TestCustomerCell checks the cells of PBXs with no customer, a few, and many.
func TestCustomerCell(t *testing.T) {
	t.Parallel()
	company := func(id int64, name string) *fleet.Customer {
		return &fleet.Customer{ID: id, Members: map[string]string{fleet.Company: name}, GoneAt: fleet.Absent}
	}
	four := []*fleet.Customer{company(9, "Dune"), company(7, "Acme"), company(8, "Birch"), company(6, "Cedar")}
	for name, tt := range map[string]struct {
		set         *fleet.CustomerSet
		value, text string
		links       []string
		small       string
	}{
		"not read": {nil, "", "Not read yet", nil, ""},
		"none":     {fleet.NewCustomerSet(nil), "", "None", nil, ""},
		"one":      {fleet.NewCustomerSet([]*fleet.Customer{company(7, "Acme")}), "7", "", []string{"Acme"}, ""},
		"four":     {fleet.NewCustomerSet(four), "7 8 6 9", "", []string{"Acme", "Birch", "Cedar"}, "and 1 more"},
	} {
		p := pbx(nil, nil).WithCustomers(tt.set)
		v := Cells{Clock: clock}.Cell(p, fleet.FieldCustomer)
		MarkCell(&v, []string{"acm"})
		var links []string
		for _, l := range v.Links {
			if links = append(links, l.Text); (l.Parts != nil) != (l.Text == "Acme") {
				t.Errorf("%s: the hits in %s are %+v", name, l.Text, l.Parts)
			}
		}
		if v.Value != tt.value || v.Text != tt.text || !slices.Equal(links, tt.links) || v.Small != tt.small {
			t.Errorf("%s: cell = %+v, want %+v", name, v, tt)
		}
	}
}

// TestColumnsAreFilters checks that the usual columns come first, and that facets and form fields have labels.
func TestColumnsAreFilters(t *testing.T) {
	t.Parallel()
	if !slices.Equal(UsualColumns, Columns[:len(UsualColumns)]) || UsualColumns[0] != "name" {
		t.Errorf("usual columns = %q, want the first ones, beginning with the name", UsualColumns)
	}
	for _, f := range list.Facets {
		label := FacetLabels[f.Key]
		if label == "" {
			label = Labels[f.Field.Name()]
		}
		if label == "" || strings.TrimSpace(label) != label {
			t.Errorf("the facet %s has the label %q", f.Key, label)
		}
	}
	for field, label := range FormLabels {
		if label == "" || label[0] < 'A' || label[0] > 'Z' {
			t.Errorf("the form's field %s has the label %q", field, label)
		}
	}
}

// TestDeskCells checks the cells of what people keep about PBXs, and of customers' contacts.
func TestDeskCells(t *testing.T) {
	t.Parallel()
	kept := pbx(nil, nil).WithDesk(&fleet.Desk{
		Owner:   fleet.Owner{ID: 3, Name: "Ines", Email: "ines@example.com"},
		Renewal: fleet.Renewal{State: "quoted", Next: "Call", NextOn: "2026-03-16"},
		Notes:   []string{"newest " + strings.Repeat("x", 100), "older"},
	})
	later := pbx(nil, nil).WithDesk(&fleet.Desk{Renewal: fleet.Renewal{NextOn: "2026-03-18"}})
	company := &fleet.Customer{ID: 5, Members: map[string]string{
		fleet.Company: "Acme", fleet.FirstName: "Ada", fleet.Email: "ada@example.com", "mobileNumber": "+49 1",
	}, GoneAt: fleet.Absent}
	owned := pbx(nil, nil).WithCustomers(fleet.NewCustomerSet([]*fleet.Customer{company}))
	for name, tt := range map[string]struct {
		pbx                      *fleet.PBX
		field                    fleet.Field
		value, text, small, tone string
	}{
		"owner":      {kept, fleet.FieldOwner, "ines@example.com", "Ines", "", ""},
		"no owner":   {later, fleet.FieldOwner, "", "Nobody", "", ""},
		"state":      {kept, fleet.FieldRenewal, "quoted", "Quoted", "", ""},
		"no state":   {later, fleet.FieldRenewal, "open", "Open", "", ""},
		"next":       {kept, fleet.FieldNext, "Call", "Call", "", ""},
		"due":        {kept, fleet.FieldNextOn, "2026-03-16", "16 Mar 2026", "yesterday", "tone-bad"},
		"due later":  {later, fleet.FieldNextOn, "2026-03-18", "18 Mar 2026", "tomorrow", ""},
		"no day":     {pbx(nil, nil), fleet.FieldNextOn, "", "", "", ""},
		"notes":      {kept, fleet.FieldNote, "newest " + strings.Repeat("x", 73), "", "and 1 more", ""},
		"no notes":   {later, fleet.FieldNote, "", "", "", ""},
		"contact":    {owned, fleet.FieldContact, "Ada, ada@example.com, +49 1", "", "", ""},
		"no contact": {pbx(nil, nil), fleet.FieldContact, "", "", "", ""},
	} {
		v := Cells{Clock: clock}.Cell(tt.pbx, tt.field)
		shown := v.Text
		if v.Badge != nil {
			shown = v.Badge.Word
		}
		if v.Moment != nil {
			shown = v.Moment.Text
		}
		want := cmp.Or(tt.text, tt.value)
		if v.Value != tt.value || shown != want || v.Small != tt.small || v.Tone != tt.tone {
			t.Errorf("%s: %+v shows %q, want %+v", name, v, shown, tt)
		}
	}
	facts := Renewal(kept, clock)
	if len(facts) != 4 || facts[0].Label != "Owner" || facts[0].Cell.Text != "Ines" {
		t.Errorf("the renewal is %+v", facts)
	}
}

// TestExpiresCell checks which of a PBX's dates the cell shows.
func TestExpiresCell(t *testing.T) {
	t.Parallel()
	day := func(n int) opt.Int { return opt.New(clock.Now.AddDate(0, 0, n).Unix()) }
	odd := opt.Int{State: opt.Malformed, Raw: "soon"}
	for name, tt := range map[string]struct {
		pbx, plan         opt.Int
		text, small, part string
	}{
		"the PBX":        {day(1), day(2), "18 Mar 2026", "PBX, tomorrow", "expirationDate"},
		"the plan":       {day(1), day(-1), "16 Mar 2026", "plan, yesterday", "planExpirationDate"},
		"only the plan":  {opt.Int{}, day(0), "17 Mar 2026", "plan, today", "planExpirationDate"},
		"none":           {opt.Int{}, opt.Int{}, "", "", ""},
		"only malformed": {odd, opt.Int{}, "soon", NotUnderstood.Word, "expirationDate"},
		"malformed, too": {odd, day(1), "18 Mar 2026", "plan, tomorrow", "planExpirationDate"},
	} {
		p := pbx(nil, map[fleet.Field]opt.Int{fleet.FieldExpirationDate: tt.pbx, fleet.FieldPlanExpirationDate: tt.plan})
		v := Cells{Clock: clock}.Cell(p, fleet.FieldExpires)
		text, part := v.Text, ""
		if v.Moment != nil {
			text = v.Moment.Text
		}
		if v.Part != nil {
			part = v.Part.Column
		}
		if text != tt.text || v.Small != tt.small || part != tt.part {
			t.Errorf("%s: %q, %q, %q, want %+v", name, text, v.Small, part, tt)
		}
	}
	shown := Cells{Clock: clock, Shown: []string{"expires", "expirationDate"}}
	p := pbx(nil, map[fleet.Field]opt.Int{fleet.FieldExpirationDate: day(1)})
	if v := shown.Cell(p, fleet.FieldExpires); v.Part != nil {
		t.Error("a field with a column of its own has two elements")
	}
}
