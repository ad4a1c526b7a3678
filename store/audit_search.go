package store

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cordboard/fold"
)

// searchColumns are the columns and expressions that audit_search indexes.
var searchColumns = []string{
	"actor_email",
	"actor_name",
	"target",
	"target_name",
	"detail_text(version, detail)",
	"reason",
	"changes",
	"ycm_request_id",
	"request_id",
	"outcome",
	"address",
	"action",
}

const outcomeMark = "\x01"

// searchText returns the text of e for audit_search. Migration 10 builds the same text for older events.
func searchText(e Event) string {
	return fold.Text(strings.Join([]string{
		e.Actor.Email,
		e.Actor.Name,
		e.Target,
		e.TargetName,
		e.Detail(),
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

// AuditTerm is a condition on the value of a field. Target IDs and row numbers must match exactly, except that row
// numbers can also be a range, such as "2..4". Other values are compared in their folded form (see package fold). Free
// text, actors, target names and reasons match any part of the field. An action without a dot matches an object or a
// verb. Except in free text, a value such as "pbx.*" matches everything that begins with "pbx.".
type AuditTerm struct {
	Field string // a key of AuditFields; "" means any field
	Value string
	Not   bool
	// If Nobody is true, the term selects events that name no actor. Field must be "actor", and Value is not used.
	Nobody bool
}

// AuditQuery selects events; the zero value selects all. Terms for the same field are alternatives, except that negated
// terms and free-text terms must all match.
type AuditQuery struct {
	// Objects are the kinds of objects that the reader is allowed to see, such as "pbx". The kind is the part of an
	// action before the dot. nil means all.
	Objects  []string
	Terms    []AuditTerm
	From, To time.Time // To is exclusive; zero means unbounded
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
		columns = []string{strings.Join(columns, " || char(10) || ")} // one test for all columns
	}
	for _, column := range columns {
		prefix, isPrefix := strings.CutSuffix(value, "*")
		switch {
		case column == "seq" && strings.Contains(value, ".."):
			from, to, _ := strings.Cut(value, "..")
			tests = append(tests, "(? = '' OR seq >= CAST(? AS INTEGER)) AND (? = '' OR seq <= CAST(? AS INTEGER))")
			args = append(args, from, from, to, to)
		case column == "action" && !isPrefix && !strings.Contains(value, "."): // by object or by verb
			tests = append(tests, "action = ? OR substr(action, 1, length(?) + 1) = ? || '.' OR substr(action, "+
				"-length(?) - 1) = '.' || ?")
			args = append(args, value, value, value, value, value)
		case column == "target" || column == "seq": // an ID, which may be case-sensitive, or a row number
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

// phrase returns the phrase that audit_search must contain for the term to match, or "" if the index can't narrow
// the rows.
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

var marks = map[string]string{"outcome": outcomeMark, "address": addressMark, "action": actionMark}

// auditSQL is an AuditQuery as SQL: its FROM and WHERE clauses, the column with the row number, and the arguments.
type auditSQL struct {
	from, where, seq string
	args             []any
}

// sql returns the query as SQL. The index audit_search first narrows the rows as far as it can. The other conditions
// are tested on the remaining rows one by one, so a page costs only as much as the rows that are read for it.
func (q AuditQuery) sql() auditSQL {
	all := []string{"TRUE"}
	var args []any
	var phrases []string
	either := map[string][]AuditTerm{}
	var order []string
	for _, t := range q.Terms {
		if t.Not || t.Field == "" { // negated terms and free-text words must all match
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
