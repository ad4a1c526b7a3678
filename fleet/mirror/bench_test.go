package mirror

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// heap returns the size of the live heap in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkSyncMemory reports the working memory of a pass over an unchanged list, for fleets of two sizes. The working
// memory is the live heap when the pass requests its last page, minus the live heap before the pass and the size of the
// ID set. The list's pages are generated on request, so that the heap doesn't contain a fake YCM's records.
func BenchmarkSyncMemory(b *testing.B) {
	for _, n := range []int{10_000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				st := storetest.New(b, time.Now)
				y := &generated{n: n}
				f, err := New(b.Context(), Config{YCM: y, Store: st})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := f.Sync(b.Context()); err != nil {
					b.Fatal(err)
				}
				ids := heap()
				seen := map[int64]bool{}
				for i := range n {
					seen[int64(i+1)] = true
				}
				ids = heap() - ids
				runtime.KeepAlive(seen)
				before := heap()
				y.watch = func(page int) {
					if page == n/50 {
						y.live = heap() - before - ids
					}
				}
				if p, err := f.Sync(b.Context()); err != nil || p.Written > 0 {
					b.Fatalf("pass = %+v, %v", p, err)
				}
				b.ReportMetric(float64(y.live)/1e6, "working-MB")
			}
		})
	}
}

// generated is a fake YCM with n PBXs. It generates their records on request and stores none.
type generated struct {
	restless
	n     int
	live  int64
	watch func(page int)
}

func (y *generated) ListCloudPBXs(_ context.Context, o ycm.ListOptions) (ycm.Page[ycm.CloudPBX], error) {
	if y.watch != nil {
		y.watch(o.PageNumber)
	}
	page := ycm.Page[ycm.CloudPBX]{Total: int64(y.n)}
	for i := (o.PageNumber-1)*o.PageSize + 1; i <= min(o.PageNumber*o.PageSize, y.n); i++ {
		page.List = append(page.List, y.record(int64(i)))
	}
	return page, nil
}

// BenchmarkSync reads 10,000 PBXs over HTTP into an empty mirror, and then reads them again. It reports the number of
// list requests per pass and the rows that the second pass wrote.
func BenchmarkSync(b *testing.B) {
	for b.Loop() {
		harness := newHarness(b, ycmtest.Config{Seed: 1, PBXs: 10_000})
		first, second := harness.sync(), harness.sync()
		if first.Requests != 200 || first.Written != 10_000 || second.Requests != 200 || second.Written != 0 {
			b.Fatalf("first pass %+v, second %+v", first, second)
		}
		b.ReportMetric(float64(len(harness.ycm.Requests("listCloudPbxs")))/2, "requests/pass")
		b.ReportMetric(float64(second.Written), "rows-unchanged")

	}
}

// BenchmarkSnapshot reports the memory per PBX of a snapshot and its index, with two sort orders.
func BenchmarkSnapshot(b *testing.B) {
	const n = 20_000
	y := ycmtest.New(ycmtest.Config{Seed: 1, PBXs: n, Now: func() time.Time { return noon }})
	rows := y.Records()
	for b.Loop() {
		before := heap()
		words := intern{}
		pbxs := make([]*fleet.PBX, 0, n)
		for _, row := range rows {
			p, err := fromStore(store.PBX{CloudPBXID: row.ID, Record: row.JSON}, words)
			if err != nil {
				b.Fatal(err)
			}
			pbxs = append(pbxs, p)
		}
		s := list.New(fleet.NewSnapshot(1, pbxs, fleet.DefaultThresholds, (&capacity.Sizer{Now: noon}).Measure))
		for _, sort := range []string{"name", "-createTime"} {
			s.Search(list.NewQuery(url.Values{"sort": {sort}}), noon, time.UTC)
		}
		b.ReportMetric(float64(heap()-before)/n, "B/PBX")
		runtime.KeepAlive(s)
	}
	runtime.KeepAlive(rows)
}
