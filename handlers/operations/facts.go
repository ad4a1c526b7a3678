package operations

import (
	"fmt"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/fleet/operations/customer"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/operations"
	"cordboard/views/ui"
)

func operationFacts(o *store.Operation, p *fleet.PBX, clock ui.Clock) []views.OperationFact {
	submitted := clock.Second(o.Times.SubmittedAt)
	request := views.OperationFact{Name: "requestId", Value: o.Answer.RequestID, Copy: true}
	if o.Answer.RequestID == "" {
		request.Value, request.Copy = "Not received", false
	}
	// Facts that come later follow the others, so that no fact moves on an open page.
	facts := []views.OperationFact{
		{Name: "By", Value: o.By.Name, Small: o.Request.Reason},
		{Name: "Submitted", Moment: &submitted, Small: longAgo(o.Times.SubmittedAt, clock)},
		{Name: targetLabel(o), Value: o.Target.Name, Copy: true},
		request,
	}
	if o.Batch.ID != "" {
		facts = append(facts, views.OperationFact{Name: "Batch", Value: "Show the batch", Link: ui.BatchURL(o.Batch.ID)})
	}
	if o.Target.CloudPBXID != 0 {
		facts = append(
			facts,
			views.OperationFact{Name: "cloudPbxId", Value: strconv.FormatInt(o.Target.CloudPBXID, 10), Copy: true},
		)
	}
	if o.Target.CustomerID != 0 {
		facts = append(
			facts,
			views.OperationFact{Name: "customerId", Value: strconv.FormatInt(o.Target.CustomerID, 10), Copy: true},
		)
	}
	if p != nil {
		status := ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus))
		if p.IsGone() {
			status = ui.Badge{Class: "badge-outline", Icon: "circle-slash", Word: "Removed"}
		}
		activation := ui.BadgeFor("activationStatus", p.Text(fleet.FieldActivation))
		facts = append(
			facts,
			views.OperationFact{Name: "Status now", Badge: &status},
			views.OperationFact{Name: "Activation", Badge: &activation},
		)
	}
	if o.Reconciled.Reads > 0 {
		facts = append(facts, views.OperationFact{
			Name: "Checked", Value: times(o.Reconciled.Reads), Small: checkResult(o),
		})
	}
	if !o.Reconciled.NextAt.IsZero() {
		next := clock.Second(o.Reconciled.NextAt)
		facts = append(facts, views.OperationFact{Name: "Next check", Moment: &next})
	}
	if !o.Times.FinishedAt.IsZero() && o.State != store.StateUnknown {
		settled := clock.Second(o.Times.FinishedAt)
		facts = append(facts, views.OperationFact{Name: "Resolved", Moment: &settled, Small: httpWords(o.Answer)})
	}
	return facts
}

// checkResult returns what the last check of an operation with an unknown outcome found.
func checkResult(o *store.Operation) string {
	switch {
	case o.Reconciled.Problem != "":
		return "The last check failed"
	case o.State == store.StateDone:
		return "Found in YCM"
	case !creates(o) && o.Kind != customer.Create:
		return "No change found"
	}
	return "Not found"
}

// isAboutCustomer reports whether an operation creates, changes or deletes a customer.
func isAboutCustomer(o *store.Operation) bool { return strings.HasPrefix(string(o.Kind), "customer-") }

// targetLabel returns the label of an operation's target. The target of a create operation is a host name.
func targetLabel(o *store.Operation) string {
	switch {
	case creates(o):
		return "Host name"
	case isAboutCustomer(o):
		return "Customer"
	}
	return "PBX"
}

func httpWords(a store.Answer) string {
	if a.StatusCode == 0 {
		return ""
	}
	return fmt.Sprintf("after %.1f s, HTTP %d", a.Took.Seconds(), a.StatusCode)
}

// changeFacts returns what an operation changes in a PBX.
func changeFacts(o *store.Operation, clock ui.Clock) (facts []views.OperationFact) {
	for _, c := range o.Request.Changes {
		before := display.ChangeText(c.Field, c.Before, o.Request.Words, clock) + " → "
		if c.Field == change.ActivationEmail {
			before = ""
		}
		facts = append(facts, views.OperationFact{
			Name:  display.FieldLabel(c.Field),
			Value: before + display.ChangeText(c.Field, c.After, o.Request.Words, clock),
		})
	}
	if s := o.Request.Suspension; s != nil {
		facts = append(
			facts,
			views.OperationFact{Name: "Note", Value: s.Note},
			views.OperationFact{Name: "Review on", Value: display.DateText(s.ReviewOn)},
		)
	}
	return facts
}

// sentFacts returns the fields of a create request with their labels, and what any other operation changes. Instead of
// an option's ID, it shows the option's name.
func sentFacts(o *store.Operation, clock ui.Clock) []views.OperationFact {
	if !creates(o) {
		return changeFacts(o, clock)
	}
	form := create.FormOfOperation(o, clock.Zone)
	var facts []views.OperationFact
	for _, name := range create.FormFields() {
		v := form.Get(name)
		switch {
		case name == "reason" || name == "subDomain":
			continue
		case name == "customerIds":
			v = o.Request.Words[name]
		case o.Request.Words[name] != "":
			v = o.Request.Words[name]
		case name == "allowRunAfterExpirationDate" && v != "":
			v = display.KeepWords[v]
		case name == "expirationDate" && v != "":
			v = display.DateText(v)
		case v == "" && ui.HasBadge(name):
			v = "Disabled"
		case strings.HasSuffix(name, "Capacity") && v != "":
			n, _ := strconv.ParseInt(v, 10, 64) // valid, because it was formatted from an integer
			if v = ui.Number(n); name == "recordingCapacity" || name == "transcriptionCapacity" {
				v += " min"
			}
		}
		facts = append(facts, views.OperationFact{Name: display.FormLabels[name], Value: v})
	}
	return facts
}

// acceptedWarnings returns the sentences of the warnings that the user accepted.
func acceptedWarnings(o *store.Operation) (sentences []string) {
	warnings, err := input.DecodeWarnings(o.Request.Warnings)
	if err != nil || !creates(o) {
		return nil
	}
	for _, w := range warnings {
		sentences = append(sentences, display.Finding(w))
	}
	return sentences
}
