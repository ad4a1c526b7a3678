package capacity

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/export"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

// boardEntries is the maximum number of PBXs that the board shows per bucket. Each bucket also links to a list of all
// its PBXs.
const boardEntries = 6

var bucketTitles = map[string]struct{ title, tone, icon string }{
	"overdue": {"Overdue", "tone-bad", "circle-alert"},
	"today":   {"Today", "tone-warn", "clock"},
	"7d":      {"In 1 to 7 days", "tone-warn", "clock"},
	"30d":     {"In 8 to 30 days", "tone-warn", "clock"},
	"60d":     {"In 31 to 60 days", "", "calendar-clock"},
	"90d":     {"In 61 to 90 days", "", "calendar-clock"},
	"later":   {"Later", "", "calendar-clock"},
}

// ShowExpiries shows the expiry board.
func (h *Handler) ShowExpiries(w http.ResponseWriter, r *http.Request) error {
	m := h.expiriesPage(h.site.Clock(r))
	return h.site.Render(w, r, http.StatusOK, "Expiries", views.Expiries(m), views.Expiries(m))
}

func (h *Handler) expiriesPage(c ui.Clock) views.ExpiriesPage {
	snapshot := h.fleet.Index()
	board := snapshot.Board(boardEntries, c.Now, c.Zone)
	m := views.ExpiriesPage{
		Snapshot: h.site.SubscriptionSnapshot(),
		Fresh:    h.site.Freshness(c),
		Zone:     display.ZoneWords(c),
		Today:    c.Date(c.Now),
	}
	dates := display.SubscriptionDates(h.readings.Subscription())
	m.Empty = snapshot.Here() == 0 && len(dates) == 0
	for i, b := range board.Buckets {
		words := bucketTitles[b.Key]
		bucket := views.ExpiryBucket{Key: b.Key, Title: words.title, Tone: words.tone, Icon: words.icon}
		n := b.Count
		if b.Count > 0 {
			bucket.All = ui.Link{Label: ui.ShowAll(b.Count), URL: display.ExpiresURL(b.Range(board.Today))}
		} else {
			bucket.Tone = ""
		}
		var ends []int64 // the entries' times, ascending
		for _, p := range b.First {
			bucket.Entries = append(bucket.Entries, display.ExpiryEntry(p, board.Today, c))
			at, _ := p.Expires()
			ends = append(ends, at)
		}
		for _, d := range dates {
			if i != list.BucketOf(fleet.Day(d.At, c.Zone)-board.Today) {
				continue
			}
			n++
			behind, _ := slices.BinarySearch(ends, d.At+1)
			ends = slices.Insert(ends, behind, d.At)
			bucket.Entries = slices.Insert(bucket.Entries, behind, ui.ExpiryEntry{
				Name:  d.Name,
				URL:   "/subscription",
				Which: display.DateWords(d.At, d.Field, c),
				Badge: display.ExpiryBadge(d.At, board.Today, c),
			})
		}
		bucket.Count = strconv.Itoa(n)
		m.Buckets = append(m.Buckets, bucket)
	}
	if odd := h.oddBucket(board); len(odd.Entries) > 0 {
		m.Buckets = append(m.Buckets, odd)
	}
	m.Months = months(board)
	last := board.Months[len(board.Months)-1].Last
	m.Beyond = countLink(board.Beyond, display.ExpiresURL(fleet.DayDate(last+1)+".."), "expiring later")
	m.None = countLink(board.None, display.ExpiresURL(list.None), "without an expiration date")
	return m
}

// oddBucket returns the bucket of malformed dates. The board shows it because any of these dates might be soon.
func (h *Handler) oddBucket(board list.Board) views.ExpiryBucket {
	b := views.ExpiryBucket{
		Key:   list.NotUnderstood,
		Title: "Date not understood",
		Tone:  "tone-warn",
		Icon:  "triangle-alert",
	}
	if board.Malformed > 0 {
		b.All = ui.Link{Label: ui.ShowAll(board.Malformed), URL: display.ExpiresURL(list.NotUnderstood)}
	}
	for _, d := range display.MalformedDates(h.readings.Subscription()) {
		b.Entries = append(b.Entries, ui.ExpiryEntry{
			Name: d.Name, URL: "/subscription", Which: display.MalformedWords(d.Field, d.Raw), Badge: display.NotUnderstood,
		})
	}
	b.Count = strconv.Itoa(board.Malformed + len(b.Entries))
	for _, p := range board.MalformedOnes {
		b.Entries = append(b.Entries, display.MalformedEntry(p))
	}
	return b
}

// countLink returns n as a link to the counted PBXs, or as plain text if n is 0.
func countLink(n int, url, what string) ui.Link {
	link := ui.Link{Label: ui.Number(int64(n))}
	if n > 0 {
		link.URL, link.Spoken = url, link.Label+" "+what
	}
	return link
}

func months(board list.Board) (all []views.ExpiryMonth) {
	most := 1
	for _, month := range board.Months {
		most = max(most, month.Count)
	}
	for i, month := range board.Months {
		at := time.Unix(month.First*86400, 0).UTC()
		v := views.ExpiryMonth{
			Label: at.Format("Jan 2006"),
			Count: ui.Number(int64(month.Count)),
			Width: display.Trim(100 * float64(month.Count) / float64(most)),
		}
		if i == 0 {
			v.Label += ", from today"
		}
		if month.Count > 0 {
			v.URL = display.ExpiresURL(fleet.DayDate(month.First) + ".." + fleet.DayDate(month.Last))
		}
		all = append(all, v)
	}
	return all
}

// ExportExpiries exports one row for each PBX and each valid date of the subscription, sorted by date. PBXs without a
// valid date come last.
func (h *Handler) ExportExpiries(w http.ResponseWriter, r *http.Request) error {
	c := h.site.Clock(r)
	snapshot, fresh := h.fleet.Index(), h.fleet.Freshness()
	today := fleet.Day(c.Now.Unix(), c.Zone)
	dates := display.SubscriptionDates(h.readings.Subscription())
	rows := snapshot.Here() + len(dates)
	dated := func(at int64, field string) []string {
		day := fleet.Day(at, c.Zone)
		return []string{
			list.Buckets[list.BucketOf(day-today)].Key,
			fleet.DayDate(day),
			c.Zone.String(),
			field,
			export.ExportedTime(at),
		}
	}
	columns := []string{"cloudPbxId", "name", "url", "type", "plan", "group", "pbxStatus"}
	return h.site.ExportTable(w, r, web.Table{
		Name:   "expiries",
		What:   "Expiry board on " + fleet.DayDate(today),
		Rows:   rows,
		AsOf:   fresh.At,
		State:  fresh.State,
		Header: slices.Concat([]string{"bucket", "day", "zone", "date", "at"}, columns, []string{"notUnderstood"}),
		Records: func(yield func([]string) bool) {
			owed := dates
			before := func(at int64) bool { // yields the subscription's remaining dates up to at
				for len(owed) > 0 && owed[0].At <= at {
					if !yield(append(dated(owed[0].At, owed[0].Field), "", owed[0].Name, "", "", "", "", "", "")) {
						return false
					}
					owed = owed[1:]
				}
				return true
			}
			for p := range snapshot.Entries {
				at, record, both := expiryRecord(p, dated)
				if !before(at) {
					return
				}
				for _, name := range columns {
					record = append(record, export.Exported(p, name))
				}
				if !yield(append(record, both)) {
					return
				}
			}
			before(math.MaxInt64)
		},
	})
}

// expiryRecord returns the time at which a PBX expires and the first columns of its row. The time is math.MaxInt64 if
// the PBX has no valid date. The result named both describes the PBX's malformed date if it also has a valid one;
// otherwise, it is empty.
func expiryRecord(p *fleet.PBX, dated func(at int64, field string) []string) (at int64, record []string, both string) {
	at, field := p.Expires()
	malformed, raw := p.MalformedDate()
	switch {
	case at != fleet.Absent && malformed != fleet.NoField:
		return at, dated(at, field.Name()), malformed.Name() + ": " + raw
	case at != fleet.Absent:
		return at, dated(at, field.Name()), ""
	case malformed != fleet.NoField:
		return math.MaxInt64, []string{list.NotUnderstood, "", "", malformed.Name(), raw}, ""
	}
	return math.MaxInt64, []string{list.None, "", "", "", ""}, ""
}
