package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"

	"cordboard/fold"
)

// AuditFields maps each field that a term can name to the columns that the term searches.
var AuditFields = map[string][]string{
	"actor":     {"actor_email", "actor_name"},
	"action":    {"action"},
	"outcome":   {"outcome"},
	"target":    {"target", "target_name"},
	"address":   {"address"},
	"requestId": {"ycm_request_id", "request_id"},
	"reason":    {"reason"},
	"seq":       {"seq"},
	"":          searchColumns,
}

// These characters precede the address and the action in audit_search, so that a term can match from the beginning of
// the field. An event's strings never contain them.
const (
	addressMark = "\x02"
	actionMark  = "\x03"
)

// ErrSlowSearch means that a search was canceled because it took too long.
var ErrSlowSearch = errors.New("the search took too long")

const (
	// MaxAuditTotal is the maximum number of matching rows that a search counts.
	MaxAuditTotal = 10_000
	// auditSearchTime is the time limit of a search.
	auditSearchTime = 600 * time.Millisecond
)

// partly is the set of fields in which a term matches any part of the value.
var partly = map[string]bool{"actor": true, "target": true, "reason": true, "": true}

// init registers the functions fold, fold_email, saved_key and detail_text with SQLite. SQLite's own lower() handles
// only ASCII.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction(
		"fold",
		1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			text, _ := args[0].(string)
			return fold.Text(text), nil
		},
	)
	sqlite.MustRegisterDeterministicScalarFunction(
		"fold_email",
		1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			email, _ := args[0].(string)
			return EmailKey(email), nil
		},
	)
	sqlite.MustRegisterDeterministicScalarFunction(
		"saved_key",
		1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			name, _ := args[0].(string)
			return nameKey(name), nil
		},
	)
	sqlite.MustRegisterDeterministicScalarFunction(
		"detail_text",
		2,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			version, _ := args[0].(int64)
			detail, _ := args[1].(string)
			return detailText(version, detail), nil
		},
	)
}

// phrase quotes text as one phrase for MATCH.
func phrase(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

// AuditPage is one page of the log, newest first.
type AuditPage struct {
	Events   []Event
	Total    int64            // matching rows that were counted
	More     bool             // there may be more matching rows than Total
	Outcomes map[string]int64 // counted rows by outcome
}

// AuditEvents returns a page of the events that q selects; the first page is 1. It takes at most auditSearchTime. If it
// can't find the page in that time, it returns ErrSlowSearch. Otherwise, it spends the remaining time counting the
// matching rows, up to MaxAuditTotal.
func (s *Store) AuditEvents(ctx context.Context, page, per int, q AuditQuery) (AuditPage, error) {
	ctx, cancel := context.WithTimeout(ctx, auditSearchTime)
	defer cancel()
	slow := func() bool { return errors.Is(ctx.Err(), context.DeadlineExceeded) }
	p := AuditPage{Outcomes: map[string]int64{}}
	find, offset := q.sql(), (page-1)*per
	var head Head
	whole := q.Objects == nil && len(q.Terms) == 0 && q.From.IsZero() && q.To.IsZero()
	if whole { // row numbers have no gaps
		var err error
		if head, err = s.AuditHead(ctx); err != nil {
			return p, fmt.Errorf("read the head of the audit log: %w", err)
		}
		find.where, find.args, offset = "seq <= ?", []any{head.Seq - int64(offset)}, 0
	}
	var err error
	p.Events, err = s.foundEvents(ctx, find, per, offset)
	if err != nil && slow() {
		return p, ErrSlowSearch
	}
	if err != nil {
		return p, fmt.Errorf("read audit events: %w", err)
	}
	if whole {
		find.args = []any{head.Seq}
	}
	err = eachRowIn(ctx, s.heavy, func(row scanner) error {
		var outcome string
		var n int64
		err := row.Scan(&outcome, &n)
		p.Outcomes[outcome], p.Total = n, p.Total+n
		return err
	}, `SELECT outcome, count(*)
		FROM (SELECT outcome
		FROM `+find.from+`
		WHERE `+find.where+`
		ORDER BY `+find.seq+` DESC
		LIMIT ?)
		GROUP BY outcome`,
		append(slices.Clone(find.args), MaxAuditTotal+1)...)
	switch {
	case err != nil && slow():
		if len(p.Events) == 0 && page > 1 { // the page may be past the last one
			return p, ErrSlowSearch
		}
		p.Total, p.More = int64((page-1)*per+len(p.Events)), len(p.Events) == per
	case err != nil:
		return p, fmt.Errorf("count audit events: %w", err)
	case whole:
		p.Total = head.Seq
	case p.Total > MaxAuditTotal:
		p.Total, p.More = MaxAuditTotal, true
	}
	return p, nil
}

// foundEvents returns a page of the events that a search finds, newest first.
func (s *Store) foundEvents(ctx context.Context, find auditSQL, per, offset int) ([]Event, error) {
	// The row numbers are read first, as one value, because the driver can cancel only the search for the first row of a
	// result.
	var seqs string
	err := s.heavy.QueryRowContext(ctx, `SELECT json_group_array(seq)
		FROM (SELECT `+find.seq+` AS seq
		FROM `+find.from+`
		WHERE `+find.where+`
		ORDER BY 1 DESC
		LIMIT ? OFFSET ?)`,
		append(slices.Clone(find.args), per, offset)...).
		Scan(&seqs)
	if err != nil {
		return nil, err
	}
	return allRowsIn(
		ctx,
		s.heavy,
		scanEvent,
		`SELECT `+auditColumns+` FROM audit_events WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC`,
		seqs,
	)
}

// EachAuditEvent calls f with each event that q selects, up to row upTo, oldest first. It holds no connection while f
// runs, so f may write to a slow browser.
func (s *Store) EachAuditEvent(ctx context.Context, q AuditQuery, upTo int64, f func(Event) error) error {
	const at = 500 // rows per query
	find := q.sql()
	for after := int64(math.MinInt64); ; {
		events, err := allRowsIn(
			ctx,
			s.heavy,
			scanEvent,
			`SELECT `+auditColumns+`
				FROM `+find.from+`
				WHERE `+find.where+` AND `+find.seq+` > ? AND `+find.seq+` <= ?
				ORDER BY `+find.seq+`
				LIMIT ?`,
			append(slices.Clone(find.args), after, upTo, at)...)
		if err != nil {
			return fmt.Errorf("read audit events: %w", err)
		}
		for _, e := range events {
			if err := f(e); err != nil {
				return err
			}
			after = e.Seq
		}
		if len(events) < at {
			return nil
		}
	}
}

// started selects the entries of operations. It leaves out forms that were refused, since they started no operation.
// Rows of versions before notesVersion have no codes.
const started = ` AND (outcome <> 'refused' OR version < 3 OR detail LIKE '%"code":"operation"%')`

// aboutPBXs selects the entries about PBXs that started selects.
const aboutPBXs = `(action LIKE 'pbx.%' OR action = 'creation.settle')` + started

// AuditOfPBXs returns at most limit events that concern any of the given PBXs, newest first. It leaves out forms that
// were refused, since they started no operation.
func (s *Store) AuditOfPBXs(ctx context.Context, limit int, ids ...int64) ([]Event, error) {
	return s.auditOf(ctx, aboutPBXs, limit, ids...)
}

// AuditOfCustomer is like AuditOfPBXs for the events that concern a customer itself.
func (s *Store) AuditOfCustomer(ctx context.Context, limit int, id int64) ([]Event, error) {
	return s.auditOf(ctx, `action LIKE 'customer.%'`+started, limit, id)
}

// auditOf returns the events of some actions on the given targets.
func (s *Store) auditOf(ctx context.Context, actions string, limit int, ids ...int64) ([]Event, error) {
	targets := make([]string, len(ids))
	for i, id := range ids {
		targets[i] = strconv.FormatInt(id, 10)
	}
	events, err := allRows(ctx, s, scanEvent, `SELECT `+auditColumns+`
		FROM audit_events
		WHERE target IN (SELECT value FROM json_each(?)) AND `+actions+`
		ORDER BY seq DESC
		LIMIT ?`, mustJSON(targets), limit)
	if err != nil {
		return nil, fmt.Errorf("read the audit log of PBXs or customers: %w", err)
	}
	return events, nil
}
