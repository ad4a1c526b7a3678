package audit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/views/ui"
)

// auditQualifiers maps each qualifier of the audit log's search, in lowercase, to the field that it searches.
var auditQualifiers = []struct{ word, field string }{
	{
		"actor",
		"actor",
	},
	{"action", "action"},
	{"outcome", "outcome"},
	{"target", "target"},
	{"requestid", "requestId"},
	{"reason", "reason"},
	{"address", "address"},
	{"no", "seq"},
}

var outcomes = []string{
	store.OutcomeAsked,
	store.OutcomeDone,
	store.OutcomeRefused,
	store.OutcomeFailed,
	store.OutcomeDenied,
	store.OutcomeUnknown,
}

const (
	maxAuditSearch = 500 // bytes
	maxAuditTerms  = 20
)

// dayLike matches text that looks like a day or a range of days, whether or not it is valid.
var dayLike = regexp.MustCompile(`^(\.\.)?\d{4}-\d{1,2}-\d{1,2}(\.\.(\d{4}-\d{1,2}-\d{1,2})?)?$`)

// nobody stands for the actor of requests that were made without signing in.
const nobody = "not signed in"

// seqs matches an entry number or a range of entry numbers.
var seqs = regexp.MustCompile(`^[0-9]{1,18}$|^[0-9]{1,18}\.\.([0-9]{1,18})?$|^\.\.[0-9]{1,18}$`)

// auditSearch is a parsed search of the audit log.
type auditSearch struct {
	text    string // as typed
	terms   []auditPart
	query   store.AuditQuery
	ignored []string // messages about parts that aren't used as they were typed
}

// auditPart is a part of the search: its text, and the name and value that the page shows for it.
type auditPart struct {
	text, name, value string
}

// parseAuditSearch parses a search such as "actor:ines action:user.* -outcome:done 2026-03-01..2026-03-17 acme".
// Days are in the reader's time zone.
func parseAuditSearch(text string, zone *time.Location) auditSearch {
	if len(text) > maxAuditSearch {
		text = strings.ToValidUTF8(text[:maxAuditSearch], "")
	}
	a := auditSearch{text: strings.TrimSpace(text)}
	for _, part := range splitQuoted(fold.Typed(text)) {
		if len(a.terms) == maxAuditTerms {
			a.ignored = append(a.ignored, fmt.Sprintf("Only the first %d search terms are used.", maxAuditTerms))
			break
		}
		a.add(part, zone)
	}
	return a
}

func (a *auditSearch) add(part string, zone *time.Location) {
	body, not := strings.CutPrefix(part, "-")
	from, to, isDay := dayRange(body, zone)
	if isDay && !not {
		a.addDays(part, body, from, to)
		return
	}
	field, value := a.qualified(body)
	switch {
	case isDay:
		a.notice("Days can’t be excluded, so “%s” is treated as text.", body)
	case dayLike.MatchString(body):
		a.notice("“%s” isn’t a valid day or range of days, such as 2026-03-01..2026-03-17, so it is treated as "+
			"text.", body)
	}
	switch {
	case value == "":
		a.notice("“%s” contains nothing to search for, so it was ignored.", part)
		return
	case field == "outcome" && !slices.Contains(outcomes, strings.ToLower(value)):
		a.notice("“%s” isn’t an outcome, so “%s” was ignored. Choose one of: %s.", value, part, strings.Join(outcomes, ", "))
		return
	case field == "seq" && !seqs.MatchString(value):
		a.notice("“%s” isn’t an entry number or a range such as 10..20, so “%s” was ignored.", value, part)
		return
	case field == "address" && strings.Contains(value, "/"):
		a.notice("You can’t search for a network, so “%s” was ignored. Use the start of an address, such as "+
			"203.0.113.*.", part)
		return
	}
	term := store.AuditTerm{Field: field, Value: value, Not: not}
	if field == "actor" && slices.Contains([]string{list.None, nobody}, fold.Text(value)) {
		term.Nobody = true
		value = nobody
	}
	name := auditFieldNames[field]
	if not {
		name = "Not: " + strings.ToLower(name)
	}
	a.query.Terms = append(a.query.Terms, term)
	a.terms = append(a.terms, auditPart{part, name, value})
}

// auditFieldNames maps each field to its name on the page. The field "" means a search for text anywhere in the event.
var auditFieldNames = map[string]string{
	"":          "Text",
	"actor":     "Actor",
	"action":    "Action",
	"outcome":   "Outcome",
	"target":    "Target",
	"requestId": "requestId",
	"reason":    "Reason",
	"address":   "Address",
	"seq":       "No.",
}

// notice adds a message about a part of the search that isn't used as it was typed.
func (a *auditSearch) notice(format string, args ...any) {
	a.ignored = append(a.ignored, fmt.Sprintf(format, args...))
}

// addDays limits the search to a range of days. Only the first range counts.
func (a *auditSearch) addDays(part, body string, from, to time.Time) {
	switch {
	case !a.query.From.IsZero() || !a.query.To.IsZero():
		a.notice("Only one range of days can be used, so “%s” was ignored.", part)
	case !from.IsZero() && !to.IsZero() && !from.Before(to):
		a.notice("“%s” ends before it begins, so it was ignored.", part)
	default:
		a.query.From, a.query.To = from, to
		a.terms = append(a.terms, auditPart{part, "Time", dayWords(body)})
	}
}

// qualified splits a part such as actor:sara into its field and its value. For a part without a known qualifier, the
// field is "" and the value is the text.
func (a *auditSearch) qualified(body string) (field, value string) {
	value = body
	if word, rest, ok := strings.Cut(body, ":"); ok {
		i := slices.IndexFunc(
			auditQualifiers,
			func(q struct{ word, field string }) bool { return q.word == strings.ToLower(word) },
		)
		switch {
		case i >= 0:
			field, value = auditQualifiers[i].field, rest
		// Only words are reported: other prefixes, as in a time or an IPv6 address, are plain text.
		case strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz") == "":
			a.notice("There is no qualifier “%s:”, so “%s” is treated as text.", word, value)
		}
	}
	value = strings.Trim(value, `"`)
	if field == "outcome" { // a badge's label is accepted in place of its outcome
		switch fold.Text(value) {
		case "not allowed":
			value = store.OutcomeDenied
		case "requested":
			value = store.OutcomeAsked
		}
	}
	return field, value
}

// dayWords returns a range of days as a chip shows it.
func dayWords(text string) string {
	first, last, isRange := strings.Cut(text, "..")
	switch {
	case isRange && last == "":
		return "from " + first
	case isRange && first == "":
		return "up to " + last
	}
	return text
}

// dayRange parses a day, a month, a year or a range such as "2026-03-01..2026-03-17", either end of which may be
// missing. The end of the range is exclusive: to is the start of the day after the last one.
func dayRange(text string, zone *time.Location) (from, to time.Time, ok bool) {
	first, last, isRange := strings.Cut(text, "..")
	if !isRange {
		last = first
	}
	from, _, ok1 := period(first, zone)
	_, to, ok2 := period(last, zone)
	ok1, ok2 = ok1 || first == "" && isRange, ok2 || last == "" && isRange
	return from, to, ok1 && ok2 && (!from.IsZero() || !to.IsZero())
}

// periods are the formats of days, months and years, with their lengths.
var periods = []struct {
	layout              string
	years, months, days int
}{{time.DateOnly, 0, 0, 1}, {"20060102", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}}

// period returns the start of a day, month or year, and the start of the next one.
func period(text string, zone *time.Location) (from, to time.Time, ok bool) {
	for _, p := range periods {
		if t, err := time.ParseInLocation(p.layout, text, zone); err == nil && t.Year() >= 2000 && t.Year() < 2200 {
			return t, t.AddDate(p.years, p.months, p.days), true
		}
	}
	return time.Time{}, time.Time{}, false
}

// splitQuoted splits text at white space outside double quotes.
func splitQuoted(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t' || r == '\n' || r == '\r')
	})
}

// without returns the search without part i, for the link that removes that part.
func (a auditSearch) without(i int) string {
	var rest []string
	for j, p := range a.terms {
		if j != i {
			rest = append(rest, p.text)
		}
	}
	return strings.Join(rest, " ")
}

// withOutcome returns the search with its outcome parts replaced by outcome.
func (a auditSearch) withOutcome(outcome string) string {
	var rest []string
	for _, p := range a.terms {
		if !strings.HasPrefix(strings.ToLower(strings.TrimPrefix(p.text, "-")), "outcome:") {
			rest = append(rest, p.text)
		}
	}
	return strings.Join(append(rest, "outcome:"+outcome), " ")
}

func (a auditSearch) chips() []ui.Chip {
	var chips []ui.Chip
	for i, p := range a.terms {
		chips = append(chips, ui.Chip{Name: p.name, Text: p.value, URL: ui.AuditSearchURL(a.without(i))})
	}
	return chips
}
