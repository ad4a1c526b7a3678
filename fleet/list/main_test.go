package list

import (
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/pbxtest"
	"cordboard/ycm"
)

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// snapshotOf returns an index of the given records.
func snapshotOf(records ...ycm.CloudPBX) *Index { return indexOf(1, pbxtest.PBXs(records...)) }

// indexOf returns an index of PBXs that have no history of peak usage.
func indexOf(version uint64, pbxs []*fleet.PBX) *Index {
	sizer := &capacity.Sizer{Thresholds: fleet.DefaultThresholds, Now: noon}
	return New(fleet.NewSnapshot(version, pbxs, fleet.DefaultThresholds, sizer.Measure))
}

func idsOf(r Result) []int64 {
	ids := []int64{}
	for _, p := range r.PBXs {
		ids = append(ids, p.CloudPBXID)
	}
	return ids
}
