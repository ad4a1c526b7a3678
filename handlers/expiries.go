package handlers

import (
	"cordboard/fleet"
	"cordboard/views"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// boardEntries are shown of each bucket; the list has them all.
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

func (s *Server) showExpiries(w http.ResponseWriter, r *http.Request) error {
	m := s.expiriesPage(s.clock(r))
	return s.render(w, r, http.StatusOK, "Expiries", views.Expiries(m), views.Expiries(m))
}

func (s *Server) expiriesPage(c views.Clock) views.ExpiriesPage {
	snapshot := s.fleet.Snapshot()
	board := snapshot.Board(boardEntries, c.Now, c.Zone)
	m := views.ExpiriesPage{Snapshot: s.packageSnapshot(), Fresh: s.freshness(c), Zone: zoneWords(c), Today: c.Date(c.Now)}
	packageAt, packaged := s.packageDate()
	packageIn := -1
	if packaged {
		packageIn = fleet.BucketOf(fleet.Day(packageAt, c.Zone) - board.Today)
	}
	m.Empty = snapshot.Here() == 0 && !packaged
	for i, b := range board.Buckets {
		words := bucketTitles[b.Key]
		bucket := views.ExpiryBucket{Key: b.Key, Title: words.title, Tone: words.tone, Icon: words.icon}
		n := b.Count
		if b.Count > 0 {
			bucket.All = views.Link{Label: "All " + views.Number(int64(b.Count)), URL: expiresURL(b.Range(board.Today))}
		} else {
			bucket.Tone = ""
		}
		at := 0 // of the package
		for _, p := range b.First {
			bucket.Entries = append(bucket.Entries, s.expiryEntry(p, board.Today, c))
			if ends, _ := p.Expires(); ends <= packageAt {
				at = len(bucket.Entries)
			}
		}
		if i == packageIn {
			n++
			bucket.Entries = slices.Insert(bucket.Entries, at, views.ExpiryEntry{
				Name: packageName, URL: "/subscription", Which: dateWords(packageAt, "expirationTime", c), Badge: expiryBadge(packageAt, board.Today, c),
			})
		}
		bucket.Count = strconv.Itoa(n)
		m.Buckets = append(m.Buckets, bucket)
	}
	m.Months = months(board)
	last := board.Months[len(board.Months)-1].Last
	m.Beyond = countLink(board.Beyond, expiresURL(fleet.DayDate(last+1)+".."), "PBXs that end later than that")
	m.None = countLink(board.None, expiresURL(fleet.None), "PBXs without a date")
	return m
}

// countLink leads to what was counted, if anything was.
func countLink(n int, url, what string) views.Link {
	link := views.Link{Label: views.Number(int64(n))}
	if n > 0 {
		link.URL, link.Spoken = url, link.Label+" "+what
	}
	return link
}

const packageName = "P-Series Hosting Package"

// packageDate is when the package ends, if YCM told.
func (s *Server) packageDate() (at int64, ok bool) {
	sub := s.fleet.Subscription()
	return sub.ExpirationTime.N, !sub.At.IsZero() && sub.ExpirationTime.Known
}

func (s *Server) expiryEntry(p *fleet.PBX, today int64, c views.Clock) views.ExpiryEntry {
	at, field := p.Expires()
	return views.ExpiryEntry{
		ID: strconv.FormatInt(p.CloudPBXID, 10), Name: s.cell(p, "name", c, columns).Text, URL: views.PBXURL(p.CloudPBXID),
		Which: dateWords(at, field, c), Badge: expiryBadge(at, today, c),
	}
}

var dateNames = map[string]string{"expirationDate": "PBX date", "planExpirationDate": "Plan date", "expirationTime": "Package date"}

// dateWords say which date it is, and when: "Plan date 25 Nov 2026".
func dateWords(at int64, field string, c views.Clock) string {
	return dateNames[field] + " " + c.Date(time.Unix(at, 0)).Text
}

func expiryBadge(at, today int64, c views.Clock) views.Badge {
	return views.ExpiryBadge(fleet.Day(at, c.Zone)-today, c.Days(time.Unix(at, 0)))
}

func expiresURL(value string) string {
	return views.PBXsURL(url.Values{"expires": {value}, "sort": {"expires"}})
}

// zoneWords name the zone whose days count: "UTC", "CET, the time of Europe/Berlin".
func zoneWords(c views.Clock) string {
	if name := c.Zone.String(); name != c.ZoneName() {
		return fmt.Sprintf("%s, the time of %s", c.ZoneName(), name)
	}
	return c.ZoneName()
}

func months(board fleet.Board) (all []views.ExpiryMonth) {
	most := 1
	for _, month := range board.Months {
		most = max(most, month.Count)
	}
	for i, month := range board.Months {
		at := time.Unix(month.First*86400, 0).UTC()
		v := views.ExpiryMonth{Label: at.Format("Jan 2006"), Count: views.Number(int64(month.Count)), Width: trim(100 * float64(month.Count) / float64(most))}
		if i == 0 {
			v.Label += ", from today"
		}
		if month.Count > 0 {
			v.URL = expiresURL(fleet.DayDate(month.First) + ".." + fleet.DayDate(month.Last))
		}
		all = append(all, v)
	}
	return all
}

// exportExpiries is the whole board, a row for each entry, by date; those without one come last.
func (s *Server) exportExpiries(w http.ResponseWriter, r *http.Request) error {
	c := s.clock(r)
	snapshot, fresh := s.fleet.Snapshot(), s.fleet.Freshness()
	today := fleet.Day(c.Now.Unix(), c.Zone)
	packageAt, packaged := s.packageDate()
	rows := snapshot.Here()
	if packaged {
		rows++
	}
	dated := func(at int64, field string) []string {
		if at == fleet.Absent {
			return []string{fleet.None, "", "", "", ""}
		}
		day := fleet.Day(at, c.Zone)
		return []string{fleet.Buckets[fleet.BucketOf(day-today)].Key, fleet.DayDate(day), c.Zone.String(), field, exportedTime(at)}
	}
	columns := []string{"cloudPbxId", "name", "url", "type", "plan", "group", "pbxStatus"}
	return s.exportTable(w, r, table{
		name: "expiries", what: "The expiry board of " + fleet.DayDate(today), rows: rows, asOf: fresh.At, state: fresh.State,
		header: append([]string{"bucket", "day", "zone", "date", "at"}, columns...),
		records: func(yield func([]string) bool) {
			owed := packaged
			for p := range snapshot.Entries {
				at, field := p.Expires()
				if owed && (at == fleet.Absent || at > packageAt) {
					owed = false
					if !yield(append(dated(packageAt, "expirationTime"), "", packageName, "", "", "", "", "")) {
						return
					}
				}
				record := dated(at, field)
				for _, name := range columns {
					record = append(record, exported(p, name))
				}
				if !yield(record) {
					return
				}
			}
			if owed {
				yield(append(dated(packageAt, "expirationTime"), "", packageName, "", "", "", "", ""))
			}
		},
	})
}
