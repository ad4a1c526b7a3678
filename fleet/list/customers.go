package list

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fold"
)

// CustomerKey is the key of the filter by customer. Its values are customers' IDs, or None for PBXs that are known to
// have no customer.
const CustomerKey = "customer"

// customerFilter is the index of the filter by customer in verdicts, after Facets and closedFilters.
const customerFilter = len(Facets) + len(closedFilters)

// keptCustomers is how many customers are counted at most: those with the most PBXs.
const keptCustomers = 100

// customers are the PBXs' customers. A PBX can have several, so they aren't a facet.
type customers struct {
	sets  []*fleet.CustomerSet // by code; the first is nil, for PBXs whose customers haven't been read
	codes []uint32             // by row
	known []*fleet.Customer
	place map[int64]int // indexes into known, by ID
	names []string      // of known, folded
}

func newCustomers(pbxs []*fleet.PBX) customers {
	c := customers{sets: []*fleet.CustomerSet{nil}, codes: make([]uint32, len(pbxs)), place: map[int64]int{}}
	codes := map[*fleet.CustomerSet]uint32{nil: 0}
	for row, p := range pbxs {
		set := p.Customers()
		code, ok := codes[set]
		if !ok {
			code = uint32(len(c.sets)) //nolint:gosec // there are no more sets than PBXs
			codes[set] = code
			c.sets = append(c.sets, set)
			for _, one := range set.All {
				if _, ok := c.place[one.ID]; !ok {
					c.place[one.ID] = len(c.known)
					c.known, c.names = append(c.known, one), append(c.names, fold.Text(one.Name()))
				}
			}
		}
		c.codes[row] = code
	}
	return c
}

// Customer returns the customer with the given ID if a PBX has it, or nil.
func (x *Index) Customer(id int64) *fleet.Customer {
	if i, ok := x.customers.place[id]; ok {
		return x.customers.known[i]
	}
	return nil
}

// customerFilterProblem returns the problem with a value of the filter by customer.
func customerFilterProblem(w FilterValue) Problem {
	if id, err := strconv.ParseInt(w.Value, 10, 64); w.IsNone() || err == nil && id > 0 && !w.Literal {
		return Problem{}
	}
	return Problem{Code: NotACustomer, Name: CustomerKey, Value: Shorten(w.Value)}
}

// allowed returns, for each set of customers, whether the filter's values accept it. A PBX whose customers haven't been
// read neither has a customer nor is known to have none, so only the negation of a customer accepts it.
func (c *customers) allowed(words []FilterValue) []bool {
	allowed, ids := make([]bool, len(c.sets)), make([]int64, len(words))
	for i, w := range words {
		ids[i], _ = strconv.ParseInt(w.Value, 10, 64) // 0 for None
	}
	for code, set := range c.sets {
		allowed[code] = accepts(words, func(i int) bool {
			switch {
			case set == nil:
				return words[i].IsNone() && words[i].Not
			case words[i].IsNone():
				return len(set.All) == 0
			}
			return slices.ContainsFunc(set.All, func(one *fleet.Customer) bool { return one.ID == ids[i] })
		})
	}
	return allowed
}

// test returns a test that combines the filter's values.
func (c *customers) test(words []FilterValue) func(row int) bool {
	allowed := c.allowed(words)
	return func(row int) bool { return allowed[c.codes[row]] }
}

// partTest returns the test of a qualifier in the search box: whether the customers' names pass holds, or whether there
// are no customers. It tests each set only once.
func (c *customers) partTest(f boxFilter, holds func(text string) bool) func(row int) bool {
	if f.value == None && !f.quoted {
		return c.test([]FilterValue{{Value: None, Not: f.not}})
	}
	allowed := make([]bool, len(c.sets))
	for code, set := range c.sets {
		if set == nil {
			allowed[code] = f.not
			continue
		}
		allowed[code] = holds(set.Names())
	}
	return func(row int) bool { return allowed[c.codes[row]] }
}

// count returns the customers with the most PBXs and those asked for, given the number of PBXs with each set.
func (c *customers) count(bySet []int, asked []FilterValue) FacetCounts {
	counts, none := make([]int, len(c.known)), 0
	for code, set := range c.sets {
		switch n := bySet[code]; {
		case n == 0 || set == nil:
		case len(set.All) == 0:
			none += n
		default:
			for _, one := range set.All {
				counts[c.place[one.ID]] += n
			}
		}
	}
	var places []int
	for i, n := range counts {
		if n > 0 {
			places = append(places, i)
		}
	}
	slices.SortFunc(places, func(a, b int) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(c.known[a].ID, c.known[b].ID))
	})
	f := FacetCounts{Key: CustomerKey}
	if len(places) > keptCustomers {
		more := slices.DeleteFunc(slices.Clone(places[keptCustomers:]), func(i int) bool {
			return !slices.Contains(asked, FilterValue{Value: strconv.FormatInt(c.known[i].ID, 10)})
		})
		f.More = len(places) - keptCustomers - len(more)
		places = append(places[:keptCustomers], more...)
	}
	slices.SortStableFunc(places, func(a, b int) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(c.names[a], c.names[b]))
	})
	if none > 0 {
		f.Counts = append(f.Counts, WordCount{"", none})
	}
	for _, i := range places {
		f.Counts = append(f.Counts, WordCount{strconv.FormatInt(c.known[i].ID, 10), counts[i]})
	}
	return f
}

// sorted returns the names of all customers with a PBX, sorted.
func (c *customers) sorted() (names []string) {
	for _, one := range c.known {
		names = append(names, one.Name())
	}
	fold.Sort(names)
	return slices.CompactFunc(names, strings.EqualFold)
}
