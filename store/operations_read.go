package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Operation returns an operation, or ErrNotFound.
func (s *Store) Operation(ctx context.Context, account, id string) (Operation, error) {
	return scanOperation(s.read.QueryRowContext(ctx, selectOperation+`
WHERE account = ? AND id = ?`, account, id))
}

// OperationOfPBX returns the newest operation of the given kind on a PBX, or ErrNotFound. An empty kind means any kind.
func (s *Store) OperationOfPBX(
	ctx context.Context,
	account string,
	kind OperationKind,
	cloudPBXID int64,
) (Operation, error) {
	return scanOperation(s.read.QueryRowContext(ctx, selectOperation+`
WHERE account = ?1 AND (?2 = '' OR kind = ?2) AND cloud_pbx_id = ?3
ORDER BY number DESC
LIMIT 1`, account, kind, cloudPBXID))
}

// OperationOfCustomer returns the newest operation of the given kind on a customer, or ErrNotFound.
func (s *Store) OperationOfCustomer(
	ctx context.Context,
	account string,
	kind OperationKind,
	customerID int64,
) (Operation, error) {
	return scanOperation(s.read.QueryRowContext(ctx, selectOperation+`
WHERE account = ? AND kind = ? AND customer_id = ?
ORDER BY number DESC
LIMIT 1`, account, kind, customerID))
}

// OperationsIn returns the operations in the given states, newest first.
func (s *Store) OperationsIn(ctx context.Context, account string, states ...OperationState) ([]Operation, error) {
	found, err := allRows(ctx, s, scanOperation, selectOperation+`
WHERE account = ? AND state IN (SELECT value FROM json_each(?))
ORDER BY number DESC`, account, mustJSON(states))
	if err != nil {
		return nil, fmt.Errorf("read operations: %w", err)
	}
	return found, nil
}

// Pending is what is under way in an account.
type Pending struct {
	Operations []Operation // that have no outcome yet, newest first
	Held       Resources   // what rows of running batches reserve that aren't operations yet
}

// On returns the open operation on the target with the given key, or nil.
func (o *Pending) On(key string) *Operation {
	i := slices.IndexFunc(o.Operations, func(o Operation) bool { return o.Target.Key == key })
	if i < 0 {
		return nil
	}
	return &o.Operations[i]
}

// OperationsOpen returns what is under way.
func (s *Store) OperationsOpen(ctx context.Context, account string) (Pending, error) {
	return readOpen(ctx, s.read, account)
}

func readOpen(ctx context.Context, q querier, account string) (open Pending, err error) {
	if open.Operations, err = allRowsIn(ctx, q, scanOperation, selectOperation+`
WHERE account = ? AND is_open
ORDER BY number DESC`, account); err != nil {
		return open, fmt.Errorf("read open operations: %w", err)
	}
	open.Held, err = heldByBatches(ctx, q, account)
	return open, err
}

// Suspensions returns the operations that suspended a PBX that is still suspended, newest first. No later operation
// started or stopped the PBX.
func (s *Store) Suspensions(ctx context.Context, account string) ([]Operation, error) {
	found, err := allRows(ctx, s, scanOperation, selectOperation+`
WHERE account = ? AND suspension IS NOT NULL AND state = 'done' AND NOT EXISTS (
	SELECT 1
	FROM operations AS later
	WHERE later.account = operations.account
		AND later.cloud_pbx_id = operations.cloud_pbx_id
		AND later.kind IN ('start', 'stop')
		AND later.state = 'done'
		AND later.number > operations.number
)
ORDER BY number DESC`, account)
	if err != nil {
		return nil, fmt.Errorf("read suspensions: %w", err)
	}
	return found, nil
}

// OperationPage is one page of operations, newest first.
type OperationPage struct {
	Operations []Operation
	Total      int64
}

// OperationFilter selects operations. The zero value selects all.
type OperationFilter struct {
	States []OperationState // nil: any
	Search string           // part of the target's name or of the reason, or the number, with or without "#"; "": any
}

// Operations returns a page of the operations that the filter selects. Pages are numbered from 1.
func (s *Store) Operations(
	ctx context.Context,
	account string,
	f OperationFilter,
	page, per int,
) (OperationPage, error) {
	var p OperationPage
	const where = `
WHERE account = ?1 AND (?2 = 'null' OR state IN (SELECT value FROM json_each(?2))) AND (
	?3 = '' OR number = ?4 OR instr(lower(target_name), lower(?3)) > 0 OR instr(lower(reason), lower(?3)) > 0
)`
	number, err := strconv.ParseInt(strings.TrimPrefix(f.Search, "#"), 10, 64)
	if err != nil {
		number = 0 // operations are numbered from 1
	}
	err = s.read.QueryRowContext(
		ctx, `SELECT count(*) FROM operations`+where, account, mustJSON(f.States), f.Search, number,
	).Scan(&p.Total)
	if err != nil {
		return p, fmt.Errorf("count operations: %w", err)
	}
	if int64(page-1)*int64(per) >= p.Total {
		return p, nil
	}
	p.Operations, err = allRows(ctx, s, scanOperation, selectOperation+where+`
ORDER BY number DESC
LIMIT ?5 OFFSET ?6`, account, mustJSON(f.States), f.Search, number, per, (page-1)*per)
	if err != nil {
		return p, fmt.Errorf("read operations: %w", err)
	}
	return p, nil
}

// LastOperation returns the number of the newest operation, or 0 if there is none.
func (s *Store) LastOperation(ctx context.Context, account string) (int64, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM operations WHERE account = ?`, account).
		Scan(&n)
	return n, err
}

// OpenOperations returns the number of operations that have no outcome yet.
func (s *Store) OpenOperations(ctx context.Context, account string) (int64, error) {
	return s.answers.open.Get(&s.clock, account, func() (n int64, err error) {
		err = s.read.QueryRowContext(ctx, `
SELECT count(*)
FROM operations
WHERE account = ? AND is_open`, account).Scan(&n)
		return n, err
	})
}
