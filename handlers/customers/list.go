package customers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet/customers"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	views "cordboard/views/customers"
	"cordboard/views/ui"
)

// labels are the headings of the columns.
var labels = map[string]string{
	customers.ColumnName:       "Customer",
	customers.ColumnEmail:      "Email",
	customers.ColumnPhone:      "Phone",
	customers.ColumnPBXs:       "PBXs",
	customers.ColumnExtensions: "Extensions",
	customers.ColumnExpires:    "Next expiry",
	customers.ColumnOpen:       "Open operations",
}

// within are the choices of the filter by expiration date.
var within = []struct{ value, label string }{
	{"", "Any expiry"},
	{"overdue", "Overdue"},
	{"7d", "Within 7 days"},
	{"30d", "Within 30 days"},
	{"60d", "Within 60 days"},
	{"90d", "Within 90 days"},
}

// tabLabels are the labels of the named lists.
var tabLabels = map[string]string{
	"":                       "All",
	customers.ListWithoutPBX: "Without a PBX",
	customers.ListGone:       "Removed from YCM",
}

// List shows one page of the list of customers.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	q, ignored := queryOf(r)
	open, err := h.open(r.Context())
	if err != nil {
		return fmt.Errorf("read open operations: %w", err)
	}
	c := h.site.Clock(r)
	m := h.list(q, open, c)
	m.Ignored = append(ignored, m.Ignored...)
	web.Push(w, r, ui.CustomersURL(q.Values()))
	m.Title = lists.Title("Customers", lists.CurrentTab(m.Tabs), lists.Quoted(q.Search))
	page := views.ListPage{
		Fresh:     h.site.Freshness(c),
		Back:      ui.CustomersURL(q.Values()),
		CanCreate: web.CanCreate(r),
		List:      m,
	}
	return h.site.Render(w, r, http.StatusOK, m.Title, views.Customers(page), views.Table(m))
}

// queryOf returns the query in a request's URL, and sentences about what was ignored.
func queryOf(r *http.Request) (customers.Query, []string) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q, problems := customers.ParseQuery(values)
	ignored := lists.QueryProblems(problems)
	if err != nil {
		ignored = append(ignored, "Part of the URL can’t be read, so it was ignored.")
	}
	return q, ignored
}

// list returns the list for a query. It reads only from memory.
func (h *Handler) list(q customers.Query, open map[int64]int, c ui.Clock) views.List {
	book := h.c.Directory.Book()
	found, words := book.Search(q, open, c.Now, c.Zone)
	pages := lists.LastPage(int64(len(found)), q.Per)
	l := views.List{
		Filter: views.Filter{
			Search:       q.Search,
			HiddenFields: hiddenFields(q, "q", "expires", "page"),
		},
		Paging: views.Paging{
			Count:                ui.Number(int64(len(found))),
			CountSuffix:          countWords(q, len(found), book.Count(q.List)),
			PageSizeHiddenFields: hiddenFields(q, "per", "page"),
			Export:               exportLinks(q),
		},
		Progress: h.progressWords(c),
	}
	if q.Page > pages {
		l.Ignored = []string{fmt.Sprintf("There is no page %s, so the last page is shown.", ui.Number(int64(q.Page)))}
		q.Page = pages
	}
	if q.Search != "" || q.Expires != "" {
		l.Clear = ui.CustomersURL(customers.Query{List: q.List, Sort: q.Sort, Page: 1, Per: q.Per}.Values())
	}
	for _, e := range within {
		l.Expires = append(l.Expires, ui.Choice{Value: e.value, Label: e.label, Selected: e.value == q.Expires})
	}
	for _, name := range customers.Lists {
		l.Tabs = append(l.Tabs, ui.Tab{
			Label:   tabLabels[name],
			Count:   ui.Number(int64(book.Count(name))),
			URL:     ui.CustomersURL(customers.Query{List: name, Sort: q.Sort, Page: 1, Per: q.Per}.Values()),
			Current: name == q.List,
		})
	}
	for _, n := range list.PageSizes {
		l.Per = append(l.Per, ui.Choice{Value: strconv.Itoa(n), Label: strconv.Itoa(n), Selected: n == q.Per})
	}
	if len(found) == 0 {
		l.Empty = h.empty(q, book)
		return l
	}
	l.Columns, l.Caption = heads(q), "Customers. The column headings are links that sort the list."
	for _, row := range found[(q.Page-1)*q.Per : min(q.Page*q.Per, len(found))] {
		l.Rows = append(l.Rows, rowOf(row, open[row.ID], words, c))
	}
	l.Pager = lists.Pages(q.Page, pages, q.Per, len(found), func(n int) string {
		to := q
		to.Page = n
		return ui.CustomersURL(to.Values())
	})
	return l
}

// empty returns the message for an empty list.
func (h *Handler) empty(q customers.Query, book *customers.Book) *ui.Empty {
	all := &ui.Link{Label: "Show all customers", URL: "/customers"}
	switch {
	case q.Search != "" || q.Expires != "":
		e := &ui.Empty{
			Art:    "nothing",
			Title:  "Nothing matches",
			Text:   fmt.Sprintf("No matches among %s.", ui.Count(int64(book.Count(q.List)), "customer", "customers")),
			Action: all,
		}
		if meant := book.Suggest(q.Search); meant != "" {
			q.Search = meant
			e.Drop = &ui.Link{Label: "Did you mean “" + meant + "”?", URL: ui.CustomersURL(q.Values())}
		}
		return e
	case q.List == customers.ListWithoutPBX:
		return &ui.Empty{Art: "none", Title: "Each customer has a PBX", Text: "No customer is without a PBX.", Action: all}
	case q.List == customers.ListGone:
		return &ui.Empty{
			Art: "none", Title: "No removed customers", Text: "YCM has every customer that Cordboard knows.", Action: all,
		}
	case len(book.Rows) == 0 && h.c.Fleet.Freshness().At.IsZero():
		return &ui.Empty{Art: "first", Title: "Customers haven’t been read yet", Text: "They appear after the first sync."}
	}
	return &ui.Empty{Art: "none", Title: "No customers", Text: "YCM has no customers, or its list hasn’t been read yet."}
}

// countWords returns the text that follows the number of customers found.
func countWords(q customers.Query, found, all int) string {
	if q.Search == "" && q.Expires == "" {
		if found == 1 {
			return " customer"
		}
		return " customers"
	}
	return " of " + ui.Count(int64(all), "customer", "customers")
}

// progressWords says how far and how recently the PBXs' customers were read, and what failed. It returns "" if there is
// no PBX.
func (h *Handler) progressWords(c ui.Clock) string {
	p := h.c.Directory.Progress()
	var words []string
	switch {
	case p.Unread > 0:
		words = append(words, fmt.Sprintf(
			"The customers of %s of %s haven’t been read yet. Cordboard reads them in the background.",
			ui.Number(int64(p.Unread)), ui.Count(int64(p.PBXs), "PBX", "PBXs"),
		))
	case !p.Oldest.IsZero():
		words = append(words, fmt.Sprintf("The oldest reading of a PBX’s customers is from %s.", c.Ago(p.Oldest)))
	}
	if p.Failed > 0 {
		title, _ := display.ProblemWords(p.Problem, h.site.Config.YCMHost)
		words = append(words, fmt.Sprintf(
			"The last attempt to read the customers of %s failed: %s. Cordboard will try again after ten minutes.",
			ui.Count(int64(p.Failed), "PBX", "PBXs"), title,
		))
	}
	return strings.Join(words, " ")
}

// hiddenFields returns hidden fields that carry a query through a form, without the given parameters.
func hiddenFields(q customers.Query, without ...string) (fields []ui.Hidden) {
	values := q.Values()
	for _, key := range []string{"expires", "list", "per", "q", "sort"} {
		if values.Has(key) && !slices.Contains(without, key) {
			fields = append(fields, ui.Hidden{Name: key, Value: values.Get(key)})
		}
	}
	return fields
}

// exportLinks returns the links to the exports of a query's customers.
func exportLinks(q customers.Query) []ui.Link {
	q.Page = 1
	query := q.Values()
	query.Del("per")
	suffix := ""
	if len(query) > 0 {
		suffix = "?" + query.Encode()
	}
	return []ui.Link{
		{Label: "CSV", URL: "/customers.csv" + suffix},
		{Label: "Excel (XLSX)", URL: "/customers.xlsx" + suffix},
	}
}

// words describes a query in words, for the audit log.
func words(q customers.Query) string {
	parts := []string{tabLabels[q.List] + " customers"}
	switch q.List {
	case customers.ListWithoutPBX:
		parts = []string{"Customers without a PBX"}
	case customers.ListGone:
		parts = []string{"Removed customers"}
	}
	if q.Search != "" {
		parts = append(parts, "Search "+q.Search)
	}
	if q.Expires != "" {
		i := slices.IndexFunc(within, func(e struct{ value, label string }) bool { return e.value == q.Expires })
		parts = append(parts, "Expires "+strings.ToLower(within[i].label))
	}
	return strings.Join(parts, "; ")
}
