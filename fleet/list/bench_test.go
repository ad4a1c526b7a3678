package list

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// bigFleet returns the index of a fleet like the sandbox's, with n PBXs.
func bigFleet(b *testing.B, n int) *Index {
	b.Helper()
	y := ycmtest.New(ycmtest.Config{Seed: 1, PBXs: n, Now: func() time.Time { return noon }})
	var pbxs []*fleet.PBX
	for _, row := range y.Records() {
		var record ycm.CloudPBX
		if err := json.Unmarshal(row.JSON, &record); err != nil {
			b.Fatal(err)
		}
		pbxs = append(pbxs, pbxtest.PBX(record))
	}
	return indexOf(1, pbxs)
}

// BenchmarkSearch measures a search with a word, three filters, a sort, facet counts and a page. It reports the 99th
// percentile of the time in ms.
func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := bigFleet(b, n)
			q, _ := ParseQuery(
				url.Values{
					"q":      {"care"},
					"status": {"Running"},
					"type":   {"Commercial"},
					"usage":  {"nearly-full"},
					"sort":   {"-createTime"},
				},
			)
			s.Search(q, noon, time.UTC)
			var times []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				s.Search(q, noon, time.UTC)
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
