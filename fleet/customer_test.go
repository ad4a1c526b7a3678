package fleet

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCustomerNames checks the names, phone numbers and options of customers with incomplete records.
func TestCustomerNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		members                     map[string]string
		name, person, phone, option string
	}{
		{map[string]string{Company: "Acme", FirstName: "Ann", LastName: "Lee"}, "Acme", "Ann Lee", "", "Acme, Ann Lee"},
		{map[string]string{FirstName: "Ann", Email: "a@x.example"}, "Ann", "Ann", "", "Ann"},
		{map[string]string{Email: "a@x.example", "homeNumber": "3"}, "a@x.example", "", "3", "a@x.example"},
		{map[string]string{Company: "\u200b", "mobileNumber": "2", "homeNumber": "3"}, "Customer 7", "", "2", "Customer 7"},
		{nil, "Customer 7", "", "", "Customer 7"},
	} {
		c := &Customer{ID: 7, Members: tt.members, GoneAt: Absent}
		if c.Name() != tt.name || c.Person() != tt.person || c.Phone() != tt.phone || c.Option().Name != tt.option {
			t.Errorf("%v: %q, %q, %q, %q", tt.members, c.Name(), c.Person(), c.Phone(), c.Option().Name)
		}
	}
}

// TestCustomersOfPBX checks that a PBX's copy has its customers' names as a field and in its search text, and that the
// PBX itself stays as it is.
func TestCustomersOfPBX(t *testing.T) {
	t.Parallel()
	acme := &Customer{ID: 2, Members: map[string]string{Company: "Acmé", Email: "post@acme.example"}, GoneAt: Absent}
	birch := &Customer{ID: 1, Members: map[string]string{Company: "Birch"}, GoneAt: Absent}
	set := NewCustomerSet([]*Customer{birch, acme})
	p := pbxOf(7, map[Field]string{FieldName: "Alder"}, nil)
	with := p.WithCustomers(set)
	if with.Text(FieldCustomer) != "Acmé; Birch" || with.Raw(FieldCustomer) != "Acmé; Birch" || with.Customers() != set {
		t.Errorf("customers = %q", with.Text(FieldCustomer))
	}
	for _, word := range []string{"alder", "acme", "birch", "post@acme.example"} {
		if !strings.Contains(with.SearchText(), word) {
			t.Errorf("a search for %s doesn't find the PBX", word)
		}
	}
	if p.Customers() != nil || p.Text(FieldCustomer) != "" || strings.Contains(p.SearchText(), "acme") {
		t.Error("the PBX itself changed")
	}
	if back := with.WithCustomers(nil); back.SearchText() != p.SearchText() {
		t.Errorf("without customers, the search text is %q, want %q", back.SearchText(), p.SearchText())
	}
	if f, ok := FieldByName("customer"); !ok || f != FieldCustomer || slices.Contains(Fields(), FieldCustomer) {
		t.Error("the customer must be a field, but not one of YCM's")
	}
}

// TestKnowing checks that a list of customers takes a customer that was added, renamed or removed.
func TestKnowing(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	l := NewOptions(at, []Option{{ID: 1, Name: "Acme"}, {ID: 2, Name: "Cedar"}})
	names := func(l *Options) (names []string) {
		for _, o := range l.All {
			names = append(names, o.Name)
		}
		return names
	}
	birch := &Customer{ID: 3, Members: map[string]string{Company: "Birch"}, GoneAt: Absent}
	l = l.Knowing(birch)
	if got := names(l); !slices.Equal(got, []string{"Acme", "Birch", "Cedar"}) || !l.At.Equal(at) {
		t.Errorf("added: %q", got)
	}
	l = l.Knowing(&Customer{ID: 3, Members: map[string]string{Company: "Zinc"}, GoneAt: Absent})
	if got := names(l); !slices.Equal(got, []string{"Acme", "Cedar", "Zinc"}) {
		t.Errorf("renamed: %q", got)
	}
	l = l.Knowing(&Customer{ID: 1, GoneAt: at.Unix()})
	if got := names(l); !slices.Equal(got, []string{"Cedar", "Zinc"}) {
		t.Errorf("removed: %q", got)
	}
}
