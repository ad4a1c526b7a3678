package renewals

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/renewals"
	"cordboard/views/ui"
)

// columns are the columns of the desk.
var columns = []string{"name", "expires", "owner", "renewal", "next", "nextOn", "customer", "contact", "note"}

// Show shows the renewals desk.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q, ignored := parse(values, web.UserFrom(r.Context()))
	if err != nil {
		ignored = append(ignored, "Part of the URL can’t be read, so it was ignored.")
	}
	users, err := h.c.Store.Users(r.Context())
	if err != nil {
		return err
	}
	c, index := h.site.Clock(r), h.c.Fleet.Index()
	result := index.Search(q.search(c), c.Now, c.Zone)
	ignored = append(ignored, lists.QueryProblems(result.Problems)...)
	if result.Page < q.Page {
		ignored = append(ignored, fmt.Sprintf("There is no page %s, so the last page is shown.", ui.Number(int64(q.Page))))
		q.Page = result.Page
	}
	m := views.Page{
		Fresh:     h.site.Freshness(c),
		CanChange: web.CanCreate(r),
		Snapshot:  h.site.SubscriptionSnapshot(),
		Zone:      display.ZoneWords(c),
		Today:     c.Date(c.Now),
		Board:     h.board(c),
	}
	m.Owners = append([]ui.Choice{{Value: list.None, Label: "Nobody"}}, lists.Colleagues(users, "")...)
	m.Back = q.path("/expiries", func(url.Values) {})
	m.Tabs = tabs(q, m.Board)
	m.Filter = h.filter(q, users, c)
	m.Filter.Ignored = ignored
	m.List = h.rows(q, result, c, m)
	period := ""
	for _, t := range m.Tabs {
		if t.Current && t.Key != "" {
			period = t.Label
		}
	}
	f := m.Filter
	m.Title = lists.Title("Expiries", cmp.Or(period, lists.Chosen(f.Months)), lists.Chosen(f.Owners),
		lists.Chosen(f.States), lists.Chosen(f.Due), lists.Quoted(f.Search))
	web.Push(w, r, m.Back)
	return h.site.Render(w, r, http.StatusOK, m.Title, views.Renewals(m), views.Renewals(m))
}

// tabs returns a tab for each bucket of the board that has PBXs, and one for all.
func tabs(q query, b views.Board) (all []views.Tab) {
	here := q.values()
	for _, key := range []string{"page", "expires"} {
		here.Del(key)
	}
	at := func(value string) string {
		return query{Query: q.Query, due: q.due}.path("/expiries", func(v url.Values) {
			v.Del("page")
			v.Del("expires")
			if value != "" {
				v.Set("expires", value)
			}
		})
	}
	current := func(value string) bool {
		return len(q.Expires) == 0 && value == "" || len(q.Expires) == 1 && q.Expires[0].String() == value
	}
	all = append(all, views.Tab{Tab: ui.Tab{Label: "All", URL: at(""), Current: current("")}})
	for _, bucket := range b.Buckets {
		_, query, _ := strings.Cut(bucket.All.URL, "?")
		values, err := url.ParseQuery(query)
		if value := values.Get("expires"); err == nil && value != "" {
			all = append(all, views.Tab{
				Key: bucket.Key,
				Tab: ui.Tab{Label: bucket.Title, URL: at(value), Current: current(value), Count: bucket.PBXs},
			})
		}
	}
	return all
}

// filter returns the filters.
func (h *Handler) filter(q query, users []store.User, c ui.Clock) views.Filter {
	f := views.Filter{Search: q.Search}
	one := func(words []list.FilterValue) string {
		if len(words) != 1 {
			return ""
		}
		return words[0].String()
	}
	expires, owner, state := one(q.Expires), one(q.Filters["owner"]), one(q.Filters["renewal"])
	f.Months = monthChoices(expires, c)
	f.Owners = []ui.Choice{
		{Label: "Any owner", Selected: owner == ""},
		{Value: "me", Label: "Me", Selected: owner == "me"},
		{Value: list.None, Label: "Nobody", Selected: owner == list.None},
	}
	f.Owners = append(f.Owners, lists.Colleagues(users, owner)...)
	f.States = []ui.Choice{{Label: "Any state", Selected: state == ""}}
	for _, s := range store.RenewalStates {
		f.States = append(f.States, ui.Choice{
			Value: string(s), Label: display.RenewalLabels[string(s)], Selected: string(s) == state,
		})
	}
	f.Due = []ui.Choice{
		{Label: "Any next step", Selected: q.due == ""},
		{Value: "today", Label: "Due today or before", Selected: q.due == "today"},
		{Value: "7d", Label: "Due within 7 days", Selected: q.due == "7d"},
	}
	rest := q.values()
	for _, key := range []string{"q", "page", "due", "per"} {
		rest.Del(key)
	}
	for key, choices := range map[string][]ui.Choice{"expires": f.Months, "owner": f.Owners, "renewal": f.States} {
		if slices.ContainsFunc(choices, func(c ui.Choice) bool { return c.Selected && c.Value != "" }) || !rest.Has(key) {
			rest.Del(key)
		}
	}
	for key, words := range rest {
		for _, w := range words {
			f.Hidden = append(f.Hidden, ui.Hidden{Name: key, Value: w})
		}
	}
	slices.SortFunc(f.Hidden, func(a, b ui.Hidden) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	rest.Del("sort")
	if len(rest) > 0 {
		f.Words, _ = h.c.QueryWords(list.NewQuery(rest), nil)
	}
	if q.filtered() {
		f.Clear = "/expiries"
	}
	return f
}

// monthChoices returns the choices of the filter by date: periods, and the months of the board.
func monthChoices(chosen string, c ui.Clock) []ui.Choice {
	all := []ui.Choice{{Label: "Any date"}}
	for _, word := range list.Expiries {
		all = append(all, ui.Choice{Value: word, Label: display.EnumLabel("expires", word, fleet.Thresholds{})})
	}
	for _, m := range list.Months(c.Now.In(c.Zone)) {
		all = append(all, ui.Choice{Value: monthRange(m), Label: monthLabel(m)})
	}
	known := false
	for i := range all {
		all[i].Selected = all[i].Value == chosen
		known = known || all[i].Selected
	}
	if !known {
		all = append(all, ui.Choice{Value: chosen, Label: display.DateRange(chosen), Selected: true})
	}
	return all
}

// rows returns the table.
func (h *Handler) rows(q query, result list.Result, c ui.Clock, m views.Page) views.List {
	l := views.List{
		Caption:     "Renewals. The column headings are links that sort the table.",
		Count:       ui.Number(int64(result.Count)),
		CountSuffix: " PBXs",
	}
	if q.filtered() {
		l.CountSuffix = " of " + ui.Count(int64(h.c.Fleet.Index().Here()), "PBX", "PBXs")
	} else if result.Count == 1 {
		l.CountSuffix = " PBX"
	}
	for _, format := range []struct{ label, path string }{
		{"CSV", "/expiries.csv"}, {"Excel (XLSX)", "/expiries.xlsx"},
	} {
		l.Export = append(l.Export, ui.Link{Label: format.label, URL: q.path(format.path, func(v url.Values) {
			v.Del("page")
			v.Del("per")
		})})
	}
	if result.Count == 0 {
		l.Empty = &ui.Empty{
			Art: "nothing", Title: "Nothing matches these filters", Text: "No PBX matches.",
			Action: &ui.Link{Label: "Clear filters", URL: "/expiries"},
		}
		if meant := list.Suggest(h.c.Fleet.Index(), q.Search); meant != "" {
			to := q.path("/expiries", func(v url.Values) { v.Set("q", meant) })
			l.Empty.Drop = &ui.Link{Label: "Did you mean “" + meant + "”?", URL: to}
		}
		return l
	}
	for _, name := range columns {
		l.Columns = append(l.Columns, column(q, name))
	}
	cells := h.site.Cells(c, columns)
	for _, p := range result.PBXs {
		row := ui.Row{ID: strconv.FormatInt(p.CloudPBXID, 10), URL: ui.PBXURL(p.CloudPBXID), Labels: display.Labels}
		for _, name := range columns {
			f, _ := fleet.FieldByName(name)
			v := cells.Cell(p, f)
			display.MarkCell(&v, result.Words)
			row.Cells = append(row.Cells, v)
		}
		if m.CanChange {
			row.Edit = &ui.Link{
				Label: "Change", URL: row.URL + "/renewal?" + url.Values{"back": {m.Back}}.Encode(),
				Spoken: "Change the renewal of " + display.Name(p),
			}
		}
		l.Rows = append(l.Rows, row)
	}
	l.Pager = lists.Pages(result.Page, result.Pages, q.Per, result.Count, func(n int) string {
		return q.path("/expiries", func(v url.Values) {
			v.Del("page")
			if n > 1 {
				v.Set("page", strconv.Itoa(n))
			}
		})
	})
	return l
}

// column returns the head of a column.
func column(q query, name string) ui.Column {
	col := ui.Column{Name: name, Label: display.Labels[name]}
	sort := name
	switch q.Sort {
	case name:
		col.Sorted, sort = "ascending", "-"+name
	case "-" + name:
		col.Sorted = "descending"
	}
	col.SortURL = q.path("/expiries", func(v url.Values) {
		v.Del("page")
		v.Del("sort")
		if sort != usualSort {
			v.Set("sort", sort)
		}
	})
	return col
}
