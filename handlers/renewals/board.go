package renewals

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	views "cordboard/views/renewals"
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
	"later":   {"After 90 days", "", "calendar-clock"},
}

// board returns when PBXs expire, by period and by month.
func (h *Handler) board(c ui.Clock) (m views.Board) {
	snapshot := h.c.Fleet.Index()
	board := snapshot.Board(boardEntries, c.Now, c.Zone)
	dates := display.SubscriptionDates(h.c.Readings.Subscription())
	m.Empty = snapshot.Here() == 0 && len(dates) == 0
	for i, b := range board.Buckets {
		words := bucketTitles[b.Key]
		bucket := views.Bucket{Key: b.Key, Title: words.title, Tone: words.tone, Icon: words.icon}
		bucket.PBXs = ui.Number(int64(b.Count))
		n := b.Count
		if b.Count > 0 {
			bucket.All = ui.Link{Label: ui.ShowAll(b.Count), URL: expiresURL(b.Range(board.Today))}
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
	m.Beyond = lists.CountLink(board.Beyond, expiresURL(fleet.DayDate(last+1)+".."), "expiring later")
	m.None = lists.CountLink(board.None, expiresURL(list.None), "without an expiration date")
	return m
}

// oddBucket returns the bucket of malformed dates. The board shows it because any of these dates might be soon.
func (h *Handler) oddBucket(board list.Board) views.Bucket {
	b := views.Bucket{
		PBXs:  ui.Number(int64(board.Malformed)),
		Key:   list.NotUnderstood,
		Title: "Date not understood",
		Tone:  "tone-warn",
		Icon:  "triangle-alert",
	}
	if board.Malformed > 0 {
		b.All = ui.Link{Label: ui.ShowAll(board.Malformed), URL: expiresURL(list.NotUnderstood)}
	}
	for _, d := range display.MalformedDates(h.c.Readings.Subscription()) {
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

func months(board list.Board) (all []views.Month) {
	most := 1
	for _, month := range board.Months {
		most = max(most, month.Count)
	}
	for i, month := range board.Months {
		v := views.Month{
			Label: monthLabel(month),
			Count: ui.Number(int64(month.Count)),
			Width: display.Trim(100 * float64(month.Count) / float64(most)),
		}
		if i == 0 {
			v.Label += ", from today"
		}
		if month.Count > 0 {
			v.URL = expiresURL(monthRange(month))
		}
		all = append(all, v)
	}
	return all
}

// monthLabel returns the name of a month, such as "Mar 2026".
func monthLabel(m list.BoardMonth) string {
	return time.Unix(m.First*86400, 0).UTC().Format("Jan 2006")
}

// monthRange returns a month as a value of the filter by date. The current month begins with today.
func monthRange(m list.BoardMonth) string {
	return fleet.DayDate(m.First) + ".." + fleet.DayDate(m.Last)
}

// expiresURL returns the desk's URL for a value of the filter by date.
func expiresURL(value string) string { return "/expiries?" + url.Values{"expires": {value}}.Encode() }
