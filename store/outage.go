package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnavailable means that the database can't be written now: it is locked, damaged, deleted or replaced, or the disk
// is full, broken or read-only.
var ErrUnavailable error = outageError("the database can't be written")

// outageError is the type of ErrUnavailable.
type outageError string

func (e outageError) Error() string { return string(e) }

// Problem returns the kind of an outage. The other results describe a response from YCM, so they are zero.
func (outageError) Problem() (kind string, code int, message, requestID string) {
	return "not-kept", 0, "", ""
}

// outage wraps err with ErrUnavailable if the condition of the database or disk, rather than the statement, caused err.
func outage(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}
