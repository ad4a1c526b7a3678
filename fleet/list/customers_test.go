package list

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/ycm"
)

func customerOf(id int64, company, email string) *fleet.Customer {
	return &fleet.Customer{
		ID: id, Members: map[string]string{fleet.Company: company, fleet.Email: email}, GoneAt: fleet.Absent,
	}
}

// owned returns an index of PBXs 1 to 6. PBX 5 has no customer, and the customers of PBX 6 haven't been read.
func owned() *Index {
	acme, birch := customerOf(70, "Acme GmbH", "post@acme.example"), customerOf(80, "Birch & Søn", "hej@birch.example")
	sets := []*fleet.CustomerSet{
		fleet.NewCustomerSet([]*fleet.Customer{acme}),
		fleet.NewCustomerSet([]*fleet.Customer{acme}),
		fleet.NewCustomerSet([]*fleet.Customer{birch}),
		fleet.NewCustomerSet([]*fleet.Customer{birch, acme}),
		fleet.NewCustomerSet(nil),
		nil,
	}
	var all []*fleet.PBX
	for i, set := range sets {
		p := pbxtest.PBX(pbxtest.Record(int64(i+1), func(r *ycm.CloudPBX) { r.Name = ycm.Text(fmt.Sprintf("PBX %d", i+1)) }))
		all = append(all, p.WithCustomers(set))
	}
	return indexOf(1, all)
}

// TestCustomers checks the filter by customer, the search for one, and the order by customer.
func TestCustomers(t *testing.T) {
	t.Parallel()
	x := owned()
	for query, want := range map[string][]int64{
		"customer=70":                 {1, 2, 4},
		"customer=80":                 {3, 4},
		"customer=70&customer=80":     {1, 2, 3, 4},
		"customer=!70":                {3, 5, 6},
		"customer=80&customer=!70":    {3},
		"customer=none":               {5},
		"customer=!none":              {1, 2, 3, 4},
		"customer=none&customer=80":   {3, 4, 5},
		"customer=99":                 {},
		"q=acme":                      {1, 2, 4},
		"q=son":                       {3, 4},
		"q=s%C3%B8n":                  {3, 4},
		"q=hej@birch.example":         {3, 4},
		"q=customer:birch":            {3, 4},
		"q=-customer:birch":           {1, 2, 5, 6},
		"q=customer:none":             {5},
		"q=-customer:none":            {1, 2, 3, 4},
		"sort=customer":               {1, 2, 4, 3, 5, 6},
		"sort=-customer":              {3, 4, 1, 2, 5, 6},
		"customer=acme":               {1, 2, 3, 4, 5, 6}, // reported as a problem
		"customer=%3D70":              {1, 2, 4},
		"customer=70&q=customer:none": {},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q, problems := ParseQuery(values)
		r := x.Search(q, noon, time.UTC)
		if diff := cmp.Diff(want, idsOf(r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		if odd := query == "customer=acme"; odd != (len(problems) > 0) {
			t.Errorf("%s: problems = %+v", query, problems)
		}
	}
	if _, problems := ParseQuery(url.Values{"customer": {"acme"}}); problems[0].Code != NotACustomer {
		t.Errorf("the problem with a name is %s, want %s", problems[0].Code, NotACustomer)
	}
}

// TestCustomerCounts checks the counts of customers: those with the most PBXs come first, and a filter by customer
// doesn't affect them.
func TestCustomerCounts(t *testing.T) {
	t.Parallel()
	x := owned()
	for _, query := range []string{"", "customer=80"} {
		values, _ := url.ParseQuery(query)
		q, _ := ParseQuery(values)
		r := x.Search(q, noon, time.UTC)
		got := r.Facets[len(r.Facets)-1]
		want := FacetCounts{Key: CustomerKey, Counts: []WordCount{{"", 1}, {"70", 3}, {"80", 2}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
	if c := x.Customer(80); c == nil || c.Name() != "Birch & Søn" || x.Customer(99) != nil {
		t.Errorf("Customer(80) = %v, Customer(99) = %v", c, x.Customer(99))
	}
	if got := x.Values(fleet.FieldCustomer); !slices.Equal(got, []string{"Acme GmbH", "Birch & Søn"}) {
		t.Errorf("Values = %q", got)
	}
	many := make([]*fleet.PBX, 0, 3*keptCustomers)
	for i := range int64(2*keptCustomers + 7) {
		set := fleet.NewCustomerSet([]*fleet.Customer{customerOf(i+1, fmt.Sprintf("C%d", i), "")})
		many = append(many, pbxtest.PBX(pbxtest.Record(i+1, nil)).WithCustomers(set))
	}
	r := indexOf(1, many).Search(NewQuery(nil), noon, time.UTC)
	if f := r.Facets[len(r.Facets)-1]; len(f.Counts) != keptCustomers || f.More != keptCustomers+7 {
		t.Errorf("%d customers and %d more, want %d and %d", len(f.Counts), f.More, keptCustomers, keptCustomers+7)
	}
	last := strconv.Itoa(2*keptCustomers + 7)
	q, _ := ParseQuery(url.Values{CustomerKey: {last, "1"}})
	r = indexOf(1, many).Search(q, noon, time.UTC)
	f := r.Facets[len(r.Facets)-1]
	if !slices.Contains(f.Counts, WordCount{last, 1}) || len(f.Counts) != keptCustomers+1 || f.More != keptCustomers+6 {
		t.Errorf("with customer %s: %d customers and %d more; want that customer besides", last, len(f.Counts), f.More)
	}
}

// TestCustomersAgainstSets compares the filter by customer, and its counts, with a direct evaluation, for random PBXs
// and random values.
func TestCustomersAgainstSets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		known := map[string]*fleet.CustomerSet{}
		ids := map[int64][]int64{}
		var all []*fleet.PBX
		for id := range rapid.Int64Range(1, 30).Draw(t, "pbxs") {
			of := rapid.SliceOfNDistinct(rapid.Int64Range(1, 5), 0, 3, rapid.ID[int64]).Draw(t, "customers")
			if rapid.IntRange(0, 4).Draw(t, "unread") == 0 {
				all = append(all, pbxtest.PBX(pbxtest.Record(id+1, nil)))
				continue
			}
			slices.Sort(of)
			key := fmt.Sprint(of)
			if known[key] == nil {
				var set []*fleet.Customer
				for _, c := range of {
					set = append(set, customerOf(c, fmt.Sprint("C", c), ""))
				}
				known[key] = fleet.NewCustomerSet(set)
			}
			ids[id+1] = append([]int64{}, of...)
			all = append(all, pbxtest.PBX(pbxtest.Record(id+1, nil)).WithCustomers(known[key]))
		}
		word := rapid.SampledFrom([]string{"1", "2", "3", "none", "!1", "!2", "!none"})
		words := rapid.SliceOfN(word, 1, 3).Draw(t, "words")
		q, _ := ParseQuery(url.Values{"customer": words, "sort": {"cloudPbxId"}, "per": {"100"}})
		r := indexOf(1, all).Search(q, noon, time.UTC)
		want, counts := []int64{}, map[string]int{}
		for _, p := range all {
			of, read := ids[p.CloudPBXID]
			has := func(w string) bool {
				id, err := strconv.ParseInt(w, 10, 64)
				return read && (err == nil && slices.Contains(of, id) || w == "none" && len(of) == 0)
			}
			plain, hit, not := false, false, false
			for _, w := range words {
				if w[0] == '!' {
					not = not || has(w[1:]) || !read && w == "!none"
					continue
				}
				plain, hit = true, hit || has(w)
			}
			if !not && (hit || !plain) {
				want = append(want, p.CloudPBXID)
			}
			if read && len(of) == 0 {
				counts[""]++
			}
			for _, c := range of {
				counts[fmt.Sprint(c)]++
			}
		}
		if diff := cmp.Diff(want, idsOf(r)); diff != "" {
			t.Fatalf("%v (-want +got):\n%s", words, diff)
		}
		for _, c := range r.Facets[len(r.Facets)-1].Counts {
			if counts[c.Word] != c.Count {
				t.Fatalf("customer %q has %d PBXs, want %d", c.Word, c.Count, counts[c.Word])
			}
			delete(counts, c.Word)
		}
		if len(counts) > 0 {
			t.Fatalf("the counts lack %v", counts)
		}
	})
}
