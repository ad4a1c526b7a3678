package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Note is a fact about an event that none of the event's other fields states. Its values are numbers in decimal, times
// in Unix seconds, codes, and messages that a user was shown. An unknown number is "".
type Note struct {
	Code   NoteCode `json:"code"`
	Values []string `json:"values,omitempty"`
}

// NoteCode identifies what a note states. Codes are stored, so they must not change.
type NoteCode string

// Codes of notes. The comment after each lists the note's values.
const (
	NoteMessage NoteCode = "message" // a message that the user was shown
	NoteOmitted NoteCode = "omitted" // number of notes that were left out because of maxNotes
	NoteStatus  NoteCode = "status"  // the response's HTTP status, its reason phrase

	NoteRoleNotAllowed       NoteCode = "role-not-allowed" // the user's role
	NoteConfirmationRequired NoteCode = "confirmation-required"
	NoteWrongSignIn          NoteCode = "wrong-sign-in"
	NoteWrongPassword        NoteCode = "wrong-password"
	NoteWrongCurrentPassword NoteCode = "wrong-current-password"
	NoteInvalidCode          NoteCode = "invalid-code"
	NoteSignedInBy           NoteCode = "signed-in-by" // the AuthMethod
	NoteSecondFactorPending  NoteCode = "second-factor-pending"

	NoteNoFactorSetup   NoteCode = "no-factor-setup"
	NoteNoFactor        NoteCode = "no-factor"
	NoteFactorRequired  NoteCode = "factor-required"
	NoteFactorReplaced  NoteCode = "factor-replaced"
	NoteCodesReplaced   NoteCode = "codes-replaced"   // number of new codes, number of unused codes before
	NoteOldestSession   NoteCode = "oldest-session"   // maximum number of sessions
	NoteSessions        NoteCode = "sessions"         // number of sessions
	NoteSessionsEnded   NoteCode = "sessions-ended"   // number of sessions
	NoteAllEnded        NoteCode = "all-ended"        // after a restore
	NoteValidUntil      NoteCode = "valid-until"      // time
	NoteLinkUntil       NoteCode = "link-until"       // time
	NoteInvitedBy       NoteCode = "invited-by"       // email address
	NoteLinkBy          NoteCode = "link-by"          // email address
	NoteAcknowledged    NoteCode = "acknowledged"     // number of the newest entry
	NoteStrangers       NoteCode = "strangers"        // maximum number of rows per minute
	NoteRows            NoteCode = "rows"             // number of rows
	NoteEntries         NoteCode = "entries"          // number of entries
	NoteEntriesAtLeast  NoteCode = "entries-at-least" // number of entries
	NoteExport          NoteCode = "export"           // format, number of rows, query
	NoteFormProblem     NoteCode = "form-problem"     // form field, message that the user was shown
	NoteWarningsPending NoteCode = "warnings-pending"

	NoteChangedMeanwhile NoteCode = "changed-meanwhile" // member of YCM's record
	NoteUnreviewed       NoteCode = "unreviewed"

	NoteOperation NoteCode = "operation" // the operation's number
	NoteTakes     NoteCode = "takes"     // member name of the resource, amount, available before, available after
	NoteReason    NoteCode = "reason"    // entered by the user
	NoteChange    NoteCode = "change"    // member of YCM's record, value before, value after
	NoteSuspended NoteCode = "suspended" // day of the review, note entered by the user
	NoteWarnings  NoteCode = "warnings"  // each warning that the user accepted
	NoteYCMCode   NoteCode = "ycm-code"  // YCM's error message, YCM's error code
	NoteAnswer    NoteCode = "answer"    // kind of the Answer
	NoteFound     NoteCode = "found"     // OperationState that reconciling found
	NoteChecks    NoteCode = "checks"    // number of reads by reconciling
	NoteBatch     NoteCode = "batch"     // kind of the form, number of planned rows
	NoteBatchWhy  NoteCode = "batch-why" // BatchReason for which a batch was paused or stopped
)

// NewNote returns a note. The values are formatted with fmt.Sprint, times as Unix seconds.
func NewNote(code NoteCode, values ...any) Note {
	n := Note{Code: code}
	for _, v := range values {
		if at, ok := v.(time.Time); ok {
			v = unix(at)
		}
		n.Values = append(n.Values, fmt.Sprint(v))
	}
	return n
}

// maxNotes is the maximum length of an event's notes as text, in characters. It limits what one request can add to the
// log.
const maxNotes = 2000

// cleanNotes applies the function clean to the values of notes. Notes beyond maxNotes are replaced with a NoteOmitted.
func cleanNotes(notes []Note) []Note {
	var all []Note
	length := 0
	for i, n := range notes {
		cleaned := Note{Code: n.Code}
		for _, v := range n.Values {
			cleaned.Values = append(cleaned.Values, clean(v))
		}
		if length += utf8.RuneCountInString(cleaned.String()); length > maxNotes {
			return append(all, NewNote(NoteOmitted, len(notes)-i))
		}
		all = append(all, cleaned)
	}
	return all
}

// Messages returns a NoteMessage for each text that isn't "".
func Messages(texts ...string) []Note {
	var notes []Note
	for _, text := range texts {
		if text != "" {
			notes = append(notes, NewNote(NoteMessage, text))
		}
	}
	return notes
}

// notesText returns notes as one line.
func notesText(notes []Note) string {
	var b strings.Builder
	for i, n := range notes {
		text := n.String()
		if i > 0 {
			b.WriteString(separator(b.String(), notes[i-1].Code, n.Code))
		}
		b.WriteString(text)
	}
	return b.String()
}

// separator returns the text between two notes; before is the text up to the first of them.
func separator(before string, first, second NoteCode) string {
	switch {
	case second == NoteMessage && strings.HasSuffix(before, "."):
		return " "
	case second == NoteMessage:
		return ". "
	case second == NoteTakes && first == NoteOperation:
		return ": "
	case second == NoteTakes && first == NoteTakes:
		return ", "
	}
	return "; "
}

// notesVersion is the first version of rows whose detail is JSON of notes. The detail of older rows is text.
const notesVersion = 3

// Detail returns the event's notes as one line. For an event that a version of Cordboard without notes recorded, it
// returns the text that was recorded.
func (e Event) Detail() string {
	if e.version != 0 && e.version < notesVersion {
		return e.detail
	}
	return notesText(e.Notes)
}

// detailText returns the Detail of a row, given its columns version and detail.
func detailText(version int64, detail string) string {
	if version < notesVersion {
		return detail
	}
	return notesText(decodeNotes(detail))
}

// decodeNotes returns the notes that a row's detail contains. Notes that can't be decoded were tampered with, which
// VerifyAudit reports.
func decodeNotes(detail string) (notes []Note) {
	if detail != "" {
		_ = json.Unmarshal([]byte(detail), &notes)
	}
	return notes
}
