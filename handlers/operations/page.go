package operations

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/operations"
	"cordboard/views/ui"
)

func (h *Handler) operationPage(o *store.Operation, clock ui.Clock) views.OperationPage {
	m := views.OperationPage{
		Identity: views.Identity{
			ID:     o.ID,
			Number: ui.Number(o.Number),
			Kind:   string(o.Kind),
			Label:  display.OperationLabel(o),
			State:  string(o.State),
			Name:   web.OperationName(o),
			Badge:  web.OperationBadge(o),
		},
		Request: views.Request{
			Body:     display.Indent(o.Request.Body),
			Warnings: acceptedWarnings(o),
			Reusable: creates(o),
		},
		Open: o.IsOpen(),
		Next: views.Next{
			CanCheck: (o.State == store.StateUnknown || o.State == store.StateNotDone) && o.Kind != change.Email,
		},
	}
	if o.Target.CustomerID != 0 {
		m.CustomerID = strconv.FormatInt(o.Target.CustomerID, 10)
	}
	var p *fleet.PBX
	if o.Target.CloudPBXID != 0 {
		m.PBXID = strconv.FormatInt(o.Target.CloudPBXID, 10)
		p, _ = h.fleet.Snapshot().PBX(o.Target.CloudPBXID)
	}
	if creates(o) && p != nil && !p.IsGone() && p.Status() != fleet.StatusRunning {
		m.Open = true
	}
	m.Steps = operationSteps(o, p)
	m.Text = h.operationText(o, p, clock)
	if o.State == store.StateRefused {
		m.Refusal = refusal(o)
	}
	m.Facts = operationFacts(o, p, clock)
	m.Sent = sentFacts(o, clock)
	m.Main, m.Others = operationLinks(o, p)
	m.Copy, m.AuditURL = supportText(o), ui.AuditSearchURL("target:"+o.Target.Name)
	return m
}

// notAnswered maps a kind of failure to the sentence that says why nothing was sent or YCM gave no conclusive answer.
var notAnswered = map[store.FailureKind]string{
	store.FailureNoAnswer:    "YCM didn’t respond in time.",
	store.FailureUnavailable: "The connection to YCM failed, or YCM had a problem.",
	store.FailureUnreadable:  "YCM’s response could not be read.",
	store.FailureRestarted:   "Cordboard was restarted while it was waiting for YCM’s response.",
	store.FailureRate:        "YCM limited the request rate.",
	store.FailureCredentials: "YCM rejected Cordboard’s credentials.",
	store.FailureNoRequest:   "Cordboard could not build the request.",
	store.FailureNotWritten:  "Cordboard could not write to its database.",
	store.FailurePermission:  "YCM denied access.",
	store.FailureRefused:     "YCM refused to show it.",
	store.FailureChanged:     "It was changed in YCM after you had confirmed.",
	store.FailureGone:        "YCM no longer has it.",
}

// operationText explains what happened, whether anything was changed, and what to do next.
func (h *Handler) operationText(o *store.Operation, p *fleet.PBX, clock ui.Clock) string {
	why := notAnswered[o.Answer.Kind]
	if why == "" {
		why = "YCM gave no conclusive answer."
	}
	if a := o.Answer; a.Code != 0 && a.Kind == store.FailureUnavailable {
		why = fmt.Sprintf("YCM had a problem: %s (%d).", cmp.Or(a.Message, "no message"), a.Code)
	}
	words := ui.KindWordsOf(string(o.Kind))
	switch o.State {
	case store.StateSubmitted:
		if o.Times.SendingAt.IsZero() {
			return "Queued. The request will be sent shortly. This page updates itself, and you can leave it."
		}
		return "Waiting since " + clock.Second(
			o.Times.SendingAt,
		).Text + " for YCM’s response. This page updates itself, and you can leave it."
	case store.StateNotSent:
		if o.Answer.Kind == store.FailureRestarted {
			why = "Cordboard was restarted before it could send the request."
		}
		return why + " Nothing was sent. " + words.Unchanged + " It is safe to try again."
	case store.StateUnknown:
		return why + " " + words.Uncertain
	case store.StateNotDone:
		return fmt.Sprintf(
			"%s Cordboard checked YCM %s and didn’t find %s. %s It is safe to try again. If %s appears in YCM later, "+
				"this page will show that.",
			why,
			times(o.Reconciled.Reads),
			words.Missing,
			words.Unchanged,
			words.Missing,
		)
	}
	text := "YCM reported success."
	if o.Answer.Took >= 100*time.Millisecond {
		text = fmt.Sprintf("YCM reported success after %.1f s.", o.Answer.Took.Seconds())
	}
	if o.Answer.Kind != "" {
		text = fmt.Sprintf("%s %s The request was sent once.", why, words.Proved)
	}
	switch {
	case !creates(o):
		return text + emailText(o)
	case p == nil:
		return text + " The PBX appears in the list after the next sync."
	case p.IsGone():
		return text + " The PBX has since been removed from YCM."
	case p.Status() == fleet.StatusRunning && p.Activation() != fleet.Activated:
		return text + " The PBX is running but not activated yet."
	case p.Status() == fleet.StatusRunning:
		return text + " The PBX is running and activated."
	}
	return text + " The PBX takes a few minutes to start. This page updates itself."
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// changeRefusals has the most likely meaning of rejections of a change, if it isn't that of a create request's.
var changeRefusals = map[store.FailureKind]string{
	store.FailureExists:  "YCM reports that it exists already.",
	store.FailureInvalid: "YCM rejected one of the values, or the PBX’s state doesn’t allow the change.",
	store.FailureRefused: "The reason isn’t clear. Open the PBX in YCM to find out.",
}

// refusal returns YCM's rejection and its most likely meaning.
func refusal(o *store.Operation) *views.Refusal {
	said, words := o.Answer.Message, ui.KindWordsOf(string(o.Kind))
	if said == "" {
		said = fmt.Sprintf("HTTP %d", o.Answer.StatusCode)
	}
	v := &views.Refusal{Title: "YCM refused the request: " + said}
	if o.Answer.Code != 0 {
		v.Title += fmt.Sprintf(" (%d)", o.Answer.Code)
	}
	meaning := map[store.FailureKind]string{
		store.FailureExists:  "The host name is most likely taken, possibly by a PBX outside your fleet.",
		store.FailureInvalid: "YCM rejected one of the values. Check all values, and reload the lists of options.",
		store.FailureCredentials: "The client secret was probably regenerated in YCM. Your administrator has to set " +
			"the new one in Cordboard’s configuration.",
		store.FailurePermission: "The account lacks permission to " + words.Permission + ", or the Cordboard server’s " +
			"address is not on YCM’s allowlist.",
		store.FailureRate:    "Too many requests. Wait a minute before you try again.",
		store.FailureRefused: "The reason isn’t clear. A likely cause is insufficient capacity.",
	}[o.Answer.Kind]
	if text := changeRefusals[o.Answer.Kind]; text != "" && !creates(o) {
		meaning = text
	}
	warnings, err := input.DecodeWarnings(o.Request.Warnings)
	if err == nil && o.Answer.Kind == store.FailureRefused && slices.ContainsFunc(warnings, isShortage) {
		meaning = "The most likely reason is that the subscription has too little left, as the form warned."
	}
	v.Text = meaning + " " + words.Unchanged
	return v
}

func isShortage(f input.Finding) bool {
	return f.Code == input.Shortage || f.Code == change.FindingMoreShortage
}

// supportText returns the details that Yeastar's or Cordboard's support needs about an operation.
func supportText(o *store.Operation) string {
	parts := []string{
		fmt.Sprintf("Operation %d", o.Number),
		ui.KindWordsOf(string(o.Kind)).Call,
		o.Target.Name,
		"state " + string(o.State),
	}
	if o.Answer.StatusCode != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", o.Answer.StatusCode))
	}
	if o.Answer.Code != 0 {
		parts = append(parts, fmt.Sprintf("%s %d", o.Answer.Message, o.Answer.Code))
	}
	if o.Answer.RequestID != "" {
		parts = append(parts, "requestId "+o.Answer.RequestID)
	}
	at := o.Times.SendingAt
	if at.IsZero() {
		at = o.Times.SubmittedAt
	}
	return strings.Join(append(parts, at.UTC().Format(time.RFC3339)), "; ")
}
