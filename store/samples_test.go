package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/store"
	"cordboard/store/storetest"
)

// fleetOf stores PBXs with the given IDs. ForgetSamples ignores samples of PBXs that aren't stored.
func fleetOf(t *testing.T, s *store.Store, at time.Time, ids ...int64) {
	t.Helper()
	var all []store.PBX
	for _, id := range ids {
		all = append(all, store.PBX{Account: "default", CloudPBXID: id, Record: []byte(`{}`), ChangedAt: at})
	}
	if err := s.Put(t.Context(), store.Changes{Account: "default", PBXs: all}); err != nil {
		t.Fatal(err)
	}
}

func putSamples(t *testing.T, s *store.Store, all ...store.Sample) {
	t.Helper()
	if err := s.Put(t.Context(), store.Changes{Account: "default", Samples: all}); err != nil {
		t.Fatal(err)
	}
}

func daySample(id int64, counter string, start time.Time, highest int64) store.Sample {
	return store.Sample{CloudPBXID: id, Scale: store.Day, Counter: counter, Start: start, Max: highest, Known: true}
}

// TestSamples checks that samples are replaced, ordered, and kept apart by account, PBX, scale and counter. It also
// checks which samples EachLastSample passes on.
func TestSamples(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	today := c.Now().Truncate(24 * time.Hour)
	yesterday := today.AddDate(0, 0, -1)
	calls := []store.Sample{daySample(1, "activeCalls", yesterday, 3), daySample(1, "activeCalls", today, 4)}
	unknown := store.Sample{CloudPBXID: 1, Scale: store.Day, Counter: "usedExtensions", Start: today}
	hour := store.Sample{
		CloudPBXID: 1, Scale: store.Hour, Counter: "activeCalls", Start: c.Now().Truncate(time.Hour), Max: 2, Known: true,
	}
	putSamples(t, s, calls[1], unknown, hour, calls[0], daySample(2, "activeCalls", today, 9))
	calls[1].Max = 7
	putSamples(t, s, calls[1]) // a later value for the same day
	got, err := s.Samples(t.Context(), "default", 1, store.Day)
	if diff := cmp.Diff(append(calls, unknown), got); err != nil || diff != "" {
		t.Errorf("Samples by the day: %v (-want +got):\n%s", err, diff)
	}
	got, err = s.Samples(t.Context(), "default", 1, store.Hour)
	if diff := cmp.Diff([]store.Sample{hour}, got); err != nil || diff != "" {
		t.Errorf("Samples by the hour: %v (-want +got):\n%s", err, diff)
	}
	if got, err := s.Samples(t.Context(), "other", 1, store.Day); err != nil || len(got) != 0 {
		t.Errorf("Samples of another account = %v, %v, want none", got, err)
	}
	last := map[string]store.Sample{}
	if err := s.EachLastSample(t.Context(), "default", func(p store.Sample) {
		last[fmt.Sprintf("%d %s %s", p.CloudPBXID, p.Scale, p.Counter)] = p
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]store.Sample{
		"1 day activeCalls": calls[1], "1 day usedExtensions": unknown, "1 hour activeCalls": hour,
		"2 day activeCalls": daySample(2, "activeCalls", today, 9),
	}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Errorf("last samples (-want +got):\n%s", diff)
	}
}

// TestPeaksAgainstAPlainLoop compares EachPeak with a loop over random samples. A peak is the highest value since
// the given day, including an earlier value that was still current on that day.
func TestPeaksAgainstAPlainLoop(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	today := c.Now().Truncate(24 * time.Hour)
	accounts := 0
	rapid.Check(t, func(rt *rapid.T) {
		accounts++
		account := fmt.Sprint("account ", accounts)
		type key struct {
			id      int64
			counter string
		}
		values := map[key]map[int]int64{} // keyed by the number of days before today
		var all []store.Sample
		for range rapid.IntRange(0, 12).Draw(rt, "samples") {
			k := key{rapid.Int64Range(1, 2).Draw(rt, "PBX"), rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "counter")}
			ago, highest := rapid.IntRange(0, 9).Draw(rt, "days ago"), rapid.Int64Range(0, 50).Draw(rt, "max")
			if values[k] == nil {
				values[k] = map[int]int64{}
			}
			values[k][ago] = highest
			all = append(all, daySample(k.id, k.counter, today.AddDate(0, 0, -ago), highest))
		}
		pbxs := []store.PBX{
			{CloudPBXID: 1, Record: []byte(`{}`), ChangedAt: c.Now()},
			{CloudPBXID: 2, Record: []byte(`{}`), ChangedAt: c.Now()},
		}
		if err := s.Put(t.Context(), store.Changes{Account: account, PBXs: pbxs, Samples: all}); err != nil {
			t.Fatal(err)
		}
		days := rapid.IntRange(0, 9).Draw(rt, "since")
		want := map[key]store.Peak{}
		for k, byDay := range values {
			p := store.Peak{CloudPBXID: k.id, Counter: k.counter}
			current := -1
			for ago := range byDay {
				if ago >= days && (current < 0 || ago < current) {
					current = ago // the value that was current on the first day
				}
				if first := today.AddDate(0, 0, -ago); p.First.IsZero() || first.Before(p.First) {
					p.First = first
				}
			}
			for ago, highest := range byDay {
				if ago <= days || ago == current {
					p.Max, p.Known = max(p.Max, highest), true
				}
			}
			want[k] = p
		}
		got := map[key]store.Peak{}
		since := today.AddDate(0, 0, -days).Add(13 * time.Hour) // the whole day counts
		err := s.EachPeak(t.Context(), account, since, []string{"a", "b"}, func(p store.Peak) {
			got[key{p.CloudPBXID, p.Counter}] = p
		})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			rt.Fatalf("EachPeak: %v (-want +got):\n%s", err, diff)
		}
	})
}

// TestForgetSamples checks which samples are removed: those older than their scale's limit, except the newest such
// sample of each counter. It also checks which sampled hours and days remain.
func TestForgetSamples(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	today := c.Now().Truncate(24 * time.Hour)
	var ids []int64
	for id := int64(1); id <= 1200; id++ { // more than are checked in one transaction
		ids = append(ids, id)
	}
	fleetOf(t, s, c.Now(), ids...)
	ago := func(days int) time.Time { return today.AddDate(0, 0, -days) }
	for _, id := range []int64{1, 700, 1200} {
		for _, days := range []int{600, 500, 450, 300, 0} {
			putSamples(t, s, daySample(id, "a", ago(days), int64(days)))
		}
		putSamples(t, s, daySample(id, "b", ago(900), 1))
	}
	for _, days := range []int{600, 300, 10} {
		if _, err := s.AddSampled(t.Context(), "default", ago(days).Add(9*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.ForgetSamples(t.Context(), "default", c.Now()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{1, 700, 1200} {
		got, err := s.Samples(t.Context(), "default", id, store.Day)
		if err != nil {
			t.Fatal(err)
		}
		want := []store.Sample{
			daySample(id, "a", ago(450), 450), // the newest expired sample is kept
			daySample(id, "a", ago(300), 300), daySample(id, "a", ago(0), 0), daySample(id, "b", ago(900), 1),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("samples of PBX %d (-want +got):\n%s", id, diff)
		}
	}
	for scale, want := range map[string][]time.Time{
		store.Day: {ago(300), ago(10)}, store.Hour: {ago(10).Add(9 * time.Hour)},
	} {
		if got, err := s.Sampled(t.Context(), "default", scale); err != nil || !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("sampled %ss = %v, %v, want %v", scale, got, err, want)
		}
	}
}

// TestSampledDays checks that AddSampled reports a new day only for the first complete sync of a day. It also checks
// the number of sampled hours.
func TestSampledDays(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	for i, tt := range []struct {
		ends []time.Duration
		want bool
	}{
		{[]time.Duration{0}, true},
		{[]time.Duration{time.Minute, time.Hour}, false},
		{[]time.Duration{24 * time.Hour}, true},
		{[]time.Duration{24 * time.Hour, 48 * time.Hour}, true},
		{nil, false},
	} {
		var ends []time.Time
		for _, d := range tt.ends {
			ends = append(ends, c.Now().Add(d))
		}
		if got, err := s.AddSampled(t.Context(), "default", ends...); err != nil || got != tt.want {
			t.Errorf("step %d: AddSampled = %t, %v, want %t", i, got, err, tt.want)
		}
	}
	hours, err := s.Sampled(t.Context(), "default", store.Hour)
	if err != nil || len(hours) != 4 {
		t.Errorf("sampled hours = %v, %v, want 4", hours, err)
	}
}

// TestSteadyNow checks that a clock that jumps ahead counts as at most two days after the start of the last sampled
// day.
func TestSteadyNow(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	today := c.Now().Truncate(24 * time.Hour)
	if got, err := s.SteadyNow(t.Context(), "default", c.Now().AddDate(5, 0, 0)); err != nil ||
		!got.Equal(c.Now().AddDate(5, 0, 0)) {
		t.Errorf("SteadyNow without samples = %v, %v, want the clock's time", got, err)
	}
	if _, err := s.AddSampled(t.Context(), "default", c.Now()); err != nil {
		t.Fatal(err)
	}
	for now, want := range map[time.Time]time.Time{
		c.Now():                    c.Now(), // a sync today sets no limit
		c.Now().AddDate(0, 0, 1):   c.Now().AddDate(0, 0, 1),
		c.Now().AddDate(0, 0, 2):   today.AddDate(0, 0, 2),
		c.Now().AddDate(9, 0, 0):   today.AddDate(0, 0, 2),
		c.Now().AddDate(0, 0, -30): c.Now().AddDate(0, 0, -30),
	} {
		if got, err := s.SteadyNow(t.Context(), "default", now); err != nil || !got.Equal(want) {
			t.Errorf("SteadyNow(%v) = %v, %v, want %v", now, got, err, want)
		}
	}
}

// TestEventsOfAPBX checks the pages of a PBX's timeline, and that a long value from YCM is truncated and stored as one
// line.
func TestEventsOfAPBX(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	var events []store.PBXEvent
	for i := range 7 {
		events = append(events, store.PBXEvent{
			CloudPBXID: int64(1 + i%2), After: c.Now(), At: c.Now().Add(time.Duration(i) * time.Minute), Kind: store.PBXChanged,
			Field: "name", Old: fmt.Sprint(i), New: "two\nlines\u202e" + strings.Repeat("x", 600),
		})
	}
	if err := s.Put(t.Context(), store.Changes{Account: "default", Events: events}); err != nil {
		t.Fatal(err)
	}
	var olds []string
	for before := int64(0); ; {
		page, err := s.PBXEvents(t.Context(), "default", before, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			olds, before = append(olds, e.Old), e.ID
			if strings.ContainsAny(e.New, "\n\u202e") || len([]rune(e.New)) != 501 {
				t.Errorf("stored value = %q", e.New)
			}
		}
		if len(page) < 3 {
			break
		}
	}
	if want := []string{"6", "4", "2", "0"}; !slices.Equal(olds, want) {
		t.Errorf("events of PBX 1 = %v, want %v", olds, want)
	}
	if all, err := s.PBXEvents(t.Context(), "other", 0, 9, 1); err != nil || len(all) != 0 {
		t.Errorf("events of another account = %v, %v, want none", all, err)
	}
}

// TestReadings checks that forgetting old readings of the subscription, even twice, keeps the last one of each day.
func TestReadings(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	if _, err := s.Subscription(t.Context(), "default"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Subscription at first = %v, want ErrNotFound", err)
	}
	began := c.Now().Truncate(24 * time.Hour)
	var all []store.SubscriptionReading
	for day := range 40 {
		for hour := range 3 {
			all = append(all, store.SubscriptionReading{
				Account: "default", SeenAt: began.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour),
				Subscription: fmt.Appendf(nil, `{"a":%d}`, day*3+hour), PlanStatistics: []byte(`{}`),
			})
		}
	}
	if err := s.PutSubscription(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	c.Set(began.AddDate(0, 0, 40))
	before, err := s.SubscriptionDays(t.Context(), "default", began)
	if err != nil || len(before) != 40 {
		t.Fatalf("days = %d, %v, want 40", len(before), err)
	}
	for range 2 { // forgetting again changes nothing
		if err := s.ForgetReadings(t.Context(), "default", c.Now()); err != nil {
			t.Fatal(err)
		}
		after, err := s.SubscriptionDays(t.Context(), "default", began)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Errorf("last readings of the days: %v (-before +after):\n%s", err, diff)
		}
	}
	last, err := s.Subscription(t.Context(), "default")
	if diff := cmp.Diff(string(all[len(all)-1].Subscription), string(last.Subscription)); err != nil || diff != "" {
		t.Errorf("last reading: %v (-want +got):\n%s", err, diff)
	}
}

// TestRuns checks that a sync is read back as it was stored, and that LastGoodRun ignores failed syncs and other
// accounts.
func TestRuns(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	if _, err := s.LastGoodRun(t.Context(), "default"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("LastGoodRun at first = %v, want ErrNotFound", err)
	}
	good := store.SyncRun{
		Account: "default", StartedAt: c.Now(), EndedAt: c.Now().Add(time.Second), OK: true, Requests: 12, Total: 501,
		Written: 7, Gone: 1, RequestID: "r-1",
	}
	failed := store.SyncRun{Account: "default", StartedAt: c.Now().Add(time.Minute), Error: "no\nanswer", RequestID: "r-2"}
	other := good
	other.Account, other.Total = "other", 3
	for _, r := range []store.SyncRun{good, failed, other} {
		if err := s.AddSyncRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.LastGoodRun(t.Context(), "default")
	if diff := cmp.Diff(good, got); err != nil || diff != "" {
		t.Errorf("LastGoodRun: %v (-want +got):\n%s", err, diff)
	}
}

// TestPutIsWhole checks that a failed write stores none of its parts. It also checks that EachPBX stops at an error.
func TestPutIsWhole(t *testing.T) {
	t.Parallel()
	c := newClock()
	dir := t.TempDir()
	s := storetest.Open(t, dir, c.Now)
	storetest.Break(t, dir, "pbx_samples")
	err := s.Put(t.Context(), store.Changes{
		Account: "default",
		PBXs:    []store.PBX{{CloudPBXID: 1, Record: []byte(`{}`), ChangedAt: c.Now()}},
		Events:  []store.PBXEvent{{CloudPBXID: 1, At: c.Now(), Kind: store.PBXAppeared}},
		Samples: []store.Sample{daySample(1, "a", c.Now(), 1)},
	})
	if err == nil {
		t.Error("Put = nil, want the error of the samples")
	}
	if _, err := s.PBX(t.Context(), "default", 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("PBX = %v, want ErrNotFound", err)
	}
	if all, err := s.Changes(t.Context(), "default", time.Time{}, 9); err != nil || len(all) != 0 {
		t.Errorf("events = %v, %v, want none", all, err)
	}
	stop := errors.New("stop")
	fleetOf(t, s, c.Now(), 1, 2, 3)
	seen := 0
	if err := s.EachPBX(t.Context(), "default", func(store.PBX) error { seen++; return stop }); !errors.Is(err, stop) ||
		seen != 1 {
		t.Errorf("EachPBX = %v after %d PBXs, want the callback's error after 1", err, seen)
	}
}
