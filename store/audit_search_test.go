package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/clocktest"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/store/storetest"
)

// log has the rows that the tests search for. The rows are numbered from 1 and are one minute apart.
var log = []struct {
	by store.Actor
	e  store.Event
}{
	{
		store.Actor{ID: 1, Email: "ann@example.com", Name: "Änn Ash", Role: "admin", Address: "192.0.2.7"},
		store.Event{
			Action: "pbx.create", TargetName: "Bäckerei Nord", Outcome: "asked",
			Notes: store.Messages("Enterprise Plan"),
		},
	},
	{
		store.Actor{ID: 1, Email: "ann@example.com", Name: "Änn Ash", Role: "admin", Reason: "ticket CB-4711"},
		store.Event{Action: "pbx.create", Target: "7715", TargetName: "Bäckerei Nord", Outcome: "done", YCMRequestID: "r-Y"},
	},
	{
		store.Actor{Email: "eve@example.net", Address: "2001:db8::1", RequestID: "REQ-3"},
		store.Event{Action: "session.signin", Target: "1", TargetName: "ann@example.com", Outcome: "failed"},
	},
	{
		store.Actor{ID: 2, Email: "bo@example.com", Name: "Bo", Role: "operator"},
		store.Event{
			Action: "user.role", Target: "3", TargetName: "kim@example.com", Outcome: "done",
			Changes: []store.Change{{Field: "role", Before: "viewer", After: "operator"}},
		},
	},
	{
		store.Actor{},
		store.Event{Action: "link.use", Outcome: "refused", Notes: store.Messages("the link has expired")},
	},
	{
		store.Actor{ID: 2, Email: "bo@example.com", Name: "Bo", Role: "operator"},
		store.Event{
			Action: "pbxs.export", TargetName: "PBXs", Outcome: "done",
			Notes: store.Messages("480 rows; 100 % of them_all"),
		},
	},
}

// logged returns a store with the rows of log in its audit log, and the store's clock.
func logged(t *testing.T) (*store.Store, *clocktest.Clock) {
	t.Helper()
	c := newClock()
	s := storetest.New(t, c.Now)
	for _, row := range log {
		if err := s.Audit(t.Context(), row.by, row.e); err != nil {
			t.Fatal(err)
		}
		c.Add(time.Minute)
	}
	return s, c
}

func seqs(events []store.Event) []int64 {
	all := []int64{}
	for _, e := range events {
		all = append(all, e.Seq)
	}
	return all
}

// found returns the numbers of the rows that a query selects, newest first. It also checks that a page and an export
// agree.
func found(t *testing.T, s *store.Store, q store.AuditQuery) []int64 {
	t.Helper()
	p, err := s.AuditEvents(t.Context(), 1, 50, q)
	if err != nil {
		t.Fatal(err)
	}
	page := seqs(p.Events)
	exported := []int64{}
	if err := s.EachAuditEvent(t.Context(), q, 1<<40, func(e store.Event) error {
		exported = append(exported, e.Seq)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(exported)
	if diff := cmp.Diff(page, exported); diff != "" {
		t.Errorf("%+v: page and export differ (-page +export):\n%s", q, diff)
	}
	var counted int64
	for _, n := range p.Outcomes {
		counted += n
	}
	if p.Total != int64(len(page)) || counted != p.Total || p.More {
		t.Errorf("%+v: total %d, outcomes %v, more %t, want %d rows", q, p.Total, p.Outcomes, p.More, len(page))
	}
	return page
}

// TestAuditTerms checks what each kind of term finds.
func TestAuditTerms(t *testing.T) {
	t.Parallel()
	s, c := logged(t)
	began := newClock().Now()
	term := func(field, value string) store.AuditTerm { return store.AuditTerm{Field: field, Value: value} }
	not := func(field, value string) store.AuditTerm {
		return store.AuditTerm{Field: field, Value: value, Not: true}
	}
	for _, tt := range []struct {
		name  string
		query store.AuditQuery
		want  []int64
	}{
		{"everything", store.AuditQuery{}, []int64{6, 5, 4, 3, 2, 1}},
		{"a word, without its accents", terms(term("", "backerei")), []int64{2, 1}},
		{"a word in a name and an address", terms(term("", "ann")), []int64{3, 2, 1}},
		{"two words, in any fields", terms(term("", "ann"), term("", "create")), []int64{2, 1}},
		{"a word too short for the index", terms(term("", "bo")), []int64{6, 4}},
		{"a word of the changes", terms(term("", "viewer")), []int64{4}},
		{"characters with a meaning in SQL", terms(term("", "100 % of them_all")), []int64{6}},
		{"a quotation mark", terms(term("", `"`)), []int64{4}}, // only in the JSON of changes
		{"nothing like it", terms(term("", "zzz")), nil},
		{"an actor by part of the name", terms(term("actor", "ann")), []int64{2, 1}},
		{"an actor by address", terms(term("actor", "bo@example.com")), []int64{6, 4}},
		{"either actor", terms(term("actor", "bo"), term("actor", "eve")), []int64{6, 4, 3}},
		{"an actor by the beginning", terms(term("actor", "a*")), []int64{2, 1}},
		{"no actor", terms(store.AuditTerm{Field: "actor", Nobody: true}), []int64{5}},
		{"any actor", terms(store.AuditTerm{Field: "actor", Nobody: true, Not: true}), []int64{6, 4, 3, 2, 1}},
		{"an action", terms(term("action", "pbx.create")), []int64{2, 1}},
		{"an object's actions", terms(term("action", "pbx")), []int64{2, 1}}, // not those of pbxs
		{"the beginning of actions", terms(term("action", "pbx*")), []int64{6, 2, 1}},
		{"an outcome", terms(term("outcome", "done")), []int64{6, 4, 2}},
		{"part of an outcome", terms(term("outcome", "don")), nil},
		{"without an outcome", terms(not("outcome", "done")), []int64{5, 3, 1}},
		{"without two outcomes", terms(not("outcome", "done"), not("outcome", "asked")), []int64{5, 3}},
		{"without a word", terms(not("", "example")), []int64{5}},
		{"a target by ID", terms(term("target", "7715")), []int64{2}},
		{"a target by part of the name", terms(term("target", "nord")), []int64{2, 1}},
		{"an address", terms(term("address", "192.0.2.7")), []int64{1}},
		{"part of an address", terms(term("address", "192.0.2")), nil},
		{"the beginning of an address", terms(term("address", "2001:db8:*")), []int64{3}},
		{"Cordboard's request ID", terms(term("requestId", "req-3")), []int64{3}},
		{"YCM's request ID", terms(term("requestId", "R-y")), []int64{2}},
		{"a reason", terms(term("reason", "4711")), []int64{2}},
		{"a row's number", terms(term("seq", "4")), []int64{4}},
		{"a range of numbers", terms(term("seq", "2..4")), []int64{4, 3, 2}},
		{"numbers from", terms(term("seq", "5..")), []int64{6, 5}},
		{"numbers up to", terms(term("seq", "..2")), []int64{2, 1}},
		{"an action by its verb", terms(term("action", "role")), []int64{4}},
		{"a number that isn't one", terms(term("seq", "four")), nil},
		{"an actor and an outcome", terms(term("actor", "ann"), term("outcome", "done")), []int64{2}},
		{"one object", store.AuditQuery{Objects: []string{"pbx"}}, []int64{2, 1}},
		{"two objects", store.AuditQuery{Objects: []string{"pbx", "link"}}, []int64{5, 2, 1}},
		{"from a minute", store.AuditQuery{From: began.Add(4 * time.Minute)}, []int64{6, 5}},
		{"before a minute", store.AuditQuery{To: began.Add(time.Minute)}, []int64{1}},
		{"an empty range", store.AuditQuery{From: c.Now(), To: c.Now()}, nil},
	} {
		want := tt.want
		if want == nil {
			want = []int64{}
		}
		if diff := cmp.Diff(want, found(t, s, tt.query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func terms(all ...store.AuditTerm) store.AuditQuery { return store.AuditQuery{Terms: all} }

// TestAuditWordsAgainstAPlainLoop compares random searches for words and outcomes with a loop over the rows.
func TestAuditWordsAgainstAPlainLoop(t *testing.T) {
	t.Parallel()
	s, _ := logged(t)
	texts := make([]string, len(log))
	for i, row := range log {
		texts[i] = fold.Text(strings.Join([]string{
			row.by.Email, row.by.Name, row.e.Target, row.e.TargetName, row.e.Detail(), row.by.Reason, row.e.YCMRequestID,
			row.by.RequestID, row.e.Outcome, row.by.Address, row.e.Action,
		}, "\n"))
	}
	word := rapid.SampledFrom([]string{
		"ann", "Änn", "bo", "example", "EXAMPLE.com", "nord", "o", "e.", "4711", "expired", "zzz", "pbx", "::", "done", "ö",
	})
	rapid.Check(t, func(rt *rapid.T) {
		var q store.AuditQuery
		match := func(int) bool { return true }
		for i := range rapid.IntRange(1, 3).Draw(rt, "terms") {
			value, negated := word.Draw(rt, fmt.Sprint("word ", i)), rapid.Bool().Draw(rt, fmt.Sprint("not ", i))
			q.Terms = append(q.Terms, store.AuditTerm{Value: value, Not: negated})
			before := match
			match = func(row int) bool {
				return before(row) && strings.Contains(texts[row], fold.Text(value)) != negated
			}
		}
		if rapid.Bool().Draw(rt, "outcome") {
			q.Terms = append(q.Terms, store.AuditTerm{Field: "outcome", Value: "done"})
			before := match
			match = func(row int) bool { return before(row) && log[row].e.Outcome == "done" }
		}
		want := []int64{}
		for row := range slices.Backward(log) {
			if match(row) && row != 3 { // row 4 has changes, and the loop doesn't search their JSON
				want = append(want, int64(row+1))
			}
		}
		got := slices.DeleteFunc(found(t, s, q), func(seq int64) bool { return seq == 4 })
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("%+v (-want +got):\n%s", q, diff)
		}
	})
}

// TestEachAuditEvent checks that an export reads more rows than fit into one query, ends at the given row, and
// stops when its callback fails.
func TestEachAuditEvent(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	const rows = 1203
	for range rows {
		if err := s.Audit(t.Context(), store.Actor{}, store.Event{Action: "user.test", Outcome: "done"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, upTo := range []int64{0, 1, 500, 1000, rows, rows + 9} {
		var n int64
		if err := s.EachAuditEvent(t.Context(), store.AuditQuery{}, upTo, func(e store.Event) error {
			if n++; e.Seq != n {
				return fmt.Errorf("row %d came as number %d", e.Seq, n)
			}
			return nil
		}); err != nil || n != min(upTo, rows) {
			t.Errorf("export up to row %d = %d rows, %v", upTo, n, err)
		}
	}
	stop := errors.New("the browser is gone")
	n := 0
	if err := s.EachAuditEvent(t.Context(), store.AuditQuery{}, rows, func(store.Event) error {
		if n++; n == 700 {
			return stop
		}
		return nil
	}); !errors.Is(err, stop) || n != 700 {
		t.Errorf("export that fails at row 700 = %v after %d rows", err, n)
	}
}

// TestAuditOfPBXs checks which rows concern a PBX.
func TestAuditOfPBXs(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	for _, e := range []store.Event{
		{Action: "pbx.create", Target: "7715"},
		{Action: "pbx.create", Target: "77"},
		{Action: "creation.settle", Target: "7715"},
		{Action: "user.role", Target: "7715"}, // a user with the same ID
		{Action: "pbxs.export", Target: "7715"},
		{Action: "pbx.stop", Target: "7715"},
		{Action: "pbx.stop", Target: "7715", Outcome: store.OutcomeRefused}, // a form
		{
			Action: "pbx.stop", Target: "7715", Outcome: store.OutcomeRefused,
			Notes: []store.Note{store.NewNote(store.NoteOperation, 8)},
		},
	} {
		if e.Outcome == "" {
			e.Outcome = store.OutcomeDone
		}
		if err := s.Audit(t.Context(), store.Actor{}, e); err != nil {
			t.Fatal(err)
		}
	}
	for limit, want := range map[int][]int64{9: {8, 6, 3, 1}, 2: {8, 6}} {
		if events, err := s.AuditOfPBXs(t.Context(), limit, 7715); err != nil || !slices.Equal(seqs(events), want) {
			t.Errorf("AuditOfPBX with limit %d = %v, %v, want %v", limit, seqs(events), err, want)
		}
	}
}

// TestAuditRowsAsWritten checks that a row is read back with everything that was written, and that Actor.Recorded
// counts the actor's rows.
func TestAuditRowsAsWritten(t *testing.T) {
	t.Parallel()
	s, _ := logged(t)
	p, err := s.AuditEvents(t.Context(), 1, 50, store.AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range slices.Backward(p.Events) {
		row := log[len(log)-1-i]
		want := row.e
		want.Actor = row.by
		if diff := cmp.Diff(want, e, cmp.FilterPath(func(p cmp.Path) bool {
			name := p.String()
			return name == "Seq" || name == "At" || name == "Hash" || name == "encoding"
		}, cmp.Ignore())); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", e.Seq, diff)
		}
	}
	var recorded atomic.Int64
	by := store.Actor{Email: "ann@example.com", Recorded: &recorded}
	for range 3 {
		if err := s.Audit(t.Context(), by, store.Event{Action: "user.test", Outcome: "done"}); err != nil {
			t.Fatal(err)
		}
	}
	if recorded.Load() != 3 {
		t.Errorf("recorded = %d, want 3", recorded.Load())
	}
}

// TestOmittedRefusals checks the limit on rows for strangers: which refusals get a row, and when the others are
// counted.
func TestOmittedRefusals(t *testing.T) {
	t.Parallel()
	c := newClock()
	dir := t.TempDir()
	s := storetest.Open(t, dir, c.Now)
	stranger := store.Actor{Address: "203.0.113.1", Stranger: true}
	refuse := func(n int) {
		t.Helper()
		for range n {
			if err := s.Audit(t.Context(), stranger, store.Event{Action: "link.use", Outcome: "refused"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	omitted := func() []string {
		t.Helper()
		p, err := s.AuditEvents(t.Context(), 1, 50, store.AuditQuery{Objects: []string{"audit"}})
		if err != nil {
			t.Fatal(err)
		}
		all := []string{}
		for _, e := range p.Events {
			all = append(all, e.Changes[0].After)
		}
		return all
	}
	count := func(want ...string) {
		t.Helper()
		if err := s.CountOmitted(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]string{}, want...), omitted()); diff != "" {
			t.Errorf("counts, newest first (-want +got):\n%s", diff)
		}
	}
	refuse(59)
	count() // all of them have rows
	refuse(5)
	count("5")
	refuse(4)
	count("5") // at most one row with a count per minute
	c.Add(time.Minute)
	refuse(1) // gets a row again
	count("4", "5")

	refuse(70)
	c.Add(time.Minute)
	storetest.Break(t, dir, "audit_events")
	if err := s.CountOmitted(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("CountOmitted without a log = %v, want ErrUnavailable", err)
	}
	storetest.Exec(t, dir, `DROP TRIGGER broken_audit_events`)
	count("12", "4", "5") // a count that can't be written isn't lost
}
