package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Customer is the local copy of a customer's record.
type Customer struct {
	CustomerID  int64
	Members     map[string]string // by YCM's name, without those that have no value; nil: never read
	FirstSeenAt time.Time
	GoneAt      time.Time // when YCM was found not to have it; zero: YCM has it
}

// PBXCustomers are the customers of one PBX.
type PBXCustomers struct {
	CloudPBXID  int64
	CustomerIDs []int64 // ascending
	ReadAt      time.Time
}

// CustomerChanges are the results of reading customers. PutCustomers writes them together or not at all.
type CustomerChanges struct {
	Account   string
	Customers []Customer // their FirstSeenAt applies only to new ones
	PBXs      []PBXCustomers
	Events    []PBXEvent
}

// PutCustomers writes c in one transaction.
func (s *Store) PutCustomers(ctx context.Context, c CustomerChanges) error {
	if len(c.Customers)+len(c.PBXs)+len(c.Events) == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		return errors.Join(
			each(ctx, tx, c.Customers, `
INSERT INTO customers (account, customer_id, members, first_seen_at, gone_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account, customer_id) DO UPDATE SET members = excluded.members, gone_at = excluded.gone_at`,
				func(one Customer) []any {
					return []any{
						c.Account, one.CustomerID, mustJSON(one.Members), unix(one.FirstSeenAt), nullTime(one.GoneAt),
					}
				}),
			each(ctx, tx, c.PBXs, `
INSERT INTO pbx_customers (account, cloud_pbx_id, customer_ids, read_at) VALUES (?, ?, ?, ?)
ON CONFLICT (account, cloud_pbx_id) DO UPDATE SET customer_ids = excluded.customer_ids, read_at = excluded.read_at`,
				func(p PBXCustomers) []any {
					return []any{c.Account, p.CloudPBXID, mustJSON(p.CustomerIDs), unix(p.ReadAt)}
				}),
			addEvents(ctx, tx, Changes{Account: c.Account, Events: c.Events}),
		)
	})
}

// Customers returns all customers of the account, including those that YCM no longer has.
func (s *Store) Customers(ctx context.Context, account string) ([]Customer, error) {
	all, err := allRows(ctx, s, func(row scanner) (Customer, error) {
		var c Customer
		var members string
		var first int64
		var gone sql.NullInt64
		err := row.Scan(&c.CustomerID, &members, &first, &gone)
		c.FirstSeenAt, c.GoneAt = fromUnix(first), timeOrZero(gone.Int64)
		if err == nil {
			err = json.Unmarshal([]byte(members), &c.Members)
		}
		return c, err
	}, `
SELECT customer_id, members, first_seen_at, gone_at
FROM customers
WHERE account = ?
ORDER BY customer_id`, account)
	if err != nil {
		return nil, fmt.Errorf("read the customers: %w", err)
	}
	return all, nil
}

// PBXCustomers returns the customers of every PBX whose customers have been read.
func (s *Store) PBXCustomers(ctx context.Context, account string) ([]PBXCustomers, error) {
	all, err := allRows(ctx, s, func(row scanner) (PBXCustomers, error) {
		var p PBXCustomers
		var ids string
		var at int64
		err := row.Scan(&p.CloudPBXID, &ids, &at)
		p.ReadAt = fromUnix(at)
		if err == nil {
			err = json.Unmarshal([]byte(ids), &p.CustomerIDs)
		}
		return p, err
	}, `SELECT cloud_pbx_id, customer_ids, read_at FROM pbx_customers WHERE account = ?`, account)
	if err != nil {
		return nil, fmt.Errorf("read the PBXs' customers: %w", err)
	}
	return all, nil
}
