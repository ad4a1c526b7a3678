package list

import (
	"slices"
	"testing"
	"time"

	"cordboard/ycm"
)

// TestSortByUsage checks the order of PBXs sorted by usage, highest first. A PBX's usage is its highest utilization of
// any resource in fleet.Usages. It isn't capped at 100%, and PBXs whose usage is unknown come last.
func TestSortByUsage(t *testing.T) {
	t.Parallel()
	use := func(id int64, used, of, recorded, minutes ycm.Int) ycm.CloudPBX {
		return ycm.CloudPBX{
			CloudPBXID:        ycm.NewInt(id),
			UsedExtensions:    used,
			ExtensionCapacity: of,
			UsedRecording:     recorded,
			RecordingCapacity: minutes,
		}
	}
	n := ycm.NewInt
	s := snapshotOf(
		use(1, n(50), n(100), n(0), n(0)),
		use(2, ycm.Int{}, n(100), ycm.Int{}, ycm.Int{}),
		use(3, n(10), n(100), n(300), n(200)),
		use(4, n(5), n(0), n(0), n(0)),
		use(5, n(51), n(100), n(52), n(100)),
	)
	var ids []int64
	for p := range s.All(NewQuery(map[string][]string{"sort": {"-usage"}}), noon, time.UTC) {
		ids = append(ids, p.CloudPBXID)
	}
	if !slices.Equal(ids, []int64{4, 3, 5, 1, 2}) {
		t.Errorf("sort=usage: %v", ids)
	}
}
