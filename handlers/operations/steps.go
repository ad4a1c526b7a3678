package operations

import (
	"cordboard/fleet"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/store"
	views "cordboard/views/operations"
	"cordboard/views/ui"
)

// operationSteps returns the steps of an operation, with the current one marked.
func operationSteps(o *store.Operation, p *fleet.PBX) []views.OperationStep {
	steps := []views.OperationStep{done("Recorded")}
	var after []views.OperationStep // the steps after YCM's response
	if creates(o) {
		after = append(after, later("In the fleet"))
	}
	switch o.State {
	case store.StateSubmitted:
		sent := now("Sending to YCM")
		if !o.Times.SendingAt.IsZero() {
			sent = now("Sent to YCM")
		}
		return append(append(steps, sent, later("Response received")), after...)
	case store.StateNotSent:
		return append(steps, views.OperationStep{Label: "Not sent", Icon: "circle-slash", Current: true})
	case store.StateUnknown:
		steps = append(
			steps,
			done("Sent to YCM"),
			views.OperationStep{Label: noResponse(o), Icon: "hourglass", Tone: "tone-warn", Current: true},
		)
		return append(steps, after...)
	case store.StateNotDone:
		return append(
			steps,
			done("Sent to YCM"),
			views.OperationStep{Label: response(o) + ", not found", Icon: "circle-slash", Current: true},
		)
	}
	answered := done("Response received")
	if o.Answer.Kind != "" {
		answered = done("Found in YCM")
	}
	steps = append(steps, done("Sent to YCM"), answered)
	if creates(o) {
		steps = append(steps, newPBXSteps(p)...)
	}
	return steps
}

// noResponse returns the step of an operation without a conclusive response.
func noResponse(o *store.Operation) string {
	if o.Kind == change.Email {
		return response(o) + ", outcome unknown"
	}
	return response(o) + ", checking"
}

// response says in two words what YCM responded to an operation without a conclusive response.
func response(o *store.Operation) string {
	if a := o.Answer; a.Code != 0 || a.StatusCode != 0 || a.Kind == store.FailureUnreadable {
		return "Unclear response"
	}
	return "No response"
}

// creates reports whether an operation creates a PBX.
func creates(o *store.Operation) bool { return o.Kind == create.Name }

// newPBXSteps returns the steps of a new PBX, from its first sync to its activation or removal. p is nil until a sync
// finds the PBX.
func newPBXSteps(p *fleet.PBX) []views.OperationStep {
	if p == nil {
		return []views.OperationStep{now("In the fleet"), later("Running"), later("Activated")}
	}
	steps := []views.OperationStep{done("In the fleet")}
	switch status := p.Status(); {
	case p.IsGone():
		return append(steps, views.OperationStep{Label: "Removed", Icon: "circle-slash", Current: true})
	case status == fleet.StatusRunning:
		steps = append(steps, done("Running"))
	case status.IsTransitional():
		steps = append(steps, now(string(status)))
	default:
		steps = append(
			steps,
			views.OperationStep{Label: ui.BadgeFor("pbxStatus", string(status)).Word, Icon: "circle-stop", Current: true},
		)
	}
	if p.Activation() == fleet.Activated {
		return append(steps, done("Activated"))
	}
	return append(steps, later("Activated"))
}

func done(label string) views.OperationStep {
	return views.OperationStep{Label: label, Icon: "circle-check", Tone: "tone-ok", Done: true}
}

func now(label string) views.OperationStep {
	return views.OperationStep{Label: label, Icon: "loader", Current: true, Turning: true}
}

func later(label string) views.OperationStep {
	return views.OperationStep{Label: label, Icon: "circle-dashed"}
}
