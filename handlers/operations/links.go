package operations

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/customer"
	"cordboard/store"
	"cordboard/views/ui"
)

// operationLinks returns links for the next step: to the PBX, or to a form filled in with the operation's values. first
// is the recommended step, and again creates a similar PBX. Either may be nil.
func operationLinks(o *store.Operation, p *fleet.PBX) (first, again *ui.Link) {
	switch {
	case isAboutCustomer(o):
		return customerLinks(o)
	case !creates(o):
		return changeLinks(o, p)
	}
	create := ui.NewPBXURL(url.Values{"from": {o.ID}})
	switch o.State {
	case store.StateDone:
		if p != nil {
			first = &ui.Link{Label: "Open the PBX", URL: ui.PBXURL(p.CloudPBXID)}
		}
		if p != nil && p.Activation() == fleet.Unactivated && p.Status() == fleet.StatusRunning && !p.IsGone() {
			first = &ui.Link{Label: "Email the activation link", URL: ui.PBXURL(p.CloudPBXID) + "/activation-email"}
			return first, &ui.Link{Label: "Open the PBX", URL: ui.PBXURL(p.CloudPBXID)}
		}
		again = &ui.Link{Label: "Create another like this", URL: create}
	case store.StateRefused:
		first = &ui.Link{Label: "Edit and try again", URL: create}
	case store.StateNotSent, store.StateNotDone:
		first = &ui.Link{Label: "Try again with these values", URL: create}
	default:
		again = &ui.Link{Label: "Create another like this", URL: create}
	}
	return first, again
}

// changeLinks returns links to the PBX that an operation changes, and to the form for the same change if it isn't done.
func changeLinks(o *store.Operation, p *fleet.PBX) (first, again *ui.Link) {
	if p == nil {
		return nil, nil
	}
	if o.Kind == change.Delete && o.State == store.StateDone {
		clone := url.Values{"clone": {strconv.FormatInt(p.CloudPBXID, 10)}}
		again = &ui.Link{Label: "Create one like it", URL: ui.NewPBXURL(clone)}
		return &ui.Link{Label: "Show the last record", URL: ui.PBXURL(p.CloudPBXID)}, again
	}
	first = &ui.Link{Label: "Open the PBX", URL: ui.PBXURL(p.CloudPBXID)}
	tried := o.State == store.StateRefused || o.State == store.StateNotSent || o.State == store.StateNotDone ||
		o.Reconciled.GivenUp
	if form := change.FormOf(o); tried && form != "" && !p.IsGone() {
		again = &ui.Link{Label: "Try again", URL: ui.PBXURL(p.CloudPBXID) + "/" + string(form) + from(o)}
	}
	return first, again
}

// from returns the query that fills in a form with an operation's values.
func from(o *store.Operation) string { return "?" + url.Values{"from": {o.ID}}.Encode() }

// customerLinks returns links to the customer that an operation is about, and to the form for the same change if it
// isn't done.
func customerLinks(o *store.Operation) (first, again *ui.Link) {
	tried := o.State == store.StateRefused || o.State == store.StateNotSent || o.State == store.StateNotDone
	form := map[store.OperationKind]string{customer.Update: "/edit", customer.Delete: "/delete"}[o.Kind]
	if o.Target.CustomerID == 0 {
		if tried {
			return nil, &ui.Link{Label: "Try again", URL: "/customers/new" + from(o)}
		}
		return nil, nil
	}
	first = &ui.Link{Label: "Open the customer", URL: ui.CustomerURL(o.Target.CustomerID)}
	if tried && form != "" {
		again = &ui.Link{Label: "Try again", URL: ui.CustomerURL(o.Target.CustomerID) + form + from(o)}
	}
	return first, again
}

// emailText returns a sentence about who got an activation email.
func emailText(o *store.Operation) string {
	if o.Kind != change.Email || o.Answer.Kind != "" {
		return ""
	}
	asked, reached, text := 0, 0, ""
	if o.Answer.Message != "" {
		reached, text = strings.Count(o.Answer.Message, ", ")+1, " YCM sent the email to "+o.Answer.Message+"."
	}
	for _, c := range o.Request.Changes {
		asked += len(strings.Fields(c.After))
	}
	if reached < asked {
		text += fmt.Sprintf(" It reached %d of %d customers.", reached, asked)
	}
	return text
}
