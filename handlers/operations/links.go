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

// operationLinks returns links for the next steps: to the PBX, or to a form filled in with the operation's values.
// first is the recommended step; nil if there is none.
func operationLinks(o *store.Operation, p *fleet.PBX) (first *ui.Link, others []ui.Link) {
	switch {
	case isAboutCustomer(o):
		return customerLinks(o)
	case !creates(o):
		return changeLinks(o, p)
	}
	form := ui.NewPBXURL(url.Values{"from": {o.ID}})
	another, again := ui.Link{Label: "Create another like this", URL: form}, ui.Link{Label: tryAgain, URL: form}
	switch o.State {
	case store.StateDone:
		if p == nil {
			return nil, []ui.Link{another}
		}
		open := ui.Link{Label: "Open the PBX", URL: ui.PBXURL(p.CloudPBXID)}
		if p.Activation() == fleet.Unactivated && p.Status() == fleet.StatusRunning && !p.IsGone() {
			email := &ui.Link{Label: "Email the activation link", URL: ui.PBXURL(p.CloudPBXID) + "/activation-email"}
			return email, []ui.Link{open, another}
		}
		return &open, []ui.Link{another}
	case store.StateRefused:
		switch o.Answer.Kind {
		case store.FailureCredentials, store.FailurePermission: // other values wouldn't help
			return nil, []ui.Link{again}
		case store.FailureRate:
			return &again, nil
		}
		return &ui.Link{Label: "Edit and try again", URL: form}, nil
	case store.StateNotSent, store.StateNotDone:
		return &again, nil
	}
	return nil, []ui.Link{another}
}

// tryAgain is the label of a link to a form with the values of an operation that wasn't done.
const tryAgain = "Try again with these values"

// changeLinks returns links to the PBX that an operation changes, and to the form for the same change if it isn't done.
func changeLinks(o *store.Operation, p *fleet.PBX) (first *ui.Link, others []ui.Link) {
	if p == nil {
		return nil, nil
	}
	if o.Kind == change.Delete && o.State == store.StateDone {
		clone := url.Values{"clone": {strconv.FormatInt(p.CloudPBXID, 10)}}
		others = []ui.Link{{Label: "Create one like it", URL: ui.NewPBXURL(clone)}}
		return &ui.Link{Label: "Show the last record", URL: ui.PBXURL(p.CloudPBXID)}, others
	}
	first = &ui.Link{Label: "Open the PBX", URL: ui.PBXURL(p.CloudPBXID)}
	tried := o.State == store.StateRefused || o.State == store.StateNotSent || o.State == store.StateNotDone ||
		o.Reconciled.GivenUp
	if form := change.FormOf(o); tried && form != "" && !p.IsGone() {
		others = []ui.Link{{Label: "Try again", URL: ui.PBXURL(p.CloudPBXID) + "/" + string(form) + from(o)}}
	}
	return first, others
}

// from returns the query that fills in a form with an operation's values.
func from(o *store.Operation) string { return "?" + url.Values{"from": {o.ID}}.Encode() }

// customerLinks returns links to the customer that an operation is about, and to the form for the same change if it
// isn't done.
func customerLinks(o *store.Operation) (first *ui.Link, others []ui.Link) {
	tried := o.State == store.StateRefused || o.State == store.StateNotSent || o.State == store.StateNotDone
	form := map[store.OperationKind]string{customer.Update: "/edit", customer.Delete: "/delete"}[o.Kind]
	if o.Target.CustomerID == 0 {
		if tried {
			return nil, []ui.Link{{Label: "Try again", URL: "/customers/new" + from(o)}}
		}
		return nil, nil
	}
	first = &ui.Link{Label: "Open the customer", URL: ui.CustomerURL(o.Target.CustomerID)}
	if tried && form != "" {
		others = []ui.Link{{Label: "Try again", URL: ui.CustomerURL(o.Target.CustomerID) + form + from(o)}}
	}
	return first, others
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
