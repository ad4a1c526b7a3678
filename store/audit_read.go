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

// searchColumns are the columns that audit_search indexes.
var searchColumns = []string{
	"actor_email",
	"actor_name",
	"target",
	"target_name",
	"detail",
	"reason",
	"changes",
	"ycm_request_id",
	"request_id",
	"outcome",
	"address",
	"action",
}

// Marks precede fields in audit_search that a term must match as a whole. No text of an event contains these
// characters.
const (
	outcomeMark = "\x01"
	addressMark = "\x02"
	actionMark  = "\x03"
)

// searchText returns the text of e for audit_search. Migration 10 builds the same text for older events.
func searchText(e Event) string {
	return fold.Text(strings.Join([]string{
		e.Actor.Email,
		e.Actor.Name,
		e.Target,
		e.TargetName,
		e.Detail,
		e.Actor.Reason,
		e.changes,
		e.YCMRequestID,
		e.Actor.RequestID,
		outcomeMark + e.Outcome,
		addressMark + e.Actor.Address,
		actionMark + e.Action,
		"",
	}, "\n"))
}

// AuditTerm is one condition: a field has a value. Both are compared as folded by package fold. Free text and names
// match a part of the field. A value such as "pbx.*" matches everything that begins with "pbx.".
type AuditTerm struct {
	Field  string // a key of AuditFields; "" means any field
	Value  string
	Not    bool
	Nobody bool // Field is actor: events of requests that nobody was signed in for; Value is not used
}

// AuditQuery selects events; the zero value selects all. Terms of the same field are alternatives. Negated terms
// and terms of free text must all match.
type AuditQuery struct {
	// Objects are the parts of actions before the dot that the reader may see; nil means all.
	Objects  []string
	Terms    []AuditTerm
	From, To time.Time // To is exclusive; zero: unbounded
}

// ErrSlowSearch means that a search was canceled because it took too long.
var ErrSlowSearch = errors.New("the search took too long")

const (
	// MaxAuditTotal is the number up to which the rows that a search finds are counted.
	MaxAuditTotal = 10_000
	// auditSearchTime is the time limit of a search.
	auditSearchTime = 600 * time.Millisecond
)

// partly has the fields that match a part of the value.
var partly = map[string]bool{"actor": true, "target": true, "reason": true, "": true}

// init registers fold functions, because SQLite's own lower() handles ASCII only.
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
}

func (t AuditTerm) where() (string, []any) {
	var tests []string
	var args []any
	if t.Nobody {
		where := "(actor_email = '' AND actor_name = '')"
		if t.Not {
			where = "NOT " + where
		}
		return where, nil
	}
	value := fold.Text(t.Value)
	columns := AuditFields[t.Field]
	if t.Field == "" {
		columns = []string{strings.Join(columns, " || char(10) || ")} // in one test
	}
	for _, column := range columns {
		prefix, isPrefix := strings.CutSuffix(value, "*")
		switch {
		case column == "seq" && strings.Contains(value, ".."):
			from, to, _ := strings.Cut(value, "..")
			tests = append(tests, "(? = '' OR seq >= CAST(? AS INTEGER)) AND (? = '' OR seq <= CAST(? AS INTEGER))")
			args = append(args, from, from, to, to)
		case column == "action" && !isPrefix && !strings.Contains(value, "."): // all of an object, or all of a verb
			tests = append(tests, "action = ? OR substr(action, 1, length(?) + 1) = ? || '.' OR substr(action, "+
				"-length(?) - 1) = '.' || ?")
			args = append(args, value, value, value, value, value)
		case column == "target" || column == "seq": // an ID, which may be case-sensitive
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

// phrase returns the phrase that audit_search must contain for the term to match, or "" if the index can't decide.
func (t AuditTerm) phrase() string {
	value, isPrefix := fold.Text(t.Value), false
	if t.Field != "" {
		value, isPrefix = strings.CutSuffix(value, "*")
	}
	object := t.Field == "action" && !isPrefix && !strings.Contains(value, ".")
	if mark := marks[t.Field]; mark != "" && !object {
		if value = mark + value; !isPrefix {
			value += "\n"
		}
	}
	if t.Not || t.Nobody || t.Field == "seq" || utf8.RuneCountInString(value) < 3 {
		return ""
	}
	return phrase(value)
}

// phrase quotes text for MATCH.
func phrase(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

var marks = map[string]string{"outcome": outcomeMark, "address": addressMark, "action": actionMark}

// auditSQL is a query as SQL: its FROM and WHERE clauses, the column with the row number, and the arguments.
type auditSQL struct {
	from, where, seq string
	args             []any
}

// sql returns the query as SQL. audit_search decides the conditions that it can, which leaves few rows. The
// others are tested on those rows one by one, so a page costs no more than the rows that are read for it.
func (q AuditQuery) sql() auditSQL {
	all := []string{"TRUE"}
	var args []any
	var phrases []string
	either := map[string][]AuditTerm{}
	var order []string
	for _, t := range q.Terms {
		if t.Not || t.Field == "" { // free-text words must all match
			if p := t.phrase(); p != "" {
				phrases = append(phrases, p)
				continue // the phrase covers the whole term
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
			// "/" follows "." in ASCII.
			objects, args = append(objects, "action >= ? AND action < ?"), append(args, o+".", o+"/")
			objectPhrases = append(objectPhrases, phrase(actionMark+o+"."))
		}
		all = append(all, "("+strings.Join(objects, " OR ")+")")
		phrases = append(phrases, "("+strings.Join(objectPhrases, " OR ")+")")
	}
	if len(phrases) == 0 {
		return auditSQL{"audit_events", strings.Join(all, " AND "), "seq", args}
	}
	return auditSQL{
		// CROSS JOIN keeps this join order.
		from:  "audit_search CROSS JOIN audit_events ON audit_events.seq = audit_search.rowid",
		where: strings.Join(append(all, "audit_search MATCH ?"), " AND "),
		seq:   "audit_search.rowid",
		args:  append(args, strings.Join(phrases, " AND ")),
	}
}

// AuditPage is one page of the log, newest first.
type AuditPage struct {
	Events   []Event
	Total    int64            // matching rows, as far as they were counted
	More     bool             // there may be more than Total
	Outcomes map[string]int64 // the counted rows by outcome
}

// AuditEvents returns a page of the events that q selects; page counts from 1. It takes less than a second, and
// returns ErrSlowSearch if that isn't enough for the page. The remaining time is used to count the rows, up to
// MaxAuditTotal.
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
	// The row numbers are read first, as one value: the driver can cancel the search for the first row of a
	// result, but not for later rows.
	var seqs string
	err = s.heavy.QueryRowContext(ctx, `SELECT json_group_array(seq)
		FROM (SELECT `+find.seq+` AS seq
		FROM `+find.from+`
		WHERE `+find.where+`
		ORDER BY 1 DESC
		LIMIT ? OFFSET ?)`,
		append(slices.Clone(find.args), per, offset)...).
		Scan(&seqs)
	if err == nil {
		p.Events, err = allRowsIn(
			ctx,
			s.heavy,
			scanEvent,
			`SELECT `+auditColumns+` FROM audit_events WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC`,
			seqs,
		)
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

// EachAuditEvent calls f with each event that q selects, up to the row upTo, oldest first. No connection is held
// while f runs, so f may be as slow as a browser.
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

// AuditOfPBX returns the newest events that concern a PBX, at most limit, newest first.
func (s *Store) AuditOfPBX(ctx context.Context, id int64, limit int) ([]Event, error) {
	events, err := allRows(
		ctx,
		s,
		scanEvent,
		`SELECT `+auditColumns+`
			FROM audit_events
			WHERE target = ? AND (action LIKE 'pbx.%' OR action = 'creation.settle')
			ORDER BY seq DESC
			LIMIT ?`,
		strconv.FormatInt(id, 10),
		limit,
	)
	if err != nil {
		return nil, fmt.Errorf("read the audit log of PBX %d: %w", id, err)
	}
	return events, nil
}
