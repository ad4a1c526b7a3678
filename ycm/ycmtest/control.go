package ycmtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Requests returns the requests received so far for an operation, or for all operations if op is "".
func (y *YCM) Requests(op string) []Request {
	y.mu.Lock()
	defer y.mu.Unlock()
	if op == "" {
		return slices.Clone(y.requests)
	}
	var found []Request
	for _, r := range y.requests {
		if r.Op == op {
			found = append(found, r)
		}
	}
	return found
}

// ForgetRequests discards all requests received so far.
func (y *YCM) ForgetRequests() {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.requests = nil
}

// ChangeSecret sets a new client secret, as the button in YCM's portal does. It invalidates the old secret and all
// tokens.
func (y *YCM) ChangeSecret(secret string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.secret = secret
	clear(y.tokens)
}

// ExpireTokens invalidates all tokens.
func (y *YCM) ExpireTokens() {
	y.mu.Lock()
	defer y.mu.Unlock()
	clear(y.tokens)
}

// IDs returns the IDs of all PBXs in ascending order.
func (y *YCM) IDs() []int64 {
	y.mu.Lock()
	defer y.mu.Unlock()
	ids := make([]int64, len(y.pbxs))
	for i, p := range y.pbxs {
		ids[i] = p.id
	}
	return ids
}

// Record returns a PBX's record as YCM would list it now, or nil if there is no such PBX.
func (y *YCM) Record(id int64) map[string]any {
	y.mu.Lock()
	defer y.mu.Unlock()
	p := y.find(id)
	if p == nil {
		return nil
	}
	y.grow(p)
	return decode(p.record)
}

// Row is a PBX's ID and its record.
type Row struct {
	ID   int64
	JSON json.RawMessage
}

// Records returns the records of the whole fleet as YCM would list them now, sorted by ID.
func (y *YCM) Records() []Row {
	y.mu.Lock()
	defer y.mu.Unlock()
	rows := make([]Row, len(y.pbxs))
	for i, p := range y.pbxs {
		y.grow(p)
		rows[i] = Row{p.id, p.record}
	}
	return rows
}

// Edit changes a PBX's record. The change function may set a member to any value, or delete it. Edit then updates the
// PBX's capacities, host name and creation time from the record. Edit panics if there is no such PBX.
func (y *YCM) Edit(id int64, change func(record map[string]any)) {
	y.mu.Lock()
	defer y.mu.Unlock()
	p := y.find(id)
	if p == nil {
		panic(fmt.Sprintf("ycmtest: no PBX %d", id))
	}
	record := decode(p.record)
	change(record)
	delete(y.byURL, p.url)
	p.set(record)
	y.byURL[p.url] = p
}

// Add adds a record to the fleet and returns its ID: the record's cloudPbxId, or else the next free ID.
func (y *YCM) Add(record map[string]any) int64 {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.add(record).id
}

// Delete removes a PBX from the fleet, as a user of YCM's own portal might.
func (y *YCM) Delete(id int64) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p := y.find(id); p != nil {
		delete(y.byURL, p.url)
		y.pbxs = slices.DeleteFunc(y.pbxs, func(o *pbx) bool { return o == p })
	}
}

// SetOwners replaces a PBX's customers, as a user of YCM's own portal might.
func (y *YCM) SetOwners(id int64, customers ...int64) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p := y.find(id); p != nil {
		p.customers = slices.Clone(customers)
	}
}

// Owners returns a PBX's customers.
func (y *YCM) Owners(id int64) []int64 {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p := y.find(id); p != nil {
		return slices.Clone(p.customers)
	}
	return nil
}

// CustomerIDs returns the IDs of all customers.
func (y *YCM) CustomerIDs() (ids []int64) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, c := range y.customers {
		ids = append(ids, c.id)
	}
	return ids
}

// OnList registers a function that is called before each page of the PBX list is built. The function can change the
// fleet during a sync.
func (y *YCM) OnList(f func(pageNumber int)) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.onList = f
}

// Customer returns a customer's record as YCM would send it, or nil if there is no such customer.
func (y *YCM) Customer(id int64) map[string]any {
	y.mu.Lock()
	defer y.mu.Unlock()
	if c := y.customer(id); c != nil {
		return c.record()
	}
	return nil
}

// EditCustomer sets members of a customer's record, as a user of YCM's own portal might.
func (y *YCM) EditCustomer(id int64, members map[string]string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if c := y.customer(id); c != nil {
		c.members = maps.Clone(c.members)
		maps.Copy(c.members, members)
	}
}

// DeleteCustomer deletes a customer, as a user of YCM's own portal might. PBXs keep the customer's ID.
func (y *YCM) DeleteCustomer(id int64) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.customers = slices.DeleteFunc(y.customers, func(c customer) bool { return c.id == id })
}
