package operations

import (
	"strconv"

	"cordboard/fleet/input"
	"cordboard/store"
)

// CommonNotes returns the notes for the audit log that all kinds share: the user's reason, the accepted warnings, and
// YCM's answer. warningText writes a warning as a sentence.
func CommonNotes(o *store.Operation, outcome string, warningText func(input.Finding) string) (notes []store.Note) {
	if o.Request.Reason != "" {
		notes = append(notes, store.NewNote(store.NoteReason, o.Request.Reason))
	}
	warnings, err := input.DecodeWarnings(o.Request.Warnings)
	if err == nil && len(warnings) > 0 && outcome == store.OutcomeAsked {
		note := store.Note{Code: store.NoteWarnings}
		for _, w := range warnings {
			note.Values = append(note.Values, warningText(w))
		}
		notes = append(notes, note)
	}
	if a := o.Answer; a.Code != 0 {
		notes = append(notes, store.NewNote(store.NoteYCMCode, a.Message, a.Code))
	} else if a.Kind != "" {
		notes = append(notes, store.NewNote(store.NoteAnswer, a.Kind))
	}
	return notes
}

var auditOutcomes = map[store.OperationState]string{
	store.StateDone:    store.OutcomeDone,
	store.StateRefused: store.OutcomeRefused,
	store.StateNotSent: store.OutcomeFailed,
	store.StateUnknown: store.OutcomeUnknown,
	store.StateNotDone: store.OutcomeFailed,
}

// eventOf returns the audit event for an operation.
func eventOf(kind Kind, o *store.Operation, outcome string) store.Event {
	name, notes := kind.Describe(o, outcome)
	e := store.Event{
		Action:       kind.Action(),
		Target:       o.ID,
		TargetName:   name,
		Outcome:      outcome,
		Notes:        notes,
		YCMRequestID: o.Answer.RequestID,
	}
	if o.Target.CloudPBXID != 0 {
		e.Target = strconv.FormatInt(o.Target.CloudPBXID, 10)
	}
	if o.Target.CustomerID != 0 {
		e.Target = strconv.FormatInt(o.Target.CustomerID, 10)
	}
	return e
}
