package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// strangerRows is how many rows a minute people may cause in all who aren't signed in; one more counts the rest. The log is kept for ever, so what strangers can
// make of it is bounded.
const strangerRows = 59

// strangers decides which refusals of people who aren't signed in become rows. It forgets all at a restart, which costs at most a minute's rows.
type strangers struct {
	mu      sync.Mutex
	rows    []time.Time // of the last minute, oldest first
	omitted int64       // since the last row that counts them
	since   time.Time   // when the first of them came
	counted time.Time   // when that row was written
}

// admit reports whether a refusal at now becomes a row, and counts it if not.
func (s *strangers) admit(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.rows[:0]
	for _, at := range s.rows {
		if age := now.Sub(at); age >= 0 && age < time.Minute { // one from the future is of a clock that was wrong
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

// due returns how many were omitted since when, if a row should say so now.
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

// undo takes due back, since its row could not be written.
func (s *strangers) undo(n int64, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.omitted, s.since, s.counted = s.omitted+n, since, time.Time{}
}

// CountOmitted records how many refusals of people who weren't signed in have no row of their own, at most once a minute. Call it now and then.
func (s *Store) CountOmitted(ctx context.Context) error {
	n, since := s.strangers.due(s.now())
	if n == 0 {
		return nil
	}
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		return s.addAudit(ctx, tx, Actor{Email: "Cordboard", Name: "Cordboard"}, Event{
			Action: "audit.omit", Outcome: OutcomeDone, Detail: "refusals of people who weren’t signed in, beyond " + strconv.Itoa(strangerRows) + " a minute",
			Changes: []Change{{Field: "omitted", Before: "0", After: strconv.FormatInt(n, 10)}, {Field: "since", After: since.UTC().Format(time.RFC3339)}},
		})
	})
	if err != nil {
		s.strangers.undo(n, since)
		return fmt.Errorf("count refusals: %w", err)
	}
	return nil
}
