package list

import (
	"regexp"
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/fold"
)

func rangeQualifier(f fleet.Field, name, op, value string) (boxFilter, Problem) {
	if op != ":" {
		value = op + value
	}
	span, ok, problem := parseSpan(f.Kind(), value)
	if !ok {
		if problem.IsZero() {
			problem = Problem{Code: BadValue, Value: Shorten(value)}
		}
		return boxFilter{}, problem.of(name, f.Kind())
	}
	return boxFilter{field: f, value: value, span: span}, problem.of(name, f.Kind())
}

func closedQualifier(name, key, op, value string) (boxFilter, Problem) {
	if words := EnumValues(key); op != ":" || !slices.Contains(words, value) {
		return boxFilter{}, Problem{Code: NotAllowed, Name: name, Value: Shorten(value), Values: words}
	}
	return boxFilter{key: key, value: value}, Problem{}
}

// withinDays matches a number of days, such as "7", "7d" or "7 days".
var withinDays = regexp.MustCompile(`^([0-9]{1,3}) ?(d|days?)?$`)

// expiresQualifier parses a qualifier whose value is a number of days listed in Expiries, a date or a range of dates.
func expiresQualifier(name, op, value string) (boxFilter, Problem) {
	if m := withinDays.FindStringSubmatch(fold.Text(value)); m != nil && slices.Contains(Expiries, m[1]+"d") &&
		op == ":" {
		return boxFilter{key: "expires", value: m[1] + "d"}, Problem{}
	}
	if op != ":" {
		value = op + value
	}
	s, ok, problem := parseSpan(fleet.TimeField, value)
	if !ok {
		return boxFilter{}, Problem{Code: NotAllowedDate, Name: name, Value: Shorten(value), Values: Expiries}
	}
	return boxFilter{key: "expires", value: s.String()}, problem.of(name, fleet.TimeField)
}

// textQualifier parses a qualifier that filters a text field by a substring. If the field is a facet and none of its
// values contains the substring, the qualifier is treated as a mistake, and words contains the facet's values.
func (x *Index) textQualifier(
	f fleet.Field,
	name, op, value string,
	quoted bool,
) (filter boxFilter, problem Problem, words []string) {
	if op != ":" {
		return boxFilter{}, Problem{Code: NotComparable, Name: name, Op: op}, nil
	}
	if !quoted {
		value = plainHost(value)
	}
	filter = boxFilter{field: f, value: fold.Text(value), quoted: quoted}
	if facetOf(f) < 0 || !quoted && (filter.value == None || f == fleet.FieldOwner && filter.value == me) {
		return filter, Problem{}, nil
	}
	words = x.Values(f)
	if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(fold.Text(w), filter.value) }) {
		return filter, Problem{}, nil
	}
	if len(words) == 0 {
		return boxFilter{}, Problem{Code: NoValues, Name: name, Value: Shorten(value)}, nil
	}
	return boxFilter{}, Problem{Code: NoMatch, Name: name, Value: Shorten(value), Values: words}, words
}

func qualifierNames() (names []string) {
	for _, q := range qualifiers {
		names = append(names, q.Names...)
	}
	return names
}
