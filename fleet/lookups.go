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

// LookUp names one of the lists that the values of a new PBX are chosen from.
type LookUp string

// The look-ups. Domains and firmware versions are read for all regions at once.
const (
	Regions   LookUp = "regions"
	Domains   LookUp = "domains"
	Firmwares LookUp = "firmwares"
	Templates LookUp = "templates"
	Customers LookUp = "customers"
)

// LookUps lists all look-ups in the order in which they are read.
var LookUps = []LookUp{Regions, Domains, Firmwares, Templates, Customers}

// Entry is an option of a look-up, with the ID that YCM expects for it.
type Entry struct {
	ID      int64
	Name    string
	Email   string  // of customers
	Regions []int64 // of domains and firmware: where they are offered
	fold    string  // of customers: the folded text that a search matches
}

// List is the last reading of a look-up. It is immutable.
type List struct {
	At      time.Time // when it was read; zero: never
	Entries []Entry
	Problem Problem // of the last attempt to read it; Entries are then from the reading before
	tried   time.Time
	byID    map[int64]int
}

// Entry returns the entry with an ID.
func (l *List) Entry(id int64) (Entry, bool) {
	i, ok := l.byID[id]
	if !ok {
		return Entry{}, false
	}
	return l.Entries[i], true
}

// In returns the entries that are offered in a region.
func (l *List) In(region int64) []Entry {
	var found []Entry
	for _, e := range l.Entries {
		if slices.Contains(e.Regions, region) {
			found = append(found, e)
		}
	}
	return found
}

// Named returns the entry with a name (case-insensitive, an exact match first). If region isn't 0, only entries
// offered there count.
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

// NewestFirmware returns the newest version that YCM offers or a PBX runs; "" if none is known.
func (f *Fleet) NewestFirmware() string {
	newest := ""
	for version := range f.Snapshot().CountBy(FieldVersion) {
		if CompareVersions(version, newest) > 0 {
			newest = version
		}
	}
	for _, e := range f.LookUp(Firmwares).Entries {
		if CompareVersions(e.Name, newest) > 0 {
			newest = e.Name
		}
	}
	return newest
}

// Find returns the first entries, at most most, that have all words of a search in their name or email address,
// and the number of all such entries.
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

// lookUps is the cache of look-ups. Each list is replaced as a whole.
type lookUps struct {
	mu    sync.Mutex
	lists map[LookUp]*List
	turns map[LookUp]chan struct{} // taken by the goroutine that reads the list
	asked chan struct{}            // signals that a form was opened or customers are wanted
	kept  bool                     // keepLookUps is running
	wants chan struct{}            // not nil while customers are wanted; closed when they have been read
}

func newLookUps() lookUps {
	lists, turns := map[LookUp]*List{}, map[LookUp]chan struct{}{}
	for _, name := range LookUps {
		lists[name], turns[name] = &List{}, make(chan struct{}, 1)
	}
	return lookUps{lists: lists, turns: turns, asked: make(chan struct{}, 1)}
}

// LookUp returns the last reading of a list. It never waits.
func (f *Fleet) LookUp(name LookUp) *List {
	f.lookUps.mu.Lock()
	defer f.lookUps.mu.Unlock()
	return f.lookUps.lists[name]
}

// lookUpStale is the age at which an open form has a look-up read again; lookUpOld is the age at which it is read
// again anyway.
const (
	lookUpStale = 5 * time.Minute
	lookUpOld   = 30 * time.Minute
)

// Reload reads lists again, and returns when that is done or ctx ends. The result is in the lists. If another
// goroutine is already reading a list, Reload waits for that reading instead.
func (f *Fleet) Reload(ctx context.Context, names ...LookUp) {
	asked := f.now()
	for _, name := range names {
		if name == Customers && f.wantCustomers(ctx) {
			continue
		}
		f.read(ctx, name, asked)
	}
}

// read reads one list in its turn, unless another goroutine has done so since asked.
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

// wantCustomers has the background read the customers again, and returns when they are read or ctx ends. It
// returns false at once if nothing runs in the background. Thousands of customers take a minute or more at YCM's
// rate, so a request doesn't read them itself.
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

// ReadingCustomers reports whether the customers are being read again on request.
func (f *Fleet) ReadingCustomers() bool { return f.customersWanted() != nil }

// WantLookUps is called when the form is shown. It waits, until ctx ends, for look-ups that were never read, and
// has old ones read again in the background.
func (f *Fleet) WantLookUps(ctx context.Context) {
	for _, name := range LookUps {
		if l := f.LookUp(name); l.At.IsZero() && l.Problem.Kind == NoProblem {
			f.Reload(ctx, name)
		}
	}
	poke(f.lookUps.asked)
}

// keepLookUps reads all look-ups, and then the old ones again, until ctx ends.
func (f *Fleet) keepLookUps(ctx context.Context) {
	ctx = ycm.Background(ctx)
	f.lookUps.mu.Lock()
	f.lookUps.kept = true
	f.lookUps.mu.Unlock()
	defer f.keepNoMore()
	age := time.Duration(0)
	for ctx.Err() == nil {
		for _, name := range LookUps {
			var wanted chan struct{} // taken before the read, which can't serve later requests
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

// customersWanted returns a channel that [Fleet.customersRead] closes; nil if no one wants the customers.
func (f *Fleet) customersWanted() chan struct{} {
	f.lookUps.mu.Lock()
	defer f.lookUps.mu.Unlock()
	return f.lookUps.wants
}

// customersRead wakes those who wait for the customers.
func (f *Fleet) customersRead(wanted chan struct{}) {
	if wanted == nil {
		return
	}
	f.lookUps.mu.Lock()
	defer f.lookUps.mu.Unlock()
	close(wanted)
	f.lookUps.wants = nil
}

// keepNoMore records that nothing reads the look-ups in the background now, and wakes those who wait for that.
func (f *Fleet) keepNoMore() {
	f.lookUps.mu.Lock()
	f.lookUps.kept = false
	wanted := f.lookUps.wants
	f.lookUps.mu.Unlock()
	f.customersRead(wanted)
}

// readLookUp reads a look-up from YCM. After a failure, the last good list remains. A failure because ctx ended
// isn't recorded, because it isn't YCM's.
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
		f.log.Error("read look-up", "look_up", name, "err", err)
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
		// Newest first.
		slices.SortStableFunc(list.entries, func(a, b Entry) int { return CompareVersions(b.Name, a.Name) })
	case Templates:
		var templates []ycm.ProvisioningTemplate
		templates, err = f.ycm.ListProvisioningTemplates(ctx)
		for _, t := range templates {
			list.add(t.ID, string(t.Name))
		}
	case Customers:
		return f.askCustomers(ctx)
	default:
		return nil, fmt.Errorf("unknown look-up %q", name)
	}
	return list.entries, err
}

// maxRegions bounds how many regions' domains are requested at once, because their IDs are in the URL.
const maxRegions = 200

// askDomains reads the domains. YCM needs the IDs of the regions for it.
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

// askCustomers reads all pages. YCM offers no order for this list, so a customer who moves across a page boundary
// during the reading may be missing until the next one. No customer is listed twice.
func (f *Fleet) askCustomers(ctx context.Context) ([]Entry, error) {
	var entries []Entry
	seen := map[int64]bool{}
	for c, err := range f.ycm.Customers(ctx) {
		if err != nil {
			return nil, err
		}
		if !c.CustomerID.Known() || seen[c.CustomerID.N] {
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

// add adds an entry, unless it has no ID and can't be chosen. Entries that YCM lists once for each region become
// one.
func (l *entryList) add(id ycm.Int, name string, regions ...ycm.Int) {
	if !id.Known() {
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
		if r.Known() {
			entries[i].Regions = append(entries[i].Regions, r.N)
		}
	}
}

// entryList collects entries, each of them once.
type entryList struct {
	entries []Entry
	places  map[int64]int // by ID
}

const maxInt32 = 1<<31 - 1
