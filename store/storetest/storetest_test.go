package storetest_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordboard/store"
	"cordboard/store/storetest"
)

func row(t *testing.T, s *store.Store) error {
	t.Helper()
	return s.Audit(t.Context(), store.Actor{}, store.Event{Action: "user.test", Outcome: store.OutcomeDone})
}

// TestTemplate checks that databases copied from the template are separate, and that an existing database isn't
// replaced.
func TestTemplate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	at := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	t.Run("first", func(t *testing.T) {
		s := storetest.Open(t, dir, func() time.Time { return at })
		if err := row(t, s); err != nil {
			t.Fatal(err)
		}
	}) // closed here
	s := storetest.Open(t, dir, nil)
	if head, err := s.AuditHead(t.Context()); err != nil || head.Seq != 1 {
		t.Errorf("rows of the database that was opened again = %d, %v, want 1", head.Seq, err)
	}
	if head, err := storetest.New(t, nil).AuditHead(t.Context()); err != nil || head.Seq != 0 {
		t.Errorf("rows of another database = %d, %v, want 0", head.Seq, err)
	}
}

// TestHold checks that nothing can be written while the lock is held, and that writing works after its release.
func TestHold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := storetest.OpenWith(t, store.Config{Dir: dir, WriteWait: 50 * time.Millisecond})
	release := storetest.Hold(t, dir)
	if err := row(t, s); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("write while the lock is held = %v, want ErrUnavailable", err)
	}
	for range 2 {
		release() // a second call does nothing
	}
	if err := row(t, s); err != nil {
		t.Errorf("write afterward = %v", err)
	}
}

// TestBreak checks that only inserts into the broken table fail, until Exec removes the trigger.
func TestBreak(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := storetest.Open(t, dir, nil)
	storetest.Break(t, dir, "audit_events")
	if err := row(t, s); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("insert into the broken table = %v, want the trigger's error", err)
	}
	if err := s.AddSyncRun(t.Context(), store.SyncRun{Account: "default"}); err != nil {
		t.Errorf("insert into another table = %v", err)
	}
	storetest.Exec(t, dir, `DROP TRIGGER broken_audit_events`)
	if err := row(t, s); err != nil {
		t.Errorf("insert into the mended table = %v", err)
	}
}

// recorder is a testing.TB that records what is logged and whether the test failed.
type recorder struct {
	testing.TB

	log    []string
	failed bool
}

func (r *recorder) Helper() {}
func (r *recorder) Logf(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

// TestFigure checks which figures miss the bar, and which line is logged for the table.
func TestFigure(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		figure, bar float64
		bound       storetest.Bound
		want        string
	}{
		{0.5, 1, storetest.AtMost, "SOAK|speed|0.5|<= 1|ok"},
		{1, 1, storetest.AtMost, "SOAK|speed|1|<= 1|ok"},
		{1.2345678, 1, storetest.AtMost, "SOAK|speed|1.235|<= 1|MISSED"},
		{95, 95, storetest.AtLeast, "SOAK|speed|95|>= 95|ok"},
		{94, 95, storetest.AtLeast, "SOAK|speed|94|>= 95|MISSED"},
	} {
		r := &recorder{TB: t}
		storetest.Figure(r, "speed", tt.figure, tt.bar, tt.bound)
		if len(r.log) != 1 || r.log[0] != tt.want || r.failed != strings.HasSuffix(tt.want, "MISSED") {
			t.Errorf("Figure(%v) logs %q and fails: %t, want %q", tt.figure, r.log, r.failed, tt.want)
		}
	}
}
