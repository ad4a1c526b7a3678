// Package rows makes the rows of the list of PBXs, with the column that says why a PBX is listed, and keeps them as
// HTML while they are current.
package rows

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/web/display"
	"cordboard/views/row"
	"cordboard/views/ui"
)

// Look is everything that the rows of a list depend on, besides their PBXs and the thresholds.
type Look struct {
	Times     string // how the user likes times (see store.Prefs)
	Cols      []string
	Words     []string // the folded words of the search
	Reasons   Reasons
	Menu      bool     // whether each row has a menu with what the user may do
	Clock     ui.Clock // rows are as of the beginning of its minute
	Short     string   // the column whose times are shown as days, or ""
	HeadClass string   // the classes of the cell with the name
}

// Cache keeps rows as HTML, which is most of a page, for the lists that show them again: after another filter, in
// another tab, or for another user. It forgets all rows when the minute ends, because they say how long ago something
// was. A PBX that has changed is another *fleet.PBX. The zero value is empty.
type Cache struct {
	mu     sync.Mutex
	minute time.Time
	looks  map[key]map[*fleet.PBX]string
	count  int // rows
}

// mostRows bounds the memory of the cache. A row has about 3 kB.
const mostRows = 1000

// key is a Look that can be compared, with the thresholds. Lists are joined by characters that they can't contain.
type key struct {
	cols, words, attention, others string
	times, zone, dates, short      string
	headClass                      string
	menu                           bool
	thresholds                     fleet.Thresholds
}

func (l *Look) key(t fleet.Thresholds) key {
	return key{
		cols:       strings.Join(l.Cols, ","),
		words:      strings.Join(l.Words, "\n"),
		attention:  strings.Join(l.Reasons.attention, ","),
		others:     strings.Join(l.Reasons.others, ","),
		times:      l.Times,
		zone:       l.Clock.Zone.String(),
		dates:      l.Clock.Dates,
		short:      l.Short,
		menu:       l.Menu,
		headClass:  l.HeadClass,
		thresholds: t,
	}
}

// Of returns the rows of PBXs, as HTML.
func (c *Cache) Of(l Look, t fleet.Thresholds, pbxs []*fleet.PBX) []ui.Row {
	l.Clock.Now = l.Clock.Now.Truncate(time.Minute)
	k, rows := l.key(t), make([]ui.Row, len(pbxs))
	c.find(k, l.Clock.Now, pbxs, rows)
	cells := display.Cells{Clock: l.Clock, Thresholds: t, Shown: l.Cols}
	for i, p := range pbxs {
		rows[i].ID = strconv.FormatInt(p.CloudPBXID, 10)
		if rows[i].HTML == "" {
			r := newRow(&l, cells, p)
			rows[i].HTML = row.HTML(&r, l.HeadClass)
		}
	}
	c.keep(k, l.Clock.Now, pbxs, rows)
	return rows
}

// find sets the HTML of the rows that are kept.
func (c *Cache) find(k key, minute time.Time, pbxs []*fleet.PBX, rows []ui.Row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.minute.Equal(minute) {
		return
	}
	known := c.looks[k]
	for i, p := range pbxs {
		rows[i].HTML = known[p]
	}
}

func (c *Cache) keep(k key, minute time.Time, pbxs []*fleet.PBX, rows []ui.Row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.minute.Equal(minute) || c.count+len(rows) > mostRows {
		c.minute, c.looks, c.count = minute, map[key]map[*fleet.PBX]string{}, 0
	}
	known := c.looks[k]
	if known == nil && len(rows) > 0 {
		known = map[*fleet.PBX]string{}
		c.looks[k] = known
	}
	before := len(known)
	for i, p := range pbxs {
		known[p] = rows[i].HTML
	}
	c.count += len(known) - before
}

// newRow returns a PBX's row.
func newRow(l *Look, cells display.Cells, p *fleet.PBX) ui.Row {
	r := ui.Row{
		ID:    strconv.FormatInt(p.CloudPBXID, 10),
		URL:   ui.PBXURL(p.CloudPBXID),
		Cells: make([]ui.Cell, 0, len(cells.Shown)+1),
	}
	if l.Menu {
		r.Menu = r.URL + "/menu"
	}
	if p.IsGone() {
		r.Gone = "Removed on " + cells.Clock.Date(time.Unix(p.GoneAt, 0)).Text
	}
	for _, name := range cells.Shown {
		f, _ := fleet.FieldByName(name)
		v := cells.Cell(p, f)
		display.AsLiked(&v, l.Times)
		display.MarkCell(&v, l.Words)
		if name == l.Short {
			shorten(&v, p, f, cells.Clock)
		}
		r.Cells = append(r.Cells, v)
	}
	if !l.Reasons.None() {
		r.Cells = slices.Insert(r.Cells, ReasonPlace(cells.Shown), reason(l.Reasons, p, cells))
	}
	return r
}

// shorten shows a time as a day. It is for the column that is shown because the list is sorted by it, which every row
// pays for.
func shorten(v *ui.Cell, p *fleet.PBX, f fleet.Field, c ui.Clock) {
	if v.Moment != nil {
		day := c.Date(time.Unix(p.Number(f), 0))
		day.Title, v.Moment = "", &day
	}
}
