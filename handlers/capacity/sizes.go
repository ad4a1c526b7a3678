package capacity

import (
	"fmt"
	"math"
	"net/url"
	"slices"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

const largestConsumers = 5

// switching returns a link to the PBXs whose reported plan is neither Enterprise nor Ultimate, or nil if there are
// none.
func switching(snapshot *list.Index, c ui.Clock) *ui.Link {
	q := list.NewQuery(url.Values{"plan": {"!Enterprise Plan", "!Ultimate Plan", "!" + list.None}})
	n := snapshot.Count(q, c.Now, c.Zone)
	if n == 0 {
		return nil
	}
	return &ui.Link{
		Label: ui.Count(int64(n), "PBX is", "PBXs are") + " switching plans",
		URL:   ui.PBXsURL(q.Values()),
	}
}

// rightSizing fills in the parts of the page about how well PBXs use their capacity, how much is reclaimable, and which
// PBXs are the largest consumers.
func (h *Handler) rightSizing(
	m *views.SubscriptionPage,
	rows capacity.Ledger,
	snapshot *fleet.Snapshot,
) {
	l := h.fleet.Snapshot().Thresholds()
	m.FullHead, m.NearlyHead = fmt.Sprintf("%d to 100%%", l.Full), fmt.Sprintf("%d to %d%%", l.NearlyFull, l.Full)
	forecasts := h.readings.Forecasts()
	for i, size := range snapshot.Measures().Sizes {
		m.Sizes = append(m.Sizes, sizeRow(i, size, m.FullHead, m.NearlyHead))
		if size.Reclaim > 0 {
			m.Reclaim = append(m.Reclaim, reclaimable(i, size, forecasts[i]))
		}
	}
	days := ui.Count(int64(l.PeakDays), "day", "days")
	m.SizesHint = fmt.Sprintf(
		"Calls are measured by their peak over the last %[1]s, and extensions and recording by their current usage. A PBX "+
			"has reclaimable capacity if its peak usage stayed below %[2]d%% during that time. After reclaiming, the peak "+
			"would be at most %[2]d%% of the capacity.",
		days,
		l.ReclaimBelow,
	)
	for _, g := range capacity.MostReclaimable(snapshot, 0, mostGiving) {
		m.Giving = append(m.Giving, views.Giving{
			Name:     display.Name(g.PBX),
			URL:      ui.PBXURL(g.PBX.CloudPBXID),
			Peak:     display.NumberText(g.Peak),
			Capacity: display.NumberText(g.Capacity),
			Back:     ui.Number(g.Back),
		})
	}
	m.LargestAt = ui.PBXsURL(url.Values{"sort": {"-extensionCapacity"}})
	cells := h.site.Cells(ui.Clock{}, display.Columns)
	for _, p := range capacity.Largest(snapshot, 0, largestConsumers) {
		consumer := views.Consumer{
			Name:      display.Name(p),
			URL:       ui.PBXURL(p.CloudPBXID),
			Meter:     *cells.Meter(p, fleet.FieldUsedExtensions, fleet.FieldExtensionCapacity),
			Calls:     display.NumberText(p.Number(fleet.FieldConcurrentCallCapacity)),
			Recording: display.NumberText(p.Number(fleet.FieldRecordingCapacity)),
			Share:     "–",
		}
		if own := rows[0].Own; own.Known() && own.N > 0 {
			consumer.Share = fmt.Sprintf("%.1f%%", 100*float64(p.Number(fleet.FieldExtensionCapacity))/float64(own.N))
		}
		m.Largest = append(m.Largest, consumer)
	}
}

// sizeRow returns one resource's row: the number of PBXs in each state, with a link to the list of those PBXs, and the
// reclaimable amount.
func sizeRow(i int, size fleet.Sizes, full, nearly string) views.SizeRow {
	row := views.SizeRow{Label: display.ResourceLabels[size.Resource]}
	if size.Resource == "concurrentCallCapacity" {
		row.Label = "Call peaks"
	}
	for _, cell := range []struct {
		state  fleet.SizeState
		spoken string
		n      int
	}{
		{fleet.SizeOver, "over", size.Over},
		{fleet.SizeFull, full, size.Full},
		{fleet.SizeNearlyFull, nearly, size.NearlyFull},
		{fleet.SizeUnknown, "not reported", size.Unknown},
		{fleet.SizeReclaimable, "reclaimable", size.Reclaimable},
	} {
		link := lists.CountLink(cell.n, sizeURL(i, cell.state), "in "+row.Label+": "+cell.spoken)
		if !slices.Contains(fleet.SizeWords, fleet.SizeWord(i, cell.state)) {
			link = ui.Link{Label: "–"}
		}
		row.Cells = append(row.Cells, link)
	}
	back := ui.Link{Label: ui.Number(size.Reclaim)}
	if size.Resource == "recordingCapacity" {
		back.Label = "–"
	}
	row.Cells = append(row.Cells, back)
	return row
}

// reclaimable describes one resource's reclaimable capacity, and how long that capacity would last.
func reclaimable(i int, size fleet.Sizes, f capacity.Forecast) views.Reclaim {
	noun := nounFor(ui.Number(size.Reclaim), size.Resource)
	text := fmt.Sprintf("%s on %s", noun, ui.Count(int64(size.Reclaimable), "PBX", "PBXs"))
	if f.Kind == capacity.Rising && float64(size.Reclaim)/f.Pace < capacity.FarDays {
		text += fmt.Sprintf(
			", enough for about %s",
			ui.Count(int64(math.Round(float64(size.Reclaim)/f.Pace)), "more day", "more days"),
		)
	}
	return views.Reclaim{
		Value: ui.Number(size.Reclaim),
		Text:  text,
		Noun:  store.ResourceNouns[size.Resource].Many,
		URL:   sizeURL(i, fleet.SizeReclaimable),
	}
}

func sizeURL(resource int, state fleet.SizeState) string {
	return ui.PBXsURL(url.Values{
		"size": {fleet.SizeWord(resource, state)},
		"sort": {"-" + fleet.Usages[resource].Capacity.Name()},
	})
}
