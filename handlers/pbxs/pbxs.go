package pbxs

import (
	"cmp"
	"fmt"
	"maps"
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
	"cordboard/handlers/web/rows"
	"cordboard/store"
	"cordboard/views/parts"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// List shows one page of the list of PBXs.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q, problems := lists.ParseQuery(values, web.UserFrom(r.Context()))
	ignored := lists.QueryProblems(problems)
	if err != nil {
		ignored = append(ignored, "Part of the URL can’t be read, so it was ignored.")
	}
	prefs := web.UserFrom(r.Context()).Prefs
	if q.View == "" && slices.Equal(q.Cols, lists.OwnColumns(prefs)) { // a view has its own columns
		q.Cols = nil
	}
	all, err := h.site.ListViews(r)
	if err != nil {
		return err
	}
	to, problem := lists.ExpandView(&q, all)
	if to != "" {
		web.Redirect(w, r, to)
		return nil
	}
	if problem != "" {
		ignored = append(ignored, problem)
	}
	c := h.site.Clock(r)
	m, page := h.pbxList(q, c, prefs, web.CanCreate(r))
	if web.CanCreate(r) {
		m.Bulk = display.BulkActions()
	}
	m.Tabs, m.Title = h.tabs(q, all, c), h.title(q, all)
	m.Unread = len(m.Rows) == 0 && h.fleet.Freshness().At.IsZero() && h.fleet.Snapshot().Len() == 0
	if page < q.Page {
		ignored = append(
			ignored,
			fmt.Sprintf("There is no page %s, so the last page is shown.", ui.Number(int64(q.Page))),
		)
		q.Page = page
	}
	m.Ignored = append(ignored, m.Ignored...)
	web.Push(w, r, ui.PBXsURL(q.Values()))
	whole := views.PBXListPage{
		CanCreate: web.CanCreate(r),
		Fresh:     h.site.Freshness(c),
		Back:      ui.PBXsURL(q.Values()),
		List:      m,
	}
	r = r.WithContext(parts.With(r.Context(), &h.sent, r.Header.Get(parts.Header)))
	return h.site.Render(w, r, http.StatusOK, m.Title, views.PBXs(whole), views.PBXTable(m))
}

// title returns the title of the window: the view or the query, so that several tabs can be distinguished.
func (h *Handler) title(q list.Query, all []lists.View) string {
	if v, ok := lists.Find(all, q.View); ok {
		return v.Name + " · PBXs"
	}
	if !q.Filtered() {
		return "PBXs"
	}
	return lists.Title("PBXs", h.queryWords(q))
}

// pbxList returns the list for a query, and the number of the page that it shows. It reads only from memory. The rows
// have a menu if the user can change PBXs.
func (h *Handler) pbxList(q list.Query, c ui.Clock, prefs store.Prefs, canChange bool) (views.PBXList, int) {
	snapshot := h.fleet.Index()
	result := snapshot.Search(q, c.Now, c.Zone)
	q.Page = result.Page
	cols, reasons := lists.ShownColumns(q, prefs), rows.Why(q)
	l := views.PBXList{
		Snapshot: h.site.SnapshotID(snapshot.Snapshot),
		FilterBar: views.FilterBar{
			Search: q.Search,
			Clear:  ui.PBXsURL(withoutFilters(q).Values()),
		},
		Paging: views.Paging{
			Count:       ui.Number(int64(result.Count)),
			CountSuffix: countWords(q, result.Count, snapshot.Here()),
		},
	}
	l.Ignored = lists.QueryProblems(result.Problems)
	_, l.Instead = h.leftOut(q)
	l.Facets = facets(q, result, menuWords, snapshot, quickFacets...)
	l.MoreFilters, l.Settings, l.SaveView = "/pbxs/filters"+query(q), "/pbxs/settings"+query(q), "/views"+query(q)
	l.Density, l.UnpinFirstColumn = cmp.Or(q.Density, prefs.Density, list.DefaultDensity), prefs.UnpinFirstColumn
	l.Chips = chips(q, snapshot)
	l.ActiveFilters = len(l.Chips) - len(searchChips(q, snapshot))
	l.HiddenFields = hiddenFields(q, filterInputs(l.Facets, "q", "page"))
	l.PageSizeHiddenFields = hiddenFields(q, without("per", "page"))
	l.Export, l.All = exportLinks(q), "/pbxs/selection"+query(q)
	l.SelectionHiddenFields = hiddenFields(q, func(key, _ string) bool { return key != "cols" && key != "sort" })
	for _, n := range list.PageSizes {
		l.Per = append(l.Per, ui.Choice{Value: strconv.Itoa(n), Label: strconv.Itoa(n), Selected: n == q.Per})
	}
	if result.Count == 0 {
		l.Empty = h.emptyList(q, snapshot, c)
		return l, result.Page
	}
	l.Columns = heads(q, cols)
	l.Caption = caption(q)
	look := rows.Look{
		Times:     prefs.Times,
		Cols:      cols,
		Words:     result.Words,
		Reasons:   reasons,
		Menu:      canChange,
		Clock:     c,
		HeadClass: views.NameClass,
	}
	if len(cols) > len(lists.ColumnsOf(q, prefs)) {
		look.Short = strings.TrimPrefix(q.Sort, "-")
	}
	l.Rows = h.rows.Of(look, snapshot.Thresholds(), result.PBXs)
	if !reasons.None() {
		l.Columns = slices.Insert(l.Columns, rows.ReasonPlace(cols), rows.ReasonHead(q.Sort))
	}
	to := linksOf(q)
	l.Pager = lists.Pages(result.Page, result.Pages, q.Per, result.Count, func(n int) string {
		return to.with("page", strconv.Itoa(n), "1")
	})
	return l, result.Page
}

func heads(q list.Query, cols []string) []ui.Column {
	heads, to := make([]ui.Column, 0, len(cols)), linksOf(q)
	for _, name := range cols {
		f, _ := fleet.FieldByName(name)
		_, isUsage := display.UsageOf(f)
		h := ui.Column{Name: name, Label: display.Labels[name], Number: f.Kind() == fleet.NumberField && !isUsage}
		sort := name
		switch q.Sort {
		case name:
			h.Sorted, sort = "ascending", "-"+name
		case "-" + name:
			h.Sorted = "descending"
		}
		h.SortURL = to.with("sort", sort, list.DefaultSort, "page")
		heads = append(heads, h)
	}
	return heads
}

func caption(q list.Query) string {
	direction := "ascending"
	if strings.HasPrefix(q.Sort, "-") {
		direction = "descending"
	}
	return fmt.Sprintf(
		"PBXs, sorted by %s, %s. Column headings sort the list.",
		sortLabel(q.Sort),
		direction,
	)
}

// countWords returns the text that follows the number of PBXs found.
func countWords(q list.Query, found, here int) string {
	by := ", by " + sortLabel(q.Sort)
	if q.Sort == list.DefaultSort {
		by = ", by name"
	}
	if q.Sort == "-"+list.DefaultSort {
		by = ", by name, Z first"
	}
	noun := " PBXs"
	if !q.Filtered() {
		if found == 1 {
			noun = " PBX"
		}
		return noun + by
	}
	return " of " + ui.Count(int64(here), "PBX", "PBXs") + by
}

// sortLabel returns the label of what a list is sorted by. Columns that show use and capacity are sorted by use.
func sortLabel(sort string) string {
	name := strings.TrimPrefix(sort, "-")
	f, _ := fleet.FieldByName(name)
	if _, isUsage := display.UsageOf(f); isUsage {
		return display.Labels[name] + " in use"
	}
	return display.Labels[name]
}

// query returns a query suffix for another page's path. The suffix identifies the list that the user came from.
func query(q list.Query) string {
	if v := q.Values(); len(v) > 0 {
		return "?" + v.Encode()
	}
	return ""
}

func withoutFilters(q list.Query) list.Query {
	return list.Query{
		Presence: list.DefaultPresence,
		Sort:     q.Sort,
		Page:     1,
		Per:      q.Per,
		Look: list.Look{
			Cols:    q.Cols,
			Density: q.Density,
		},
	}
}

// hiddenFields returns hidden fields that carry a query through a form. It omits those for which skip returns true.
func hiddenFields(q list.Query, skip func(key, value string) bool) []ui.Hidden {
	var fields []ui.Hidden
	values := q.Values()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[key] {
			if !skip(key, v) {
				fields = append(fields, ui.Hidden{Name: key, Value: v})
			}
		}
	}
	return fields
}

func without(keys ...string) func(key, value string) bool {
	return func(key, _ string) bool { return slices.Contains(keys, key) }
}
