package customer

import (
	"net/url"

	"cordboard/fleet"
	"cordboard/store"
)

// formOf returns the form with a customer's members.
func formOf(known *fleet.Customer) url.Values {
	form := url.Values{}
	for name, value := range known.Members {
		form.Set(name, value)
	}
	return form
}

// Again returns the form for another try at what an operation was to do. What the operation didn't change is as the
// directory has it.
func (c *Customers) Again(o *store.Operation) url.Values {
	form := url.Values{}
	if known := c.c.Directory.Customer(o.Target.CustomerID); known != nil && o.Kind == Update {
		form = formOf(known)
	}
	for _, change := range o.Request.Changes {
		if change.Field != presence {
			form.Set(change.Field, change.After)
		}
	}
	if o.Request.Reason != "" {
		form.Set("reason", o.Request.Reason)
	}
	return form
}
