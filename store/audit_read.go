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
	"unicode/utf8"

	"modernc.org/sqlite"

	"cordboard/fold"
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
	"":          searchColumns,
}

// searchColumns are the columns of which audit_search has the text.
var searchColumns = []string{"actor_email", "actor_name", "target", "target_name", "detail", "reason", "changes", "ycm_request_id", "request_id", "outcome", "address", "action"}

// What stands before the fields that a search can ask for as a whole, in audit_search: signs that no text of an event holds.
const (
	outcomeMark = "\x01"
	addressMark = "\x02"
	actionMark  = "\x03"
)

// searchText is what audit_search has of an event, as migration 10 has it of those before.
func searchText(e Event) string {
	return fold.Text(strings.Join([]string{
		e.Actor.Email, e.Actor.Name, e.Target, e.TargetName, e.Detail, e.Actor.Reason, e.changes, e.YCMRequestID, e.Actor.RequestID,
		outcomeMark + e.Outcome, addressMark + e.Actor.Address, actionMark + e.Action, "",
	}, "\n"))
}

// AuditTerm is one condition: a field has a value, folded as package fold does. Free text, and names, may be a part of the field; "pbx.*" is all that
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

// ErrSlowSearch means that a search was given up since it took too long.
var ErrSlowSearch = errors.New("the search takes too long")

const (
	// MaxAuditTotal is how far the rows that a search finds are counted.
	MaxAuditTotal = 10_000
	// auditSearchTime is how long a search may take.
	auditSearchTime = 600 * time.Millisecond
)

// partly are the fields of which a part is enough.
var partly = map[string]bool{"actor": true, "target": true, "reason": true, "": true}

// SQLite's own lower() knows ASCII alone.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("fold", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		text, _ := args[0].(string)
		return fold.Text(text), nil
	})
	sqlite.MustRegisterDeterministicScalarFunction("fold_email", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		email, _ := args[0].(string)
		return EmailKey(email), nil
	})
	sqlite.MustRegisterDeterministicScalarFunction("saved_key", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		name, _ := args[0].(string)
		return nameKey(name), nil
	})
}

func (t AuditTerm) where() (string, []any) {
	var tests []string
	var args []any
	value := fold.Text(t.Value)
	columns := AuditFields[t.Field]
	if t.Field == "" {
		columns = []string{strings.Join(columns, " || char(10) || ")} // at one go
	}
	for _, column := range columns {
		prefix, isPrefix := strings.CutSuffix(value, "*")
		switch {
		case column == "target" || column == "seq": // an ID, which case may matter to
			tests, args = append(tests, column+" = ?"), append(args, strings.TrimSpace(t.Value))
		case isPrefix && t.Field != "":
			tests, args = append(tests, "substr(fold("+column+"), 1, length(?)) = ?"), append(args, prefix, prefix)
		case partly[t.Field]:
			tests, args = append(tests, "instr(fold("+column+"), ?) > 0"), append(args, value)
		case column == "action" || column == "outcome" || column == "address":
			tests, args = append(tests, column+" = ?"), append(args, value)
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

// phrase is what audit_search must hold for the term to be true, "" if it can't tell.
func (t AuditTerm) phrase() string {
	value, isPrefix := fold.Text(t.Value), false
	if t.Field != "" {
		value, isPrefix = strings.CutSuffix(value, "*")
	}
	if mark := marks[t.Field]; mark != "" {
		if value = mark + value; !isPrefix {
			value += "\n"
		}
	}
	if t.Not || t.Field == "seq" || utf8.RuneCountInString(value) < 3 {
		return ""
	}
	return phrase(value)
}

// phrase quotes a text for MATCH.
func phrase(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

var marks = map[string]string{"outcome": outcomeMark, "address": addressMark, "action": actionMark}

// auditSQL is a query as SQL: what it selects from, under which condition, and what numbers the rows.
type auditSQL struct {
	from, where, seq string
	args             []any
}

// sql returns the query as SQL. What audit_search can tell comes first and leaves few rows; the rest is tested on those, one by one, so that a page costs no more than
// the rows that it looks at.
func (q AuditQuery) sql() auditSQL {
	all := []string{"TRUE"}
	var args []any
	var phrases []string
	either := map[string][]AuditTerm{}
	var order []string
	for _, t := range q.Terms {
		if t.Not || t.Field == "" { // words of free text must all be there
			if p := t.phrase(); p != "" {
				phrases = append(phrases, p)
				continue // which is all that it says
			}
			where, a := t.where()
			all, args = append(all, where), append(args, a...)
			continue
		}
		if either[t.Field] == nil {
			order = append(order, t.Field)
		}
		either[t.Field] = append(either[t.Field], t)
	}
	for _, field := range order {
		var tests, fieldPhrases []string
		for _, t := range either[field] {
			where, a := t.where()
			tests, args = append(tests, where), append(args, a...)
			fieldPhrases = append(fieldPhrases, t.phrase())
		}
		all = append(all, "("+strings.Join(tests, " OR ")+")")
		if !slices.Contains(fieldPhrases, "") {
			phrases = append(phrases, "("+strings.Join(fieldPhrases, " OR ")+")")
		}
	}
	if !q.From.IsZero() {
		all, args = append(all, "at >= ?"), append(args, unix(q.From))
	}
	if !q.To.IsZero() {
		all, args = append(all, "at < ?"), append(args, unix(q.To))
	}
	if q.Objects != nil {
		var objects, objectPhrases []string
		for _, o := range q.Objects {
			objects, args = append(objects, "action >= ? AND action < ?"), append(args, o+".", o+"/") // the sign behind the dot
			objectPhrases = append(objectPhrases, phrase(actionMark+o+"."))
		}
		all = append(all, "("+strings.Join(objects, " OR ")+")")
		phrases = append(phrases, "("+strings.Join(objectPhrases, " OR ")+")")
	}
	if len(phrases) == 0 {
		return auditSQL{"audit_events", strings.Join(all, " AND "), "seq", args}
	}
	return auditSQL{
		from:  "audit_search CROSS JOIN audit_events ON audit_events.seq = audit_search.rowid", // CROSS: in this order
		where: strings.Join(append(all, "audit_search MATCH ?"), " AND "),
		seq:   "audit_search.rowid",
		args:  append(args, strings.Join(phrases, " AND ")),
	}
}

// AuditPage is a part of the log, newest first.
type AuditPage struct {
	Events   []Event
	Total    int64            // of the rows that the query finds, as far as they are counted
	More     bool             // there are more than Total, or may be
	Outcomes map[string]int64 // of those counted
}

// AuditEvents returns a page, from 1, of the events that q finds. It takes less than a second, and returns ErrSlowSearch if that isn't enough for the page; how many
// there are is counted in what is left of the time, up to MaxAuditTotal.
func (s *Store) AuditEvents(ctx context.Context, page, per int, q AuditQuery) (AuditPage, error) {
	ctx, cancel := context.WithTimeout(ctx, auditSearchTime)
	defer cancel()
	slow := func() bool { return errors.Is(ctx.Err(), context.DeadlineExceeded) }
	p := AuditPage{Outcomes: map[string]int64{}}
	find, offset := q.sql(), (page-1)*per
	var head Head
	whole := q.Objects == nil && len(q.Terms) == 0 && q.From.IsZero() && q.To.IsZero()
	if whole { // rows are numbered without a gap
		var err error
		if head, err = s.AuditHead(ctx); err != nil {
			return p, fmt.Errorf("read the audit log's head: %w", err)
		}
		find.where, find.args, offset = "seq <= ?", []any{head.Seq - int64(offset)}, 0
	}
	var err error
	// The numbers first, as one value: the driver breaks off a search for the first row of a result, and not for those behind it.
	var seqs string
	err = s.heavy.QueryRowContext(ctx, `SELECT json_group_array(seq) FROM (SELECT `+find.seq+` AS seq FROM `+find.from+` WHERE `+find.where+` ORDER BY 1 DESC LIMIT ? OFFSET ?)`,
		append(slices.Clone(find.args), per, offset)...).Scan(&seqs)
	if err == nil {
		p.Events, err = allRowsIn(ctx, s.heavy, scanEvent, `SELECT `+auditColumns+` FROM audit_events WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC`, seqs)
	}
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
	}, `SELECT outcome, count(*) FROM (SELECT outcome FROM `+find.from+` WHERE `+find.where+` ORDER BY `+find.seq+` DESC LIMIT ?) GROUP BY outcome`,
		append(slices.Clone(find.args), MaxAuditTotal+1)...)
	switch {
	case err != nil && slow():
		if len(p.Events) == 0 && page > 1 { // nobody knows whether it is behind the last
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

// EachAuditEvent calls f with what q finds up to a row, oldest first. While f runs no connection is held: it may be as slow as a browser.
func (s *Store) EachAuditEvent(ctx context.Context, q AuditQuery, upTo int64, f func(Event) error) error {
	const at = 500 // rows read at once
	find := q.sql()
	for after := int64(math.MinInt64); ; {
		events, err := allRowsIn(ctx, s.heavy, scanEvent, `SELECT `+auditColumns+` FROM `+find.from+` WHERE `+find.where+` AND `+find.seq+` > ? AND `+find.seq+` <= ? ORDER BY `+find.seq+` LIMIT ?`,
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

// AuditOfPBX returns what was done to a PBX, newest first.
func (s *Store) AuditOfPBX(ctx context.Context, id int64, limit int) ([]Event, error) {
	events, err := allRows(ctx, s, scanEvent, `SELECT `+auditColumns+` FROM audit_events WHERE target = ? AND (action LIKE 'pbx.%' OR action = 'creation.settle') ORDER BY seq DESC LIMIT ?`, strconv.FormatInt(id, 10), limit)
	if err != nil {
		return nil, fmt.Errorf("read what was done to PBX %d: %w", id, err)
	}
	return events, nil
}
