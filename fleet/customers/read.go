package customers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

// membersOf returns the members of a customer's record that have a value.
func membersOf(c *ycm.Customer) map[string]string {
	members := map[string]string{}
	for name, text := range map[string]ycm.Text{
		fleet.FirstName:  c.FirstName,
		fleet.LastName:   c.LastName,
		fleet.Company:    c.Company,
		fleet.Email:      c.Email,
		"businessNumber": c.BusinessNumber,
		"mobileNumber":   c.MobileNumber,
		"homeNumber":     c.HomeNumber,
		"faxNumber":      c.FaxNumber,
		"street":         c.Street,
		"zipCode":        c.ZipCode,
		"city":           c.City,
		"state":          c.State,
		"country":        c.Country,
		fleet.Remark:     c.Remark,
	} {
		if text != "" {
			members[name] = string(text)
		}
	}
	return members
}

// Read reads one customer from YCM and returns it. If YCM has no such customer, the directory marks it as removed, and
// the error matches ycm.ErrNotFound.
func (d *Directory) Read(ctx context.Context, id int64) (*fleet.Customer, error) {
	asked := d.asking()
	record, err := d.c.YCM.GetCustomer(ctx, id)
	var read *fleet.Customer
	switch {
	case err == nil:
		read = &fleet.Customer{ID: id, Members: membersOf(&record), GoneAt: fleet.Absent}
	case errors.Is(err, ycm.ErrNotFound):
		read = d.asGone(id)
	default:
		return nil, fmt.Errorf("read customer %d: %w", id, err)
	}
	if read == nil {
		return nil, err
	}
	if putErr := d.put(context.WithoutCancel(ctx), asked, read); putErr != nil {
		return nil, putErr
	}
	d.c.Known(read)
	if err != nil {
		return nil, fmt.Errorf("read customer %d: %w", id, err)
	}
	return read, nil
}

// asGone returns a customer as removed now, or nil if the directory has never heard of it.
func (d *Directory) asGone(id int64) *fleet.Customer {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.customers[id].Customer
	if known == nil && !d.hasPBX(id) {
		return nil
	}
	gone := fleet.Customer{ID: id, GoneAt: d.c.Now().Unix()}
	if known != nil {
		gone.Members = known.Members
		if known.IsGone() {
			gone.GoneAt = known.GoneAt
		}
	}
	return &gone
}

// hasPBX reports whether a customer has or had a PBX. The caller holds d.mu.
func (s *state) hasPBX(id int64) bool {
	for _, set := range s.sets {
		if slices.ContainsFunc(set.All, func(c *fleet.Customer) bool { return c.ID == id }) {
			return true
		}
	}
	return false
}

// put stores customers that a request marked asked returned, except those that haven't changed or were read by a later
// request.
func (d *Directory) put(ctx context.Context, asked uint64, all ...*fleet.Customer) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	changes := store.CustomerChanges{Account: d.c.Account}
	next := map[int64]entry{}
	d.mu.Lock()
	for _, c := range all {
		known := d.customers[c.ID]
		delete(d.doubtful, c.ID)
		if known.seq > asked {
			continue
		}
		if known.Customer != nil && known.GoneAt == c.GoneAt && maps.Equal(known.Members, c.Members) {
			d.customers[c.ID] = entry{known.Customer, asked}
			continue
		}
		row := store.Customer{CustomerID: c.ID, Members: c.Members, FirstSeenAt: d.c.Now()}
		if c.IsGone() {
			row.GoneAt = time.Unix(c.GoneAt, 0)
		}
		changes.Customers = append(changes.Customers, row)
		next[c.ID] = entry{c, asked}
	}
	d.mu.Unlock()
	if len(next) == 0 {
		return nil
	}
	if err := d.c.Store.PutCustomers(ctx, changes); err != nil {
		return fmt.Errorf("write the customers: %w", err)
	}
	d.mu.Lock()
	d.learn(next)
	d.mu.Unlock()
	return nil
}

// Listing is called before YCM's list is read. It returns a function that stores the customers of the complete list.
// The list may miss customers that moved while it was read, so those that it doesn't have are read singly.
func (d *Directory) Listing() (listed func(ctx context.Context, records []ycm.Customer) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.seq // the list's own requests mark nothing, so single reads that begin from now on count as newer
	return func(ctx context.Context, records []ycm.Customer) error { return d.listed(ctx, asked, records) }
}

func (d *Directory) listed(ctx context.Context, asked uint64, records []ycm.Customer) error {
	listed := map[int64]bool{}
	all := make([]*fleet.Customer, 0, len(records))
	for i := range records {
		id := records[i].CustomerID.N
		listed[id] = true
		all = append(all, &fleet.Customer{ID: id, Members: membersOf(&records[i]), GoneAt: fleet.Absent})
	}
	if err := d.put(ctx, asked, all...); err != nil {
		return err
	}
	d.mu.Lock()
	for id, c := range d.customers {
		if !listed[id] && !c.IsGone() {
			d.doubtful[id] = true
		}
	}
	for _, set := range d.sets {
		for _, c := range set.All {
			if c.Members == nil && !c.IsGone() {
				d.doubtful[c.ID] = true
			}
		}
	}
	d.mu.Unlock()
	d.mirror.Publish()
	return nil
}

// OfPBX reads a PBX's customers from YCM and returns their IDs. The errors are those of YCM's client.
func (d *Directory) OfPBX(ctx context.Context, pbx int64) ([]int64, error) {
	asked := d.asking()
	ids, err := d.c.YCM.GetCloudPBXCustomers(ctx, pbx)
	if err != nil {
		return nil, err
	}
	return ids, d.own(context.WithoutCancel(ctx), asked, pbx, ids)
}

// ReadPBXs reads from YCM whether a customer still has the PBXs that PBXs counts. It stops at the first one that the
// customer has. If YCM no longer has a PBX, the PBX counts until the next sync.
func (d *Directory) ReadPBXs(ctx context.Context, id int64) error {
	row := d.Book().Row(id)
	if row == nil {
		return nil
	}
	defer d.publish(0)
	for _, p := range row.PBXs {
		ids, err := d.OfPBX(ctx, p.CloudPBXID)
		if err != nil && !errors.Is(err, ycm.ErrNotFound) {
			return fmt.Errorf("read the customers of PBX %d: %w", p.CloudPBXID, err)
		}
		if slices.Contains(ids, id) {
			return nil
		}
	}
	return nil
}

// Learn records that an operation gave a PBX the given customers, and publishes it.
func (d *Directory) Learn(ctx context.Context, pbx int64, ids []int64) {
	if err := d.own(context.WithoutCancel(ctx), d.asking(), pbx, ids); err != nil {
		d.c.Log.Error("store customers", "pbx_id", pbx, "err", err)
	}
	d.publish(0)
}

// own stores a PBX's customers, unless they were read by a later request.
func (d *Directory) own(ctx context.Context, asked uint64, pbx int64, ids []int64) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	now := d.c.Now()
	d.mu.Lock()
	before, known := d.owners[pbx]
	if before.seq > asked {
		d.mu.Unlock()
		return nil
	}
	key := d.intern(ids)
	changes := store.CustomerChanges{
		Account: d.c.Account,
		PBXs:    []store.PBXCustomers{{CloudPBXID: pbx, CustomerIDs: idsOf(key), ReadAt: now}},
	}
	if known && before.key != key {
		changes.Events = []store.PBXEvent{{
			CloudPBXID: pbx,
			Kind:       store.PBXChanged,
			Field:      fleet.FieldCustomer.Name(),
			Old:        d.sets[before.key].Names(),
			New:        d.sets[key].Names(),
			After:      before.at,
			At:         now,
		}}
	}
	d.mu.Unlock()
	if err := d.c.Store.PutCustomers(ctx, changes); err != nil {
		return fmt.Errorf("write the customers of PBX %d: %w", pbx, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.owners[pbx] = ownership{key: key, at: now, seq: asked}
	delete(d.tried, pbx)
	if !known || before.key != key {
		d.ofPBXs++
	}
	return nil
}
