package mirror

import (
	"fmt"
	"testing"

	"cordboard/ycm/ycmtest"
)

// TestTotalsThatLie checks that if YCM reports a wrong or malformed total, a pass makes at most two more requests than
// there are pages, reads no PBX by its ID and marks none as gone. The freshness must stay plausible.
func TestTotalsThatLie(t *testing.T) {
	t.Parallel()
	sizes := []int{120, 150, 49, 50, 600}
	if testing.Short() {
		sizes = []int{49, 120}
	}
	for _, total := range []string{
		"-1",
		"0",
		"1",
		"49",
		"50",
		"60",
		"100",
		"119",
		"121",
		"100000",
		"1000000",
		"1000001",
		"1000000000",
		"100000000000",
		"1000000000000",
		"9223372036854775807",
		"9223372036854775808",
		"-9223372036854775808",
		"1.5",
		"1e300",
		`"many"`,
		`"100000"`,
		"null",
		"{}",
		"[120]",
		"true",
	} {
		for _, rows := range sizes {
			for _, times := range []int{0, 1} { // always, or once
				t.Run(fmt.Sprint(total, " of ", rows, " times ", times), func(t *testing.T) {
					t.Parallel()
					b := newHarness(t, ycmtest.Config{PBXs: rows})
					b.sync()
					before := len(b.ycm.Requests("listCloudPbxs"))
					b.ycm.Inject(
						ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Total, Body: []byte(total), Times: times},
					)
					p := b.sync()
					pages := (rows + 49) / 50
					if n := len(b.ycm.Requests("listCloudPbxs")) - before; n > pages+2 || n != p.Requests {
						t.Errorf("%d requests for %d pages, the pass reports %d", n, pages, p.Requests)
					}
					if n := len(b.ycm.Requests("getCloudPbx")); n > 0 || p.Gone > 0 ||
						b.mirror.Snapshot().Here() != rows {
						t.Errorf(
							"%d were nominated as gone, %d are gone, %d of %d are here",
							n,
							p.Gone,
							b.mirror.Snapshot().Here(),
							rows,
						)
					}
					if f := b.mirror.Freshness(); f.Total < 0 || f.Total > 1_000_000 || f.Pages > pages+2 {
						t.Errorf("Freshness reports %d PBXs on %d pages", f.Total, f.Pages)
					}
				})
			}
		}
	}
}
