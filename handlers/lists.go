package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/store"
	"cordboard/views"
)

// listView is a named query, built in or saved.
type listView struct {
	key   string // "expiring", "17"
	name  string
	query url.Values
	saved *store.Saved // nil for a built-in view
}

// builtIn lists the views that every user has.
var builtIn = []listView{
	{
		key:  "needs-attention",
		name: "Needs attention",
		query: url.Values{
			"attention": {"overdue", "7d", "over", "full", "not-activated", list.NotUnderstood},
			"sort":      {"expires"},
		},
	},
	{
		key:   "expiring",
		name:  "Expiring",
		query: url.Values{"expires": {"30d", list.NotUnderstood}, "sort": {"expires"}},
	},
	{key: "nearly-full", name: "Nearly full", query: url.Values{"usage": {"nearly-full"}, "sort": {"-usage"}}},
	{key: "trials", name: "Trials", query: url.Values{"type": {"Trial"}, "sort": {"expires"}}},
	{
		key:   "never-activated",
		name:  "Never activated",
		query: url.Values{"activation": {"Unactivated"}, "sort": {"createTime"}},
	},
	{key: "gone", name: "Removed", query: url.Values{"presence": {"gone"}}},
}

// listViews returns the views that the user sees: the built-in ones, then their own and shared ones by name.
func (s *Site) listViews(r *http.Request) ([]listView, error) {
	saved, err := s.store.Saved(r.Context(), store.ListViews, userFrom(r.Context()).ID)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(builtIn)
	for i := range saved {
		query, err := url.ParseQuery(saved[i].Query)
		if err != nil {
			continue // written by another version
		}
		all = append(all, listView{strconv.FormatInt(saved[i].ID, 10), saved[i].Name, query, &saved[i]})
	}
	return all, nil
}

func findView(all []listView, key string) (listView, bool) {
	i := slices.IndexFunc(all, func(v listView) bool { return v.key == key })
	if i < 0 {
		return listView{}, false
	}
	return all[i], true
}

// viewQuery returns the part of a query that a view consists of: everything except the page and the view's name.
func viewQuery(q list.Query) url.Values {
	v := q.Values()
	v.Del("page")
	v.Del("view")
	return v
}

// meantQuery returns the query that is saved under a name. It includes the defaults, so that the view stays the
// same when they change or another user opens it. The density is each user's own unless the query has one.
func meantQuery(q list.Query, prefs store.Prefs) url.Values {
	v := viewQuery(q)
	v.Set("presence", q.Presence)
	v.Set("sort", q.Sort)
	v.Set("per", strconv.Itoa(q.Per))
	v.Set("cols", strings.Join(columnsOf(q, prefs), ","))
	return v
}

// parsed returns the view's query as this version reads it, without columns that no longer exist.
func (v listView) parsed() list.Query {
	q, _ := list.ParseQuery(v.query)
	q.View = v.key
	return q
}

// url returns the view's address with the query as it was saved, so that the list can show which parts are no
// longer valid.
func (v listView) url() string {
	values := maps.Clone(v.query)
	values.Set("view", v.key)
	return views.PBXsURL(values)
}

// isAs reports whether a query equals the view's.
func (v listView) isAs(q list.Query) bool {
	own := v.parsed()
	return viewQuery(own).Encode() == viewQuery(q).Encode()
}

// expandView expands "/pbxs?view=expiring" to the parameters of the view. It returns the address to redirect to, or
// "" if the query has more than the view's name. It returns a sentence as problem if there is no such view.
func expandView(q *list.Query, all []listView) (to, problem string) {
	if q.View == "" {
		return "", ""
	}
	v, ok := findView(all, q.View)
	if !ok {
		problem = fmt.Sprintf(
			"The view %q no longer exists. Its owner may have deleted it. The list uses the filters in the address.",
			list.Shorten(q.View),
		)
		q.View = ""
		return "", problem
	}
	if len(viewQuery(*q)) > 0 || len(v.query) == 0 {
		return "", ""
	}
	if len(viewQuery(v.parsed())) == 0 {
		return "", "" // a view of all PBXs
	}
	return v.url(), ""
}

// landOnAll is the start page of users who chose the list of all PBXs.
const landOnAll = "all"

// columnsOf returns the columns of a list: the query's, else the user's, else the usual ones. The name is always
// included because it is the row header.
func columnsOf(q list.Query, p store.Prefs) []string {
	cols := q.Cols
	if cols == nil {
		cols = ownColumns(p)
	}
	if !slices.Contains(cols, "name") {
		cols = append([]string{"name"}, cols...)
	}
	return cols
}

// ownColumns returns the user's columns without those that no longer exist, or the usual ones if none are left.
func ownColumns(p store.Prefs) []string {
	cols := slices.DeleteFunc(slices.Clone(p.Cols), func(name string) bool {
		_, ok := fleet.FieldByName(name)
		return !ok
	})
	if len(cols) == 0 {
		return usualColumns
	}
	return cols
}
