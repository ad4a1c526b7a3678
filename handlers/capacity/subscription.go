package capacity

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/fleet/operations"
	"cordboard/handlers/web"
	"cordboard/opt"
	"cordboard/store"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

const (
	largestConsumers = 5
	mostGiving       = 10
)

// ShowSubscription shows the capacity page from the last successful reading. It never waits for YCM.
func (s *Handler) ShowSubscription(w http.ResponseWriter, r *http.Request) error {
	m, err := s.subscriptionPage(r)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, "Capacity", views.SubscriptionDetail(m), views.SubscriptionDetail(m))
}

func (s *Handler) subscriptionPage(r *http.Request) (views.SubscriptionPage, error) {
	c := s.Clock(r)
	sub, snapshot := s.Subscriptions.Subscription(), s.Mirror.Snapshot()
	m := views.SubscriptionPage{
		Snapshot:  s.SubscriptionSnapshot(),
		Fresh:     web.FreshnessOf(sub.State, sub.At, c),
		Lead:      "P-Series Hosting Package, not read yet.",
		RequestID: sub.RequestID,
	}
	if sub.State == fleet.Failing {
		m.Trouble = s.packageBanner(sub, c)
	}
	if sub.At.IsZero() {
		return m, nil
	}
	at := c.Second(sub.At)
	m.Lead, m.ReadAt = "P-Series Hosting Package, as reported by YCM at ", &at
	open, err := s.Operations.Open(r.Context())
	if err != nil {
		return m, err
	}
	rows := capacity.NewLedger(sub.Reading, snapshot, s.Mirror.Freshness())
	causes := capacity.Causes(&sub, rows, snapshot, s.Mirror.Freshness(), operations.Holds(open))
	for _, i := range fleet.ShownResources {
		row := rows[i]
		if !row.Reported() {
			continue // not part of this subscription, according to YCM
		}
		m.Rows = append(m.Rows, s.ledgerRow(row))
		m.Notes = append(m.Notes, ledgerNotes(row, causes[i])...)
		if row.Frozen.Known() && row.Frozen.N > 0 {
			m.Frozen = ui.Count(row.Frozen.N, "extension is frozen", "extensions are frozen")
		}
	}
	m.Ages = ages(sub, s.Mirror.Freshness(), c)
	m.Facts = []ui.LabelledCell{
		{Label: "Ends", Cell: packageEnd("expirationTime", sub.ExpirationTime, c)},
		{Label: "High availability", Cell: switchCell("highAvailability", sub.HighAvailability)},
		{Label: "White label", Cell: switchCell("whiteLabel", sub.WhiteLabel)},
	}
	if sub.RecordingEnds != (opt.Int{}) {
		m.Facts = slices.Insert(
			m.Facts,
			1,
			ui.LabelledCell{
				Label: "Call recording ends",
				Cell:  packageEnd("recordingExpireDate", sub.RecordingEnds, c),
			},
		)
	}
	for _, p := range sub.Plans {
		m.Plans = append(m.Plans, views.PlanRow{Plan: p.Plan, PBXs: web.IntText(p.PBXs), Extensions: web.IntText(p.Extensions)})
	}
	if !sub.PlansAt.IsZero() && sub.At.Sub(sub.PlansAt) > time.Minute {
		m.PlansAt = "As of " + c.Second(sub.PlansAt).Text + ": YCM has not reported them since."
	}
	m.Switching = switching(s.Mirror.Index(), c)
	m.Open = openHolds(open)
	if web.CanCreate(r) {
		m.OpenURL = web.OperationsURL("open", 1)
	}
	m.History = s.history(historySpan(r.URL.Query()), c)
	s.rightSizing(&m, rows, snapshot)
	return m, nil
}

func (s *Handler) packageBanner(sub capacity.Subscription, c ui.Clock) *ui.Banner {
	title, text := web.ProblemWords(sub.Problem, s.Config.YCMHost)
	if len(sub.Lacking) > 0 {
		text = "Fields that it reported earlier are missing: " + strings.Join(sub.Lacking, ", ") + "."
	}
	b := &ui.Banner{Title: title, Text: text + " The subscription has never been read."}
	if !sub.At.IsZero() {
		at := c.Second(sub.At)
		b.Title += ". Showing the subscription as of " + at.Text
		b.Text = text + " The last successful reading is shown below. Cordboard keeps trying."
		b.Facts = append(b.Facts, ui.Fact{Name: "Last successful reading", Value: at.Text + ", " + c.Ago(sub.At)})
	}
	if sub.Problem.RequestID != "" {
		b.Facts = append(b.Facts, ui.Fact{Name: "requestId", Value: sub.Problem.RequestID, Mono: true})
	}
	b.Copy = fmt.Sprintf("%s (%s, subscription), requestId %s", title, s.Config.YCMHost, sub.Problem.RequestID)
	return b
}

func packageEnd(column string, t opt.Int, c ui.Clock) ui.Cell {
	v := ui.Cell{Column: column, Text: t.Raw, Value: t.Raw}
	switch {
	case t.Known():
		v.Value = strconv.FormatInt(t.N, 10)
		web.ExpiryCell(&v, time.Unix(t.N, 0), c)
	case t.State == opt.Never:
		v.Text, v.Muted = "No date", true
	case t.State == opt.Malformed:
		web.MarkMalformed(&v)
	}
	return v
}

func switchCell(column, word string) ui.Cell {
	b := ui.BadgeFor(column, word)
	return ui.Cell{Column: column, Value: word, Text: word, Badge: &b}
}

// resourceNouns maps resources to their singular and plural within a sentence.
var resourceNouns = map[string][2]string{
	"extensionCapacity": {
		"extension",
		"extensions",
	},
	"concurrentCallCapacity": {"concurrent call", "concurrent calls"},
	"recordingCapacity":      {"recording minute", "recording minutes"},
	"ultimatePlanCapacity": {
		"Ultimate Plan extension",
		"Ultimate Plan extensions",
	},
	"transcriptionCapacity": {"transcription minute", "transcription minutes"},
}

// amount returns an amount of a resource for use within a sentence.
func amount(n int64, resource string) string {
	return ui.Count(n, resourceNouns[resource][0], resourceNouns[resource][1])
}

func (s *Handler) ledgerRow(r capacity.LedgerRow) views.LedgerRow {
	v := views.LedgerRow{
		Resource: r.Resource,
		Label:    web.ResourceLabels[r.Resource],
		Left:     "not reported",
		Bar:      ledgerBar(r),
	}
	if r.Available.Known() && r.Total.Known() {
		v.Left = fmt.Sprintf("%s of %s available", ui.Number(r.Available.N), ui.Number(r.Total.N))
	}
	if r.Used.Known() && r.Total.Known() {
		if v.Tone, v.Icon = web.UtilizationTone(s.Mirror.Snapshot().Thresholds().Utilization(r.Used.N, r.Total.N)); v.Tone != "" {
			v.Used = usedWords(r.Used.N, r.Total.N)
		}
	}
	if (r.Resource == "recordingCapacity" || r.Resource == "transcriptionCapacity") && r.Available.Known() &&
		r.Available.N >= 60 {
		v.Hint = ui.Count(r.Available.N/60, "hour is available.", "hours are available.")
	}
	for _, c := range []struct {
		column string
		n      opt.Int
		look   bool // highlight it unless it is 0
	}{
		{"total", r.Total, false},
		{"own", r.Own, false},
		{"assigned", r.Assigned, false},
		{"available", r.Available, false},
		{"unexplained", r.Unexplained, true},
		{"frozen", r.Frozen, false},
		{"fleet", r.Fleet, false},
		{"difference", r.Difference, true},
	} {
		cell := views.LedgerCell{Column: c.column, Text: web.IntText(c.n)}
		if c.n.Known() {
			cell.Value = strconv.FormatInt(c.n.N, 10)
			if c.look && c.n.N != 0 {
				cell.Tone = "tone-warn"
			}
		}
		v.Cells = append(v.Cells, cell)
	}
	return v
}

// usedWords returns the share of a total that is used, or how much is used beyond it.
func usedWords(used, total int64) string {
	if used > total || total <= 0 {
		return ui.Number(used-total) + " over"
	}
	return fmt.Sprintf("%d%% used", ui.Percent(used, total))
}

// ledgerBar returns the bar of a resource's parts. Its length is the total, or the sum of the parts if that is
// more.
func ledgerBar(r capacity.LedgerRow) views.Bar {
	parts := []struct {
		name, label string
		n           opt.Int
	}{{"own", "Own PBXs", r.Own}, {"resellers", "Assigned to resellers", r.Assigned}, {"unexplained", "Unexplained", r.Unexplained}, {"free", "Available", r.Available}}
	var b views.Bar
	sum := 0.0
	for _, p := range parts {
		switch {
		case !p.n.Known():
			b.Legend = append(b.Legend, views.Swatch{Class: "swatch-" + p.name, Text: p.label + " not reported"})
		case p.name != "unexplained" || p.n.N != 0:
			b.Legend = append(
				b.Legend,
				views.Swatch{Class: "swatch-" + p.name, Text: p.label + " " + ui.Number(p.n.N)},
			)
			sum += max(float64(p.n.N), 0)
		}
	}
	if length := max(sum, float64(max(r.Total.N, 0))); length > 0 {
		x := 0.0
		for _, p := range parts {
			width := 1000 * max(float64(p.n.N), 0) / length
			if p.n.Known() && width > 0 && p.name != "free" {
				b.Parts = append(
					b.Parts,
					ui.BarPart{Class: "bar-" + p.name, X: web.Trim(x), Width: web.Trim(max(width-2, 1))},
				)
			}
			x += width
		}
	}
	return b
}

// ledgerNotes returns what doesn't add up in a row, and the likely causes.
func ledgerNotes(r capacity.LedgerRow, causes []capacity.Cause) (notes []string) {
	if n := r.Unexplained; n.Known() && n.N > 0 {
		notes = append(
			notes,
			fmt.Sprintf(
				"By YCM’s own numbers, %s of the total %s neither used nor available.",
				amount(n.N, r.Resource),
				isAre(n.N),
			),
		)
	} else if n.Known() && n.N < 0 {
		notes = append(
			notes,
			fmt.Sprintf(
				"By YCM’s own numbers, %s more than the total %s used or available.",
				amount(-n.N, r.Resource),
				isAre(-n.N),
			),
		)
	}
	d := r.Difference
	if !d.Known() || d.N == 0 {
		return notes
	}
	text := fmt.Sprintf("The PBXs in the list have %s more than YCM counts as own.", amount(d.N, r.Resource))
	if d.N < 0 {
		text = fmt.Sprintf("YCM counts %s more as own than the PBXs in the list have.", amount(-d.N, r.Resource))
	}
	return append(notes, text+" "+causeWords(causes, d.N))
}

func isAre(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func causeWords(causes []capacity.Cause, difference int64) string {
	var all []string
	for _, c := range causes {
		n := ui.Number(c.N)
		switch c.Kind {
		case capacity.CauseFrozen:
			all = append(all, "it equals the frozen capacity")
		case capacity.CauseUnreported:
			all = append(all, ui.Count(c.N, "PBX doesn’t", "PBXs don’t")+" report their capacity")
		case capacity.CauseIncomplete:
			all = append(
				all,
				ui.Count(c.N, "PBX that YCM counts was", "PBXs that YCM counts were")+" not synced yet",
			)
		case capacity.CausePlans:
			if c.N > 0 {
				all = append(
					all,
					"YCM’s plan statistics count "+ui.Count(c.N, "PBX", "PBXs")+" more than the list has",
				)
			} else {
				all = append(
					all,
					"YCM’s plan statistics count "+ui.Count(-c.N, "PBX", "PBXs")+" fewer than the list has",
				)
			}
		case capacity.CauseFleetOlder:
			all = append(all, "the list is "+span(c.N)+" older than the subscription reading")
		case capacity.CausePackageOlder:
			all = append(all, "the subscription reading is "+span(c.N)+" older than the list")
		case capacity.CauseOpen:
			all = append(all, "open operations hold "+n)
		case capacity.CauseUpgrading:
			all = append(
				all,
				ui.Count(
					c.N,
					"PBX is",
					"PBXs are",
				)+" changing to the Ultimate Plan, and YCM may already count the extensions",
			)
		case capacity.CauseFreeRecording:
			all = append(
				all,
				"YCM may count the first 500 minutes of each of "+ui.Count(
					c.N,
					"PBX",
					"PBXs",
				)+" as free, which its API doesn’t report",
			)
		}
	}
	if len(all) > 0 {
		return "Likely: " + strings.Join(all, "; ") + "."
	}
	if difference < 0 {
		return "A common cause is a PBX that was just deleted, or one that YCM counts but doesn’t list."
	}
	return "Common causes are resellers’ PBXs that are also in the list, or a PBX that was just created."
}

// span returns a duration in seconds as text.
func span(seconds int64) string {
	switch {
	case seconds < 120:
		return ui.Count(seconds, "second", "seconds")
	case seconds < 7200:
		return ui.Count(seconds/60, "minute", "minutes")
	case seconds < 48*3600:
		return ui.Count(seconds/3600, "hour", "hours")
	}
	return ui.Count(seconds/86400, "day", "days")
}

func ages(sub capacity.Subscription, fresh fleet.Freshness, c ui.Clock) string {
	text := "Subscription read at " + c.Second(sub.At).Text
	if fresh.At.IsZero() {
		return text + "; the fleet has never been synced."
	}
	return text + ", fleet synced at " + c.Second(fresh.At).Text + "."
}

// openHolds returns a sentence about the capacity that open operations hold.
func openHolds(open []store.Operation) string {
	if len(open) == 0 {
		return ""
	}
	takes := operations.Holds(open)
	var parts []string
	for _, i := range fleet.ShownResources {
		if takes[i] > 0 {
			parts = append(parts, amount(takes[i], fleet.Resources[i]))
		}
	}
	return ui.Count(int64(len(open)), "operation holds ", "operations hold ") + strings.Join(
		parts,
		", ",
	) + ", which YCM may not count yet."
}

// switching returns a link to the PBXs whose plan is neither Enterprise nor Ultimate, or nil if there are none.
func switching(snapshot *list.Index, c ui.Clock) *ui.Link {
	q := list.NewQuery(url.Values{"plan": {"!Enterprise Plan", "!Ultimate Plan", "!" + list.None}})
	n := snapshot.Count(q, c.Now, c.Zone)
	if n == 0 {
		return nil
	}
	return &ui.Link{
		Label: ui.Count(int64(n), "PBX is", "PBXs are") + " changing plan",
		URL:   ui.PBXsURL(q.Values()),
	}
}

// rightSizing fills in how much of its capacity the fleet uses.
func (s *Handler) rightSizing(
	m *views.SubscriptionPage,
	rows capacity.Ledger,
	snapshot *fleet.Snapshot,
) {
	l := s.Mirror.Snapshot().Thresholds()
	m.FullHead, m.NearlyHead = fmt.Sprintf("From %d%%", l.Full), fmt.Sprintf("%d to %d%%", l.NearlyFull, l.Full)
	forecasts := s.Subscriptions.Forecasts()
	for i, size := range snapshot.Measures().Sizes {
		row := views.SizeRow{Label: web.ResourceLabels[size.Resource]}
		if size.Resource == "concurrentCallCapacity" {
			row.Label = "Call peaks"
		}
		for _, state := range []struct {
			word, spoken string
			n            int
		}{{"over", "over", size.Over}, {"full", m.FullHead, size.Full}, {"nearly-full", m.NearlyHead, size.NearlyFull}, {"unknown", "not reported", size.Unknown}, {"reclaimable", "reclaimable", size.Reclaimable}} {
			link := countLink(state.n, sizeURL(i, state.word), row.Label+": "+state.spoken)
			if !slices.Contains(fleet.SizeWords, fleet.SizeWord(i, state.word)) {
				link = ui.Link{Label: "–"}
			}
			row.Cells = append(row.Cells, link)
		}
		back := ui.Link{Label: ui.Number(size.Reclaim)}
		if size.Resource == "recordingCapacity" {
			back.Label = "–"
		}
		row.Cells = append(row.Cells, back)
		m.Sizes = append(m.Sizes, row)
		if size.Reclaim > 0 {
			text := fmt.Sprintf(
				"%s on %s",
				resourceNouns[size.Resource][1],
				ui.Count(int64(size.Reclaimable), "PBX", "PBXs"),
			)
			if f := forecasts[i]; f.Kind == capacity.Rising && float64(size.Reclaim)/f.Pace < capacity.FarDays {
				text += fmt.Sprintf(
					", enough for about %s more",
					ui.Count(int64(math.Round(float64(size.Reclaim)/f.Pace)), "day", "days"),
				)
			}
			m.Reclaim = append(
				m.Reclaim,
				views.Reclaim{
					Value: ui.Number(size.Reclaim),
					Text:  text,
					Noun:  resourceNouns[size.Resource][1],
					URL:   sizeURL(i, "reclaimable"),
				},
			)
		}
	}
	days := ui.Count(int64(l.PeakDays), "day", "days")
	m.SizesHint = fmt.Sprintf(
		"Calls are measured by their peak in the last %s, extensions and recording by current usage. Reclaimable: "+
			"peak usage stayed below %d%% in these days. After reclaiming, the peak would be that share of the "+
			"capacity.",
		days,
		l.ReclaimBelow,
	)
	for _, g := range capacity.MostReclaimable(snapshot, 0, mostGiving) {
		m.Giving = append(m.Giving, views.Giving{
			Name:     s.Cell(g.PBX, fleet.FieldName, ui.Clock{}, web.Columns).Text,
			URL:      ui.PBXURL(g.PBX.CloudPBXID),
			Peak:     web.NumberText(g.Peak),
			Capacity: web.NumberText(g.Capacity),
			Back:     ui.Number(g.Back),
		})
	}
	m.LargestAt = ui.PBXsURL(url.Values{"sort": {"-extensionCapacity"}})
	for _, p := range capacity.Largest(snapshot, 0, largestConsumers) {
		consumer := views.Consumer{
			Name:      s.Cell(p, fleet.FieldName, ui.Clock{}, web.Columns).Text,
			URL:       ui.PBXURL(p.CloudPBXID),
			Meter:     *s.Meter(p, fleet.FieldUsedExtensions, fleet.FieldExtensionCapacity, web.Columns),
			Calls:     web.NumberText(p.Number(fleet.FieldConcurrentCallCapacity)),
			Recording: web.NumberText(p.Number(fleet.FieldRecordingCapacity)),
			Share:     "–",
		}
		if own := rows[0].Own; own.Known() && own.N > 0 {
			consumer.Share = fmt.Sprintf("%.1f%%", 100*float64(p.Number(fleet.FieldExtensionCapacity))/float64(own.N))
		}
		m.Largest = append(m.Largest, consumer)
	}
}

func sizeURL(resource int, state string) string {
	return ui.PBXsURL(
		web.WithColumns(
			url.Values{"size": {fleet.SizeWord(resource, state)}, "sort": {"-" + fleet.Usages[resource].Capacity.Name()}},
		),
	)
}

// ExportSubscription exports the history of the subscription, with a row for each day (UTC) on which it was read.
func (s *Handler) ExportSubscription(w http.ResponseWriter, r *http.Request) error {
	days := s.Subscriptions.History(historySpan(r.URL.Query()))
	header := []string{"day"}
	for _, resource := range fleet.Resources {
		for _, column := range []string{"total", "used", "own", "assigned", "available", "unexplained", "frozen"} {
			if column != "frozen" || resource == "extensionCapacity" {
				header = append(header, column+"."+resource)
			}
		}
	}
	sub := s.Subscriptions.Subscription()
	return s.ExportTable(w, r, web.Table{
		Name:   "subscription",
		What:   fmt.Sprintf("the last %d days", historySpan(r.URL.Query())),
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

// ExportSizes exports how each PBX uses its resources, with its peaks and its reclaimable capacity.
func (s *Handler) ExportSizes(w http.ResponseWriter, r *http.Request) error {
	fresh, snapshot := s.Mirror.Freshness(), s.Mirror.Snapshot()
	header := []string{"cloudPbxId", "name", "url"}
	var sizes [len(fleet.Usages)][]capacity.Size
	for i, u := range fleet.Usages {
		used, capacityName := u.Used.Name(), u.Capacity.Name()
		header = append(header, capacityName, used, used+".peak", used+".state", capacityName+".reclaimable")
		sizes[i] = slices.Collect(capacity.SizesOf(snapshot, i))
	}
	rows := snapshot.Here()
	return s.ExportTable(w, r, web.Table{
		Name: "sizes", What: "Right-sizing", Rows: rows, AsOf: fresh.At, State: fresh.State, Header: header,
		Records: func(yield func([]string) bool) {
			for row := range rows {
				p := sizes[0][row].PBX
				record := []string{strconv.FormatInt(p.CloudPBXID, 10), web.Exported(p, "name"), web.Exported(p, "url")}
				for i := range sizes {
					size := sizes[i][row]
					record = append(
						record,
						exportedNumber(size.Capacity),
						exportedNumber(size.Used),
						exportedNumber(size.Peak),
						size.State,
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
