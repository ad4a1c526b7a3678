package change

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/store"
)

// judge returns a Judge for a form with the given pairs of names and values.
func (b *harness) judge(kind store.OperationKind, pairs ...string) *Judge {
	b.t.Helper()
	form := request(kind, 0, pairs...).Form
	j, err := b.changes.Judge(b.t.Context(), kind, form, time.UTC)
	if err != nil {
		b.t.Fatal(err)
	}
	return j
}

// row returns a PBX's row, and the codes of its problems.
func (b *harness) row(j *Judge, id int64) (store.BatchRow, []string) {
	b.t.Helper()
	p, _ := b.mirror.Snapshot().PBX(id)
	row, err := j.Row(p)
	if err != nil {
		b.t.Fatal(err)
	}
	problems, err := input.DecodeWarnings(row.Problems)
	if err != nil {
		b.t.Fatal(err)
	}
	var codes []string
	for _, f := range problems {
		codes = append(codes, string(f.Code))
	}
	return row, codes
}

// TestJudge checks, for each kind, what a form for many PBXs changes in one of them.
func TestJudge(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 4)
	size := map[string]any{
		"pbxStatus": "Running", "extensionCapacity": 40, "concurrentCallCapacity": 10, "recordingStatus": "Enabled",
		"recordingCapacity": 500, "transcriptionCapacity": 60, "transcriptionCapacityPlan": 60, "im": "Enabled",
		"transcriptionCapacityAddon": 0, "activationStatus": "Unactivated", "usedExtensions": 3, "activeCalls": 0,
	}
	id := b.pbx(0, size)
	ten := map[string]string{"extensionCapacity": "50"}
	for _, tt := range []struct {
		name  string
		kind  store.OperationKind
		form  []string
		state store.RowState
		after map[string]string
		codes []string
	}{
		{"stop", Stop, nil, store.RowPlanned, map[string]string{"pbxStatus": "Stopped"}, nil},
		{"start", Start, nil, store.RowUnchanged, nil, []string{"already-running"}},
		{
			"suspend", Suspend,
			[]string{"note", "Unpaid", "reviewOn", "2026-04-01"},
			store.RowPlanned,
			map[string]string{"pbxStatus": "Stopped"},
			nil,
		},
		{"set a size", Resize, []string{"extensionCapacity", "50"}, store.RowPlanned, ten, nil},
		{"raise a size", Resize, []string{"extensionCapacity", "+10"}, store.RowPlanned, ten, nil},
		{
			"lower a size", Resize,
			[]string{"concurrentCallCapacity", "-4"},
			store.RowPlanned,
			map[string]string{"concurrentCallCapacity": "6"},
			nil,
		},
		{"the same size", Resize, []string{"extensionCapacity", "40"}, store.RowUnchanged, nil, []string{"unchanged"}},
		{"too small", Resize, []string{"extensionCapacity", "-40"}, store.RowNotApplicable, nil, []string{"too-low"}},
		{
			"recording off", Resize,
			[]string{"recordingStatus", "Disabled"},
			store.RowPlanned,
			map[string]string{"recordingStatus": "Disabled"},
			nil,
		},
		{"switch off", Update, []string{"im", "Disabled"}, store.RowPlanned, map[string]string{"im": "Disabled"}, nil},
		{"switch on", Update, []string{"im", "Enabled"}, store.RowUnchanged, nil, []string{"unchanged"}},
		{"delete", Delete, nil, store.RowPlanned, map[string]string{Presence: gone}, nil},
		{
			"customers unread", Customers,
			[]string{Mode, ModeSet},
			store.RowNotApplicable, nil,
			[]string{"customers-unread"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row, codes := b.row(b.judge(tt.kind, tt.form...), id)
			after := map[string]string(nil)
			for _, c := range row.Request.Changes {
				if after == nil {
					after = map[string]string{}
				}
				after[c.Field] = c.After
			}
			if diff := cmp.Diff(tt.after, after); row.State != tt.state || diff != "" || !cmp.Equal(tt.codes, codes) {
				t.Errorf("the row is %s, problems %q, want %s, %q; changes (-want +got):\n%s", row.State, codes, tt.state,
					tt.codes, diff)
			}
		})
	}
	other := b.pbx(1, map[string]any{
		"transcriptionCapacity": nil, "transcriptionCapacityPlan": nil, "transcriptionCapacityAddon": nil,
		"recordingStatus": "Disabled", "recordingCapacity": 0, "concurrentCallCapacity": 10,
	})
	for _, tt := range []struct {
		form []string
		want []string
	}{
		{[]string{"transcriptionCapacity", "+100", "concurrentCallCapacity", "12"}, []string{"unknown-size"}},
		{[]string{"recordingCapacity", "+500"}, []string{"recording-off"}},
		{[]string{"recordingCapacity", "500", "recordingStatus", "Enabled"}, nil},
		{[]string{"recordingCapacity", "+0", "concurrentCallCapacity", "+2"}, nil},
	} {
		if row, codes := b.row(b.judge(Resize, tt.form...), other); !cmp.Equal(codes, tt.want) ||
			(row.State == store.RowPlanned) != (tt.want == nil) {
			t.Errorf("%q: the row is %s, problems %q, want %q", tt.form, row.State, codes, tt.want)
		}
	}
	b.submit("open", request(Stop, id))
	row, codes := b.row(b.judge(Stop), id)
	if row.State != store.RowNotApplicable || !cmp.Equal(codes, []string{"busy"}) {
		t.Errorf("with an open operation, the row is %s, %q", row.State, codes)
	}
}

// TestJudgeCustomers checks what adding, removing and setting customers makes of a PBX's customers.
func TestJudgeCustomers(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2)
	id := b.pbx(0, map[string]any{"pbxStatus": "Running", "activationStatus": "Unactivated"})
	p, _ := b.mirror.Snapshot().PBX(id)
	p = p.WithCustomers(fleet.NewCustomerSet([]*fleet.Customer{
		{ID: 50086182, Members: map[string]string{fleet.Company: "Alder"}, GoneAt: fleet.Absent},
		{ID: 50086219, Members: map[string]string{fleet.Company: "Birch"}, GoneAt: fleet.Absent},
	}))
	for mode, want := range map[string]string{
		ModeAdd:    "7 50086182 50086219",
		ModeRemove: "50086182",
		ModeSet:    "7 50086219",
	} {
		ids := []string{CustomerIDs, "50086219", CustomerIDs, "7"}
		row, err := b.judge(Customers, append(ids, Mode, mode)...).Row(p)
		if err != nil || len(row.Request.Changes) != 1 || row.Request.Changes[0].After != want {
			t.Errorf("%s: %+v, %v, want %s", mode, row.Request.Changes, err, want)
		}
	}
	row, err := b.judge(Email).Row(p)
	if err != nil || row.State != store.RowPlanned || row.Request.Changes[0].After != "50086182 50086219" {
		t.Errorf("the email goes to %+v, %v, want both customers", row.Request.Changes, err)
	}
}

// TestJudgedIsSent checks that an operation with a judged request is carried out like one from a form.
func TestJudgedIsSent(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2)
	id := b.pbx(0, map[string]any{"pbxStatus": "Running"})
	row, _ := b.row(b.judge(Stop, "reason", "CB-12"), id)
	o := store.Operation{ID: "one", Kind: Stop, By: ines, Target: row.Target, Request: row.Request}
	if _, err := b.machine.Submit(t.Context(), o, func(*store.Operation, store.Pending) error { return nil }); err != nil {
		t.Fatal(err)
	}
	b.machine.Send(t.Context(), "one")
	if o := b.operation("one"); o.State != store.StateDone || b.ycm.Record(id)["pbxStatus"] != "Stopped" {
		t.Errorf("the operation is %s (%s), the PBX %v", o.State, o.Answer.Kind, b.ycm.Record(id)["pbxStatus"])
	}
}

// TestCheckInputs checks what is wrong with forms for many PBXs.
func TestCheckInputs(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1)
	for _, tt := range []struct {
		kind store.OperationKind
		form url.Values
		want []string
	}{
		{Stop, url.Values{}, nil},
		{Resize, url.Values{}, []string{" nothing-chosen"}},
		{Resize, url.Values{"extensionCapacity": {"+10"}, "recordingStatus": {"Disabled"}}, nil},
		{Resize, url.Values{"extensionCapacity": {"ten"}}, []string{"extensionCapacity not-a-number"}},
		{Resize, url.Values{"extensionCapacity": {"+99999999999999999999"}}, []string{"extensionCapacity too-high"}},
		{Resize, url.Values{"extensionCapacity": {"-99999999999999999999"}}, []string{"extensionCapacity too-low"}},
		{Update, url.Values{"im": {"on"}}, []string{"im not-a-switch"}},
		{Update, url.Values{"im": {""}}, []string{" nothing-chosen"}},
		{Customers, url.Values{Mode: {"add"}}, []string{"customerIds missing"}},
		{Customers, url.Values{Mode: {"swap"}, CustomerIDs: {"7"}}, []string{"mode not-one-of"}},
		{Customers, url.Values{Mode: {"set"}}, nil},
		{Customers, url.Values{Mode: {"set"}, CustomerIDs: {"x"}}, []string{"customerIds not-an-id"}},
		{Suspend, url.Values{"reason": {"r"}}, []string{"reviewOn missing"}},
	} {
		j, err := b.changes.Judge(t.Context(), tt.kind, tt.form, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range j.CheckInputs() {
			got = append(got, f.Field+" "+string(f.Code))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", tt.kind, tt.form, diff)
		}
	}
}

// TestUndo checks that undoing a resize restores the values before it, unless somebody has changed them since.
func TestUndo(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2)
	id := b.pbx(0, map[string]any{
		"pbxStatus": "Running", "extensionCapacity": 40, "concurrentCallCapacity": 10, "recordingStatus": "Disabled",
		"recordingCapacity": 0, "usedExtensions": 3, "activeCalls": 0,
	})
	b.submit("one", request(Resize, id, "extensionCapacity", "60", "concurrentCallCapacity", "12",
		"recordingCapacity", "0", "transcriptionCapacity", ""))
	b.machine.Send(t.Context(), "one")
	p, err := b.mirror.Read(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	form, refused := Undo(b.operation("one"), p)
	if refused != nil {
		t.Fatalf("Undo = %+v", refused)
	}
	row, err := b.judge(Inverse(Resize)).RowOf(p, form)
	want := []store.FieldChange{
		{Field: "extensionCapacity", Before: "60", After: "40"}, {Field: "concurrentCallCapacity", Before: "12", After: "10"},
	}
	if diff := cmp.Diff(want, row.Request.Changes); err != nil || diff != "" {
		t.Errorf("the undo: %v (-want +got):\n%s", err, diff)
	}
	b.pbx(0, map[string]any{"extensionCapacity": 70})
	p, _ = b.mirror.Snapshot().PBX(id)
	if _, refused := Undo(b.operation("one"), p); refused == nil || refused.Code != FindingChangedSince {
		t.Errorf("after another change, Undo = %+v, want %s", refused, FindingChangedSince)
	}
}

// TestUndoMinutes checks that undoing a resize leaves recording minutes, which YCM doesn't take back, and says so.
func TestUndoMinutes(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2)
	size := map[string]any{
		"extensionCapacity": 40, "concurrentCallCapacity": 10, "recordingStatus": "Enabled", "recordingCapacity": 500,
		"usedExtensions": 3, "activeCalls": 0,
	}
	for i, tt := range []struct {
		form  []string
		state store.RowState
		want  []store.FieldChange
	}{
		{
			[]string{"extensionCapacity", "60", "recordingCapacity", "900"},
			store.RowPlanned,
			[]store.FieldChange{{Field: "extensionCapacity", Before: "60", After: "40"}},
		},
		{[]string{"extensionCapacity", "40", "recordingCapacity", "900"}, store.RowNotApplicable, nil},
	} {
		id, key := b.pbx(i, size), fmt.Sprint("resize ", i)
		b.submit(key, request(Resize, id, append(tt.form, "concurrentCallCapacity", "10", "recordingStatus", "Enabled",
			"transcriptionCapacity", "")...))
		b.machine.Send(t.Context(), key)
		p, err := b.mirror.Read(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		o := b.operation(key)
		row, err := b.judge(Resize).UndoRow(o, p)
		if diff := cmp.Diff(tt.want, row.Request.Changes); err != nil || diff != "" || row.State != tt.state {
			t.Errorf("%q: the row is %s, %v (-want +got):\n%s", tt.form, row.State, err, diff)
		}
		notes, err := input.DecodeWarnings(append(row.Problems, row.Request.Warnings...))
		if err != nil || len(notes) != 1 || notes[0].Code != FindingMinutesStay {
			t.Errorf("%q: notes %+v, %v", tt.form, notes, err)
		}
	}
}

// TestUndoCustomers checks that undoing a change of customers is refused if somebody has changed them since.
func TestUndoCustomers(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1)
	id := b.pbx(0, map[string]any{"pbxStatus": "Running"})
	o := store.Operation{Kind: Customers, Target: store.Target{CloudPBXID: id}}
	o.Request.Changes = []store.FieldChange{{Field: CustomerIDs, Before: "1", After: "1 2"}}
	p, _ := b.mirror.Snapshot().PBX(id)
	for owners, want := range map[string]store.RowState{"1 2": store.RowPlanned, "1 2 3": store.RowNotApplicable} {
		var all []*fleet.Customer
		for _, word := range strings.Fields(owners) {
			n, _ := strconv.ParseInt(word, 10, 64)
			all = append(all, &fleet.Customer{ID: n, GoneAt: fleet.Absent})
		}
		row, err := b.judge(Customers).UndoRow(&o, p.WithCustomers(fleet.NewCustomerSet(all)))
		if err != nil || row.State != want {
			t.Errorf("with customers %s, the row is %s, %v, want %s", owners, row.State, err, want)
		}
	}
}
