package list

import (
	"slices"

	"cordboard/fleet"
)

// Problem describes a part of a query that was ignored or reinterpreted. The zero Problem means no problem.
type Problem struct {
	Code    ProblemCode
	Name    string     // the parameter, filter or qualifier
	Op      string     // the qualifier's operator, such as ":" or ">"
	Value   string     // the value as written, shortened
	Kind    fleet.Kind // the kind of values that Name takes
	Values  []string   // see the comment on the code
	Nearest []string   // what the user may have meant instead of Name or Value
	Limit   int        // see the comment on the code
}

// ProblemCode identifies a kind of problem.
type ProblemCode string

// Codes of problems. Unless a comment says otherwise, the part was ignored.
const (
	TooManyValues    ProblemCode = "too-many-values"   // only the first Limit values of the URL were used
	SearchTooLong    ProblemCode = "search-too-long"   // the search was cut to Limit characters
	UnknownFilter    ProblemCode = "unknown-filter"    // there is no filter Name
	UnknownQualifier ProblemCode = "unknown-qualifier" // there is no qualifier Name
	UnknownColumns   ProblemCode = "unknown-columns"   // there are no columns Values
	UnknownSort      ProblemCode = "unknown-sort"      // Value isn't a field; the list is sorted by Name instead
	UnknownPage      ProblemCode = "unknown-page"      // there is no page Value; the first page is shown
	UnknownPageSize  ProblemCode = "unknown-page-size" // a page can't have Value rows; it has Limit
	MissingValue     ProblemCode = "missing-value"     // no value follows Name and Op
	NotAllowed       ProblemCode = "not-allowed"       // Name accepts only the values in Values
	NotAllowedDate   ProblemCode = "not-allowed-date"  // Name accepts only the values in Values or a range of dates
	NotComparable    ProblemCode = "not-comparable"    // the text field Name can't be used with Op
	NoValues         ProblemCode = "no-values"         // no PBX has a value for Name
	NoMatch          ProblemCode = "no-match"          // no PBX has a value like Value for Name; Values are in use
	NotAPeriod       ProblemCode = "not-a-period"      // Value isn't a date or a range of dates
	BadValue         ProblemCode = "bad-value"         // Value can't be parsed as Kind
	BadStart         ProblemCode = "bad-start"         // Value, the start of a range, can't be parsed as Kind
	BadEnd           ProblemCode = "bad-end"           // Value, the end of a range, can't be parsed as Kind
	EmptyRange       ProblemCode = "empty-range"       // the range Value has neither a start nor an end
	Reversed         ProblemCode = "reversed"          // the range Value was reversed; it is used in the right order
)

// IsZero reports whether there is no problem.
func (p Problem) IsZero() bool { return p.Code == "" }

// of returns p with the name and kind of the filter or qualifier that it is about. A zero p stays zero.
func (p Problem) of(name string, kind fleet.Kind) Problem {
	if !p.IsZero() {
		p.Name, p.Kind = name, kind
	}
	return p
}

// notIn returns a problem unless value is one of values.
func notIn(values []string, name, value string) Problem {
	if slices.Contains(values, value) {
		return Problem{}
	}
	return Problem{Code: NotAllowed, Name: name, Value: Shorten(value), Values: values}
}
