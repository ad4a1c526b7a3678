package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"cordboard/fold"
	"cordboard/ycm"
)

// LookUp names one of the lists that a new PBX is put together from.
type LookUp string

// The look-ups. Domains and firmware are read for all regions at once.
const (
	Regions   LookUp = "regions"
	Domains   LookUp = "domains"
	Firmwares LookUp = "firmwares"
	Templates LookUp = "templates"
	Customers LookUp = "customers"
)

// LookUps are all of them, in the order in which they are read.
var LookUps = []LookUp{Regions, Domains, Firmwares, Templates, Customers}

// Entry is a thing to choose, by the id that YCM wants for it.
type Entry struct {
	ID      int64
	Name    string
	Email   string  // of customers
	Regions []int64 // of domains and firmware: where it is offered
	fold    string  // of customers: what a search looks at
}

// List is a look-up as it was read last. Nothing in it ever changes.
type List struct {
	At      time.Time // when it was read; zero: never
	Entries []Entry
	Problem Problem // of the last try; what was read before stands
	tried   time.Time
	byID    map[int64]int
}

// Entry finds one by its id.
func (l *List) Entry(id int64) (Entry, bool) {
	i, ok := l.byID[id]
	if !ok {
		return Entry{}, false
	}
	return l.Entries[i], true
}

// In are the entries that are offered in a region.
func (l *List) In(region int64) []Entry {
	var found []Entry
	for _, e := range l.Entries {
		if slices.Contains(e.Regions, region) {
			found = append(found, e)
		}
	}
	return found
}

// Named finds the one entry with a name, in whatever letters; with a region, among those offered there.
func (l *List) Named(name string, region int64) (Entry, bool) {
	var alike Entry
	found := false
	for _, e := range l.Entries {
		switch {
		case name == "" || region != 0 && !slices.Contains(e.Regions, region):
		case e.Name == name:
			return e, true
		case !found && fold.Text(e.Name) == fold.Text(name):
			alike, found = e, true
		}
	}
	return alike, found
}

// NewestFirmware is the newest version that YCM offers or that a PBX runs; "" if none is known.
func (f *Fleet) NewestFirmware() string {
	newest := f.Snapshot().newestVersion()
	for _, e := range f.LookUp(Firmwares).Entries {
		if compareVersions(e.Name, newest) > 0 {
			newest = e.Name
		}
	}
	return newest
}

// newestVersion is that of the PBXs that are there. The facet may name some that only gone ones had.
func (s *Snapshot) newestVersion() string {
	facet := s.facets[facetOf("version")]
	newest := ""
	for code, word := range facet.words {
		if compareVersions(word, newest) > 0 && s.runs(facet, uint32(code)) {
			newest = word
		}
	}
	return newest
}

func (s *Snapshot) runs(f facet, code uint32) bool {
	for row, c := range f.codes {
		if c == code && s.columns.flags[row]&isGone == 0 {
			return true
		}
	}
	return false
}

// Find are the first entries that hold all words of a search in their name or e-mail address, and how many there are.
func (l *List) Find(search string, most int) (found []Entry, count int) {
	words := strings.Fields(fold.Text(search))
	for i := range l.Entries {
		e := &l.Entries[i]
		fits := true
		for _, w := range words {
			fits = fits && strings.Contains(e.fold, w)
		}
		if !fits {
			continue
		}
		if count++; count <= most {
			found = append(found, *e)
		}
	}
	return found, count
}

// lookUps is the cache: each list is replaced as a whole.
type lookUps struct {
	mu    sync.Mutex
	lists map[LookUp]*List
	turns map[LookUp]chan struct{} // who reads a list holds its place
	asked chan struct{}            // somebody opened a form, or wants customers
	kept  bool                     // keepLookUps runs
	wants chan struct{}            // customers are wanted now; closed when that read is over
}

func newLookUps() lookUps {
	lists, turns := map[LookUp]*List{}, map[LookUp]chan struct{}{}
	for _, name := range LookUps {
		lists[name], turns[name] = &List{}, make(chan struct{}, 1)
	}
	return lookUps{lists: lists, turns: turns, asked: make(chan struct{}, 1)}
}

// LookUp returns a list as it was read last. It never waits.
func (f *Fleet) LookUp(name LookUp) *List {
	f.lookUps.mu.Lock()
	defer f.lookUps.mu.Unlock()
	return f.lookUps.lists[name]
}

// How old a look-up is when an open form has it read again, and when that happens anyway.
const (
	lookUpStale = 5 * time.Minute
	lookUpOld   = 30 * time.Minute
)

// Reload reads lists again, and returns when that is done or ctx ends; what became of it is in the lists. One that somebody else reads
// meanwhile is waited for instead.
func (f *Fleet) Reload(ctx context.Context, names ...LookUp) {
	asked := f.now()
	for _, name := range names {
		if name == Customers && f.wantCustomers(ctx) {
			continue
		}
		f.read(ctx, name, asked)
	}
}

// read reads one list in its turn, unless somebody else has done so since it was asked for.
func (f *Fleet) read(ctx context.Context, name LookUp, asked time.Time) {
	turn := f.lookUps.turns[name]
	select {
	case turn <- struct{}{}:
		if !f.LookUp(name).tried.After(asked) {
			f.readLookUp(ctx, name)
		}
		<-turn
	case <-ctx.Done():
	}
}

// wantCustomers leaves it to the background, if there is one, to read the customers again: thousands of them take a minute or more at YCM's rate, which
// nobody waits for. It returns when they are read or ctx ends.
func (f *Fleet) wantCustomers(ctx context.Context) bool {
	f.lookUps.mu.Lock()
	if !f.lookUps.kept {
		f.lookUps.mu.Unlock()
		return false
	}
	if f.lookUps.wants == nil {
		f.lookUps.wants = make(chan struct{})
	}
	done := f.lookUps.wants
	f.lookUps.mu.Unlock()
	poke(f.lookUps.asked)
	select {
	case <-done:
	case <-ctx.Done():
	}
	return true
}

// ReadingCustomers says whether the customers are being read again because somebody wants that.
func (f *Fleet) ReadingCustomers() bool { return f.customersWanted() != nil }

// WantLookUps is for who shows the form. It waits until ctx ends for what was never read, and has what is old read again in the background.
func (f *Fleet) WantLookUps(ctx context.Context) {
	for _, name := range LookUps {
		if l := f.LookUp(name); l.At.IsZero() && l.Problem.Kind == NoProblem {
			f.Reload(ctx, name)
		}
	}
	poke(f.lookUps.asked)
}

// keepLookUps reads them all, and then again what is old, until ctx ends.
func (f *Fleet) keepLookUps(ctx context.Context) {
	ctx = ycm.Background(ctx)
	f.lookUps.mu.Lock()
	f.lookUps.kept = true
	f.lookUps.mu.Unlock()
	defer f.keepNoMore()
	age := time.Duration(0)
	for ctx.Err() == nil {
		for _, name := range LookUps {
			var wanted chan struct{} // before the read: who asks later is not told of one that began earlier
			if name == Customers {
				wanted = f.customersWanted()
			}
			l := f.LookUp(name)
			if f.now().Sub(l.tried) >= age || l.Problem.Kind != NoProblem || wanted != nil {
				f.read(ctx, name, f.now())
			}
			f.customersRead(wanted)
		}
		timer := time.NewTimer(time.Minute)
		select {
		case <-ctx.Done():
		case <-timer.C:
			age = lookUpOld
		case <-f.lookUps.asked:
			age = lookUpStale
		}
		timer.Stop()
	}
}

// customersWanted is closed by [Fleet.customersRead]; nil if nobody wants them.
func (f *Fleet) customersWanted() chan struct{} {
	f.lookUps.mu.Lock()
	defer f.lookUps.mu.Unlock()
	return f.lookUps.wants
}

// customersRead tells those who wanted it.
func (f *Fleet) customersRead(wanted chan struct{}) {
	if wanted == nil {
		return
	}
	f.lookUps.mu.Lock()
	defer f.lookUps.mu.Unlock()
	close(wanted)
	f.lookUps.wants = nil
}

// keepNoMore: nobody reads them in the background any more, and nobody waits for that.
func (f *Fleet) keepNoMore() {
	f.lookUps.mu.Lock()
	f.lookUps.kept = false
	wanted := f.lookUps.wants
	f.lookUps.mu.Unlock()
	f.customersRead(wanted)
}

// readLookUp asks YCM. A failure leaves the last good list standing; one because ctx ended says nothing of YCM.
func (f *Fleet) readLookUp(ctx context.Context, name LookUp) {
	entries, err := f.askLookUp(ctx, name)
	if err != nil && ctx.Err() != nil {
		return
	}
	f.lookUps.mu.Lock()
	defer f.lookUps.mu.Unlock()
	l := *f.lookUps.lists[name]
	l.tried, l.Problem = f.now(), problemOf(err)
	if err != nil {
		f.log.Error("a look-up could not be read", "look_up", name, "err", err)
	} else {
		l.At, l.Entries, l.byID = l.tried, entries, make(map[int64]int, len(entries))
		for i, e := range entries {
			l.byID[e.ID] = i
		}
	}
	f.lookUps.lists[name] = &l
}

func (f *Fleet) askLookUp(ctx context.Context, name LookUp) (_ []Entry, err error) {
	var list entryList
	switch name {
	case Regions:
		var regions []ycm.Region
		regions, err = f.ycm.ListRegions(ctx)
		for _, r := range regions {
			list.add(r.RegionID, string(r.Region))
		}
	case Domains:
		return f.askDomains(ctx)
	case Firmwares:
		var versions []ycm.Firmware
		versions, err = f.ycm.ListFirmwares(ctx)
		for _, v := range versions {
			list.add(v.VersionID, string(v.Version), v.RegionIDs...)
		}
		slices.SortStableFunc(list.entries, func(a, b Entry) int { return compareVersions(b.Name, a.Name) }) // the newest first
	case Templates:
		var templates []ycm.ProvisioningTemplate
		templates, err = f.ycm.ListProvisioningTemplates(ctx)
		for _, t := range templates {
			list.add(t.ID, string(t.Name))
		}
	case Customers:
		return f.askCustomers(ctx)
	default:
		return nil, fmt.Errorf("there is no look-up %q", name)
	}
	return list.entries, err
}

// maxRegions is how many regions' domains are asked for at once: they stand in the address.
const maxRegions = 200

// askDomains needs to name the regions.
func (f *Fleet) askDomains(ctx context.Context) ([]Entry, error) {
	if f.LookUp(Regions).At.IsZero() {
		f.Reload(ctx, Regions)
	}
	var ids []int32
	for _, r := range f.LookUp(Regions).Entries {
		if r.ID > 0 && r.ID <= maxInt32 && len(ids) < maxRegions {
			ids = append(ids, int32(r.ID))
		}
	}
	if len(ids) == 0 {
		if p := f.LookUp(Regions).Problem; p.Kind != NoProblem {
			return nil, p.err
		}
		return nil, ctx.Err()
	}
	domains, err := f.ycm.ListDomains(ctx, ids...)
	var list entryList
	for _, d := range domains {
		list.add(d.DomainID, string(d.Domain), d.RegionID)
	}
	return list.entries, err
}

// askCustomers reads all pages. The list has no order that can be asked for, so one who moves over the edge of a page while it is read may be
// missing until the next time, and is never there twice.
func (f *Fleet) askCustomers(ctx context.Context) ([]Entry, error) {
	var entries []Entry
	seen := map[int64]bool{}
	for c, err := range f.ycm.Customers(ctx) {
		if err != nil {
			return nil, err
		}
		if !c.CustomerID.Valid || seen[c.CustomerID.N] {
			continue
		}
		seen[c.CustomerID.N] = true
		person := strings.TrimSpace(string(c.FirstName) + " " + string(c.LastName))
		e := Entry{ID: c.CustomerID.N, Name: cmp.Or(string(c.Company), person, string(c.Email)), Email: string(c.Email)}
		if person != "" && c.Company != "" {
			e.Name += ", " + person
		}
		e.fold = fold.Text(e.Name) + "\n" + fold.Text(e.Email)
		entries = append(entries, e)
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return fold.Compare(a.Name, b.Name) })
	return entries, nil
}

// add leaves out what has no id, since it can't be chosen. A thing that is listed once for each region becomes one.
func (l *entryList) add(id ycm.Int, name string, regions ...ycm.Int) {
	if !id.Valid {
		return
	}
	i, known := l.places[id.N]
	if !known {
		if l.places == nil {
			l.places = map[int64]int{}
		}
		i = len(l.entries)
		l.places[id.N] = i
		l.entries = append(l.entries, Entry{ID: id.N, Name: name})
	}
	entries := l.entries
	for _, r := range regions {
		if r.Valid {
			entries[i].Regions = append(entries[i].Regions, r.N)
		}
	}
}

// entryList collects entries, each once.
type entryList struct {
	entries []Entry
	places  map[int64]int // by ID
}

const maxInt32 = 1<<31 - 1
