package palette

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/store"
	views "cordboard/views/palette"
	"cordboard/views/ui"
)

// foundOperations is how many operations the palette shows. A search for them has at least shortestSearch characters,
// unless it is a number after "#".
const (
	foundOperations = 4
	shortestSearch  = 3
)

// operationNumber matches the words by which pages call an operation, such as "operation 12".
var operationNumber = regexp.MustCompile(`(?i)^operation\s+#?(\d+)$`)

// found returns the newest operations whose number, target or reason, such as a ticket, the search finds.
func (h *Handler) found(r *http.Request, search string) (items []views.Item, err error) {
	search = operationNumber.ReplaceAllString(strings.TrimSpace(search), "#$1")
	number, isNumber := strings.CutPrefix(search, "#")
	if !web.CanCreate(r) || number == "" || !isNumber && utf8.RuneCountInString(search) < shortestSearch {
		return nil, nil
	}
	page, err := h.operations.List(r.Context(), store.OperationFilter{Search: search}, 1, foundOperations)
	if err != nil {
		return nil, err
	}
	for i := range page.Operations {
		o := &page.Operations[i]
		note := "Operation " + ui.Number(o.Number) + " · " + web.OperationBadge(o).Word
		if o.Request.Reason != "" {
			note += " · " + fold.FirstRunes(o.Request.Reason, 60)
		}
		items = append(items, views.Item{
			Icon: "package", Label: ui.KindLabel(string(o.Kind)) + ": " + web.OperationName(o), Note: note,
			URL: ui.OperationURL(o.ID),
		})
	}
	if page.Total > foundOperations {
		items = append(items, views.Item{
			Icon: "list-filter", Label: "Search the operations for “" + search + "”",
			Note: ui.Count(page.Total, "match", "matches"), URL: ui.OperationsURL("", search, 1),
		})
	}
	return items, nil
}

// exports are the lists that can be exported as CSV and as Excel, by the path of their page.
var exports = map[string]string{"/pbxs": "PBXs", "/expiries": "expiries", "/customers": "customers"}

// newNamed matches a command to create a PBX with a name, such as "new pbx named acme".
var newNamed = regexp.MustCompile(`(?i)^(?:new|create|add)\s+pbx\s+(?:named\s+|called\s+)?(\S.*)$`)

// commands returns what the palette does by itself. Commands that change something are links to the page on which the
// same can be done; a script sends them as forms.
func (h *Handler) commands(r *http.Request, search string) []views.Item {
	var items []views.Item
	if m := newNamed.FindStringSubmatch(search); m != nil && web.CanCreate(r) {
		items = append(items, views.Item{
			Icon: "plus", Label: "New PBX named “" + m[1] + "”", Note: "Fills in the form",
			URL: "/pbxs/new?" + url.Values{"name": {m[1]}}.Encode(),
		})
	}
	words := strings.Fields(fold.Text(search))
	if len(words) == 0 {
		return items
	}
	all := []views.Item{
		theme("Dark theme", "dark"), theme("Light theme", "light"), theme("Theme of the system", "system"),
		{Icon: "refresh-cw", Label: "Refresh from YCM", URL: "/", Post: "/sync"},
		{Icon: "log-out", Label: "Sign out", URL: "/account", Post: "/signout"},
	}
	return append(items, named(append(exportsOf(r), all...), words)...)
}

func theme(label, value string) views.Item {
	return views.Item{
		Icon: "moon", Label: label, URL: "/account", Post: "/account/theme", Field: "theme", Value: value,
	}
}

// exportsOf returns the exports of the list that the palette was opened on, as it is filtered and sorted, or of all
// PBXs if it was opened on another page.
func exportsOf(r *http.Request) []views.Item {
	path, query, label, note := "/pbxs", "", "Export all PBXs", ""
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host && exports[from.Path] != "" {
		path, label, note = from.Path, "Export these "+exports[from.Path], "As filtered and sorted"
		if from.RawQuery != "" {
			query = "?" + from.Query().Encode()
		}
	}
	return []views.Item{
		{Icon: "download", Label: label + " as CSV", Note: note, URL: path + ".csv" + query},
		{Icon: "download", Label: label + " as Excel", Note: note, URL: path + ".xlsx" + query},
	}
}
