package lists

import (
	"fmt"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
)

// maxListed is the maximum number of values that a sentence lists.
const maxListed = 6

// QueryProblem returns a message about a part of a query that was ignored or reinterpreted.
func QueryProblem(p list.Problem) string {
	text := queryProblem(p)
	if len(p.Nearest) == 0 {
		return text
	}
	near := p.Nearest
	if p.Code == list.UnknownQualifier {
		near = []string{p.Nearest[0] + ":"}
	}
	return text + fmt.Sprintf(" Did you mean %s?", strings.Join(near, " or "))
}

// QueryProblems returns a message about each of several problems.
func QueryProblems(all []list.Problem) (sentences []string) {
	for _, p := range all {
		sentences = append(sentences, QueryProblem(p))
	}
	return sentences
}

func queryProblem(p list.Problem) string {
	switch p.Code {
	case list.TooManyValues:
		return fmt.Sprintf("Only the first %d values in the URL were used.", p.Limit)
	case list.SearchTooLong:
		return fmt.Sprintf("Only the first %d characters of the search were used.", p.Limit)
	case list.UnknownFilter:
		return fmt.Sprintf("“%s” isn’t a filter, so it was ignored.", p.Name)
	case list.UnknownColumns:
		if len(p.Values) == 1 {
			return fmt.Sprintf("“%s” isn’t a column, so it was ignored.", p.Values[0])
		}
		unknown := strings.Join(p.Values[:min(len(p.Values), maxListed)], "”, “")
		return fmt.Sprintf("“%s” aren’t columns, so they were ignored.", unknown)
	case list.UnknownSort:
		return fmt.Sprintf("The list can’t be sorted by “%s”, so “%s” is used instead.", p.Value, p.Name)
	case list.UnknownPage:
		return fmt.Sprintf("There is no page “%s”. This is the first page.", p.Value)
	case list.UnknownPageSize:
		return fmt.Sprintf("A page can’t have “%s” rows, so it has %d. Choose 10, 25, 50 or 100.", p.Value, p.Limit)
	case list.NotAllowed:
		return fmt.Sprintf(
			"“%s” can’t be “%s”, so this value was ignored. Valid values: %s.",
			p.Name,
			p.Value,
			strings.Join(p.Values, ", "),
		)
	case list.NotACustomer:
		return fmt.Sprintf(
			"“%s” can’t be “%s”, so this filter was ignored. Use a customer’s ID or “none”. To find a customer by name, "+
				"search for customer:name.",
			p.Name,
			p.Value,
		)
	case list.NotAllowedDate:
		return fmt.Sprintf(
			"“%s” can’t be “%s”, so this value was ignored. Valid values: %s, or a date range such as "+
				"2026-01-31..2026-02-28.",
			p.Name,
			p.Value,
			strings.Join(p.Values, ", "),
		)
	case list.NotAPeriod:
		return fmt.Sprintf(
			"“%s” can’t be “%s”, so this filter was ignored. Use a %s, a month, a year, a range such as "+
				"2026-01-01..2026-01-31, or “none”.",
			p.Name,
			p.Value,
			kindNoun(p.Kind),
		)
	}
	return qualifierProblem(p)
}

// qualifierProblem returns the sentence about a problem with a filter in the search box.
func qualifierProblem(p list.Problem) string {
	switch p.Code {
	case list.UnknownQualifier:
		return fmt.Sprintf("“%s:” isn’t a qualifier, so it was ignored.", p.Name)
	case list.MissingValue:
		return fmt.Sprintf("“%s%s” needs a value, so it was ignored.", p.Name, p.Op)
	case list.NotComparable:
		return fmt.Sprintf(
			"“%s” is a text field and can’t be used with “%s”, so this filter was ignored. Write “%s:word” instead.",
			p.Name,
			p.Op,
			p.Name,
		)
	case list.NoValues:
		return fmt.Sprintf("No PBX has a value for “%s”, so “%s:%s” was ignored.", p.Name, p.Name, p.Value)
	case list.NoMatch:
		return fmt.Sprintf(
			"No %s matches “%s”, so this filter was ignored. Values in use: %s.",
			p.Name,
			p.Value,
			listed(p.Values),
		)
	}
	return rangeProblem(p)
}

// rangeProblem returns the sentence about a problem with a number, a date or a range.
func rangeProblem(p list.Problem) string {
	const ignored = ", so this filter was ignored."
	switch p.Code {
	case list.BadValue:
		return fmt.Sprintf("%s: “%s” is not a %s", p.Name, p.Value, kindNoun(p.Kind)) + ignored
	case list.BadStart:
		return fmt.Sprintf("%s: the start “%s” is not a %s", p.Name, p.Value, kindNoun(p.Kind)) + ignored
	case list.BadEnd:
		return fmt.Sprintf("%s: the end “%s” is not a %s", p.Name, p.Value, kindNoun(p.Kind)) + ignored
	case list.EmptyRange:
		return fmt.Sprintf("%s: “%s” is a range that has neither a start nor an end", p.Name, p.Value) + ignored
	case list.Reversed:
		return fmt.Sprintf("%s: “%s” was in reverse order and has been corrected.", p.Name, p.Value)
	}
	return fmt.Sprintf("“%s” was ignored.", p.Value)
}

// listed returns values as a list that is short enough for a sentence.
func listed(values []string) string {
	if len(values) > maxListed {
		return strings.Join(values[:maxListed], ", ") + " and others"
	}
	return strings.Join(values, ", ")
}

// kindNoun returns the noun that sentences use for a kind of value.
func kindNoun(k fleet.Kind) string {
	if k == fleet.TimeField {
		return "date such as 2026-01-31"
	}
	return "number"
}
