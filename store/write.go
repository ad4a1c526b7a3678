package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	// writeWait is the default limit on the total time that one request waits for write access.
	writeWait = 5 * time.Second

	// pingWait limits how long a health check waits for write access.
	pingWait = 800 * time.Millisecond

	// stuckWait limits each wait that starts soon after a failed one, so that the waits of queued requests don't add up.
	stuckWait = 200 * time.Millisecond
)

// patience is the remaining wait time of a request.
type patience struct {
	mu   sync.Mutex
	left time.Duration
}

type patienceKey struct{}

// WithPatience returns a context with which all writes together wait at most [Config].WriteWait. With any other
// context, each write may wait that long.
func (s *Store) WithPatience(ctx context.Context) context.Context {
	return withPatience(ctx, s.writeWait)
}

func withPatience(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, &patience{left: d})
}

func (s *Store) patienceOf(ctx context.Context) *patience {
	if p, ok := ctx.Value(patienceKey{}).(*patience); ok {
		return p
	}
	return &patience{left: s.writeWait}
}

// spend subtracts a wait of d from the remaining time.
func (p *patience) spend(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = max(0, p.left-d)
}

func (p *patience) remains() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left
}

// errLongWait means that other writers kept the write connection busy for too long.
var errLongWait = fmt.Errorf("%w: other writers kept it locked for too long", ErrUnavailable)

// begin starts a write transaction on the only write connection. end returns the connection; call it when the
// transaction has ended. The wait for the connection and the wait for another program's lock share one limit.
func (s *Store) begin(ctx context.Context) (tx *sql.Tx, end func() error, err error) {
	if err := s.checkOurs(); err != nil {
		return nil, nil, err
	}
	p, start := s.patienceOf(ctx), time.Now()
	defer func() {
		p.spend(time.Since(start))
		switch {
		case err == nil:
			s.stuck.Store(0)
		case errors.Is(err, ErrUnavailable):
			s.stuck.Store(time.Now().UnixNano())
		}
	}()
	patience := p.remains()
	if since := time.Duration(start.UnixNano() - s.stuck.Load()); since >= 0 && since < s.writeWait {
		patience = min(patience, stuckWait)
	}
	waitCtx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := s.write.Conn(waitCtx)
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) { // our limit, not the caller's
			err = errLongWait
		}
		return nil, nil, outage(err)
	}
	if left := patience - time.Since(start); left < writeWait-10*time.Millisecond {
		// busy_timeout is in whole milliseconds. end restores the DSN's timeout.
		if _, err := conn.ExecContext(
			ctx,
			fmt.Sprintf(`PRAGMA busy_timeout = %d`, max(left.Milliseconds(), 1)),
		); err != nil {
			return nil, nil, errors.Join(outage(err), conn.Close())
		}
		end = func() error {
			_, err := conn.ExecContext(
				context.WithoutCancel(ctx),
				fmt.Sprintf(`PRAGMA busy_timeout = %d`, writeWait.Milliseconds()),
			)
			return errors.Join(err, conn.Close())
		}
	} else {
		end = conn.Close
	}
	if tx, err = conn.BeginTx(ctx, nil); err != nil {
		return nil, nil, errors.Join(outage(err), end())
	}
	return tx, end, nil
}

// inTx runs f in a write transaction, and commits it if f returns nil.
func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, end, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(outage(err), tx.Rollback(), end())
	}
	err = tx.Commit()
	s.clock.Committed() // after an error, too: what was written may still have reached the file
	if err != nil {
		return errors.Join(fmt.Errorf("commit: %w", outage(err)), end())
	}
	return end()
}

// exec runs one statement in a write transaction.
func (s *Store) exec(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) (err error) {
		result, err = tx.ExecContext(ctx, query, args...)
		return err
	})
	return result, err
}

// fileID distinguishes a file from a later file with the same path.
type fileID struct {
	path string
	info os.FileInfo // nil if the file didn't exist
}

func identify(path string) (fileID, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return fileID{path: path}, nil
	}
	return fileID{path, info}, err
}

// checkOurs returns ErrUnavailable if one of the database's files was deleted or replaced after the database was
// opened. SQLite itself would continue to write to a file that no longer has a name.
func (s *Store) checkOurs() error {
	for _, f := range s.files {
		if f.info == nil {
			continue
		}
		now, err := os.Stat(f.path)
		if err != nil {
			return fmt.Errorf("%w: %s is missing: %w", ErrUnavailable, f.path, err)
		}
		if !os.SameFile(f.info, now) {
			return fmt.Errorf("%w: %s is no longer the file that was opened", ErrUnavailable, f.path)
		}
	}
	return nil
}
