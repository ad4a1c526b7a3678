package customers

import (
	"cmp"
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/opt"
)

// Book is the list of customers with their PBXs, as of one snapshot. It is immutable.
type Book struct {
	Rows []*Row // sorted by name

	version uint64 // of the customers
	fleet   uint64 // of the snapshot
	byID    map[int64]*Row
}

// Row is a customer with what its PBXs add up to. It must not be modified.
type Row struct {
	*fleet.Customer

	PBXs       []*fleet.PBX // those that YCM has, in order of ID
	Extensions opt.Int      // sum of their extension capacities; not reported if no PBX reports any
	Expires    int64        // the earliest date on which a PBX or its plan expires, or fleet.Absent

	search string // the folded text that search words are matched against, with the digits of phone numbers
	keys   [2]string
}

// Row returns the customer with the given ID, or nil.
func (b *Book) Row(id int64) *Row { return b.byID[id] }

// Book returns the current list of customers.
func (d *Directory) Book() *Book {
	snapshot := d.mirror.Snapshot()
	last := d.book.Load()
	d.mu.Lock()
	version := d.version
	if last != nil && last.version == version && last.fleet == snapshot.Version() {
		d.mu.Unlock()
		return last
	}
	d.mu.Unlock()
	b := newBook(d.All(), snapshot)
	b.version = version
	d.book.Store(b)
	return b
}

func newBook(all []*fleet.Customer, snapshot *fleet.Snapshot) *Book {
	b := &Book{fleet: snapshot.Version(), byID: make(map[int64]*Row, len(all))}
	add := func(c *fleet.Customer) *Row {
		r := &Row{Customer: c, Expires: fleet.Absent}
		b.byID[c.ID] = r
		b.Rows = append(b.Rows, r)
		return r
	}
	for _, c := range all {
		add(c)
	}
	for _, p := range snapshot.PBXs() {
		if p.IsGone() || p.Customers() == nil {
			continue
		}
		for _, c := range p.Customers().All {
			r := b.byID[c.ID]
			if r == nil { // its record hasn't been read yet
				r = add(c)
			}
			r.addPBX(p)
		}
	}
	names, emails := make([]string, len(b.Rows)), make([]string, len(b.Rows))
	for i, r := range b.Rows {
		names[i], emails[i] = r.Name(), r.Members[fleet.Email]
	}
	nameKeys, emailKeys := fold.Keys(names), fold.Keys(emails)
	for i, r := range b.Rows {
		r.keys = [2]string{nameKeys[i], emailKeys[i]}
		r.search = r.foldSearched()
	}
	slices.SortFunc(b.Rows, func(x, y *Row) int {
		return cmp.Or(strings.Compare(x.keys[0], y.keys[0]), cmp.Compare(x.ID, y.ID))
	})
	return b
}

func (r *Row) addPBX(p *fleet.PBX) {
	r.PBXs = append(r.PBXs, p)
	if n := p.Number(fleet.FieldExtensionCapacity); n != fleet.Absent {
		r.Extensions = opt.New(r.Extensions.N + n)
	}
	if at, _ := p.Expires(); at != fleet.Absent && (r.Expires == fleet.Absent || at < r.Expires) {
		r.Expires = at
	}
}

// searched lists the members that searches cover, besides the name of the person.
var searched = []string{
	fleet.Company, fleet.Email, "businessNumber", "mobileNumber", "homeNumber", "city", "country", fleet.Remark,
}

func (r *Row) foldSearched() string {
	var b strings.Builder
	for _, text := range append([]string{r.Name(), r.Person()}, r.membersOf(searched)...) {
		b.WriteString(fold.Text(text))
		b.WriteByte('\n') // no search word contains a newline
	}
	for _, number := range r.membersOf(phones) {
		found, _ := digits(number)
		b.WriteString(found)
		b.WriteByte('\n')
	}
	return b.String()
}

// phones are the members that are phone numbers.
var phones = []string{"businessNumber", "mobileNumber", "homeNumber"}

// digits returns the digits of a text, and whether it has only them and what stands between them in phone numbers.
func digits(text string) (found string, only bool) {
	only = true
	found = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		only = only && strings.ContainsRune("+ ()/.-\u00a0", r)
		return -1
	}, text)
	return found, only
}

func (r *Row) membersOf(names []string) (values []string) {
	for _, name := range names {
		values = append(values, r.Members[name])
	}
	return values
}
