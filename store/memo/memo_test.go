package memo

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// database is a database of which only the log's time and size and the answers matter.
type database struct {
	clock   Clock
	log     string
	at      time.Time // the log's time
	answers map[int]int
	asked   int
}

func newDatabase(tb testing.TB) *database {
	tb.Helper()
	log := filepath.Join(tb.TempDir(), "wal")
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		tb.Fatal(err)
	}
	d := &database{clock: Clock{Log: log}, log: log, at: time.Now().Add(-time.Hour), answers: map[int]int{}}
	d.touch(tb)
	return d
}

// touch sets the log's time as a write does.
func (d *database) touch(tb interface{ Fatal(args ...any) }) {
	d.at = d.at.Add(4 * time.Millisecond)
	if err := os.Chtimes(d.log, d.at, d.at); err != nil {
		tb.Fatal(err)
	}
}

func (d *database) ask(key int) func() (int, error) {
	return func() (int, error) {
		d.asked++
		return d.answers[key], nil
	}
}

// TestAnswersAreCurrent changes a database, in this process and in another, and checks that no answer is outdated.
func TestAnswersAreCurrent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDatabase(t)
		var a Answers[int, int]
		key := rapid.IntRange(0, 3)
		rt.Repeat(map[string]func(*rapid.T){
			"commit": func(rt *rapid.T) {
				d.answers[key.Draw(rt, "key")]++
				d.clock.Committed() // the log's time stays, as if it were too coarse
			},
			"commit elsewhere": func(rt *rapid.T) {
				d.answers[key.Draw(rt, "key")]++
				d.touch(rt)
			},
			"commit while asked": func(rt *rapid.T) {
				k := key.Draw(rt, "key")
				_, _ = a.Get(&d.clock, k, func() (int, error) {
					before := d.answers[k]
					d.answers[k]++
					d.clock.Committed()
					return before, nil
				})
			},
			"get": func(rt *rapid.T) {
				k := key.Draw(rt, "key")
				if got, err := a.Get(&d.clock, k, d.ask(k)); got != d.answers[k] || err != nil {
					rt.Fatalf("Get(%d) = %d, %v, want %d", k, got, err, d.answers[k])
				}
			},
		})
	})
}

func TestAnswersAreKept(t *testing.T) {
	d := newDatabase(t)
	var a Answers[int, int]
	for range 3 {
		_, _ = a.Get(&d.clock, 1, d.ask(1))
	}
	if d.asked != 1 {
		t.Errorf("asked %d times, want 1", d.asked)
	}
	for i := range 3 * most {
		_, _ = a.Get(&d.clock, i, d.ask(i))
	}
	if len(a.known) > most {
		t.Errorf("%d answers are kept, want at most %d", len(a.known), most)
	}
}

// TestAnswersNotKept has the cases in which an answer could be outdated unnoticed.
func TestAnswersNotKept(t *testing.T) {
	t.Run("the log has just changed", func(t *testing.T) {
		d := newDatabase(t)
		soon := time.Now().Add(time.Hour) // as if the clock were set back
		if err := os.Chtimes(d.log, soon, soon); err != nil {
			t.Fatal(err)
		}
		askTwice(t, d, d.ask(1))
	})
	t.Run("the log is missing", func(t *testing.T) {
		d := newDatabase(t)
		if err := os.Remove(d.log); err != nil {
			t.Fatal(err)
		}
		askTwice(t, d, d.ask(1))
	})
	t.Run("error", func(t *testing.T) {
		d := newDatabase(t)
		askTwice(t, d, func() (int, error) {
			d.asked++
			return 0, errors.New("not found")
		})
	})
}

func askTwice(tb testing.TB, d *database, ask func() (int, error)) {
	tb.Helper()
	var a Answers[int, int]
	for range 2 {
		_, _ = a.Get(&d.clock, 1, ask)
	}
	if d.asked != 2 {
		tb.Errorf("asked %d times, want 2", d.asked)
	}
}
