package capacity

import (
	"net/http"
	"slices"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/handlers/web"
	"cordboard/handlers/web/export"
	"cordboard/opt"
)

// ExportSubscription exports the subscription's history over the requested span, with one row per day (UTC) on which
// the subscription was read.
func (h *Handler) ExportSubscription(w http.ResponseWriter, r *http.Request) error {
	covered := h.period(r.URL.Query(), h.site.Now())
	days := h.daysIn(covered)
	header := []string{"day"}
	for _, resource := range fleet.Resources {
		for _, column := range []string{"total", "used", "own", "assigned", "available", "unexplained", "frozen"} {
			if column != "frozen" || resource == "extensionCapacity" {
				header = append(header, column+"."+resource)
			}
		}
	}
	sub := h.readings.Subscription()
	return h.site.ExportTable(w, r, web.Table{
		Name:   "subscription",
		What:   covered.words(),
		Rows:   len(days),
		AsOf:   sub.At,
		State:  sub.State,
		Header: header,
		Records: func(yield func([]string) bool) {
			for _, d := range days {
				if !yield(dayRecord(d)) {
					return
				}
			}
		},
	})
}

func dayRecord(d capacity.DayReading) []string {
	record := []string{fleet.DayDate(d.Day)}
	for _, l := range d.Resources {
		for _, n := range []opt.Int{l.Total, l.Used, l.Own, l.Assigned, l.Available, l.Unexplained} {
			record = append(record, exportedInt(n))
		}
		if l.Resource == "extensionCapacity" {
			record = append(record, exportedInt(l.Frozen))
		}
	}
	return record
}

func exportedInt(n opt.Int) string {
	if n.Known() {
		return strconv.FormatInt(n.N, 10)
	}
	return n.Raw
}

// ExportSizes exports each PBX's resource usage, with its peaks and its reclaimable capacity.
func (h *Handler) ExportSizes(w http.ResponseWriter, r *http.Request) error {
	fresh, snapshot := h.fleet.Freshness(), h.fleet.Snapshot()
	header := []string{"cloudPbxId", "name", "url"}
	var sizes [len(fleet.Usages)][]capacity.Size
	for i, u := range fleet.Usages {
		used, capacityName := u.Used.Name(), u.Capacity.Name()
		header = append(header, capacityName, used, used+".peak", used+".state", capacityName+".reclaimable")
		sizes[i] = slices.Collect(capacity.SizesOf(snapshot, i))
	}
	rows := snapshot.Here()
	return h.site.ExportTable(w, r, web.Table{
		Name: "sizes", What: "Right-sizing", Rows: rows, AsOf: fresh.At, State: fresh.State, Header: header,
		Records: func(yield func([]string) bool) {
			for row := range rows {
				p := sizes[0][row].PBX
				record := []string{strconv.FormatInt(p.CloudPBXID, 10), export.Exported(p, "name"), export.Exported(p, "url")}
				for i := range sizes {
					size := sizes[i][row]
					record = append(
						record,
						exportedNumber(size.Capacity),
						exportedNumber(size.Used),
						exportedNumber(size.Peak),
						size.State.String(),
						exportedNumber(size.Back),
					)
				}
				if !yield(record) {
					return
				}
			}
		},
	})
}

func exportedNumber(n int64) string {
	if n == fleet.Absent {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
