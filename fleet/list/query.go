package list

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
)

// Query determines which PBXs the list shows, and how. It is parsed from the URL's parameters.
type Query struct {
	Look

	Search     string
	Filters    map[string][]FilterValue // by query key (Facets) or YCM's field name
	Presence   string                   // here, gone or all
	Expires    []FilterValue
	Usage      []FilterValue
	Attention  []FilterValue
	Onboarding []FilterValue
	Size       []FilterValue
	Sort       string // a field, preceded by "-" for descending
	Page       int    // starts at 1
	Per        int
}

// Look describes how a list is shown. It has no effect on which PBXs match.
type Look struct {
	Cols    []string // YCM's field names; nil: the default columns
	View    string   // the saved view that this query started from; "" if none
	Density string   // comfortable or compact; "" for the reader's setting
}

// Defaults and limits of a query.
const (
	DefaultSort     = "name"
	DefaultPer      = 50
	DefaultPresence = "here"
	maxSearch       = 200 // runes
	maxPage         = 1 << 30
)

// The permitted values of a query's parameters.
var (
	Presences  = []string{"here", "gone", "all"}
	Expiries   = []string{"overdue", "today", "7d", "30d", "60d", "90d", "later", None, NotUnderstood}
	UsageWords = []string{"nearly-full", "over"}
	// AttentionWords are the reasons why a PBX needs attention. A date has passed, comes within 7 days or isn't
	// understood; a resource is over capacity or full (see fleet.Thresholds); or the PBX is still not activated days after
	// its creation. As in all filters, several values are combined with OR.
	AttentionWords = []string{"overdue", "7d", "over", "full", "not-activated", NotUnderstood}
	Densities      = []string{"comfortable", "compact"}
	PageSizes      = []int{10, 25, 50, 100}
	expiryWithin   = map[string]int64{"today": 0, "7d": 7, "30d": 30, "60d": 60, "90d": 90}
)

// ParseQuery parses a URL's parameters. It leaves out what it can't parse, and returns a sentence about each omission.
func ParseQuery(values url.Values) (Query, []string) {
	q := Query{Filters: map[string][]FilterValue{}, Presence: DefaultPresence, Sort: DefaultSort, Page: 1, Per: DefaultPer}
	var ignored []string
	say := func(format string, args ...any) { ignored = append(ignored, fmt.Sprintf(format, args...)) }
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	taken := 0
	for _, key := range keys {
		for _, v := range values[key] {
			if taken++; taken > maxValues {
				say("Only the first %d values in the address were used.", maxValues)
				return q, ignored
			}
			v = strings.ToValidUTF8(v, "\uFFFD")
			if v == "" {
				continue
			}
			if problem := q.take(key, v); problem != "" {
				say("%s", problem)
			}
		}
	}
	return q, ignored
}

// maxValues bounds the number of values in a URL, because each is compared with all others and with all rows.
const maxValues = 200

// take parses one parameter, or returns the reason why it can't.
func (q *Query) take(key, v string) (problem string) {
	word := ParseFilterValue(v)
	closed := func(set []string, v string) string {
		if slices.Contains(set, v) {
			return ""
		}
		return fmt.Sprintf(
			"%s can’t be “%s”, so it was ignored. It can be %s.",
			key,
			Shorten(v),
			strings.Join(set, ", "),
		)
	}
	switch key {
	case "q":
		q.Search = v
		if runes := []rune(v); len(runes) > maxSearch {
			q.Search = string(runes[:maxSearch])
			return fmt.Sprintf("The search was cut to its first %d characters.", maxSearch)
		}
	case "presence":
		if problem = closed(Presences, v); problem == "" {
			q.Presence = v
		}
	case "expires":
		return q.takeExpires(word)
	case "usage", "attention", "onboarding", "size":
		if problem = closed(EnumValues(key), word.Value); problem == "" {
			addWord(q.closed(key), word)
		}
	case "sort":
		if _, ok := fleet.SortField(strings.TrimPrefix(v, "-")); !ok {
			return fmt.Sprintf("The list can’t be sorted by “%s”, so the order is %s.", Shorten(v), q.Sort)
		}
		q.Sort = v
	case "page":
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			return fmt.Sprintf("There is no page “%s”. This is the first page.", Shorten(v))
		}
		q.Page = n
	case "per":
		n, err := strconv.Atoi(v)
		if err != nil || !slices.Contains(PageSizes, n) {
			return fmt.Sprintf("A page can’t have “%s” rows, so it has %d. Choose 10, 25, 50 or 100.", Shorten(v), q.Per)
		}
		q.Per = n
	case "cols":
		return q.takeCols(v)
	case "view":
		q.View = v
	case "density":
		if problem = closed(Densities, v); problem == "" {
			q.Density = v
		}
	default:
		return q.addFilter(key, word)
	}
	return problem
}

// takeExpires adds one of Cordboard's own values or a range of dates.
func (q *Query) takeExpires(word FilterValue) (problem string) {
	if !slices.Contains(Expiries, word.Value) {
		s, ok, wrong := parseSpan(fleet.TimeField, word.Value)
		switch {
		case !ok:
			return fmt.Sprintf(
				"expires can’t be “%s”, so it was ignored. It can be %s, or a date range such as "+
					"2026-01-31..2026-02-28.",
				Shorten(word.Value),
				strings.Join(Expiries, ", "),
			)
		case wrong != "":
			word.Value, problem = s.String(), fmt.Sprintf("expires: %s.", wrong)
		}
	}
	addWord(&q.Expires, word)
	return problem
}

func (q *Query) addFilter(key string, word FilterValue) (problem string) {
	name, ok := filterKey(key)
	if !ok {
		return fmt.Sprintf("There is no filter “%s”, so it was ignored.", Shorten(key))
	}
	if f := fieldOf(name); f.Kind() != fleet.TextField && f != fleet.NoField && !word.Literal && word.Value != None &&
		(word.Value != NotUnderstood || f.Kind() != fleet.TimeField) {
		s, ok, wrong := parseSpan(f.Kind(), word.Value)
		switch {
		case wrong != "" && !ok:
			return fmt.Sprintf("%s: %s, so this filter was ignored.", name, wrong)
		case !ok && f.Kind() == fleet.TimeField:
			return fmt.Sprintf(
				"%s can’t be “%s”, so this filter was ignored. It can be a %s, a month, a year, a range such as "+
					"2026-01-01..2026-01-31, or none.",
				name,
				Shorten(word.Value),
				noun(f.Kind()),
			)
		case wrong != "":
			word.Value, problem = s.String(), fmt.Sprintf("%s: %s.", name, wrong)
		}
	}
	if !slices.Contains(q.Filters[name], word) {
		q.Filters[name] = append(q.Filters[name], word)
	}
	return problem
}

func (q *Query) takeCols(v string) string {
	var unknown []string
	for name := range strings.SplitSeq(v, ",") {
		name = strings.TrimSpace(name)
		switch _, ok := fleet.FieldByName(name); {
		case name == "" || slices.Contains(q.Cols, name):
		case ok:
			q.Cols = append(q.Cols, name)
		default:
			unknown = append(unknown, "“"+Shorten(name)+"”")
		}
	}
	if len(unknown) > 0 {
		return fmt.Sprintf(
			"There is no column %s, so it was ignored.",
			strings.Join(unknown[:min(len(unknown), 5)], ", "),
		)
	}
	return ""
}

// NewQuery parses parameters that are known to be valid.
func NewQuery(values url.Values) Query {
	q, _ := ParseQuery(values)
	return q
}

// Shorten truncates user input to a length that a message can quote.
func Shorten(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return s
}

// Values returns the query as URL parameters. It leaves out parameters that have their default value.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(key, value, usual string) {
		if value != usual {
			v.Set(key, value)
		}
	}
	set("q", q.Search, "")
	set("presence", q.Presence, DefaultPresence)
	set("sort", q.Sort, DefaultSort)
	set("page", strconv.Itoa(q.Page), "1")
	set("per", strconv.Itoa(q.Per), strconv.Itoa(DefaultPer))
	set("cols", strings.Join(q.Cols, ","), "")
	set("view", q.View, "")
	set("density", q.Density, "")
	for key, words := range q.Filters {
		v[key] = raw(words)
	}
	for _, f := range closedFilters {
		if words := q.closed(f.key); words != nil && len(*words) > 0 {
			v[f.key] = raw(*words)
		}
	}
	return v
}

// Filtered reports whether the query filters the list. Sort order, page and columns don't count.
func (q Query) Filtered() bool {
	for _, f := range closedFilters {
		if words := q.closed(f.key); words != nil && len(*words) > 0 {
			return true
		}
	}
	return q.Search != "" || len(q.Filters) > 0 || q.Presence != DefaultPresence
}
