package customers

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fleet/pbxtest"
	"cordboard/opt"
	"cordboard/ycm"
)

// bookOf returns a book of customers whose PBXs expire in the given numbers of days. A PBX without a date has 1000.
func bookOf(customers []*fleet.Customer, days map[int64][]int64) *Book {
	var pbxs []*fleet.PBX
	id := int64(0)
	for _, c := range customers {
		set := fleet.NewCustomerSet([]*fleet.Customer{c})
		for _, d := range days[c.ID] {
			id++
			pbxs = append(pbxs, pbxtest.PBX(pbxtest.Record(id, func(r *ycm.CloudPBX) {
				r.ExtensionCapacity = ycm.NewInt(10 * d)
				if d != 1000 {
					r.ExpirationDate = ycm.NewTime(noon.AddDate(0, 0, int(d)).Unix())
				}
			})).WithCustomers(set))
		}
	}
	return newBook(customers, fleet.NewSnapshot(
		1, pbxs, fleet.DefaultThresholds, func([]*fleet.PBX) fleet.Measures { return fleet.Measures{} },
	))
}

func customerOf(id int64, members map[string]string) *fleet.Customer {
	return &fleet.Customer{ID: id, Members: members, GoneAt: fleet.Absent}
}

func idsIn(rows []*Row) []int64 {
	ids := []int64{}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// TestSearch checks the named lists, the search, the filter by date, and the order by each column.
func TestSearch(t *testing.T) {
	t.Parallel()
	gone := customerOf(5, map[string]string{fleet.Company: "Elm"})
	gone.GoneAt = noon.Unix()
	b := bookOf([]*fleet.Customer{
		customerOf(
			1,
			map[string]string{fleet.Company: "Zinc Ltd", fleet.Email: "a@zinc.example", "mobileNumber": "+49 30 1"},
		),
		customerOf(2, map[string]string{fleet.Company: "Äcker AG", fleet.FirstName: "Jörg", "city": "Graz"}),
		customerOf(3, map[string]string{fleet.Company: "birch", fleet.Email: "z@birch.example"}),
		customerOf(4, map[string]string{fleet.Company: "Cedar 10", fleet.Remark: "VIP"}),
		gone,
	}, map[int64][]int64{1: {-3, 5}, 2: {20}, 3: {1000, 1000, 1000}})
	for query, want := range map[string][]int64{
		"":                  {2, 3, 4, 1},
		"sort=-name":        {1, 4, 3, 2},
		"list=without-pbx":  {4},
		"list=gone":         {5},
		"q=ACKER":           {2},
		"q=jorg+graz":       {2},
		"q=vip":             {4},
		"q=30+zinc":         {1},
		"q=elm":             {},
		"expires=overdue":   {1},
		"expires=7d":        {1},
		"expires=30d":       {2, 1},
		"sort=email":        {1, 3, 2, 4},
		"sort=-email":       {3, 1, 2, 4},
		"sort=phone":        {1, 2, 3, 4},
		"sort=pbxs":         {4, 2, 1, 3},
		"sort=-pbxs":        {3, 1, 2, 4},
		"sort=extensions":   {1, 2, 3, 4},
		"sort=-extensions":  {3, 2, 1, 4},
		"sort=expires":      {1, 2, 3, 4},
		"sort=-expires":     {2, 1, 3, 4},
		"sort=-operations":  {3, 2, 4, 1},
		"sort=operations":   {2, 4, 1, 3},
		"list=gone&q=birch": {},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q, problems := ParseQuery(values)
		if len(problems) > 0 {
			t.Errorf("%s: problems = %+v", query, problems)
		}
		found, _ := b.Search(q, map[int64]int{3: 2}, noon, time.UTC)
		if diff := gocmp.Diff(want, idsIn(found)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		if again, _ := ParseQuery(q.Values()); again != q {
			t.Errorf("%s: Values = %v", query, q.Values())
		}
	}
	if r := b.Row(1); len(r.PBXs) != 2 || r.Extensions != opt.New(20) || r.Expires != noon.AddDate(0, 0, -3).Unix() {
		t.Errorf("row 1 = %+v", r)
	}
	if b.Row(4).Extensions.Known() || b.Row(4).Expires != fleet.Absent || b.Row(9) != nil {
		t.Errorf("row 4 = %+v", b.Row(4))
	}
	if b.Count("") != 4 || b.Count(ListGone) != 1 || b.Count(ListWithoutPBX) != 1 {
		t.Errorf("counts: %d, %d, %d", b.Count(""), b.Count(ListGone), b.Count(ListWithoutPBX))
	}
}

// TestBadQueries checks that parameters that mean nothing are reported and have no effect.
func TestBadQueries(t *testing.T) {
	t.Parallel()
	usual, _ := ParseQuery(nil)
	for query, want := range map[string]list.ProblemCode{
		"list=all":     list.NotAllowed,
		"expires=soon": list.NotAllowed,
		"sort=hue":     list.UnknownSort,
		"page=0":       list.UnknownPage,
		"page=x":       list.UnknownPage,
		"per=7":        list.UnknownPageSize,
		"hue=red":      list.UnknownFilter,
	} {
		values, _ := url.ParseQuery(query)
		q, problems := ParseQuery(values)
		if len(problems) != 1 || problems[0].Code != want || q != usual || q.Filtered() {
			t.Errorf("%s: %+v, problems = %+v", query, q, problems)
		}
	}
	q, problems := ParseQuery(url.Values{"q": {strings.Repeat("ä", 300)}})
	if len(problems) != 1 || problems[0].Code != list.SearchTooLong || len([]rune(q.Search)) != maxSearch ||
		!q.Filtered() {
		t.Errorf("a long search: %d runes, problems = %+v", len([]rune(q.Search)), problems)
	}
	many := url.Values{}
	for i := range 500 {
		many.Set(fmt.Sprint("k", i), "x")
	}
	if _, problems := ParseQuery(many); len(problems) != maxKeys+1 {
		t.Errorf("500 parameters cause %d problems, want %d", len(problems), maxKeys+1)
	}
}

// TestSearchOrder checks, for random customers and each column, that the list is ordered, that absent values come last
// in either direction, and that each customer is listed once.
func TestSearchOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []*fleet.Customer
		days := map[int64][]int64{}
		for id := range rapid.Int64Range(0, 20).Draw(t, "customers") {
			members := map[string]string{fleet.Company: rapid.StringMatching(`[a-c]{1,2}`).Draw(t, "company")}
			if email := rapid.StringMatching(`([a-c]@x)?`).Draw(t, "email"); email != "" {
				members[fleet.Email], members["homeNumber"] = email, email
			}
			all = append(all, customerOf(id+1, members))
			days[id+1] = rapid.SliceOfN(rapid.SampledFrom([]int64{-5, 0, 3, 40, 1000}), 0, 3).Draw(t, "days")
		}
		b := bookOf(all, days)
		open := map[int64]int{1: 2, 2: 1}
		values := map[string]func(r *Row) (string, int64){
			ColumnName:       func(r *Row) (string, int64) { return r.Name(), 0 },
			ColumnEmail:      func(r *Row) (string, int64) { return r.Members[fleet.Email], 0 },
			ColumnPhone:      func(r *Row) (string, int64) { return r.Phone(), 0 },
			ColumnPBXs:       func(r *Row) (string, int64) { return "x", int64(len(r.PBXs)) },
			ColumnExtensions: func(r *Row) (string, int64) { return known(r.Extensions.Known()), r.Extensions.N },
			ColumnExpires:    func(r *Row) (string, int64) { return known(r.Expires != fleet.Absent), r.Expires },
			ColumnOpen:       func(r *Row) (string, int64) { return "x", int64(open[r.ID]) },
		}
		column := rapid.SampledFrom(Columns).Draw(t, "column")
		for _, sign := range []string{"", "-"} {
			found, _ := b.Search(Query{Sort: sign + column, Page: 1, Per: 50}, open, noon, time.UTC)
			if ids := idsIn(found); len(ids) != len(all) || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(all) {
				t.Fatalf("%d of %d customers", len(ids), len(all))
			}
			for i := 1; i < len(found); i++ {
				xText, x := values[column](found[i-1])
				yText, y := values[column](found[i])
				c := cmp.Or(strings.Compare(xText, yText), cmp.Compare(x, y))
				switch {
				case xText == "" && yText != "":
					t.Fatalf("%s%s: an absent value comes before a known one", sign, column)
				case yText == "":
				case sign == "" && c > 0 || sign == "-" && c < 0:
					t.Fatalf("%s%s: %q, %d comes before %q, %d", sign, column, xText, x, yText, y)
				}
			}
		}
	})
}

// known returns a text for a known number, or "".
func known(is bool) string {
	if is {
		return "x"
	}
	return ""
}

// TestBookIsCached checks that the book is built again only if the customers or the fleet changed.
func TestBookIsCached(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2, 0)
	b.list()
	first := b.directory.Book()
	if b.directory.Book() != first {
		t.Error("the book was built twice")
	}
	b.directory.Learn(t.Context(), b.ycm.IDs()[0], b.ycm.CustomerIDs()[:1])
	second := b.directory.Book()
	if second == first || len(second.Row(b.ycm.CustomerIDs()[0]).PBXs) != 1 {
		t.Error("the book lacks what an operation set")
	}
	b.ycm.Delete(b.ycm.IDs()[0])
	b.sync()
	if got := b.directory.Book().Row(b.ycm.CustomerIDs()[0]).PBXs; len(got) != 0 {
		t.Errorf("the customer of a removed PBX still has %d", len(got))
	}
}
