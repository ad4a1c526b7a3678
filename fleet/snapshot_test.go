package fleet

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordboard/opt"
)

func nothing([]*PBX) Measures { return Measures{} }

// TestSnapshot checks that a snapshot sorts its PBXs, finds them by ID and host name, and excludes removed ones from
// Here, ByHost and CountBy.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	host := func(id int64, url, region string) *PBX {
		return pbxOf(id, map[Field]string{FieldURL: url, FieldRegion: region}, nil)
	}
	measured := 0
	s := NewSnapshot(3, []*PBX{
		host(30, "Acme.example.com", "Frankfurt"),
		host(10, "gone.example.com", "Frankfurt").AsGone(5),
		host(20, "", "Singapore"),
	}, Thresholds{Full: 90}, func(all []*PBX) Measures {
		measured = len(all)
		return Measures{}
	})
	var ids []int64
	for _, p := range s.PBXs() {
		ids = append(ids, p.CloudPBXID)
	}
	if !slices.Equal(ids, []int64{10, 20, 30}) || measured != 3 {
		t.Errorf("IDs = %v with %d measured, want them in order and all measured", ids, measured)
	}
	if s.Version() != 3 || s.Len() != 3 || s.Here() != 2 {
		t.Errorf("version %d, %d PBXs, %d here; want 3, 3, 2", s.Version(), s.Len(), s.Here())
	}
	if l := s.Thresholds(); l.Full != 90 || l.NearlyFull != DefaultThresholds.NearlyFull {
		t.Errorf("Thresholds = %+v, want the given one and defaults", l)
	}
	for id, want := range map[int64]bool{10: true, 20: true, 30: true, 15: false, 0: false, 31: false} {
		p, ok := s.PBX(id)
		if ok != want || ok && p.CloudPBXID != id {
			t.Errorf("PBX(%d) = %v, %t", id, p, ok)
		}
	}
	for name, want := range map[string]int64{"acme.EXAMPLE.com": 30, "gone.example.com": 0, "other.example.com": 0} {
		p := s.ByHost(name)
		if got := p; want == 0 && got != nil || want != 0 && (got == nil || got.CloudPBXID != want) {
			t.Errorf("ByHost(%s) = %v, want PBX %d", name, p, want)
		}
	}
	if got := s.CountBy(FieldRegion); len(got) != 2 || got["Frankfurt"] != 1 || got["Singapore"] != 1 {
		t.Errorf("CountBy(region) = %v, want one each without the gone PBX", got)
	}
}

// TestSnapshotFindsEveryPBX checks, with random IDs, that a snapshot finds exactly the PBXs that it contains.
func TestSnapshotFindsEveryPBX(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int64Range(1, 60), 0, 30, rapid.ID[int64]).Draw(t, "ids")
		var all []*PBX
		for _, id := range ids {
			all = append(all, pbxOf(id, nil, nil))
		}
		s := NewSnapshot(1, all, Thresholds{}, nothing)
		for id := range int64(62) {
			if _, ok := s.PBX(id); ok != slices.Contains(ids, id) {
				t.Fatalf("PBX(%d) = %t of %v", id, ok, ids)
			}
		}
	})
}

// TestMeasuresEqual checks that Equal compares every part of the measures except Totals.
func TestMeasuresEqual(t *testing.T) {
	t.Parallel()
	base := func() *Measures {
		m := &Measures{States: []uint16{1, 2}}
		for i := range Usages {
			m.Peaks[i], m.Reclaimable[i] = []int64{1, 2}, []int64{3, 4}
		}
		return m
	}
	for name, change := range map[string]func(*Measures){
		"sizes":       func(m *Measures) { m.Sizes[1].Full++ },
		"states":      func(m *Measures) { m.States[1] = 9 },
		"a peak":      func(m *Measures) { m.Peaks[2][0] = 9 },
		"reclaimable": func(m *Measures) { m.Reclaimable[0][1] = 9 },
		"a PBX more":  func(m *Measures) { m.States = append(m.States, 0) },
	} {
		other := base()
		change(other)
		if base().Equal(other) {
			t.Errorf("measures with other %s are equal", name)
		}
	}
	other := base()
	other.Totals[0].Sum = 9
	if !base().Equal(base()) || !base().Equal(other) {
		t.Error("the same measures differ")
	}
}

// TestFreshness checks each state, and that a running pass doesn't hide a worse state.
func TestFreshness(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		f    Freshness
		want State
	}{
		{"never", Freshness{}, Never},
		{"never, reading", Freshness{Reading: true}, Never},
		{"failing before the first success", Freshness{Failures: 1}, Failing},
		{"current", Freshness{At: now.Add(-time.Minute)}, Current},
		{"running", Freshness{At: now.Add(-time.Minute), Reading: true}, Running},
		{"three intervals", Freshness{At: now.Add(-3 * time.Minute)}, Current},
		{"stale", Freshness{At: now.Add(-3*time.Minute - 1)}, Stale},
		{"stale, reading", Freshness{At: now.Add(-time.Hour), Reading: true}, Stale},
		{"failing", Freshness{At: now, Failures: 2}, Failing},
		{"a little ahead", Freshness{At: now.Add(time.Minute)}, Current},
		{"from a clock that was wrong", Freshness{At: now.Add(time.Hour)}, Stale},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.f.Interval = time.Minute
			if got := tt.f.In(now).State; got != tt.want {
				t.Errorf("In(now) = %s, want %s", got, tt.want)
			}
		})
	}
	if IsStale(2*time.Second, 0) || !IsStale(4*time.Second, 0) {
		t.Error("without an interval, a reading isn't stale after three seconds")
	}
}

// kindError is an error that reports its kind, as errors from the YCM client do.
type kindError struct{ error }

func (kindError) Problem() (kind string, code int, message, requestID string) {
	return "rate", 1000009, "REQUEST_RATE", "their-id"
}

// TestProblemOf checks that errors keep their kind, even if they are wrapped.
func TestProblemOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("reset")
	if p := ProblemOf(nil); p != (Problem{}) {
		t.Errorf("ProblemOf(nil) = %+v, want none", p)
	}
	if p := ProblemOf(cause); p.Kind != Refused || !errors.Is(p, cause) || p.Error() != "reset" {
		t.Errorf("ProblemOf(an error) = %+v, want refused", p)
	}
	wrapped := errors.Join(errors.New("read"), kindError{cause})
	p := ProblemOf(wrapped)
	if p.Kind != Rate || p.Code != 1000009 || p.Message != "REQUEST_RATE" || p.RequestID != "their-id" {
		t.Errorf("ProblemOf(an error that knows its kind) = %+v", p)
	}
	if got := (Problem{Kind: Incomplete}).Error(); got != "incomplete" {
		t.Errorf("a problem without a cause says %q", got)
	}
}

// TestOptions checks that options are found by ID, region, name and search words, and that With returns a copy.
func TestOptions(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	l := NewOptions(at, []Option{
		{ID: 1, Name: "Acme", Email: "info@acme.example", Regions: []int64{1}},
		{ID: 2, Name: "ACME", Regions: []int64{1, 2}},
		{ID: 3, Name: "Müller", Email: "post@acme.example"},
	})
	if o, ok := l.ByID(2); !ok || o.Name != "ACME" {
		t.Errorf("ByID(2) = %+v, %t", o, ok)
	}
	if _, ok := l.ByID(9); ok {
		t.Error("ByID finds an option that isn't there")
	}
	if got := l.In(2); len(got) != 1 || got[0].ID != 2 {
		t.Errorf("In(2) = %+v, want option 2", got)
	}
	for _, tt := range []struct {
		name   string
		region int64
		want   int64
	}{
		{"Acme", 0, 1},
		{"ACME", 0, 2},
		{"acme", 0, 1},
		{"acme", 2, 2},
		{"Acme", 2, 2},
		{"muller", 0, 3},
		{"", 0, 0},
		{"muller", 1, 0},
		{"other", 0, 0},
	} {
		if got, ok := l.Named(tt.name, tt.region); got.ID != tt.want || ok != (tt.want != 0) {
			t.Errorf("Named(%q, %d) = %d, %t, want %d", tt.name, tt.region, got.ID, ok, tt.want)
		}
	}
	for _, tt := range []struct {
		search string
		most   int
		found  []int64
		count  int
	}{
		{"", 2, []int64{1, 2}, 3},
		{"acme", 9, []int64{1, 2, 3}, 3},
		{"acme post", 9, []int64{3}, 1},
		{"MULLER", 9, []int64{3}, 1},
		{"acme", 0, nil, 3},
		{"nobody", 9, nil, 0},
	} {
		found, count := l.Find(tt.search, tt.most)
		var ids []int64
		for _, o := range found {
			ids = append(ids, o.ID)
		}
		if !slices.Equal(ids, tt.found) || count != tt.count {
			t.Errorf("Find(%q, %d) = %v, %d, want %v, %d", tt.search, tt.most, ids, count, tt.found, tt.count)
		}
	}
	failed := l.With(Problem{Kind: Rate})
	if failed.Problem.Kind != Rate || l.Problem.Kind != NoProblem || !failed.At.Equal(at) || len(failed.All) != 3 {
		t.Errorf("With = %+v, want the same list with a problem", failed)
	}
}

// TestSignal checks that Notify wakes everything that is waiting, but nothing that starts to wait later, and that Wake
// doesn't block.
func TestSignal(t *testing.T) {
	t.Parallel()
	var s Signal
	s.Notify() // nothing is waiting yet
	first, second := s.Changed(), s.Changed()
	select {
	case <-first:
		t.Fatal("woken without a change")
	default:
	}
	s.Notify()
	<-first
	<-second
	select {
	case <-s.Changed():
		t.Error("woken by an earlier change")
	default:
	}
	c := make(chan struct{}, 1)
	Wake(c)
	Wake(c) // doesn't block
	<-c
}

// TestResourceField checks the form field of each resource, and that ShownResources lists each resource once.
func TestResourceField(t *testing.T) {
	t.Parallel()
	for resource, want := range []string{
		"extensionCapacity", "concurrentCallCapacity", "recordingCapacity", "plan", "transcriptionCapacity",
	} {
		if got := ResourceField(resource); got != want {
			t.Errorf("ResourceField(%d) = %s, want %s", resource, got, want)
		}
	}
	shown := slices.Clone(ShownResources[:])
	if slices.Sort(shown); !slices.Equal(shown, []int{0, 1, 2, 3, 4}) {
		t.Errorf("ShownResources = %v, want each resource once", ShownResources)
	}
}

// TestThresholdsOfUsage checks Reaches against exact arithmetic, and Utilization if the capacity wasn't reported.
func TestThresholdsOfUsage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		used, capacity := rapid.Int64Range(0, 1<<40).Draw(t, "used"), rapid.Int64Range(1, 1<<40).Draw(t, "capacity")
		percent := rapid.Int64Range(1, 100).Draw(t, "percent")
		if got := Reaches(used, capacity, percent); got != (used*100 >= capacity*percent) {
			t.Fatalf("Reaches(%d, %d, %d) = %t", used, capacity, percent, got)
		}
	})
	p := pbxOf(1, nil, map[Field]opt.Int{FieldUsedExtensions: opt.New(1)})
	if got := DefaultThresholds.Utilization(p.Number(FieldUsedExtensions), p.Number(FieldExtensionCapacity)); got !=
		UtilizationUnknown {
		t.Errorf("without a capacity, the utilization is %d, want unknown", got)
	}
}
