package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cordboard/fold"
)

// Members of a customer's record, as YCM names them.
const (
	FirstName = "firstName"
	LastName  = "lastName"
	Company   = "company"
	Email     = "email"
	Remark    = "remark"
)

// CustomerMembers lists the members of a customer's record, except the ID, in the order in which pages show them.
var CustomerMembers = []string{
	Company,
	FirstName,
	LastName,
	Email,
	"businessNumber",
	"mobileNumber",
	"homeNumber",
	"faxNumber",
	"street",
	"zipCode",
	"city",
	"state",
	"country",
	Remark,
}

// Customer is a customer of the reseller, as last read. Customers must not be modified.
type Customer struct {
	ID      int64
	Members map[string]string // by YCM's name; those without a value are missing. nil: the record has never been read
	GoneAt  int64             // Unix seconds; Absent: YCM has the customer
}

// Person returns the name of the contact person, or "".
func (c *Customer) Person() string {
	return strings.TrimSpace(c.Members[FirstName] + " " + c.Members[LastName])
}

// Name returns the name under which pages show the customer: the company, or else the person, the email address or the
// ID.
func (c *Customer) Name() string {
	for _, name := range []string{c.Members[Company], c.Person(), c.Members[Email]} {
		if fold.Shows(name) {
			return fold.Shown(name)
		}
	}
	return fmt.Sprintf("Customer %d", c.ID)
}

// Phone returns the customer's first phone number, or "".
func (c *Customer) Phone() string {
	return cmp.Or(c.Members["businessNumber"], c.Members["mobileNumber"], c.Members["homeNumber"])
}

// IsGone reports whether YCM no longer has the customer.
func (c *Customer) IsGone() bool { return c.GoneAt != Absent }

// Option returns the customer as an option for a PBX.
func (c *Customer) Option() Option {
	o := Option{ID: c.ID, Name: c.Name(), Email: c.Members[Email]}
	if person := c.Person(); person != "" && c.Members[Company] != "" {
		o.Name += ", " + person
	}
	return o
}

// CustomerSet is the customers of a PBX. PBXs with the same customers share one set. It is immutable.
type CustomerSet struct {
	All []*Customer // sorted by name

	names  string
	search string // the folded text that search words are matched against
}

// NewCustomerSet returns a set of customers. It takes ownership of the slice and sorts it.
func NewCustomerSet(all []*Customer) *CustomerSet {
	slices.SortFunc(all, func(a, b *Customer) int {
		return cmp.Or(fold.Compare(a.Name(), b.Name()), cmp.Compare(a.ID, b.ID))
	})
	s := &CustomerSet{All: all}
	var names []string
	var search strings.Builder
	for _, c := range all {
		names = append(names, c.Name())
		for _, text := range []string{c.Name(), c.Person(), c.Members[Email]} {
			search.WriteString(fold.Text(text))
			search.WriteByte('\n') // no search word contains a newline
		}
	}
	s.names, s.search = strings.Join(names, "; "), search.String()
	return s
}

// Names returns the customers' names, separated by semicolons.
func (s *CustomerSet) Names() string { return s.names }

// Customers returns the PBX's customers, or nil if they haven't been read yet.
func (p *PBX) Customers() *CustomerSet { return p.customers }

// WithCustomers returns a copy of p that has the given customers, or none that are known if s is nil.
func (p *PBX) WithCustomers(s *CustomerSet) *PBX {
	with := *p
	with.customers = s
	with.searchText = with.foldSearched()
	return &with
}

// NoCustomers knows no customers.
type NoCustomers struct{}

// Version returns 0.
func (NoCustomers) Version() uint64 { return 0 }

// Attach does nothing.
func (NoCustomers) Attach([]*PBX) {}
