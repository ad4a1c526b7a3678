package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// eachRow calls scan with each row of a query's result.
func (s *Store) eachRow(ctx context.Context, scan func(scanner) error, query string, args ...any) error {
	return eachRowIn(ctx, s.read, scan, query, args...)
}

func eachRowIn(ctx context.Context, q querier, scan func(scanner) error, query string, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// allRows returns all rows of a query's result, or nil if there are none.
func allRows[T any](
	ctx context.Context,
	s *Store,
	scan func(scanner) (T, error),
	query string,
	args ...any,
) ([]T, error) {
	return allRowsIn(ctx, s.read, scan, query, args...)
}

func allRowsIn[T any](
	ctx context.Context,
	q querier,
	scan func(scanner) (T, error),
	query string,
	args ...any,
) ([]T, error) {
	var all []T
	err := eachRowIn(ctx, q, func(row scanner) error {
		item, err := scan(row)
		if err == nil {
			all = append(all, item)
		}
		return err
	}, query, args...)
	return all, err
}

func scanTime(row scanner) (time.Time, error) {
	var at int64
	err := row.Scan(&at)
	return fromUnix(at), err
}
