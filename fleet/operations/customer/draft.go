package customer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/ycm"
)

// Findings about a customer, besides those that package input defines. A finding without a field is about the customer.
// The codes of warnings are stored, so they never change.
const (
	FindingGone       input.FindingCode = "customer-gone"        // YCM no longer has the customer
	FindingUnchanged  input.FindingCode = "customer-unchanged"   // the form has the customer's current values
	FindingHasPBXs    input.FindingCode = "customer-has-pbxs"    // the customer has Number PBXs, so YCM can't delete it
	FindingNotAnEmail input.FindingCode = "not-an-email"         // the value can't be an email address
	FindingEmailTaken input.FindingCode = "customer-email-taken" // a warning: customer Name has the same email address
)

// maxMember is the maximum length of a member, in characters, and maxRemark that of the remark. YCM documents none.
const (
	maxMember = 255
	maxRemark = 1000
)

// knownIDs is the key in store.OperationRequest.Seen of the customers that had a new customer's email address before.
const knownIDs = "customerIds"

// Request is a form for one operation.
type Request struct {
	Kind     store.OperationKind
	Customer int64 // its customerId; 0 to create one
	Form     url.Values
	Seen     map[string]string // the customer's members as the user saw them; nil: don't compare
}

// Draft is an operation that is ready to be stored, or the reasons why it isn't.
type Draft struct {
	input.Check

	Kind      store.OperationKind
	Customer  *fleet.Customer // as it was read; nil to create one
	Form      url.Values      // the form's values; those of the customer if the form is new
	Changes   []store.FieldChange
	Meanwhile []store.FieldChange // what changed in YCM since the user saw the customer

	reason  string
	seen    map[string]string
	members map[string]string // as the form has them
}

// Look returns the form for an operation with the values that the directory has. To delete a customer that has PBXs
// there, it reads from YCM whether the customer still has them. The error is store.ErrNotFound if there is no such
// customer, and an *operations.BusyError if another operation on the customer is open.
func (c *Customers) Look(ctx context.Context, r Request) (Draft, error) {
	var known *fleet.Customer
	if r.Kind != Create {
		if known = c.c.Directory.Customer(r.Customer); known == nil {
			return Draft{}, store.ErrNotFound
		}
	}
	if len(r.Form) == 0 && known != nil {
		r.Form = formOf(known)
	}
	if r.Kind == Delete {
		ctx, cancel := context.WithTimeout(ctx, listTimeout)
		defer cancel()
		_ = c.c.Directory.ReadPBXs(ctx, r.Customer) // if that fails, the form says what was last read
	}
	d := c.draft(r, known)
	open, err := c.machine.Open(ctx)
	if err != nil {
		return d, err
	}
	if known != nil {
		if other := open.On(d.target().Key); other != nil {
			return d, operations.Busy(other)
		}
	}
	return d, nil
}

// listTimeout limits a read for which a page waits: that of YCM's list before a customer is created, or that of the
// customers of PBXs. A list of thousands takes longer. Then the directory has what was read last.
const listTimeout = 3 * time.Second

// preview reads the customer from YCM and applies the form. For a new customer, it reads the list: the customers that
// existed before aren't this operation's.
func (c *Customers) preview(ctx context.Context, r Request) (Draft, error) {
	if r.Kind == Create {
		if d := c.draft(r, nil); len(d.Problems) > 0 {
			return d, nil
		}
		ctx, cancel := context.WithTimeout(ctx, listTimeout)
		defer cancel()
		c.c.Reload(ctx, fleet.Customers)
		return c.draft(r, nil), nil
	}
	known := c.c.Directory.Customer(r.Customer)
	if known == nil {
		return Draft{}, store.ErrNotFound
	}
	if !known.IsGone() {
		ctx, cancel := context.WithTimeout(ctx, c.c.ReadTimeout)
		defer cancel()
		read, err := c.c.Directory.Read(ctx, r.Customer)
		if err == nil && r.Kind == Delete {
			err = c.c.Directory.ReadPBXs(ctx, r.Customer)
		}
		switch {
		case err == nil:
			known = read
		case errors.Is(err, ycm.ErrNotFound):
			known = c.c.Directory.Customer(r.Customer)
		default:
			return c.draft(r, known), &operations.UpstreamError{Problem: fleet.ProblemOf(err)}
		}
	}
	return c.draft(r, known), nil
}

// draft applies the rules of a kind to a form.
func (c *Customers) draft(r Request, known *fleet.Customer) Draft {
	d := Draft{Kind: r.Kind, Customer: known, Form: r.Form}
	d.reason = d.Text(r.Form, "reason", input.MaxReason)
	if known != nil {
		d.seen = seenOf(known)
		for _, name := range fleet.CustomerMembers {
			if before, now := r.Seen[name], d.seen[name]; r.Seen != nil && before != now {
				d.Meanwhile = append(d.Meanwhile, store.FieldChange{Field: name, Before: before, After: now})
			}
		}
		if known.IsGone() {
			d.Problem(input.Finding{Code: FindingGone})
			return d
		}
	}
	if r.Kind == Delete {
		if n := c.c.Directory.PBXs(known.ID); n > 0 {
			d.Problem(input.Finding{Code: FindingHasPBXs, Number: int64(n)})
		}
		d.Changes = []store.FieldChange{{Field: presence, Before: "here", After: "gone"}}
		return d
	}
	d.take(r.Form)
	if len(d.Problems) == 0 {
		c.compare(&d)
	}
	return d
}

// presence is the Field of the one change that a delete makes.
const presence = "presence"

// take checks the members in the form. A member that the form of an existing customer doesn't have, or has as it was
// shown, stays as it is.
func (d *Draft) take(form url.Values) {
	d.members = map[string]string{}
	for _, name := range fleet.CustomerMembers {
		value, limit := "", int64(maxMember)
		if d.Customer != nil {
			value = d.Customer.Members[name]
		}
		if name == fleet.Remark {
			limit = maxRemark
		}
		if d.Customer == nil || form.Has(name) && flat(form.Get(name)) != flat(value) {
			value = d.Text(form, name, limit)
		}
		if slices.Contains([]string{fleet.FirstName, fleet.Company, fleet.Email}, name) && !fold.Shows(value) {
			d.Missing(name)
		}
		if value != "" {
			d.members[name] = value
		}
	}
	if email := d.members[fleet.Email]; fold.Shows(email) && !isEmail(email) {
		d.Problem(input.Finding{Field: fleet.Email, Code: FindingNotAnEmail})
	}
}

// flat returns a text as an input of one line has it, which drops line breaks and surrounding spaces.
func flat(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(s))
}

// isEmail reports whether a text has the form of an email address. Only YCM can know whether it works.
func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.Contains(strings.Trim(domain, "."), ".") && !strings.ContainsAny(s, " \t,;<>") &&
		!strings.Contains(domain, "@")
}

// compare adds what the form changes, and a warning if another customer has the same email address.
func (c *Customers) compare(d *Draft) {
	var before map[string]string
	if d.Customer != nil {
		before = d.Customer.Members
	}
	for _, name := range fleet.CustomerMembers {
		if before[name] != d.members[name] {
			d.Changes = append(d.Changes, store.FieldChange{Field: name, Before: before[name], After: d.members[name]})
		}
	}
	if len(d.Changes) == 0 {
		d.Problem(input.Finding{Field: fleet.Company, Code: FindingUnchanged})
		return
	}
	var same []string
	for _, other := range c.c.Directory.All() {
		if other.IsGone() || d.Customer != nil && other.ID == d.Customer.ID ||
			emailKey(other.Members[fleet.Email]) != emailKey(d.members[fleet.Email]) {
			continue
		}
		if len(same) == 0 && (d.Customer == nil || emailKey(before[fleet.Email]) != emailKey(d.members[fleet.Email])) {
			d.Warn(input.Finding{Field: fleet.Email, Code: FindingEmailTaken, Name: other.Name()})
		}
		same = append(same, strconv.FormatInt(other.ID, 10))
	}
	if d.Customer == nil {
		d.seen = map[string]string{knownIDs: strings.Join(same, " ")}
	}
}

// emailKey returns an email address in the form in which addresses are compared.
func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// seenOf returns the members of a customer on which an operation depends.
func seenOf(c *fleet.Customer) map[string]string {
	seen := map[string]string{}
	for _, name := range fleet.CustomerMembers {
		if v := c.Members[name]; v != "" {
			seen[name] = v
		}
	}
	return seen
}

// Seen returns the customer as the form shows it, for Request.Seen.
func (d *Draft) Seen() map[string]string { return d.seen }

// request returns what an operation for the draft stores.
func (d *Draft) request() (store.OperationRequest, error) {
	var body any = requestOf(d.members)
	if d.Kind == Delete {
		body = map[string][]int64{knownIDs: {d.Customer.ID}}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return store.OperationRequest{}, fmt.Errorf("encode the customer: %w", err)
	}
	warnings, err := input.EncodeWarnings(d.Warnings)
	return store.OperationRequest{Body: b, Reason: d.reason, Warnings: warnings, Seen: d.seen, Changes: d.Changes}, err
}

// requestOf returns the body of a request from a customer's members.
func requestOf(m map[string]string) ycm.CustomerRequest {
	return ycm.CustomerRequest{
		FirstName:      m[fleet.FirstName],
		LastName:       m[fleet.LastName],
		Company:        m[fleet.Company],
		Email:          m[fleet.Email],
		BusinessNumber: m["businessNumber"],
		MobileNumber:   m["mobileNumber"],
		HomeNumber:     m["homeNumber"],
		FaxNumber:      m["faxNumber"],
		ZipCode:        m["zipCode"],
		Street:         m["street"],
		City:           m["city"],
		State:          m["state"],
		Country:        m["country"],
		Remark:         m[fleet.Remark],
	}
}

// lateEffect is how long after an operation was presumed not done its effect in YCM still counts as its own.
const lateEffect = 10 * time.Minute
