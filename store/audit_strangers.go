package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// strangerRows is the maximum number of rows per minute for strangers' unsuccessful requests (see Actor.Stranger). All
// strangers share it. One additional row per minute reports how many refusals were omitted. The log is kept forever, so
// the growth that strangers can cause must be bounded.
const strangerRows = 59

// strangers decides which of strangers' unsuccessful requests, called refusals, get a row. A restart resets it, which
// allows at most one more minute's worth of rows.
type strangers struct {
	mu      sync.Mutex
	rows    []time.Time // times of the last minute's rows, oldest first
	omitted int64       // refusals omitted since the last row that reported omissions
	since   time.Time   // when the first of the omitted refusals happened
	counted time.Time   // when the last row that reported omissions was written
}

// admit reports whether a refusal at the time now gets a row. If not, it counts the refusal as omitted.
func (s *strangers) admit(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.rows[:0]
	for _, at := range s.rows {
		if age := now.Sub(at); age >= 0 && age < time.Minute { // a time in the future comes from a wrong clock
			kept = append(kept, at)
		}
	}
	if s.rows = kept; len(s.rows) < strangerRows {
		s.rows = append(s.rows, now)
		return true
	}
	if s.omitted == 0 {
		s.since = now
	}
	s.omitted++
	return false
}

// due returns the number of omitted refusals and the time of the first one, and restarts the count. If nothing
// should be recorded now, it returns 0 and changes nothing.
func (s *strangers) due(now time.Time) (int64, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := now.Sub(s.counted); s.omitted == 0 || age >= 0 && age < time.Minute {
		return 0, time.Time{}
	}
	n, since := s.omitted, s.since
	s.omitted, s.counted = 0, now
	return n, since
}

// undo restores the count that due reset. Call it if the row couldn't be written.
func (s *strangers) undo(n int64, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.omitted, s.since, s.counted = s.omitted+n, since, time.Time{}
}

// CountOmitted adds a row that reports how many refusals of strangers' requests were omitted from the log, if any. It
// adds at most one row per minute. Call it periodically.
func (s *Store) CountOmitted(ctx context.Context) error {
	n, since := s.strangers.due(s.now())
	if n == 0 {
		return nil
	}
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		return s.addAudit(ctx, tx, Actor{Email: "Cordboard", Name: "Cordboard"}, Event{
			Action:  "audit.omit",
			Outcome: OutcomeDone,
			Notes:   []Note{NewNote(NoteStrangers, strangerRows)},
			Changes: []Change{
				{Field: "omitted", Before: "0", After: strconv.FormatInt(n, 10)},
				{Field: "since", After: since.UTC().Format(time.RFC3339)},
			},
		})
	})
	if err != nil {
		s.strangers.undo(n, since)
		return fmt.Errorf("record omitted refusals: %w", err)
	}
	return nil
}
