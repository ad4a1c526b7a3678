package store

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"cordboard/fold"
)

// noteTexts has the texts of the notes that need no more than their values. The other texts are in Note.String.
var noteTexts = map[NoteCode]string{
	NoteMessage:              "%s",
	NoteStatus:               "%s %s",
	NoteRoleNotAllowed:       "the %s role does not allow this",
	NoteConfirmationRequired: "identity confirmation required",
	NoteWrongSignIn:          "incorrect email or password",
	NoteWrongPassword:        "wrong password",
	NoteWrongCurrentPassword: "wrong current password",
	NoteInvalidCode:          "not a valid code",
	NoteSignedInBy:           "by %s",
	NoteSecondFactorPending:  "password correct; second factor pending",
	NoteNoFactorSetup:        "no setup is in progress",
	NoteNoFactor:             "there is no second factor",
	NoteFactorRequired:       "the policy requires a second factor",
	NoteFactorReplaced:       "replaced the previous factor",
	NoteCodesReplaced:        "%s new codes; unused codes replaced: %s",
	NoteOldestSession:        "the least recently used session was ended, because the limit is %s sessions",
	NoteAllEnded:             "all sessions ended; all links withdrawn",
	NoteInvitedBy:            "invited by %s",
	NoteLinkBy:               "with a link created by %s",
	NoteAcknowledged:         "acknowledged up to entry %s",
	NoteStrangers:            "refused requests from clients that weren’t signed in, beyond %s per minute",
	NoteExport:               "%s, rows: %s, %s",
	NoteFormProblem:          "nothing was sent: %s: %s",
	NoteWarningsPending:      "nothing was sent: a warning must be accepted first",
	NoteChangedMeanwhile:     "nothing was sent: %s was changed in YCM after the form was opened",
	NoteUnreviewed:           "nothing was sent: the values were changed after they had been reviewed",
	NoteOperation:            "operation %s",
	NoteReason:               "reason: %s",
	NoteYCMCode:              "YCM reported %s (%s)",
	NoteAnswer:               "%s",
	NoteChecks:               "checks: %s",
}

// String returns the note as text. The text of a note with an unknown code is the code and the values.
func (n Note) String() string {
	if format, ok := noteTexts[n.Code]; ok && strings.Count(format, "%s") == len(n.Values) {
		values := make([]any, len(n.Values))
		for i, v := range n.Values {
			values[i] = v
		}
		return fmt.Sprintf(format, values...)
	}
	switch n.Code {
	case NoteOmitted:
		return "omitted: " + n.count("note", "notes")
	case NoteSessions:
		return n.count("session", "sessions")
	case NoteSessionsEnded:
		return n.count("session", "sessions") + " ended"
	case NoteRows:
		return n.count("row", "rows")
	case NoteEntries:
		return n.count("entry", "entries")
	case NoteEntriesAtLeast:
		return "at least " + n.count("entry", "entries")
	case NoteValidUntil:
		return "valid until " + n.stamp()
	case NoteLinkUntil:
		return "link created, valid until " + n.stamp()
	case NoteTakes:
		return fmt.Sprintf(
			"%s: %s (available: %s → %s)",
			ResourceNouns[n.value(0)].Many,
			n.number(1),
			n.number(2),
			n.number(3),
		)
	case NoteWarnings:
		return "warnings accepted: " + strings.Join(n.Values, " ")
	case NoteChange:
		return fmt.Sprintf("%s: %s → %s", n.value(0), cmp.Or(n.value(1), "none"), cmp.Or(n.value(2), "none"))
	case NoteSuspended:
		text := "suspended, review on " + n.value(0)
		if note := n.value(1); note != "" {
			text += ": " + note
		}
		return text
	case NoteBatch:
		return fmt.Sprintf("%s: %s", n.value(0), Note{Values: n.Values[min(1, len(n.Values)):]}.count("PBX", "PBXs"))
	case NoteBatchWhy:
		return "by itself, because " + cmp.Or(batchReasons[BatchReason(n.value(0))], n.value(0))
	case NoteFound:
		return strings.ReplaceAll(n.value(0), "-", " ")
	}
	return strings.TrimSpace(string(n.Code) + " " + strings.Join(n.Values, " "))
}

// batchReasons has the reasons for which a batch pauses or stops by itself.
var batchReasons = map[BatchReason]string{
	BatchWave:     "a wave has ended",
	BatchFailures: "too many consecutive rows failed",
	BatchYCMDown:  "YCM can’t be reached",
}

// ResourceNoun is the English name of a resource of the subscription.
type ResourceNoun struct{ One, Many string }

// ResourceNouns maps the resources' member names in YCM to their nouns.
var ResourceNouns = map[string]ResourceNoun{
	"extensionCapacity":      {"extension", "extensions"},
	"ultimatePlanCapacity":   {"Ultimate Plan extension", "Ultimate Plan extensions"},
	"concurrentCallCapacity": {"concurrent call", "concurrent calls"},
	"recordingCapacity":      {"recording minute", "recording minutes"},
	"transcriptionCapacity":  {"transcription minute", "transcription minutes"},
}

// value returns the value with index i, or "" if there is none.
func (n Note) value(i int) string {
	if i < len(n.Values) {
		return n.Values[i]
	}
	return ""
}

// number returns the value with index i as a number with separators.
func (n Note) number(i int) string {
	number, err := strconv.ParseInt(n.value(i), 10, 64)
	if err != nil {
		return "not reported"
	}
	return fold.Number(number)
}

// count returns the first value with a noun.
func (n Note) count(one, many string) string {
	if n.value(0) == "1" {
		return "1 " + one
	}
	return n.number(0) + " " + many
}

// stamp returns the first value as a time in UTC.
func (n Note) stamp() string {
	at, _ := strconv.ParseInt(n.value(0), 10, 64)
	return fromUnix(at).UTC().Format("2006-01-02 15:04 MST")
}
