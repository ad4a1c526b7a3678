package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// noteCodes returns the values of the constants in notes.go that begin with "Note".
func noteCodes(t *testing.T) []NoteCode {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "notes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []NoteCode
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Note") {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, NoteCode(code))
		}
		return true
	})
	return codes
}

// TestNoteTexts checks the text of a note of each code.
func TestNoteTexts(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 11, 29, 12, 30, 0, 0, time.UTC)
	tests := []struct {
		note Note
		want string
	}{
		{NewNote(NoteMessage, "Enter a name."), "Enter a name."},
		{NewNote(NoteOmitted, 2), "omitted: 2 notes"},
		{NewNote(NoteStatus, 404, "Not Found"), "404 Not Found"},
		{NewNote(NoteRoleNotAllowed, RoleViewer), "the viewer role does not allow this"},
		{NewNote(NoteConfirmationRequired), "identity confirmation required"},
		{NewNote(NoteWrongSignIn), "incorrect email or password"},
		{NewNote(NoteWrongPassword), "wrong password"},
		{NewNote(NoteWrongCurrentPassword), "wrong current password"},
		{NewNote(NoteInvalidCode), "not a valid code"},
		{NewNote(NoteSignedInBy, AuthRecoveryCode), "by password and recovery code"},
		{NewNote(NoteSecondFactorPending), "password correct; second factor pending"},
		{NewNote(NoteNoFactorSetup), "no setup is in progress"},
		{NewNote(NoteNoFactor), "there is no second factor"},
		{NewNote(NoteFactorRequired), "the policy requires a second factor"},
		{NewNote(NoteFactorReplaced), "replaced the previous factor"},
		{NewNote(NoteCodesReplaced, 10, 3), "10 new codes; unused codes replaced: 3"},
		{
			NewNote(NoteOldestSession, 10),
			"the least recently used session was ended, because the limit is 10 sessions",
		},
		{NewNote(NoteSessions, 1), "1 session"},
		{NewNote(NoteSessionsEnded, 2), "2 sessions ended"},
		{NewNote(NoteAllEnded), "all sessions ended; all links withdrawn"},
		{NewNote(NoteValidUntil, until), "valid until 2026-11-29 12:30 UTC"},
		{NewNote(NoteLinkUntil, until), "link created, valid until 2026-11-29 12:30 UTC"},
		{NewNote(NoteInvitedBy, "ines@example.com"), "invited by ines@example.com"},
		{NewNote(NoteLinkBy, "ines@example.com"), "with a link created by ines@example.com"},
		{NewNote(NoteAcknowledged, 17), "acknowledged up to entry 17"},
		{NewNote(NoteStrangers, 60), "refused requests from clients that weren’t signed in, beyond 60 per minute"},
		{NewNote(NoteRows, 1284), "1,284 rows"},
		{NewNote(NoteEntries, 1), "1 entry"},
		{NewNote(NoteEntriesAtLeast, 10000), "at least 10,000 entries"},
		{NewNote(NoteExport, "csv", 3, "status=Running"), "csv, rows: 3, status=Running"},
		{NewNote(NoteFormProblem, "name", "Enter a name."), "nothing was sent: name: Enter a name."},
		{NewNote(NoteWarningsPending), "nothing was sent: a warning must be accepted first"},
		{NewNote(NoteOperation, 5), "operation 5"},
		{NewNote(NoteTakes, "extensionCapacity", 10, 1200, 1190), "extensions: 10 (available: 1,200 → 1,190)"},
		{NewNote(NoteTakes, "recordingCapacity", 0, "", ""), "recording minutes: 0 (available: not reported → not reported)"},
		{NewNote(NoteUnreviewed), "nothing was sent: the values were changed after they had been reviewed"},
		{NewNote(NoteChange, "pbxStatus", "Running", "Stopped"), "pbxStatus: Running → Stopped"},
		{NewNote(NoteSuspended, "2026-04-01", ""), "suspended, review on 2026-04-01"},
		{NewNote(NoteSuspended, "2026-04-01", "Unpaid"), "suspended, review on 2026-04-01: Unpaid"},
		{
			NewNote(NoteChangedMeanwhile, "pbxStatus"),
			"nothing was sent: pbxStatus was changed in YCM after the form was opened",
		},
		{NewNote(NoteReason, "CB-1"), "reason: CB-1"},
		{Note{Code: NoteWarnings, Values: []string{"One.", "Two."}}, "warnings accepted: One. Two."},
		{NewNote(NoteYCMCode, "DATA_NOT_FOUND", 1000005), "YCM reported DATA_NOT_FOUND (1000005)"},
		{NewNote(NoteAnswer, "timeout"), "timeout"},
		{NewNote(NoteFound, StateNotDone), "not done"},
		{NewNote(NoteChecks, 3), "checks: 3"},
		{NewNote(NoteBatch, "stop", 1200), "stop: 1,200 PBXs"},
		{NewNote(NoteBatch, "create", 1), "create: 1 PBX"},
		{NewNote(NoteBatchWhy, BatchYCMDown), "by itself, because YCM can’t be reached"},
		{NewNote(NoteBatchWhy, BatchFailures), "by itself, because too many consecutive rows failed"},
		{NewNote(NoteBatchWhy, BatchWave), "by itself, because a wave has ended"},
		{NewNote("later", "a", 1), "later a 1"}, // a code of a later version
		{Note{Code: NoteReason}, "reason"},      // a note that lacks its value
	}
	var tested []NoteCode
	for _, tt := range tests {
		tested = append(tested, tt.note.Code)
		if got := tt.note.String(); got != tt.want {
			t.Errorf("%v.String() = %q, want %q", tt.note, got, tt.want)
		}
	}
	for _, code := range noteCodes(t) {
		if !slices.Contains(tested, code) {
			t.Errorf("no test of the text of a note with code %q", code)
		}
	}
}

// TestDetailJoinsNotes checks how the notes of one event follow each other.
func TestDetailJoinsNotes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		notes []Note
		want  string
	}{
		{"none", nil, ""},
		{
			"facts",
			[]Note{NewNote(NoteSignedInBy, AuthPassword), NewNote(NoteSessionsEnded, 1)},
			"by password; 1 session ended",
		},
		{"operation", []Note{
			NewNote(NoteOperation, 5),
			NewNote(NoteTakes, "extensionCapacity", 10, 20, 10),
			NewNote(NoteTakes, "concurrentCallCapacity", 1, 2, 1),
			NewNote(NoteReason, "CB-1"),
		}, "operation 5: extensions: 10 (available: 20 → 10), concurrent calls: 1 (available: 2 → 1); reason: CB-1"},
		{"messages", append([]Note{NewNote(NoteEntries, 2)}, Messages("One.", "", "Two.")...), "2 entries. One. Two."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := (Event{Notes: tt.notes}).Detail(); got != tt.want {
				t.Errorf("Detail() = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNotesAreStored checks that notes are read as they were written, except for control characters and long values.
func TestNotesAreStored(t *testing.T) {
	t.Parallel()
	s, _ := chained(t, 0)
	notes := []Note{NewNote(NoteReason, "a\nb", strings.Repeat("x", 600)), NewNote(NoteSessionsEnded, 2)}
	if err := s.Audit(t.Context(), Actor{}, Event{Action: "user.role", Outcome: OutcomeDone, Notes: notes}); err != nil {
		t.Fatal(err)
	}
	want := []Note{
		{NoteReason, []string{"a\ufffdb", strings.Repeat("x", 500) + "…"}},
		{NoteSessionsEnded, []string{"2"}},
	}
	if diff := cmp.Diff(want, found(t, s, "")[0].Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	for word, want := range map[string]int{"2 sessions ended": 1, "ed": 1, "sessions-ended": 0, `{"`: 0} {
		if n := len(found(t, s, word)); n != want {
			t.Errorf("search for %q found %d events, want %d", word, n, want)
		}
	}
}

// TestNotesAreLimited checks that one event can't store more than maxNotes characters of notes.
func TestNotesAreLimited(t *testing.T) {
	t.Parallel()
	s, _ := chained(t, 0)
	ignored := slices.Repeat([]string{strings.Repeat("ä", 99) + "."}, 200)
	e := Event{Action: "pbxs.export", Outcome: OutcomeDone, Notes: Messages(ignored...)}
	if err := s.Audit(t.Context(), Actor{}, e); err != nil {
		t.Fatal(err)
	}
	want := append(Messages(ignored[:20]...), NewNote(NoteOmitted, 180))
	if diff := cmp.Diff(want, found(t, s, "")[0].Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	one := Event{Action: "pbx.create", Outcome: OutcomeDone, Notes: []Note{{NoteWarnings, ignored}}}
	if err := s.Audit(t.Context(), Actor{}, one); err != nil {
		t.Fatal(err)
	}
	if got, want := found(t, s, "")[0].Detail(), "omitted: 1 note"; got != want {
		t.Errorf("detail of one note that is too long = %q, want %q", got, want)
	}
}

// found returns the events that a search for a word finds.
func found(t *testing.T, s *Store, word string) []Event {
	t.Helper()
	var q AuditQuery
	if word != "" {
		q.Terms = []AuditTerm{{Value: word}}
	}
	p, err := s.AuditEvents(t.Context(), 1, 10, q)
	if err != nil {
		t.Fatal(err)
	}
	return p.Events
}

// TestRowsOfVersion2 checks that a row whose detail is text still verifies, shows that text, and is found by it, by the
// index as well as without it.
func TestRowsOfVersion2(t *testing.T) {
	t.Parallel()
	s, db := chained(t, 0)
	e := Event{
		Seq:      1,
		At:       fromUnix(1000),
		Actor:    Actor{Email: "a"},
		Action:   "user.add",
		Outcome:  OutcomeDone,
		encoding: encoding{version: 2, detail: "invited by zoe@example.com"},
	}
	e.Hash = auditHash(s.mac(), "", e)
	if _, err := db.ExecContext(
		t.Context(),
		`INSERT INTO audit_events (seq, at, actor_id, actor_email, actor_name, actor_role, address, session, action,
			target, target_name, outcome, detail, request_id, ycm_request_id, version, changes, reason, hash)
		VALUES (1, 1000, 0, 'a', '', '', '', '', 'user.add', '', '', 'done', 'invited by zoe@example.com', '', '', 2, '',
			'', ?)`,
		e.Hash,
	); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(
		t.Context(),
		`INSERT INTO audit_search (rowid, text) VALUES (1, ?)`,
		searchText(e),
	); err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyAudit(t.Context(), Head{}); err != nil {
		t.Errorf("VerifyAudit = %v", err)
	}
	for _, word := range []string{"invited by zoe", "zo"} {
		events := found(t, s, word)
		if len(events) != 1 || events[0].Detail() != "invited by zoe@example.com" || events[0].Notes != nil {
			t.Errorf("search for %q = %+v, want the row with its text", word, events)
		}
	}
}
