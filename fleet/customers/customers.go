// Package customers maintains the local copy of YCM's customers, and of whose customer each PBX is. YCM reports a PBX's
// customers only one PBX at a time, so they are read in the background.
package customers

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

// YCM is the part of the YCM client that reads customers.
type YCM interface {
	GetCloudPBXCustomers(ctx context.Context, id int64) ([]int64, error)
	GetCustomer(ctx context.Context, id int64) (ycm.Customer, error)
}

// Store is the part of the store that has the local copy of the customers.
type Store interface {
	Customers(ctx context.Context, account string) ([]store.Customer, error)
	PBXCustomers(ctx context.Context, account string) ([]store.PBXCustomers, error)
	PutCustomers(ctx context.Context, c store.CustomerChanges) error
}

// Mirror is the part of the mirror that a Directory uses. Publish publishes a snapshot with the current customers.
type Mirror interface {
	Snapshot() *fleet.Snapshot
	Freshness() fleet.Freshness
	Publish()
}

// Config configures a Directory. Account, YCM and Store are required.
type Config struct {
	Account string
	YCM     YCM
	Store   Store
	Rate    int              // requests per minute, enforced by the client; 0: unlimited
	Now     func() time.Time // time.Now if nil
	Log     *slog.Logger     // if nil, nothing is logged

	// Known is called with each customer that was read singly, and may be nil.
	Known func(*fleet.Customer)
}

// Directory is the local copy of one account's customers. Its methods are safe for concurrent use; only those that take
// a context can block.
type Directory struct {
	c      Config
	mirror Mirror // set by Use
	book   atomic.Pointer[Book]

	writing sync.Mutex // one write to the store at a time, in the order of the readings
	mu      sync.Mutex
	state
}

// state is guarded by Directory.mu.
type state struct {
	version   uint64 // increases with each change of a customer
	ofPBXs    uint64 // increases with each change of the customers of a PBX
	seq       uint64 // increases with each request and each write
	customers map[int64]entry
	owners    map[int64]ownership           // by PBX
	sets      map[string]*fleet.CustomerSet // by ownership.key
	doubtful  map[int64]bool                // customers to read singly, because YCM's list doesn't have them
	tried     map[int64]attempt             // PBXs whose last read failed
	queue     queue
	announced uint64    // ofPBXs when the last snapshot was published
	published time.Time // when that was
}

// entry is a customer, and the mark of the read that it came from.
type entry struct {
	*fleet.Customer

	seq uint64
}

// attempt is a read that failed.
type attempt struct {
	at      time.Time
	problem fleet.Problem // none if YCM doesn't have the PBX
}

// ownership is the customers of one PBX.
type ownership struct {
	key string // the IDs, ascending and separated by spaces
	at  time.Time
	seq uint64
}

// New returns a Directory with the customers from the store. It sends no requests to YCM; Run does. Call Use before any
// method that takes a context.
func New(ctx context.Context, c Config) (*Directory, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Known == nil {
		c.Known = func(*fleet.Customer) {}
	}
	d := &Directory{c: c, state: state{
		customers: map[int64]entry{},
		owners:    map[int64]ownership{},
		sets:      map[string]*fleet.CustomerSet{},
		doubtful:  map[int64]bool{},
		tried:     map[int64]attempt{},
	}}
	all, err := c.Store.Customers(ctx, c.Account)
	if err != nil {
		return nil, fmt.Errorf("load the customers: %w", err)
	}
	for _, one := range all {
		gone := int64(fleet.Absent)
		if !one.GoneAt.IsZero() {
			gone = one.GoneAt.Unix()
		}
		d.customers[one.CustomerID] = entry{Customer: &fleet.Customer{ID: one.CustomerID, Members: one.Members, GoneAt: gone}}
	}
	pbxs, err := c.Store.PBXCustomers(ctx, c.Account)
	if err != nil {
		return nil, fmt.Errorf("load the PBXs' customers: %w", err)
	}
	for _, p := range pbxs {
		d.owners[p.CloudPBXID] = ownership{key: d.intern(p.CustomerIDs), at: p.ReadAt}
	}
	d.ofPBXs = 1
	return d, nil
}

// Use sets the mirror. Call it once, before any method that takes a context.
func (d *Directory) Use(m Mirror) { d.mirror = m }

// Version implements [mirror.Customers].
func (d *Directory) Version() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ofPBXs
}

// Attach implements [mirror.Customers].
func (d *Directory) Attach(pbxs []*fleet.PBX) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, p := range pbxs {
		var set *fleet.CustomerSet
		if of, ok := d.owners[p.CloudPBXID]; ok {
			set = d.sets[of.key]
		}
		if p.Customers() != set {
			pbxs[i] = p.WithCustomers(set)
		}
	}
}

// Customer returns the customer with the given ID, or nil if there is none.
func (d *Directory) Customer(id int64) *fleet.Customer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.customers[id].Customer
}

// All returns all customers, including those that YCM no longer has, in no particular order.
func (d *Directory) All() []*fleet.Customer {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*fleet.Customer, 0, len(d.customers))
	for _, c := range d.customers {
		all = append(all, c.Customer)
	}
	return all
}

// PBXs returns the number of PBXs that YCM has and that are known to belong to a customer.
func (d *Directory) PBXs(id int64) int {
	if row := d.Book().Row(id); row != nil {
		return len(row.PBXs)
	}
	return 0
}

// ReadAt returns when a PBX's customers were last read, or the zero time if they haven't been.
func (d *Directory) ReadAt(pbx int64) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.owners[pbx].at
}

// intern makes sure that there is a set of the customers with the given IDs, and returns its key. The caller holds
// d.mu.
func (s *state) intern(ids []int64) string {
	key := keyOf(ids)
	if s.sets[key] == nil {
		s.sets[key] = s.setOf(key)
	}
	return key
}

// keyOf returns IDs in the form that ownership.key has.
func keyOf(ids []int64) string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	words := make([]string, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		words = append(words, strconv.FormatInt(id, 10))
	}
	return strings.Join(words, " ")
}

// idsOf returns the IDs in a key.
func idsOf(key string) []int64 {
	ids := []int64{}
	for word := range strings.FieldsSeq(key) {
		id, _ := strconv.ParseInt(word, 10, 64) // written by keyOf
		ids = append(ids, id)
	}
	return ids
}

// setOf returns the set of a key's customers. A customer whose record isn't known must be read singly.
func (s *state) setOf(key string) *fleet.CustomerSet {
	var all []*fleet.Customer
	for _, id := range idsOf(key) {
		one := s.customers[id].Customer
		if one == nil {
			one = &fleet.Customer{ID: id, GoneAt: fleet.Absent}
			s.doubtful[id] = true
		}
		all = append(all, one)
	}
	return fleet.NewCustomerSet(all)
}

// learn sets customers, and renews the sets that contain them. The caller holds d.mu.
func (s *state) learn(all map[int64]entry) {
	maps.Copy(s.customers, all)
	for key, set := range s.sets {
		if slices.ContainsFunc(set.All, func(c *fleet.Customer) bool { return all[c.ID].Customer != nil }) {
			s.sets[key] = s.setOf(key)
			s.ofPBXs++
		}
	}
	s.version++
}

// asking returns a mark for the moment before a request. Anything written with a higher mark counts as newer than the
// response.
func (d *Directory) asking() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq++
	return d.seq
}

// Progress is how far the customers of the PBXs are known.
type Progress struct {
	PBXs   int       // PBXs that YCM has
	Unread int       // those of them whose customers have never been read
	Oldest time.Time // when the customers that were read longest ago were read; zero: none were read

	Failed  int           // PBXs whose last read failed
	Problem fleet.Problem // the reason for one of the failures
}

// Progress returns how far the customers of the PBXs are known.
func (d *Directory) Progress() (p Progress) {
	snapshot := d.mirror.Snapshot()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range snapshot.PBXs() {
		if one.IsGone() {
			continue
		}
		p.PBXs++
		if last := d.tried[one.CloudPBXID]; last.problem.Kind != fleet.NoProblem {
			p.Failed++
			p.Problem = last.problem
		}
		of, ok := d.owners[one.CloudPBXID]
		switch {
		case !ok:
			p.Unread++
		case p.Oldest.IsZero() || of.at.Before(p.Oldest):
			p.Oldest = of.at
		}
	}
	return p
}
