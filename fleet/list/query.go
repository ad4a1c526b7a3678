package list

import (
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
	Filters    map[string][]FilterValue // by the facet's key or, for other fields, by YCM's field name
	Presence   Presence
	Expires    []FilterValue
	Usage      []FilterValue
	Attention  []FilterValue
	Onboarding []FilterValue
	Size       []FilterValue
	Sort       string // a field, preceded by "-" for descending order
	Page       int    // starts at 1
	Per        int
}

// Look describes for whom and how a list is shown. It has no effect on which PBXs match, except for filters by the
// reader's own PBXs.
type Look struct {
	Me      string   // the reader's email address; "" if nobody reads
	Cols    []string // YCM's field names; nil: the default columns
	View    string   // the saved view that this query started from; "" if none
	Density string   // compact or comfortable; "" for the user's setting
}

// Presence determines whether a query finds PBXs that YCM has, PBXs that were removed, or both.
type Presence string

// Presences of PBXs.
const (
	PresenceHere Presence = "here"
	PresenceGone Presence = "gone"
	PresenceAll  Presence = "all"
)

// Defaults and limits of a query.
const (
	DefaultSort     = "name"
	DefaultDensity  = "compact"
	DefaultPer      = 50
	DefaultPresence = PresenceHere
	maxSearch       = 200 // runes
	maxPage         = 1 << 30
)

// The permitted values of a query's parameters. The expires parameter also accepts dates and ranges of dates.
// expiryWithin maps some of Expiries to a maximum number of days from today.
var (
	Presences  = []string{string(PresenceHere), string(PresenceGone), string(PresenceAll)}
	Expiries   = []string{"overdue", "today", "7d", "30d", "60d", "90d", "later", None, NotUnderstood}
	UsageWords = []string{"nearly-full", "over"}
	// AttentionWords are the reasons why a PBX needs attention: an expiration date has passed, is within 7 days or can't
	// be parsed; a resource is over capacity or full (see fleet.Thresholds); or the PBX still isn't activated after
	// StuckDays. As in all filters, values that aren't negated are combined with OR.
	AttentionWords = []string{"overdue", "7d", "over", "full", "not-activated", NotUnderstood}
	Densities      = []string{"compact", "comfortable"}
	PageSizes      = []int{10, 25, 50, 100}
	expiryWithin   = map[string]int64{"today": 0, "7d": 7, "30d": 30, "60d": 60, "90d": 90}
)

// ParseQuery parses a URL's parameters. It also reports what it left out or changed.
func ParseQuery(values url.Values) (Query, []Problem) {
	q := Query{Filters: map[string][]FilterValue{}, Presence: DefaultPresence, Sort: DefaultSort, Page: 1, Per: DefaultPer}
	var problems []Problem
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	taken := 0
	for _, key := range keys {
		for _, v := range values[key] {
			if taken++; taken > maxValues {
				return q, append(problems, Problem{Code: TooManyValues, Limit: maxValues})
			}
			v = strings.ToValidUTF8(v, "\uFFFD")
			if v == "" {
				continue
			}
			if problem := q.take(key, v); !problem.IsZero() {
				problems = append(problems, problem)
			}
		}
	}
	return q, problems
}

// maxValues limits how many values of a URL are used, because each may be compared with all others and with all rows.
const maxValues = 200

// take parses one parameter. problem is zero unless the value was left out or changed.
func (q *Query) take(key, v string) (problem Problem) {
	word := ParseFilterValue(v)
	switch key {
	case "q":
		q.Search = v
		if runes := []rune(v); len(runes) > maxSearch {
			q.Search = string(runes[:maxSearch])
			return Problem{Code: SearchTooLong, Limit: maxSearch}
		}
	case "presence":
		if problem = notIn(Presences, key, v); problem.IsZero() {
			q.Presence = Presence(v)
		}
	case "expires":
		return q.takeExpires(word)
	case "usage", "attention", "onboarding", "size":
		if problem = notIn(EnumValues(key), key, word.Value); problem.IsZero() {
			addWord(q.closed(key), word)
		}
	case "sort":
		if _, ok := fleet.SortField(strings.TrimPrefix(v, "-")); !ok {
			return Problem{Code: UnknownSort, Name: q.Sort, Value: Shorten(v)}
		}
		q.Sort = v
	case "page":
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			return Problem{Code: UnknownPage, Value: Shorten(v)}
		}
		q.Page = n
	case "per":
		n, err := strconv.Atoi(v)
		if err != nil || !slices.Contains(PageSizes, n) {
			return Problem{Code: UnknownPageSize, Value: Shorten(v), Limit: q.Per}
		}
		q.Per = n
	case "cols":
		return q.takeCols(v)
	case "view":
		q.View = v
	case "density":
		if problem = notIn(Densities, key, v); problem.IsZero() {
			q.Density = v
		}
	default:
		return q.addFilter(key, word)
	}
	return problem
}

// takeExpires adds one of Expiries, a date or a range of dates to the expires filter.
func (q *Query) takeExpires(word FilterValue) (problem Problem) {
	if !slices.Contains(Expiries, word.Value) {
		s, ok, wrong := parseSpan(fleet.TimeField, word.Value)
		switch {
		case !ok:
			return Problem{Code: NotAllowedDate, Name: "expires", Value: Shorten(word.Value), Values: Expiries}
		case !wrong.IsZero():
			word.Value, problem = s.String(), wrong.of("expires", fleet.TimeField)
		}
	}
	addWord(&q.Expires, word)
	return problem
}

func (q *Query) addFilter(key string, word FilterValue) (problem Problem) {
	name, ok := filterKey(key)
	if !ok {
		return Problem{Code: UnknownFilter, Name: Shorten(key)}
	}
	if name == CustomerKey {
		if problem = customerFilterProblem(word); !problem.IsZero() {
			return problem
		}
	}
	if f := fieldOf(name); f.Kind() != fleet.TextField && f != fleet.NoField && !word.Literal && word.Value != None &&
		(word.Value != NotUnderstood || f.Kind() != fleet.TimeField) {
		s, ok, wrong := parseSpan(f.Kind(), word.Value)
		switch {
		case !wrong.IsZero() && !ok:
			return wrong.of(name, f.Kind())
		case !ok && f.Kind() == fleet.TimeField:
			return Problem{Code: NotAPeriod, Name: name, Value: Shorten(word.Value), Kind: f.Kind()}
		case !wrong.IsZero():
			word.Value, problem = s.String(), wrong.of(name, f.Kind())
		}
	}
	if !slices.Contains(q.Filters[name], word) {
		q.Filters[name] = append(q.Filters[name], word)
	}
	return problem
}

func (q *Query) takeCols(v string) Problem {
	var unknown []string
	for name := range strings.SplitSeq(v, ",") {
		name = strings.TrimSpace(name)
		switch _, ok := fleet.FieldByName(name); {
		case name == "" || slices.Contains(q.Cols, name):
		case ok:
			q.Cols = append(q.Cols, name)
		default:
			unknown = append(unknown, Shorten(name))
		}
	}
	if len(unknown) > 0 {
		return Problem{Code: UnknownColumns, Values: unknown}
	}
	return Problem{}
}

// NewQuery parses parameters that are known to be valid.
func NewQuery(values url.Values) Query {
	q, _ := ParseQuery(values)
	return q
}

// Shorten truncates user input to 40 characters and an ellipsis, so that a message can quote it.
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
	set("presence", string(q.Presence), string(DefaultPresence))
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
