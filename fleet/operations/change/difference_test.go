package change

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// randomForm draws the pairs of a form that resizes or updates a PBX.
func randomForm(t *rapid.T, kind store.OperationKind) (pairs []string) {
	toggle := func(field fleet.Field) {
		if rapid.Bool().Draw(t, field.Name()) {
			pairs = append(pairs, field.Name(), "Enabled")
		}
	}
	if kind == Update {
		name := rapid.StringMatching(`[A-Za-zé][A-Za-z0-9 é'&<-]{0,20}[A-Za-z]`).Draw(t, "name")
		pairs = append(pairs, "name", name)
		for _, field := range SwitchFields {
			toggle(field)
		}
		return pairs
	}
	number := func(name string, from, to int) {
		pairs = append(pairs, name, strconv.Itoa(rapid.IntRange(from, to).Draw(t, name)))
	}
	number("extensionCapacity", 1, 40)
	number("concurrentCallCapacity", 1, 10)
	number("recordingCapacity", 600, 800)
	toggle(fleet.FieldRecordingStatus)
	if rapid.Bool().Draw(t, "has transcription") {
		number("transcriptionCapacity", 0, 100)
	}
	return pairs
}

// TestDifference checks that what a form announces is what is sent, and what YCM then has. Nothing else changes.
// It also checks that another try's form announces the same.
func TestDifference(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		kind := rapid.SampledFrom([]store.OperationKind{Resize, Update}).Draw(t, "kind")
		id := b.pbx(3, sized)
		before := b.ycm.Record(id)
		r := request(kind, id, randomForm(t, kind)...)
		preview, err := b.changes.Preview(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		r.Seen, r.Reviewed = preview.Seen, preview.Digest()
		key := fmt.Sprint("run ", n)
		s, err := b.changes.Submit(t.Context(), ines, key, r, []string{"*"})
		if err != nil || (s.Operation == nil) != (len(preview.Problems) > 0) {
			t.Fatalf("Submit: %v, %v, problems %v", s.Operation, err, preview.Problems)
		}
		if s.Operation == nil {
			return
		}
		again := Request{Kind: kind, PBX: id, Form: Again(s.Operation, preview.PBX), Zone: r.Zone}
		if d, _ := b.changes.Preview(t.Context(), again); !slices.Equal(d.Changes, preview.Changes) {
			t.Errorf("another try changes %v, want %v", d.Changes, preview.Changes)
		}
		b.machine.Send(t.Context(), key)
		if o, err := b.machine.Operation(t.Context(), key); err != nil || o.State != store.StateDone {
			t.Fatalf("the operation is %s, %v", o.State, err)
		}
		want := map[string]string{}
		for name, v := range before {
			want[name] = fmt.Sprint(v)
		}
		for _, c := range preview.Changes {
			want[c.Field] = c.After
		}
		want["transcriptionCapacity"] = "" // the plan's and the addon together
		for name, v := range b.ycm.Record(id) {
			field, known := fleet.FieldByName(name)
			if got := fmt.Sprint(v); known && want[name] != "" && !shows(field, got, switchOf(want[name])) {
				t.Errorf("%s is %s, want %s; announced %v", name, got, want[name], preview.Changes)
			}
		}
	})
}

// TestLostUpdates checks that no change that somebody makes in YCM is overwritten without a second confirmation:
// neither one between opening the form and submitting it, nor one between submitting and sending.
func TestLostUpdates(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	fields := map[store.OperationKind][]string{
		Update: {"name", "im", "upgradeInPbx", "passwordlessLogin"},
		Resize: {"extensionCapacity", "concurrentCallCapacity", "recordingCapacity", "transcriptionCapacityAddon"},
	}
	for seed := range *changeRuns {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		kind := []store.OperationKind{Update, Resize}[seed%2]
		id := b.pbx(r.IntN(10), sized)
		form := request(kind, id, forms[kind]...)
		d, err := b.changes.Look(t.Context(), form)
		if err != nil {
			t.Fatal(err)
		}
		form.Seen = d.Seen
		field := fields[kind][r.IntN(4)]
		theirs := any("Enabled")
		switch sized[field] {
		case "Alder":
			theirs = "Theirs"
		case "Enabled":
			theirs = "Disabled"
		}
		if n, ok := sized[field].(int); ok {
			theirs = n + 1 + r.IntN(9)
		}
		edit := func() { b.ycm.Edit(id, func(record map[string]any) { record[field] = theirs }) }
		key := fmt.Sprint("run ", seed)
		early := r.IntN(2) == 0
		if early {
			edit()
		}
		s, err := b.changes.Submit(t.Context(), ines, key, form, nil)
		if err != nil || (s.Operation == nil) != early || early && len(s.Draft.Meanwhile) == 0 {
			t.Fatalf("seed %d: %s changed early: %t; Submit: %v, %v, meanwhile %v, problems %v", seed, field, early,
				s.Operation, err, s.Draft.Meanwhile, s.Draft.Problems)
		}
		if !early {
			edit()
			b.machine.Send(t.Context(), key)
			if o := b.operation(key); o.State != store.StateNotSent || o.Answer.Kind != store.FailureChanged {
				t.Errorf("seed %d: the operation is %s (%s), want not-sent", seed, o.State, o.Answer.Kind)
			}
		}
		if got := b.ycm.Record(id)[field]; fmt.Sprint(got) != fmt.Sprint(theirs) {
			t.Errorf("seed %d: their %s %v was overwritten with %v", seed, field, theirs, got)
		}
	}
}

// TestUnreviewed checks that a form whose values aren't those that its user reviewed isn't sent.
func TestUnreviewed(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	id := b.pbx(3, sized)
	reviewed, err := b.changes.Preview(t.Context(), request(Update, id, "name", "Birch"))
	if err != nil {
		t.Fatal(err)
	}
	r := request(Update, id, "name", "Cedar")
	r.Reviewed = reviewed.Digest()
	s, err := b.changes.Submit(t.Context(), ines, "one", r, nil)
	if err != nil || s.Operation != nil || !s.Draft.Unreviewed {
		t.Errorf("Submit: %v, %v, unreviewed: %t, want no operation", s.Operation, err, s.Draft.Unreviewed)
	}
	r.Reviewed = s.Draft.Digest()
	b.submit("one", r)
}

// TestShortage checks that a resize that takes more than the subscription has needs a confirmation, and that what an
// open resize takes counts as used.
func TestShortage(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	first, second := b.pbx(3, sized), b.pbx(4, sized)
	reading, _, err := b.changes.c.Subscriptions.Read(t.Context(), 0)
	if err == nil {
		t.Fatal("Read without time succeeded")
	}
	if reading, _, err = b.changes.c.Subscriptions.Read(t.Context(), b.changes.c.ReadTimeout); err != nil {
		t.Fatal(err)
	}
	left := reading.Available[fleet.Transcription].N
	r := func(id, more int64) Request {
		return request(Resize, id, "recordingStatus", "Enabled", "transcriptionCapacity", number(60+more))
	}
	b.submit("first", r(first, left-5))
	s, err := b.changes.Submit(t.Context(), ines, "second", r(second, 6), nil)
	if err != nil || s.Operation != nil || len(s.Draft.Warnings) != 1 || s.Draft.Warnings[0].Number != 5 {
		t.Fatalf("Submit: %v, %v, warnings %+v, want a shortage of 6 with 5 left", s.Operation, err, s.Draft.Warnings)
	}
	b.submit("second", r(second, 6), s.Draft.Warnings[0].Key())
	b.machine.Send(t.Context(), "first")
	b.machine.Send(t.Context(), "second")
	if o := b.operation("second"); o.State != store.StateRefused {
		t.Errorf("the second resize is %s, want refused by YCM", o.State)
	}
	b.ycm.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Failed200})
	if _, err := b.changes.Submit(t.Context(), ines, "third", r(second, 1), nil); err == nil {
		t.Error("a resize was accepted although the subscription can't be read")
	}
}

// TestRecordsWithoutValues checks forms of a PBX of which YCM reports little.
func TestRecordsWithoutValues(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	none := map[string]any{}
	for name := range sized {
		if name != "name" && name != "pbxStatus" {
			none[name] = nil
		}
	}
	id := b.pbx(3, none)
	d, err := b.changes.Preview(t.Context(), request(Resize, id))
	want := []string{"extensionCapacity missing", "concurrentCallCapacity missing", "recordingCapacity missing"}
	if err != nil || !slices.Equal(codesOf(d.Problems), want) {
		t.Errorf("resize: %v, problems %q, want %q", err, codesOf(d.Problems), want)
	}
	d, err = b.changes.Preview(t.Context(), request(Update, id, "name", "Birch"))
	if err != nil || len(d.Problems) > 0 || len(d.Changes) != 5 {
		t.Errorf("update: %v, problems %v, changes %v, want the name and four switches", err, d.Problems, d.Changes)
	}
}
