// Package memo keeps the answers to small queries in memory until the database changes, so that showing a page doesn't
// need the database.
package memo

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// settled is how long ago the database must have changed before answers are kept. Times of files are exact to a few
// milliseconds, so a second change that soon after the first might not show.
const settled = 20 * time.Millisecond

// Clock notices when a database changes. It counts the process's own commits, and sees those of other processes by the
// database's write-ahead log. It is safe for concurrent use.
type Clock struct {
	Log     string // path of the write-ahead log
	commits atomic.Uint64
}

// Committed must be called after each commit, before the commit is reported to its caller.
func (c *Clock) Committed() { c.commits.Add(1) }

// state is a state of the database. Two equal states have the same content.
type state struct {
	commits        uint64
	modified, size int64
}

// now returns the current state. ok is false if the database has just changed or its log can't be read.
func (c *Clock) now() (s state, ok bool) {
	commits := c.commits.Load()
	info, err := os.Stat(c.Log)
	if err != nil || time.Since(info.ModTime()) < settled {
		return state{}, false
	}
	return state{commits, info.ModTime().UnixNano(), info.Size()}, true
}

// Answers keeps the answers to one kind of query, by the query's arguments. The zero value keeps nothing yet. It is
// safe for concurrent use.
type Answers[K comparable, V any] struct {
	mu    sync.Mutex
	of    state
	known map[K]V
}

// most bounds how many answers of a kind are kept. Further queries are answered by the database.
const most = 1000

// Get returns the answer to a query: the one that is kept, if the database hasn't changed since, or else that of ask.
// Callers share an answer, so they must not modify it. Errors aren't kept.
func (a *Answers[K, V]) Get(c *Clock, key K, ask func() (V, error)) (V, error) {
	of, ok := c.now()
	if !ok {
		return ask()
	}
	if kept, ok := a.kept(of, key); ok {
		return kept, nil
	}
	answer, err := ask()
	if err != nil {
		return answer, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == of && len(a.known) < most { // if not, the database changed in the meantime
		a.known[key] = answer
	}
	return answer, nil
}

// kept returns the answer that is kept for a state of the database. It forgets those for other states.
func (a *Answers[K, V]) kept(of state, key K) (V, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of != of || a.known == nil {
		a.of, a.known = of, map[K]V{}
	}
	answer, ok := a.known[key]
	return answer, ok
}
