package list

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/fold"
	"cordboard/ycm"
)

func queryOf(t *testing.T, address string) Query {
	t.Helper()
	values, err := url.ParseQuery(address)
	if err != nil {
		t.Fatal(err)
	}
	q, problems := ParseQuery(values)
	if len(problems) > 0 {
		t.Fatalf("ParseQuery(%s) reports %+v", address, problems)
	}
	return q
}

// TestValues checks the values of facets (each once, sorted, without the absent one), and which keys are facets.
func TestValues(t *testing.T) {
	t.Parallel()
	x := testFleet()
	for _, tt := range []struct {
		field fleet.Field
		want  []string
	}{
		{fleet.FieldStatus, []string{"Migrating", "Running", "Stopped"}},
		{fleet.FieldRegion, []string{"China(GuangDong)", "China(Guangdong)", "Europe(London)"}},
		{fleet.FieldPlan, nil},
		{fleet.FieldSN, nil}, // not a facet
	} {
		got := x.Values(tt.field)
		slices.Sort(got)
		if diff := gocmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Values(%s) (-want +got):\n%s", tt.field.Name(), diff)
		}
		if values := x.Values(tt.field); !slices.IsSortedFunc(values, fold.Compare) {
			t.Errorf("Values(%s) = %q, want them sorted", tt.field.Name(), values)
		}
	}
	for _, f := range Facets {
		if !IsFacet(f.Key) || facetOf(f.Field) < 0 {
			t.Errorf("%s isn't a facet", f.Key)
		}
	}
	if IsFacet("sn") || IsFacet("expires") || IsFacet("") {
		t.Error("a key that isn't a facet counts as one")
	}
}

// TestTopAndCountAgreeWithSearch compares the results of Top, Count and All with those of Search.
func TestTopAndCountAgreeWithSearch(t *testing.T) {
	t.Parallel()
	x := testFleet()
	for _, address := range []string{
		"", "q=alder", "status=Running&sort=-name", "presence=all", "expires=overdue&sort=expires", "plan=Foo",
		"q=used>7&sort=-usage", "attention=7d&attention=over",
	} {
		q := queryOf(t, address)
		all := x.Search(q, noon, time.UTC)
		for range 2 { // the second time from the cache
			if n := x.Count(q, noon, time.UTC); n != all.Count {
				t.Errorf("Count(%s) = %d, want %d", address, n, all.Count)
			}
			for _, first := range []int{0, 1, 3} {
				n, top := x.Top(q, first, noon, time.UTC)
				if want := all.PBXs[:min(first, len(all.PBXs))]; n != all.Count || !slices.Equal(top, want) {
					t.Errorf("Top(%s, %d) = %d with %d PBXs, want %d with %d", address, first, n, len(top), all.Count, len(want))
				}
			}
		}
		var iterated []*fleet.PBX
		for p := range x.All(q, noon, time.UTC) {
			iterated = append(iterated, p)
		}
		if !slices.Equal(iterated, all.PBXs) {
			t.Errorf("All(%s) = %d PBXs, want those of the page", address, len(iterated))
		}
	}
}

// TestCountsFollowTheDay checks that a cached count isn't used on another day, and checks a count in another time zone.
func TestCountsFollowTheDay(t *testing.T) {
	t.Parallel()
	x := testFleet()
	q := queryOf(t, "expires=today")
	kiritimati, err := time.LoadLocation("Pacific/Kiritimati") // 14 hours ahead of UTC
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		now  time.Time
		zone *time.Location
		want []int64
	}{
		{noon, time.UTC, []int64{2}},
		{noon.AddDate(0, 0, -1), time.UTC, []int64{1}},
		{noon, kiritimati, []int64{2}},
		{noon.AddDate(0, 0, 31), time.UTC, []int64{4}},
	} {
		n, top := x.Top(q, 9, tt.now, tt.zone)
		var ids []int64
		for _, p := range top {
			ids = append(ids, p.CloudPBXID)
		}
		if n != len(tt.want) || !slices.Equal(ids, tt.want) {
			t.Errorf("PBXs that expire on %v in %v = %v, want %v", tt.now, tt.zone, ids, tt.want)
		}
	}
}

// TestWarm checks that Warm computes the orders that were used in the previous index, but no counts for another day,
// and that the counts of both indexes agree.
func TestWarm(t *testing.T) {
	t.Parallel()
	before := testFleet()
	used, unused := queryOf(t, "status=Running"), queryOf(t, "status=Stopped")
	before.Count(used, noon, time.UTC)
	before.Count(used, noon, time.UTC) // the second time from the cache
	before.Count(unused, noon.AddDate(0, 0, -1), time.UTC)
	before.Search(queryOf(t, "sort=-version"), noon, time.UTC)
	after := testFleet()
	after.Warm(before, noon)
	orders := map[string]bool{}
	after.orders.Range(func(key, _ any) bool { orders[key.(string)] = true; return true })
	if !orders["-version"] {
		t.Errorf("orders = %v, want the one by version", orders)
	}
	days := map[int64]bool{}
	after.counts.Range(func(key, _ any) bool { days[key.(countKey).day] = true; return true })
	if today := fleet.Day(noon.Unix(), time.UTC); days[today-1] {
		t.Errorf("counts are kept for the days %v, want only %d", days, today)
	}
	if got, want := after.Count(used, noon, time.UTC), before.Count(used, noon, time.UTC); got != want {
		t.Errorf("count in the new index = %d, want %d", got, want)
	}
}

// TestOneIndexForMany checks the results of different queries that run at once. With the race detector, it also finds
// data races.
func TestOneIndexForMany(t *testing.T) {
	t.Parallel()
	x := testFleet()
	want := map[string][]int64{}
	addresses := []string{"", "sort=-name", "q=alder", "sort=expires", "status=Running", "presence=all&sort=-usage"}
	for _, address := range addresses {
		want[address] = idsOf(testFleet().Search(queryOf(t, address), noon, time.UTC))
	}
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			address := addresses[i%len(addresses)]
			q := queryOf(t, address)
			if got := idsOf(x.Search(q, noon, time.UTC)); !slices.Equal(got, want[address]) {
				t.Errorf("Search(%s) = %v, want %v", address, got, want[address])
			}
			x.Count(q, noon, time.UTC)
			x.Board(5, noon, time.UTC)
		})
	}
	all.Wait()
}

// TestOrderAgainstAPlainSort compares the order of random fleets with a plain sort: absent values last in both
// directions, ties by ID.
func TestOrderAgainstAPlainSort(t *testing.T) {
	t.Parallel()
	texts := rapid.SampledFrom([]string{
		"", " ", "alder", "Alder", "Älder", "alder 2", "alder 10", "zoo", "84.9.0.1", "84.12.0.1",
	})
	rapid.Check(t, func(t *rapid.T) {
		var records []ycm.CloudPBX
		for id := range int64(rapid.IntRange(0, 12).Draw(t, "PBXs")) {
			records = append(records, pbxtest.Record(id+1, func(p *ycm.CloudPBX) {
				p.Name = ycm.Text(texts.Draw(t, fmt.Sprint("name ", id)))
				p.Version = ycm.Text(texts.Draw(t, fmt.Sprint("version ", id)))
				if rapid.Bool().Draw(t, fmt.Sprint("known ", id)) {
					p.ExtensionCapacity = ycm.NewInt(rapid.Int64Range(0, 3).Draw(t, fmt.Sprint("capacity ", id)))
				}
			}))
		}
		x := snapshotOf(records...)
		for _, f := range []fleet.Field{fleet.FieldName, fleet.FieldVersion, fleet.FieldExtensionCapacity, fleet.FieldID} {
			for _, descending := range []bool{false, true} {
				want := slices.Clone(x.pbxs)
				slices.SortStableFunc(want, func(a, b *fleet.PBX) int {
					absent := func(p *fleet.PBX) bool {
						if f.Kind() == fleet.TextField {
							return strings.TrimSpace(p.Text(f)) == ""
						}
						return p.Number(f) == fleet.Absent
					}
					if absent(a) || absent(b) {
						if absent(a) && absent(b) {
							return 0
						}
						return absentLast(absent(a))
					}
					c := cmp.Compare(a.Number(f), b.Number(f))
					switch f {
					case fleet.FieldVersion:
						c = fleet.CompareVersions(a.Text(f), b.Text(f))
					case fleet.FieldName:
						c = cmp.Or(fold.Compare(a.Text(f), b.Text(f)), cmp.Compare(a.Text(f), b.Text(f)))
					default:
					}
					if descending {
						c = -c
					}
					return c
				})
				for i, row := range x.sorted(f, descending) {
					if x.pbxs[row] != want[i] {
						t.Fatalf("by %s, descending %t: place %d is PBX %d, want %d", f.Name(), descending, i,
							x.pbxs[row].CloudPBXID, want[i].CloudPBXID)
					}
				}
			}
		}
	})
}
