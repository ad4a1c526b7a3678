package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// AuditFields are what a term can ask for, and the columns that it looks in.
var AuditFields = map[string][]string{
	"actor":     {"actor_email", "actor_name"},
	"action":    {"action"},
	"outcome":   {"outcome"},
	"target":    {"target", "target_name"},
	"address":   {"address"},
	"requestId": {"ycm_request_id", "request_id"},
	"reason":    {"reason"},
	"seq":       {"seq"},
	"":          {"actor_email", "actor_name", "action", "target", "target_name", "detail", "reason", "changes", "ycm_request_id", "request_id"},
}

// AuditTerm is one condition: a field has a value, in whatever letters. Free text, and names, may be a part of the field; "pbx.*" is all that
// begins with "pbx.".
type AuditTerm struct {
	Field string // of AuditFields; "" is any of them
	Value string
	Not   bool
}

// AuditQuery is which events are meant; the zero value is all of them. Terms of one field are alternatives, unless they are negative.
type AuditQuery struct {
	Objects  []string // the parts of actions before their dots that the reader may see; nil: all
	Terms    []AuditTerm
	From, To time.Time // To is excluded; zero: open
}

// partly are the fields of which a part is enough.
var partly = map[string]bool{"actor": true, "target": true, "reason": true, "": true}

// fold is lower() for every script: SQLite's own knows ASCII alone.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("fold", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		text, _ := args[0].(string)
		return strings.ToLower(text), nil
	})
}

func (t AuditTerm) where() (string, []any) {
	var tests []string
	var args []any
	value := strings.ToLower(t.Value)
	columns := AuditFields[t.Field]
	if t.Field == "" {
		columns = []string{strings.Join(columns, " || char(10) || ")} // at one go
	}
	for _, column := range columns {
		prefix, isPrefix := strings.CutSuffix(value, "*")
		switch {
		case column == "target":
			tests, args = append(tests, column+" = ?"), append(args, t.Value)
		case isPrefix && t.Field != "":
			tests, args = append(tests, "substr(fold("+column+"), 1, length(?)) = ?"), append(args, prefix, prefix)
		case partly[t.Field]:
			tests, args = append(tests, "instr(fold("+column+"), ?) > 0"), append(args, value)
		default:
			tests, args = append(tests, "lower("+column+") = ?"), append(args, value)
		}
	}
	where := "(" + strings.Join(tests, " OR ") + ")"
	if t.Not {
		where = "NOT " + where
	}
	return where, args
}

func (q AuditQuery) where() (string, []any) {
	all := []string{"TRUE"}
	var args []any
	if q.Objects != nil {
		all = append(all, "substr(action, 1, instr(action, '.') - 1) IN (SELECT value FROM json_each(?))")
		args = append(args, asJSON(q.Objects))
	}
	either := map[string][]string{}
	values := map[string][]any{}
	var order []string
	for _, t := range q.Terms {
		where, a := t.where()
		if t.Not || t.Field == "" { // words of free text must all be there
			all, args = append(all, where), append(args, a...)
			continue
		}
		if either[t.Field] == nil {
			order = append(order, t.Field)
		}
		either[t.Field], values[t.Field] = append(either[t.Field], where), append(values[t.Field], a...)
	}
	for _, field := range order {
		all, args = append(all, "("+strings.Join(either[field], " OR ")+")"), append(args, values[field]...)
	}
	if !q.From.IsZero() {
		all, args = append(all, "at >= ?"), append(args, unix(q.From))
	}
	if !q.To.IsZero() {
		all, args = append(all, "at < ?"), append(args, unix(q.To))
	}
	return strings.Join(all, " AND "), args
}

// AuditPage is a part of the log, newest first.
type AuditPage struct {
	Events   []Event
	Total    int64            // of the rows that the query finds
	Outcomes map[string]int64 // of them
}

// AuditEvents returns a page, from 1, of the events that q finds.
func (s *Store) AuditEvents(ctx context.Context, page, per int, q AuditQuery) (AuditPage, error) {
	where, args := q.where()
	p := AuditPage{Outcomes: map[string]int64{}}
	err := s.eachRow(ctx, func(row scanner) error {
		var outcome string
		var n int64
		err := row.Scan(&outcome, &n)
		p.Outcomes[outcome], p.Total = n, p.Total+n
		return err
	}, `SELECT outcome, count(*) FROM audit_events WHERE `+where+` GROUP BY outcome`, args...)
	if err != nil {
		return p, fmt.Errorf("count audit events: %w", err)
	}
	p.Events, err = allRows(ctx, s, scanEvent, `SELECT `+auditColumns+` FROM audit_events WHERE `+where+` ORDER BY seq DESC LIMIT ? OFFSET ?`, append(args, per, (page-1)*per)...)
	if err != nil {
		return p, fmt.Errorf("read audit events: %w", err)
	}
	return p, nil
}

// EachAuditEvent calls f with what q finds up to a row, oldest first. While f runs no connection is held: it may be as slow as a browser.
func (s *Store) EachAuditEvent(ctx context.Context, q AuditQuery, upTo int64, f func(Event) error) error {
	const at = 500 // rows read at once
	where, args := q.where()
	for after := int64(math.MinInt64); ; {
		events, err := allRows(ctx, s, scanEvent, `SELECT `+auditColumns+` FROM audit_events WHERE `+where+` AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`, append(slices.Clone(args), after, upTo, at)...)
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

// AuditOfPBX returns what was done to a PBX, newest first.
func (s *Store) AuditOfPBX(ctx context.Context, id int64, limit int) ([]Event, error) {
	events, err := allRows(ctx, s, scanEvent, `SELECT `+auditColumns+` FROM audit_events WHERE target = ? AND (action LIKE 'pbx.%' OR action = 'creation.settle') ORDER BY seq DESC LIMIT ?`, strconv.FormatInt(id, 10), limit)
	if err != nil {
		return nil, fmt.Errorf("read what was done to PBX %d: %w", id, err)
	}
	return events, nil
}
