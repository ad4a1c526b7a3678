package customers

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
)

// Columns of the list of customers. Except for the email address, they aren't members of YCM's record.
const (
	ColumnName       = "name"
	ColumnEmail      = "email"
	ColumnPhone      = "phone"
	ColumnPBXs       = "pbxs"
	ColumnExtensions = "extensions"
	ColumnExpires    = "expires"
	ColumnOpen       = "operations"
)

// Columns lists the columns in the order of the list.
var Columns = []string{ColumnName, ColumnEmail, ColumnPhone, ColumnPBXs, ColumnExtensions, ColumnExpires, ColumnOpen}

// Named lists of customers. Without a name, the list has the customers that YCM has.
const (
	ListWithoutPBX = "without-pbx"
	ListGone       = "gone"
)

// Lists lists the named lists.
var Lists = []string{"", ListWithoutPBX, ListGone}

// Within maps the values of the filter by expiration date to a maximum number of days from today.
var Within = map[string]int64{"overdue": -1, "7d": 7, "30d": 30, "60d": 60, "90d": 90}

// Query determines which customers the list shows, and in which order.
type Query struct {
	Search  string
	List    string // one of Lists
	Expires string // a key of Within; "": any
	Sort    string // one of Columns, preceded by "-" for descending order
	Page    int    // starts at 1
	Per     int
}

const (
	maxSearch = 200 // runes
	maxKeys   = 50  // of a URL; the others are ignored
)

// ParseQuery parses a URL's parameters. It also reports what it left out or changed.
func ParseQuery(values url.Values) (q Query, problems []list.Problem) {
	q = Query{Sort: ColumnName, Page: 1, Per: list.DefaultPer}
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i, key := range keys {
		if i == maxKeys {
			return q, append(problems, list.Problem{Code: list.TooManyValues, Limit: maxKeys})
		}
		v := strings.ToValidUTF8(values.Get(key), "\uFFFD")
		if v == "" {
			continue
		}
		if p := q.take(key, v); !p.IsZero() {
			problems = append(problems, p)
		}
	}
	return q, problems
}

func (q *Query) take(key, v string) list.Problem {
	n, err := strconv.Atoi(v)
	switch key {
	case "q":
		q.Search = v
		if runes := []rune(v); len(runes) > maxSearch {
			q.Search = string(runes[:maxSearch])
			return list.Problem{Code: list.SearchTooLong, Limit: maxSearch}
		}
	case "list":
		if !slices.Contains(Lists, v) {
			return list.Problem{Code: list.NotAllowed, Name: key, Value: list.Shorten(v), Values: Lists[1:]}
		}
		q.List = v
	case "expires":
		if _, ok := Within[v]; !ok {
			words := []string{"overdue", "7d", "30d", "60d", "90d"}
			return list.Problem{Code: list.NotAllowed, Name: key, Value: list.Shorten(v), Values: words}
		}
		q.Expires = v
	case "sort":
		if !slices.Contains(Columns, strings.TrimPrefix(v, "-")) {
			return list.Problem{Code: list.UnknownSort, Name: q.Sort, Value: list.Shorten(v)}
		}
		q.Sort = v
	case "page":
		if err != nil || n < 1 || n > 1<<30 {
			return list.Problem{Code: list.UnknownPage, Value: list.Shorten(v)}
		}
		q.Page = n
	case "per":
		if err != nil || !slices.Contains(list.PageSizes, n) {
			return list.Problem{Code: list.UnknownPageSize, Value: list.Shorten(v), Limit: q.Per}
		}
		q.Per = n
	default:
		return list.Problem{Code: list.UnknownFilter, Name: list.Shorten(key)}
	}
	return list.Problem{}
}

// Values returns the query as URL parameters. It leaves out parameters that have their default value.
func (q Query) Values() url.Values {
	v := url.Values{}
	for _, one := range []struct{ key, value, usual string }{
		{"q", q.Search, ""},
		{"list", q.List, ""},
		{"expires", q.Expires, ""},
		{"sort", q.Sort, ColumnName},
		{"page", strconv.Itoa(q.Page), "1"},
		{"per", strconv.Itoa(q.Per), strconv.Itoa(list.DefaultPer)},
	} {
		if one.value != one.usual {
			v.Set(one.key, one.value)
		}
	}
	return v
}

// Filtered reports whether the query filters the list.
func (q Query) Filtered() bool { return q.Search != "" || q.List != "" || q.Expires != "" }

// isIn reports whether a customer is in a named list.
func (r *Row) isIn(name string) bool {
	switch name {
	case ListGone:
		return r.IsGone()
	case ListWithoutPBX:
		return !r.IsGone() && len(r.PBXs) == 0
	}
	return !r.IsGone()
}

// Count returns the number of customers in a named list.
func (b *Book) Count(name string) (n int) {
	for _, r := range b.Rows {
		if r.isIn(name) {
			n++
		}
	}
	return n
}

// Search returns the customers that match a query, in its order, and the folded words of the search. open has the
// number of open operations of each customer. now and zone determine the current day.
func (b *Book) Search(q Query, open map[int64]int, now time.Time, zone *time.Location) (found []*Row, words []string) {
	words = wordsOf(q.Search)
	today := fleet.Day(now.Unix(), zone)
	for _, r := range b.Rows {
		if r.isIn(q.List) && r.isExpiring(q.Expires, today, zone) && !slices.ContainsFunc(words, func(w string) bool {
			return !strings.Contains(r.search, w)
		}) {
			found = append(found, r)
		}
	}
	column, descending := strings.CutPrefix(q.Sort, "-")
	slices.SortStableFunc(found, func(x, y *Row) int { // Rows are sorted by name
		c, absent := compare(x, y, column, open)
		if descending && !absent {
			return -c
		}
		return c
	})
	return found, words
}

// shortestPhone is how many digits a search has at least that is for a phone number.
const shortestPhone = 5

// wordsOf returns the words of a search, or the digits of a phone number, however it is written: without the zeros that
// it begins with instead of the country code.
func wordsOf(search string) []string {
	if number, only := digits(search); only && len(number) >= shortestPhone {
		return []string{strings.TrimLeft(number, "0")}
	}
	return strings.Fields(fold.Text(search))
}

// isExpiring reports whether the row's earliest date is within the filter. Its days are calendar days in zone.
func (r *Row) isExpiring(filter string, today int64, zone *time.Location) bool {
	if filter == "" {
		return true
	}
	if r.Expires == fleet.Absent {
		return false
	}
	return fleet.Day(r.Expires, zone)-today <= Within[filter]
}

// compare compares two rows by a column. If only one value is absent, c puts it last in either direction, and absent is
// true.
func compare(x, y *Row, column string, open map[int64]int) (c int, absent bool) {
	switch column {
	case ColumnEmail:
		return compareTexts(x.keys[1], y.keys[1], x.Members[fleet.Email], y.Members[fleet.Email])
	case ColumnPhone:
		return compareTexts(x.Phone(), y.Phone(), x.Phone(), y.Phone())
	case ColumnPBXs:
		return cmp.Compare(len(x.PBXs), len(y.PBXs)), false
	case ColumnOpen:
		return cmp.Compare(open[x.ID], open[y.ID]), false
	case ColumnExtensions:
		if x.Extensions.Known() != y.Extensions.Known() {
			return absentLast(!x.Extensions.Known()), true
		}
		return cmp.Compare(x.Extensions.N, y.Extensions.N), false
	case ColumnExpires:
		if (x.Expires == fleet.Absent) != (y.Expires == fleet.Absent) {
			return absentLast(x.Expires == fleet.Absent), true
		}
		return cmp.Compare(x.Expires, y.Expires), false
	}
	return strings.Compare(x.keys[0], y.keys[0]), false
}

// compareTexts compares two texts by their sort keys. An empty text comes last.
func compareTexts(xKey, yKey, x, y string) (c int, absent bool) {
	if (x == "") != (y == "") {
		return absentLast(x == ""), true
	}
	return strings.Compare(xKey, yKey), false
}

func absentLast(first bool) int {
	if first {
		return 1
	}
	return -1
}
