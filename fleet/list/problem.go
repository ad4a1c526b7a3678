package list

import (
	"slices"

	"cordboard/fleet"
)

// Problem describes a part of a query that was ignored or reinterpreted. The zero Problem means no problem.
type Problem struct {
	Code    ProblemCode
	Name    string     // the parameter, filter or qualifier; for UnknownSort, the order used instead
	Op      string     // the qualifier's operator, such as ":" or ">"
	Value   string     // the value as written, shortened
	Kind    fleet.Kind // the kind of values that Name takes
	Values  []string   // depends on Code; see the constants below
	Nearest []string   // what the user may have meant instead of Name or Value
	Limit   int        // depends on Code; see the constants below
}

// ProblemCode identifies a kind of problem.
type ProblemCode string

// Codes of problems. Unless a comment says otherwise, the affected part of the query was ignored.
const (
	TooManyValues    ProblemCode = "too-many-values"   // only the first Limit values of the URL were used
	SearchTooLong    ProblemCode = "search-too-long"   // the search was cut to Limit characters
	UnknownFilter    ProblemCode = "unknown-filter"    // there is no filter Name
	UnknownQualifier ProblemCode = "unknown-qualifier" // there is no qualifier Name
	UnknownColumns   ProblemCode = "unknown-columns"   // the columns in Values don't exist
	UnknownSort      ProblemCode = "unknown-sort"      // the list can't be sorted by Value; Name is used instead
	UnknownPage      ProblemCode = "unknown-page"      // Value isn't a valid page number; the first page is shown
	UnknownPageSize  ProblemCode = "unknown-page-size" // a page can't have Value rows; it has Limit
	MissingValue     ProblemCode = "missing-value"     // no value follows Name and Op
	NotAllowed       ProblemCode = "not-allowed"       // Name accepts only the values in Values
	NotAllowedDate   ProblemCode = "not-allowed-date"  // Value isn't one of Values, a date or a range of dates
	NotComparable    ProblemCode = "not-comparable"    // the text field Name can't be used with Op
	NoValues         ProblemCode = "no-values"         // no PBX has a value for Name
	NoMatch          ProblemCode = "no-match"          // no value of Name contains Value; Values are the values in use
	NotAPeriod       ProblemCode = "not-a-period"      // Value isn't a date or a range of dates
	NotACustomer     ProblemCode = "not-a-customer"    // Value isn't a customer's ID
	BadValue         ProblemCode = "bad-value"         // Value can't be parsed as Kind
	BadStart         ProblemCode = "bad-start"         // Value, the start of a range, can't be parsed as Kind
	BadEnd           ProblemCode = "bad-end"           // Value, the end of a range, can't be parsed as Kind
	EmptyRange       ProblemCode = "empty-range"       // the range Value has neither a start nor an end
	Reversed         ProblemCode = "reversed"          // Value is a reversed range; its ends were swapped
)

// IsZero reports whether there is no problem.
func (p Problem) IsZero() bool { return p.Code == "" }

// of returns p with the given name and kind. A zero p stays zero.
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
