package capacity

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/opt"
	"cordboard/store"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

var clock = ui.Clock{Now: time.Date(2026, 3, 17, 13, 32, 0, 0, time.UTC), Zone: time.UTC}

// TestCauseWords checks the words for each cause of a difference, and for a difference without a known cause.
func TestCauseWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cause capacity.Cause
		want  string
	}{
		{capacity.Cause{Kind: capacity.CauseFrozen, N: 7}, "the difference equals the frozen capacity"},
		{capacity.Cause{Kind: capacity.CauseUnreported, N: 1}, "1 PBX has no reported capacity"},
		{capacity.Cause{Kind: capacity.CauseUnreported, N: 2}, "2 PBXs have no reported capacity"},
		{capacity.Cause{Kind: capacity.CauseIncomplete, N: 1}, "1 PBX counted by YCM has not been synced yet"},
		{capacity.Cause{Kind: capacity.CauseIncomplete, N: 1200}, "1,200 PBXs counted by YCM have not been synced yet"},
		{capacity.Cause{Kind: capacity.CausePlans, N: 3}, "YCM’s plan statistics count 3 more PBXs than the list has"},
		{capacity.Cause{Kind: capacity.CausePlans, N: -1}, "YCM’s plan statistics count 1 fewer PBX than the list has"},
		{capacity.Cause{Kind: capacity.CauseFleetOlder, N: 90}, "the list is 90 seconds older than the subscription reading"},
		{
			capacity.Cause{Kind: capacity.CauseSubscriptionOlder, N: 7200},
			"the subscription reading is 2 hours older than the list",
		},
		{capacity.Cause{Kind: capacity.CauseOpen, N: 1234}, "open operations reserve 1,234"},
		{
			capacity.Cause{Kind: capacity.CauseUpgrading, N: 1},
			"1 PBX is switching to the Ultimate Plan, and YCM may already count the extensions",
		},
		{
			capacity.Cause{Kind: capacity.CauseFreeRecording, N: 4},
			"YCM may count the first 500 minutes of each PBX with recording capacity (4 PBXs) as free, but its API doesn’t " +
				"report this",
		},
	} {
		if got := causeWords([]capacity.Cause{tt.cause}, 5); got != "Likely explanation: "+tt.want+"." {
			t.Errorf("causeWords(%+v) = %q, want %q", tt.cause, got, tt.want)
		}
	}
	both := []capacity.Cause{{Kind: capacity.CauseFrozen}, {Kind: capacity.CauseOpen, N: 2}}
	if got := causeWords(both, 5); got !=
		"Likely explanation: the difference equals the frozen capacity; open operations reserve 2." {
		t.Errorf("two causes = %q", got)
	}
	for difference, want := range map[int64]string{5: "a reseller’s PBX", -5: "a PBX that was just deleted"} {
		if got := causeWords(nil, difference); !strings.Contains(got, want) {
			t.Errorf("no cause of a difference of %d = %q, want %q", difference, got, want)
		}
	}
}

// TestLedgerNotes checks the sentences about amounts that don't add up.
func TestLedgerNotes(t *testing.T) {
	t.Parallel()
	n := opt.New
	for _, tt := range []struct {
		row  capacity.LedgerRow
		want []string
	}{
		{capacity.LedgerRow{Unexplained: n(0), Difference: n(0)}, nil},
		{capacity.LedgerRow{}, nil},
		{
			capacity.LedgerRow{Resource: "extensionCapacity", Unexplained: n(1)},
			[]string{"According to YCM’s own numbers, 1 extension of the total is neither used nor available."},
		},
		{
			capacity.LedgerRow{Resource: "recordingCapacity", Unexplained: n(-1500)},
			[]string{
				"According to YCM’s own numbers, used and available capacity together exceed the total by 1,500 recording " +
					"minutes.",
			},
		},
		{
			capacity.LedgerRow{Resource: "concurrentCallCapacity", Unexplained: n(0), Difference: n(2)},
			[]string{
				"The list’s total exceeds YCM’s figure for own capacity by 2 concurrent calls. A common cause is a " +
					"reseller’s PBX that is also in the list, or a PBX that was just created.",
			},
		},
		{
			capacity.LedgerRow{Resource: "ultimatePlanCapacity", Unexplained: n(3), Difference: n(-1)},
			[]string{
				"According to YCM’s own numbers, 3 Ultimate Plan extensions of the total are neither used nor available.",
				"YCM’s figure for own capacity exceeds the list’s total by 1 Ultimate Plan extension. A common cause is a " +
					"PBX that was just deleted, or one that YCM counts but doesn’t list.",
			},
		},
	} {
		if diff := cmp.Diff(tt.want, ledgerNotes(tt.row, nil)); diff != "" {
			t.Errorf("notes on %+v (-want +got):\n%s", tt.row, diff)
		}
	}
}

// TestSpan checks durations just below and at each change of unit.
func TestSpan(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int64]string{
		1: "1 second", 119: "119 seconds", 120: "2 minutes", 7199: "119 minutes", 7200: "2 hours", 48*3600 - 1: "47 hours",
		48 * 3600: "2 days", 86400 * 30: "30 days",
	} {
		if got := span(seconds); got != want {
			t.Errorf("span(%d) = %q, want %q", seconds, got, want)
		}
	}
}

// TestOpenHolds checks the sentence about what open operations reserve. Operations that reserve nothing don't count.
func TestOpenHolds(t *testing.T) {
	t.Parallel()
	op := func(takes ...int64) store.Operation {
		var o store.Operation
		copy(o.Request.Takes[:], takes)
		return o
	}
	for _, tt := range []struct {
		open []store.Operation
		held store.Resources
		want string
	}{
		{nil, store.Resources{}, ""},
		{[]store.Operation{op()}, store.Resources{}, ""},
		{nil, store.Resources{30}, "Running batches reserve capacity that YCM may not count yet: 30 extensions."},
		{
			[]store.Operation{op(2)},
			store.Resources{30},
			"1 operation and running batches reserve capacity that YCM may not count yet: 32 extensions.",
		},
		{
			[]store.Operation{op(20, 5)},
			store.Resources{},
			"1 operation reserves capacity that YCM may not count yet: 20 extensions, 5 concurrent calls.",
		},
		{
			[]store.Operation{op(1), op(), op(0, 0, 500, 0, 60)},
			store.Resources{},
			"2 operations reserve capacity that YCM may not count yet: 1 extension, 500 recording minutes, 60 transcription " +
				"minutes.",
		},
	} {
		if got := openHolds(store.Pending{Operations: tt.open, Held: tt.held}); got != tt.want {
			t.Errorf("openHolds of %d operations = %q, want %q", len(tt.open), got, tt.want)
		}
	}
}

// TestForecastWords checks the sentence for each kind of forecast.
func TestForecastWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		f    capacity.Forecast
		want string
	}{
		{capacity.Forecast{Days: 3}, "No forecast yet: Cordboard has readings for 3 of the 14 days that it needs"},
		{capacity.Forecast{Kind: capacity.NotReported}, "No forecast: YCM doesn’t report how much is used and available"},
		{capacity.Forecast{Kind: capacity.UsedUp}, "No capacity is left"},
		{capacity.Forecast{Kind: capacity.Falling}, "No forecast: usage is falling"},
		{capacity.Forecast{Kind: capacity.NoTrend}, "No significant trend"},
	} {
		if got := forecastWords(tt.f, "extensionCapacity", clock); got != tt.want {
			t.Errorf("forecastWords(%+v) = %q, want %q", tt.f, got, tt.want)
		}
	}
	today := clock.Now.Unix() / 86400
	rising := capacity.Forecast{Kind: capacity.Rising, Days: 60, Pace: 2.5, Last: today, From: 20, Mid: 30, To: 40}
	got := forecastWords(rising, "extensionCapacity", clock)
	if !strings.HasPrefix(got, "At the growth rate of the last 60 days, about 2.5 extensions a day: ") {
		t.Errorf("forecastWords of a rise = %q", got)
	}
}

// TestNumbersOfCharts checks how the axis labels and the pace are formatted.
func TestNumbersOfCharts(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]string{
		0: "0", 7.4: "7", 999: "999", 9999: "9,999", 10000: "10 k", 35500: "35.5 k", 1e6: "1 M", 2.5e6: "2.5 M",
	} {
		if got := short(n); got != want {
			t.Errorf("short(%v) = %q, want %q", n, got, want)
		}
	}
	for p, want := range map[plot]string{
		{low: 0, high: 100, perPiece: 158.0 / 100}: "10%",
		{low: 0, high: 400, perPiece: 158.0 / 400}: "72%",
		{low: 1e300, high: 1e300}:                  "97%", // so large that they are equal
	} {
		if got := p.labelAt(100); got != want {
			t.Errorf("labelAt in %+v = %s, want %s", p, got, want)
		}
	}
	for pace, want := range map[float64]string{
		0.04: "0", 0.5: "0.5", 0.96: "1", 1: "1", 3: "3", 9.94: "9.9", 10: "10", 1234.6: "1,235",
	} {
		want += " extension"
		if !strings.HasPrefix(want, "1 ") {
			want += "s"
		}
		if got := paceText(pace, "extensionCapacity"); got != want {
			t.Errorf("paceText(%v) = %q, want %q", pace, got, want)
		}
	}
}

// TestLedgerBar checks a bar's legend and parts. Unknown amounts must appear only in the legend.
func TestLedgerBar(t *testing.T) {
	t.Parallel()
	n := opt.New
	for _, tt := range []struct {
		name   string
		row    capacity.LedgerRow
		legend []string
		parts  []string
	}{
		{
			"complete",
			capacity.LedgerRow{Total: n(100), Own: n(30), Assigned: n(20), Available: n(50), Unexplained: n(0)},
			[]string{"Own PBXs 30", "Assigned to resellers 20", "Available 50"},
			[]string{"bar-own 0 298", "bar-resellers 300 198"},
		},
		{
			"unexplained",
			capacity.LedgerRow{Total: n(100), Own: n(30), Assigned: n(0), Available: n(50), Unexplained: n(20)},
			[]string{"Own PBXs 30", "Assigned to resellers 0", "Unexplained 20", "Available 50"},
			[]string{"bar-own 0 298", "bar-unexplained 300 198"},
		},
		{
			"more than the total",
			capacity.LedgerRow{Total: n(50), Own: n(75), Assigned: n(25), Available: n(0), Unexplained: n(-50)},
			[]string{"Own PBXs 75", "Assigned to resellers 25", "Unexplained −50", "Available 0"},
			[]string{"bar-own 0 748", "bar-resellers 750 248"},
		},
		{
			"not reported",
			capacity.LedgerRow{Total: n(100)},
			[]string{
				"Own PBXs not reported", "Assigned to resellers not reported", "Unexplained not reported",
				"Available not reported",
			},
			nil,
		},
		{
			"nothing",
			capacity.LedgerRow{Total: n(0), Own: n(0), Assigned: n(0), Available: n(0), Unexplained: n(0)},
			[]string{"Own PBXs 0", "Assigned to resellers 0", "Available 0"},
			nil,
		},
	} {
		b := ledgerBar(tt.row)
		var legend, parts []string
		for _, s := range b.Legend {
			legend = append(legend, s.Text)
		}
		for _, p := range b.Parts {
			parts = append(parts, p.Class+" "+p.X+" "+p.Width)
		}
		if diff := cmp.Diff(tt.legend, legend) + cmp.Diff(tt.parts, parts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestSizeRow checks the number of PBXs in each state and the links to them, and the text about what can be reclaimed.
func TestSizeRow(t *testing.T) {
	t.Parallel()
	labels := func(row views.SizeRow) (all []string) {
		for _, c := range row.Cells {
			all = append(all, c.Label)
		}
		return all
	}
	size := fleet.Sizes{
		Resource: "extensionCapacity", Over: 1, Full: 2, NearlyFull: 3, Unknown: 0, Reclaimable: 1200, Reclaim: 34567,
	}
	row := sizeRow(fleet.Extensions, size, "95 to 100%", "80 to 95%")
	if diff := cmp.Diff([]string{"1", "2", "3", "0", "1,200", "34,567"}, labels(row)); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	for i, want := range []string{
		"extensions-over", "extensions-full", "extensions-nearly-full", "", "extensions-reclaimable", "",
	} {
		if url := row.Cells[i].URL; want == "" && url != "" || !strings.Contains(url, want) {
			t.Errorf("cell %d leads to %q, want %q", i, url, want)
		}
	}
	size.Resource, size.Reclaimable, size.Reclaim = "recordingCapacity", 0, 0
	row = sizeRow(fleet.Recording, size, "f", "n")
	if diff := cmp.Diff([]string{"1", "2", "3", "0", "–", "–"}, labels(row)); diff != "" {
		t.Errorf("cells of the recording minutes, which can't be reclaimed (-want +got):\n%s", diff)
	}
	size = fleet.Sizes{Resource: "extensionCapacity", Reclaimable: 1, Reclaim: 50}
	for _, tt := range []struct {
		f    capacity.Forecast
		want string
	}{
		{capacity.Forecast{}, "extensions on 1 PBX"},
		{capacity.Forecast{Kind: capacity.Rising, Pace: 5}, "extensions on 1 PBX, enough for about 10 more days"},
		{capacity.Forecast{Kind: capacity.Rising, Pace: 50}, "extensions on 1 PBX, enough for about 1 more day"},
		{capacity.Forecast{Kind: capacity.Rising, Pace: 0.001}, "extensions on 1 PBX"}, // longer than capacity.FarDays
	} {
		if got := reclaimable(fleet.Extensions, size, tt.f); got.Text != tt.want || got.Value != "50" {
			t.Errorf("reclaimable with %+v = %+v, want %q", tt.f, got, tt.want)
		}
	}
}
