package mirror

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"cordboard/ycm/ycmtest"
)

// TestPeaks checks how much is reclaimable according to the peaks of the last 60 days, across day boundaries and a
// restart. A value that still applied when the window began counts; one that was replaced before then doesn't.
func TestPeaks(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 1, Plain: true})
	id := b.ycm.IDs()[0]
	use := func(days int, extensions string) {
		t.Helper()
		b.clock.Set(noon.AddDate(0, 0, days))
		b.ycm.Edit(id, func(r map[string]any) {
			r["usedExtensions"] = extensions
			r["extensionCapacity"] = int64(100)
			r["createTime"] = noon.AddDate(-1, 0, 0).Unix()
			r["pbxStatus"] = "Running"
		})
		b.sync()
	}
	reclaim := func() int64 { return b.mirror.Snapshot().Measures().Sizes[0].Reclaim }
	use(0, "50")
	if reclaim() != 0 {
		t.Errorf("on the first day %d is reclaimable, want 0", reclaim())
	}
	use(13, "20")
	if reclaim() != 0 {
		t.Errorf("after 13 days %d is reclaimable, want 0", reclaim())
	}
	use(14, "20")
	if reclaim() != 100-84 { // 50 is just under 60% of 84
		t.Errorf("after 14 days %d is reclaimable, want 16", reclaim())
	}
	b.start()
	if b.mirror.local.loadWindowsOnce(t.Context()); reclaim() != 16 {
		t.Errorf("before the first pass after a restart %d is reclaimable, want 16", reclaim())
	}
	use(15, "21")
	if reclaim() != 16 {
		t.Errorf("after a restart %d is reclaimable, want 16", reclaim())
	}
	use(60, "21") // the window begins on day 0, so the peak of that day still counts
	if reclaim() != 16 {
		t.Errorf("on day 60 %d is reclaimable, want 16", reclaim())
	}
	use(80, "21")
	if reclaim() != 100-35 {
		t.Errorf("on day 80 %d is reclaimable, want 65", reclaim())
	}
	use(81, "75")
	if reclaim() != 0 {
		t.Errorf("after a peak of 75 %d is reclaimable, want 0", reclaim())
	}
}

// TestStoppingIsNoError checks that no error is logged if the peaks can't be read because ctx is canceled, as when the
// portal stops.
func TestStoppingIsNoError(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 1})
	var log bytes.Buffer
	b.mirror.c.Log = slog.New(slog.NewTextHandler(&log, nil))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	b.mirror.local.loadWindowsOnce(ctx)
	if log.Len() > 0 {
		t.Errorf("the log is %q, want it empty", log.String())
	}
}
