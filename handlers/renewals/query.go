package renewals

import (
	"maps"
	"net/url"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	"cordboard/views/ui"
)

// query is which PBXs the desk shows. All its parameters but due are those of the list of PBXs.
type query struct {
	list.Query

	due string // when the next step is due: today (or before), 7d; "" for any time
}

// usualSort is the order of the desk if none is chosen.
const usualSort = "expires"

// dueDays are the values of due, with how many days ahead they reach.
var dueDays = map[string]int{"today": 0, "7d": 7}

// parse returns a URL's query, and a sentence about each part that it ignores.
func parse(values url.Values, reader *store.User) (q query, ignored []string) {
	values = maps.Clone(values)
	q.due = values.Get("due")
	values.Del("due")
	if _, known := dueDays[q.due]; !known && q.due != "" {
		shown := list.Shorten(strings.ToValidUTF8(q.due, "\uFFFD"))
		ignored = append(ignored, "“due="+shown+"” isn’t a filter, so it was ignored.")
		q.due = ""
	}
	if values.Get("sort") == "" {
		values.Set("sort", usualSort)
	}
	for _, key := range []string{"cols", "view", "density"} { // the desk has its own columns
		values.Del(key)
	}
	var problems []list.Problem
	q.Query, problems = lists.ParseQuery(values, reader)
	return q, append(ignored, lists.QueryProblems(problems)...)
}

// values returns the query as URL parameters.
func (q query) values() url.Values {
	v := q.Values()
	v.Del("sort")
	if q.Sort != usualSort {
		v.Set("sort", q.Sort)
	}
	if q.due != "" {
		v.Set("due", q.due)
	}
	return v
}

// path returns the desk's URL for the query, changed by change.
func (q query) path(path string, change func(url.Values)) string {
	v := q.values()
	change(v)
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// search returns the query for the list, in which due is a filter by date.
func (q query) search(c ui.Clock) list.Query {
	days, known := dueDays[q.due]
	if !known {
		return q.Query
	}
	until := fleet.DayDate(fleet.Day(c.Now.Unix(), c.Zone) + int64(days))
	s := q.Query
	s.Filters = maps.Clone(s.Filters)
	name := fleet.FieldNextOn.Name()
	s.Filters[name] = append([]list.FilterValue{list.ParseFilterValue(".." + until)}, s.Filters[name]...)
	return s
}

// filtered reports whether the query leaves out any PBX that is in YCM.
func (q query) filtered() bool { return q.Filtered() || q.due != "" }

// words returns the query in words, for the audit log.
func (h *Handler) words(q query, c ui.Clock) string {
	text, _ := h.c.QueryWords(q.search(c), nil)
	return "Renewals on " + c.Now.In(c.Zone).Format(time.DateOnly) + ": " + text
}
