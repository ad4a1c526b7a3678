// Package lists provides the parts that list pages share: named views, columns, and pagers. It does no I/O.
package lists

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/ui"
)

// View is a named query, either built in or saved.
type View struct {
	Key   string // such as "expiring", or a saved view's ID such as "17"
	Name  string
	Query url.Values
	Saved *store.Saved // nil for a built-in view
}

// BuiltIn lists the views that every user has.
var BuiltIn = []View{
	{
		Key:  "needs-attention",
		Name: "Needs attention",
		Query: url.Values{
			"attention": {"overdue", "7d", "over", "full", "not-activated", list.NotUnderstood},
			"sort":      {"expires"},
		},
	},
	{
		Key:   "expiring",
		Name:  "Expiring",
		Query: url.Values{"expires": {"30d", list.NotUnderstood}, "sort": {"expires"}},
	},
	{Key: "nearly-full", Name: "Nearly full", Query: url.Values{"usage": {"nearly-full"}, "sort": {"-usage"}}},
	{Key: "trials", Name: "Trials", Query: url.Values{"type": {"Trial"}, "sort": {"expires"}}},
	{
		Key:   "never-activated",
		Name:  "Never activated",
		Query: url.Values{"activation": {string(fleet.Unactivated)}, "sort": {"createTime"}},
	},
	{Key: "gone", Name: "Removed", Query: url.Values{"presence": {string(list.PresenceGone)}}},
}

// ParseQuery is like list.ParseQuery, for a reader, whose email address the query may need.
func ParseQuery(values url.Values, reader *store.User) (list.Query, []list.Problem) {
	q, problems := list.ParseQuery(values)
	if reader != nil {
		q.Me = reader.Email
	}
	return q, problems
}

// SaveProblem returns a sentence about why a query can't be saved under a name, or "" if it can.
func SaveProblem(name string, query url.Values) string {
	switch {
	case name == "":
		return "Enter a name for the view."
	case len([]rune(name)) > 60:
		return "The name is too long. The limit is 60 characters."
	case !fold.Plain(name) || fold.Mixed(name):
		return "The name has no visible characters, or it contains a control character or a word that mixes two " +
			"alphabets. Enter a different name."
	case len(query.Encode()) > 4000:
		return "These filters are too long to save. The limit is 4,000 characters."
	}
	return ""
}

// TooManyViews is the sentence for store.ErrTooManySaved.
const TooManyViews = "You have reached the limit of 50 views. Delete one first."

// NoneSelected reports whether a form for selected rows was sent without any. Otherwise its query would find all PBXs.
// It removes the field by which the form is recognized.
func NoneSelected(values url.Values) bool {
	form := values.Get("selected") == "rows"
	values.Del("selected")
	return form && !values.Has("cloudPbxId")
}

// Views returns the built-in views, followed by the saved ones. It omits saved views whose queries can't be parsed.
func Views(saved []store.Saved) []View {
	all := slices.Clone(BuiltIn)
	for i := range saved {
		query, err := url.ParseQuery(saved[i].Query)
		if err != nil {
			continue // perhaps another version of Cordboard wrote it
		}
		all = append(all, View{strconv.FormatInt(saved[i].ID, 10), saved[i].Name, query, &saved[i]})
	}
	return all
}

// Find returns the view with the given key.
func Find(all []View, key string) (View, bool) {
	i := slices.IndexFunc(all, func(v View) bool { return v.Key == key })
	if i < 0 {
		return View{}, false
	}
	return all[i], true
}

// ViewQuery returns the part of a query that makes up a view: everything except the page and the view's key.
func ViewQuery(q list.Query) url.Values {
	v := q.Values()
	v.Del("page")
	v.Del("view")
	return v
}

// MeantQuery returns the query to save for a view. It includes the defaults, so that the view stays the same when the
// defaults change or another user opens the view. It includes the row density only if the query has one, because
// density is a user preference.
func MeantQuery(q list.Query, prefs store.Prefs) url.Values {
	v := ViewQuery(q)
	v.Set("presence", string(q.Presence))
	v.Set("sort", q.Sort)
	v.Set("per", strconv.Itoa(q.Per))
	v.Set("cols", strings.Join(ColumnsOf(q, prefs), ","))
	return v
}

// Parsed returns the view's query as this version of Cordboard parses it, without columns that no longer exist.
func (v View) Parsed() list.Query {
	q, _ := list.ParseQuery(v.Query)
	q.View = v.Key
	return q
}

// URL returns the view's URL with the query as it was saved, so that the list can show which parts are no longer valid.
func (v View) URL() string {
	values := maps.Clone(v.Query)
	values.Set("view", v.Key)
	return ui.PBXsURL(values)
}

// IsAs reports whether a query is the same as the view's query, regardless of the page.
func (v View) IsAs(q list.Query) bool {
	own := v.Parsed()
	return ViewQuery(own).Encode() == ViewQuery(q).Encode()
}

// ExpandView expands "/pbxs?view=expiring" to the view's parameters. It returns the URL to redirect to, or "" if no
// redirect is needed, for example because the query has more than the view's key. If the view doesn't exist, ExpandView
// clears q.View, and problem is a sentence that says so.
func ExpandView(q *list.Query, all []View) (to, problem string) {
	if q.View == "" {
		return "", ""
	}
	v, ok := Find(all, q.View)
	if !ok {
		problem = fmt.Sprintf(
			"The view “%s” no longer exists. Its owner may have deleted it. The list uses only the filters in the URL.",
			list.Shorten(q.View),
		)
		q.View = ""
		return "", problem
	}
	if len(ViewQuery(*q)) > 0 || len(v.Query) == 0 {
		return "", ""
	}
	if len(ViewQuery(v.Parsed())) == 0 {
		return "", "" // a view of all PBXs; a redirect would repeat forever
	}
	return v.URL(), ""
}

// LandOnAll is the value of Prefs.Landing for users whose start page is the list of all PBXs.
const LandOnAll = "all"

// ColumnsOf returns a list's columns: those of the query, or else the user's, or else the usual ones. The name is
// always included because it is the row header.
func ColumnsOf(q list.Query, p store.Prefs) []string {
	cols := q.Cols
	if cols == nil {
		cols = OwnColumns(p)
	}
	if !slices.Contains(cols, "name") {
		cols = append([]string{"name"}, cols...)
	}
	return cols
}

// OwnColumns returns the user's columns that still exist, or the usual ones if none are left.
func OwnColumns(p store.Prefs) []string {
	cols := slices.DeleteFunc(slices.Clone(p.Cols), func(name string) bool {
		_, ok := fleet.FieldByName(name)
		return !ok
	})
	if len(cols) == 0 {
		return display.UsualColumns
	}
	return cols
}

// ShownColumns returns the columns of a list's table: ColumnsOf and, if they lack it, the field by which the list is
// sorted, after the name. If the query sets the columns, only these are shown.
func ShownColumns(q list.Query, p store.Prefs) []string {
	cols := ColumnsOf(q, p)
	name := strings.TrimPrefix(q.Sort, "-")
	if _, ok := fleet.FieldByName(name); !ok || q.Cols != nil || slices.Contains(cols, name) {
		return cols
	}
	at := slices.Index(cols, fleet.FieldName.Name()) + 1
	return slices.Insert(slices.Clone(cols), at, name)
}

// Landing returns the URL of the user's start page.
func Landing(user store.User) string {
	switch key := user.Prefs.Landing; key {
	case "":
		return "/"
	case LandOnAll:
		return "/pbxs"
	default:
		return ui.PBXsURL(url.Values{"view": {key}})
	}
}
