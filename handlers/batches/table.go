package batches

import (
	"net/http"
	"net/url"
	"strconv"

	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/batches"
	"cordboard/views/ui"
)

const rowsPerPage = 50

// tab is a tab of a batch's page: the rows in the given states.
type tab struct {
	key, label string
	states     []string
}

var (
	tabAll    = tab{"", "All", nil}
	tabDone   = tab{"done", "Done", []string{string(store.StateDone)}}
	tabFailed = tab{"failed", "Not done", []string{
		string(store.StateRefused), string(store.StateNotSent), string(store.StateNotDone),
	}}
	tabUnknown = tab{"unknown", "Unknown", []string{string(store.StateUnknown)}}
	tabOpen    = tab{"open", "Sending", []string{string(store.StateSubmitted)}}
)

var tabs = []tab{
	tabAll,
	{"planned", "Planned", []string{string(store.RowPlanned)}},
	tabOpen,
	tabDone,
	tabFailed,
	tabUnknown,
	{"unchanged", "Unchanged", []string{string(store.RowUnchanged)}},
	{"not-applicable", "Not possible", []string{string(store.RowNotApplicable)}},
}

// query returns the query of a tab's URL.
func (t tab) query() string {
	if t.key == "" {
		return ""
	}
	return "rows=" + t.key
}

// tabOf returns the tab that the parameters of a URL select.
func tabOf(query url.Values) tab {
	for _, t := range tabs {
		if t.key == query.Get("rows") {
			return t
		}
	}
	return tabAll
}

// count returns the number of rows in a tab.
func (t tab) count(counts store.RowCounts) (n int) {
	for state, rows := range counts.States {
		for _, s := range t.states {
			if s == state {
				n += rows
			}
		}
		if t.states == nil {
			n += rows
		}
	}
	return n
}

// addRows adds one page of the rows in the selected tab.
func (h *Handler) addRows(r *http.Request, m *views.Page, one *store.Batch, counts store.RowCounts) error {
	query := r.URL.Query()
	current := tabOf(query)
	at := func(key string, page int) string {
		v := url.Values{}
		if key != "" {
			v.Set("rows", key)
		}
		if page > 1 {
			v.Set("page", strconv.Itoa(page))
		}
		if len(v) == 0 {
			return ui.BatchURL(one.ID)
		}
		return ui.BatchURL(one.ID) + "?" + v.Encode()
	}
	if current.key != "" {
		for i := range m.Exports {
			m.Exports[i].URL += "?" + current.query()
		}
	}
	for _, t := range tabs {
		if t.key == "planned" && isOver(one) {
			t.label = "Not sent"
		}
		n := t.count(counts)
		if n > 0 || t.key == "" || t.key == current.key || !one.Applied.At.IsZero() { // once applied, no tab comes or goes
			m.Table.Tabs = append(m.Table.Tabs, ui.Tab{
				Label: t.label, URL: at(t.key, 1), Count: ui.Number(int64(n)), Current: t.key == current.key,
			})
		}
	}
	n := current.count(counts)
	page := min(lists.PageAsked(query), lists.LastPage(int64(n), rowsPerPage))
	rows, err := h.c.Batches.Rows(r.Context(), one, (page-1)*rowsPerPage, rowsPerPage, current.states...)
	if err != nil {
		return err
	}
	for i := range rows {
		m.Table.Rows = append(m.Table.Rows, h.row(one, &rows[i], h.site.Clock(r)))
	}
	if len(rows) == 0 {
		m.Table.Empty = "No rows to show."
	}
	last := lists.LastPage(int64(n), rowsPerPage)
	m.Table.Pager = lists.Pages(page, last, rowsPerPage, n, func(n int) string { return at(current.key, n) })
	return nil
}
