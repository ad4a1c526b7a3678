package operations

import (
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
