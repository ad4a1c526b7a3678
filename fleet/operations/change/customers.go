package change

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// Fields of changes that aren't members of the PBX's record. Their values are the customers' IDs in ascending order,
// separated by spaces.
const (
	CustomerIDs     = "customerIds"
	ActivationEmail = "activationEmail" // the customers that get the email
)

// maxLookUps is how many customers are looked up in YCM one by one. Customers beyond that are sent as they are.
const maxLookUps = 20

// Owners are a PBX's customers, and the names of these and of those that a form names.
type Owners struct {
	IDs   []int64 // ascending
	Names map[int64]string
	gone  []int64 // IDs in the form that YCM doesn't have
}

// words returns the customers' names by ID, as operations store them.
func (o *Owners) words() map[string]string {
	if len(o.Names) == 0 {
		return nil
	}
	words := map[string]string{}
	for id, name := range o.Names {
		words[strconv.FormatInt(id, 10)] = name
	}
	return words
}

// CustomersAfter returns the IDs of the customers that a PBX gets by a request, if it changes them.
func CustomersAfter(r *store.OperationRequest) (ids []int64) {
	for _, c := range r.Changes {
		if c.Field != CustomerIDs {
			continue
		}
		for _, word := range strings.Fields(c.After) {
			if id, err := strconv.ParseInt(word, 10, 64); err == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// joined returns IDs as the value of a field.
func joined(ids []int64) string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	words := make([]string, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		words = append(words, strconv.FormatInt(id, 10))
	}
	return strings.Join(words, " ")
}

// owners reads a PBX's customers from YCM, and looks up those that the form adds or whose names aren't known. It reads
// nothing if the form's kind doesn't depend on customers. If they can't be read, it returns those that the user saw.
func (c *Changes) owners(ctx context.Context, r Request, p *fleet.PBX) (Owners, error) {
	if !actions[r.Kind].customers || p.IsGone() {
		return Owners{}, nil
	}
	_, seen := r.Seen[CustomerIDs]
	if r.Live && seen {
		return c.seenOwners(r, p), nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.c.ReadTimeout)
	defer cancel()
	ids, err := c.c.YCM.GetCloudPBXCustomers(ctx, r.PBX)
	if err != nil && seen {
		return c.seenOwners(r, p), err
	}
	if err != nil {
		return Owners{}, err
	}
	slices.Sort(ids)
	o := Owners{IDs: ids, Names: map[int64]string{}}
	options := c.c.Customers()
	var unnamed []int64
	for _, id := range ids {
		if known, ok := options.ByID(id); ok {
			o.Names[id] = known.Name
		} else {
			unnamed = append(unnamed, id)
		}
	}
	var added []int64 // these come first, because they must exist
	for _, word := range input.All(r.Form, CustomerIDs) {
		if id, err := strconv.ParseInt(word, 10, 64); err == nil && id > 0 && !slices.Contains(ids, id) {
			added = append(added, id)
		}
	}
	looked := append(added, unnamed...)
	for _, id := range looked[:min(len(looked), maxLookUps)] {
		found, err := c.c.YCM.GetCustomer(ctx, id)
		switch {
		case errors.Is(err, ycm.ErrNotFound):
			o.gone = append(o.gone, id)
		case err != nil:
			return o, err
		default:
			o.Names[id] = customerName(found)
		}
	}
	return o, nil
}

// seenOwners returns the customers that the user saw. It has the names of these and of those that the form adds, as far
// as they are known.
func (c *Changes) seenOwners(r Request, p *fleet.PBX) Owners {
	o := Owners{Names: map[int64]string{}}
	seen := strings.Fields(r.Seen[CustomerIDs])
	for i, word := range append(seen, input.All(r.Form, CustomerIDs)...) {
		id, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			continue
		}
		if i < len(seen) {
			o.IDs = append(o.IDs, id)
		}
		if known, ok := c.c.Customers().ByID(id); ok {
			o.Names[id] = known.Name
		}
	}
	if set := p.Customers(); set != nil {
		for _, one := range set.All {
			o.Names[one.ID] = cmp.Or(o.Names[one.ID], one.Option().Name)
		}
	}
	return o
}

// customerName returns the name under which a customer is shown: the company, or else the person.
func customerName(c ycm.Customer) string {
	if c.Company != "" {
		return string(c.Company)
	}
	return strings.TrimSpace(string(c.FirstName) + " " + string(c.LastName))
}

// fillCustomers returns the form with a PBX's current customers.
func fillCustomers(_ *fleet.PBX, o Owners) url.Values {
	form := url.Values{}
	for _, id := range o.IDs {
		form.Add(CustomerIDs, strconv.FormatInt(id, 10))
	}
	return form
}

// customerIDs returns the customers that the form names.
func (v *planner) customerIDs() (ids []int64) {
	words := input.All(v.form, CustomerIDs)
	if len(words) > input.MaxCustomers {
		v.Problem(input.Finding{Field: CustomerIDs, Code: input.TooManyChosen, Limit: input.MaxCustomers})
		return nil
	}
	for _, word := range words {
		id, err := strconv.ParseInt(word, 10, 64)
		switch {
		case err != nil || id <= 0 || strconv.FormatInt(id, 10) != word:
			v.Problem(input.Finding{Field: CustomerIDs, Code: input.NotAnID, Value: list.Shorten(word)})
			return nil
		case slices.Contains(v.Owners.gone, id) && !slices.Contains(v.Owners.IDs, id):
			v.Problem(input.Finding{Field: CustomerIDs, Code: input.UnknownID, Value: word})
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}

// planCustomers plans a new list of customers, which replaces the current one.
func planCustomers(v *planner) {
	ids := v.customerIDs()
	if len(v.Problems) > 0 {
		return
	}
	before, after := joined(v.Owners.IDs), joined(ids)
	if before != after {
		v.Changes = append(v.Changes, store.FieldChange{Field: CustomerIDs, Before: before, After: after})
	}
	if len(ids) == 0 && before != "" {
		v.Warn(input.Finding{Field: CustomerIDs, Code: FindingNoCustomers})
	}
	v.encode(map[string][]int64{CustomerIDs: append([]int64{}, ids...)}) // [] rather than null
}

// planEmail plans to email the activation link to the customers that the form names. A script's form that names none
// means all customers of the PBX.
func planEmail(v *planner) {
	ids := v.customerIDs()
	switch {
	case len(ids) > 0 || len(v.Problems) > 0:
	case v.form.Has("listed"): // the user saw check boxes
		v.Missing(CustomerIDs)
		return
	default:
		ids = v.Owners.IDs
	}
	for _, id := range ids {
		if !slices.Contains(v.Owners.IDs, id) {
			word := strconv.FormatInt(id, 10)
			v.Problem(input.Finding{Field: CustomerIDs, Code: FindingNotACustomer, Value: word})
			return
		}
	}
	switch {
	case len(v.Problems) > 0:
		return
	case len(ids) == 0:
		v.Problem(input.Finding{Code: FindingNobodyToEmail})
		return
	}
	v.Changes = append(v.Changes, store.FieldChange{Field: ActivationEmail, After: joined(ids)})
	v.encode(map[string][]int64{CustomerIDs: ids})
}

// customersOf returns the customers in an operation's request.
func customersOf(o *store.Operation) ([]int64, error) {
	var body struct {
		CustomerIDs []int64 `json:"customerIds"`
	}
	if err := json.Unmarshal(o.Request.Body, &body); err != nil {
		return nil, fmt.Errorf("decode the customers: %w", err)
	}
	return body.CustomerIDs, nil
}

func sendCustomers(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error) {
	ids, err := customersOf(o)
	if err != nil {
		return operations.Sent{}, err
	}
	done, err := y.SetCloudPBXCustomers(ctx, o.Target.CloudPBXID, ids)
	return sent(o, done), err
}

func sendEmail(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error) {
	ids, err := customersOf(o)
	if err != nil {
		return operations.Sent{}, err
	}
	done, err := y.SendActivationEmails(ctx, o.Target.CloudPBXID, ids)
	s := operations.Sent{CloudPBXID: o.Target.CloudPBXID, RequestID: done.RequestID}
	s.Message = strings.Join(done.Accounts, ", ")
	return s, err
}
