package lists

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/list"
)

// TestQueryProblem checks the sentence for each problem code.
func TestQueryProblem(t *testing.T) {
	t.Parallel()
	many := []string{"a", "b", "c", "d", "e", "f", "g"}
	for _, tt := range []struct {
		problem list.Problem
		want    string
	}{
		{list.Problem{Code: list.TooManyValues, Limit: 200}, "Only the first 200 values in the URL were used."},
		{list.Problem{Code: list.SearchTooLong, Limit: 200}, "Only the first 200 characters of the search were used."},
		{list.Problem{Code: list.UnknownFilter, Name: "hue"}, "“hue” isn’t a filter, so it was ignored."},
		{
			list.Problem{Code: list.UnknownQualifier, Name: "staus", Nearest: []string{"status"}},
			"“staus:” isn’t a qualifier, so it was ignored. Did you mean status:?",
		},
		{list.Problem{Code: list.UnknownQualifier, Name: "x"}, "“x:” isn’t a qualifier, so it was ignored."},
		{
			list.Problem{Code: list.UnknownColumns, Values: []string{"foo", "bar"}},
			"“foo”, “bar” aren’t columns, so they were ignored.",
		},
		{
			list.Problem{Code: list.UnknownSort, Name: "-name", Value: "nope"},
			"The list can’t be sorted by “nope”, so “-name” is used instead.",
		},
		{list.Problem{Code: list.UnknownPage, Value: "0"}, "There is no page “0”. This is the first page."},
		{
			list.Problem{Code: list.UnknownPageSize, Value: "51", Limit: 50},
			"A page can’t have “51” rows, so it has 50. Choose 10, 25, 50 or 100.",
		},
		{
			list.Problem{Code: list.MissingValue, Name: "status", Op: ":"},
			"“status:” needs a value, so it was ignored.",
		},
		{
			list.Problem{Code: list.NotAllowed, Name: "is", Value: "away", Values: list.Presences, Nearest: many[:2]},
			"“is” can’t be “away”, so this value was ignored. Valid values: here, gone, all. Did you mean a or b?",
		},
		{
			list.Problem{Code: list.NotAllowedDate, Name: "expires", Value: "31d", Values: []string{"7d", "none"}},
			"“expires” can’t be “31d”, so this value was ignored. Valid values: 7d, none, or a date range such as " +
				"2026-01-31..2026-02-28.",
		},
		{
			list.Problem{Code: list.NotComparable, Name: "name", Op: ">"},
			"“name” is a text field and can’t be used with “>”, so this filter was ignored. Write “name:word” instead.",
		},
		{
			list.Problem{Code: list.NoValues, Name: "group", Value: "care"},
			"No PBX has a value for “group”, so “group:care” was ignored.",
		},
		{
			list.Problem{Code: list.NoMatch, Name: "status", Value: "x", Values: many},
			"No status matches “x”, so this filter was ignored. Values in use: a, b, c, d, e, f and others.",
		},
		{
			list.Problem{Code: list.NotAPeriod, Name: "createTime", Value: "soon", Kind: fleet.TimeField},
			"“createTime” can’t be “soon”, so this filter was ignored. Use a date such as 2026-01-31, a month, a " +
				"year, a range such as 2026-01-01..2026-01-31, or “none”.",
		},
		{
			list.Problem{Code: list.BadValue, Name: "ext", Value: "lots", Kind: fleet.NumberField},
			"ext: “lots” is not a number, so this filter was ignored.",
		},
		{
			list.Problem{Code: list.BadStart, Name: "created", Value: "x", Kind: fleet.TimeField},
			"created: the start “x” is not a date such as 2026-01-31, so this filter was ignored.",
		},
		{
			list.Problem{Code: list.BadEnd, Name: "ext", Value: "x", Kind: fleet.NumberField},
			"ext: the end “x” is not a number, so this filter was ignored.",
		},
		{
			list.Problem{Code: list.EmptyRange, Name: "ext", Value: ".."},
			"ext: “..” is a range that has neither a start nor an end, so this filter was ignored.",
		},
		{
			list.Problem{Code: list.Reversed, Name: "ext", Value: "9..1"},
			"ext: “9..1” was in reverse order and has been corrected.",
		},
	} {
		if got := QueryProblem(tt.problem); got != tt.want {
			t.Errorf("QueryProblem(%s) = %q, want %q", tt.problem.Code, got, tt.want)
		}
	}
}

// TestListsOfValues checks that a sentence lists at most six values, and that several problems become several
// sentences.
func TestListsOfValues(t *testing.T) {
	t.Parallel()
	seven := []string{"a", "b", "c", "d", "e", "f", "g"}
	for n, want := range map[int]string{0: "", 1: "a", 6: "a, b, c, d, e, f", 7: "a, b, c, d, e, f and others"} {
		if got := listed(seven[:n]); got != want {
			t.Errorf("listed(%d values) = %q, want %q", n, got, want)
		}
	}
	got := QueryProblems([]list.Problem{
		{Code: list.UnknownColumns, Values: seven},
		{Code: list.UnknownQualifier, Name: "staus", Nearest: []string{"status"}},
		{Code: list.NoMatch, Name: "region", Value: "mars", Values: seven, Nearest: []string{"a", "b"}},
		{Code: list.BadEnd, Name: "created", Value: "x", Kind: fleet.TimeField},
		{Code: "of tomorrow", Value: "x"},
	})
	want := []string{
		"“a”, “b”, “c”, “d”, “e”, “f” aren’t columns, so they were ignored.",
		"“staus:” isn’t a qualifier, so it was ignored. Did you mean status:?",
		"No region matches “mars”, so this filter was ignored. Values in use: a, b, c, d, e, f and others. Did you mean a " +
			"or b?",
		"created: the end “x” is not a date such as 2026-01-31, so this filter was ignored.",
		"“x” was ignored.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sentences (-want +got):\n%s", diff)
	}
	if all := QueryProblems(nil); all != nil {
		t.Errorf("sentences about no problems = %q", all)
	}
}
