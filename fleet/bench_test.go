package fleet

import (
	"cordboard/store"
	"cordboard/ycm/ycmtest"
	"fmt"
	"net/url"
	"runtime"
	"testing"
	"time"
)

// bigFleet is a snapshot of a fleet like the sandbox's.
func bigFleet(b *testing.B, n int) *Snapshot {
	b.Helper()
	y := ycmtest.New(ycmtest.Config{Seed: 1, PBXs: n, Now: func() time.Time { return noon }})
	words := intern{}
	var pbxs []*PBX
	for _, row := range y.Records() {
		p, err := fromStore(store.PBX{CloudPBXID: row.ID, Record: row.JSON}, words)
		if err != nil {
			b.Fatal(err)
		}
		pbxs = append(pbxs, p)
	}
	return newSnapshot(1, pbxs)
}

// BenchmarkSearch: three filters, a search, an order, facet counts and a page.
func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := bigFleet(b, n)
			q, _ := ParseQuery(url.Values{"q": {"care"}, "status": {"Running"}, "type": {"Commercial"}, "usage": {"nearly-full"}, "sort": {"-createTime"}})
			s.Search(q, noon, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				s.Search(q, noon, time.UTC)
			}
		})
	}
}

// BenchmarkSnapshot reports what a PBX costs in memory.
func BenchmarkSnapshot(b *testing.B) {
	const n = 10_000
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := bigFleet(b, n)
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(s)
	}
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/n, "B/PBX")
}

// BenchmarkSync reads 10,000 PBXs into an empty mirror and then again, over HTTP, and reports list requests and rows written.
func BenchmarkSync(b *testing.B) {
	for b.Loop() {
		bench := newBench(b, ycmtest.Config{Seed: 1, PBXs: 10_000})
		first, second := bench.sync(), bench.sync()
		if first.Requests != 200 || first.Written != 10_000 || second.Requests != 200 || second.Written != 0 {
			b.Fatalf("first pass %+v, second %+v", first, second)
		}
		b.ReportMetric(float64(len(bench.ycm.Requests("listCloudPbxs")))/2, "requests/pass")
		b.ReportMetric(float64(second.Written), "rows-unchanged")

	}
}
