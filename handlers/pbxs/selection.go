package pbxs

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// copyable is the maximum number of PBXs that the page lists for copying. Exports have no such limit.
const copyable = 5_000

// ShowSelection shows the names, host names and serial numbers of a set of PBXs for copying. The set is either the
// selected rows or all PBXs that a query finds.
func (h *Handler) ShowSelection(w http.ResponseWriter, r *http.Request) error {
	values, _ := url.ParseQuery(r.URL.RawQuery)
	if err := web.CheckSelected(values); err != nil {
		return err
	}
	q, problems := lists.ParseQuery(values, web.UserFrom(r.Context()))
	ignored := lists.QueryProblems(problems)
	left, _ := h.leftOut(q)
	ignored = append(ignored, left...)
	c := h.site.Clock(r)
	m := views.Selection{Words: h.queryWords(q), Back: ui.PBXsURL(q.Values()), Export: exportLinks(q)}
	boxes := []struct {
		field fleet.Field
		label string
		text  strings.Builder
	}{
		{field: fleet.FieldName, label: "Names"},
		{field: fleet.FieldURL, label: "Host names"},
		{field: fleet.FieldSN, label: "Serial numbers"},
	}
	n := 0
	for p := range h.fleet.Index().All(q, c.Now, c.Zone) {
		if n++; n > copyable {
			continue
		}
		for i := range boxes {
			if text := p.Text(boxes[i].field); text != "" {
				boxes[i].text.WriteString(strings.Join(strings.Fields(text), " ") + "\n")
			}
		}
	}
	if ticked := q.Filters["cloudPbxId"]; len(ticked) > 0 && q.Presence == list.PresenceAll {
		m.Words, m.Back = "Selected in the list", "/pbxs"
		ignored = append(ignored, missingWords(len(ticked)-n)...)
	}
	if n > copyable {
		ignored = append(
			ignored,
			fmt.Sprintf(
				"You can copy only the first %s PBXs here. An export contains all of them.",
				ui.Number(copyable),
			),
		)
	}
	if web.CanCreate(r) && n > 0 {
		m.Bulk, m.Query = display.BulkActions(), hiddenFields(q, without(pageKeys...))
	}
	m.Count, m.Missing = ui.Count(int64(n), "PBX", "PBXs"), strings.Join(ignored, " ")
	for i := range boxes {
		box := &boxes[i]
		m.Columns = append(m.Columns, copyBox(box.field, box.label, box.text.String()))
	}
	return h.site.Render(w, r, http.StatusOK, "Selection", views.SelectionPage(m), views.SelectionPage(m))
}

// missingWords returns a sentence about selected PBXs that aren't in the list, if there are any.
func missingWords(missing int) []string {
	if missing <= 0 {
		return nil
	}
	return []string{fmt.Sprintf(
		"%s no longer in the list and not included here.",
		ui.Count(int64(missing), "selected PBX is", "selected PBXs are"),
	)}
}

// copyBox returns a box of lines to copy, with a height of 2 to 10 lines.
func copyBox(field fleet.Field, label, lines string) views.CopyBox {
	text := strings.TrimSuffix(lines, "\n")
	return views.CopyBox{
		Name:  field.Name(),
		Label: label,
		Text:  text,
		Rows:  strconv.Itoa(min(max(strings.Count(text, "\n")+1, 2), 10)),
	}
}

// pageKeys are the query parameters that exports ignore.
var pageKeys = []string{"page", "per", "view", "density"}

// exportLinks returns the links to a query's exports, which include the rows of all pages.
func exportLinks(q list.Query) []ui.Link {
	v := q.Values()
	for _, key := range pageKeys {
		v.Del(key)
	}
	suffix := ""
	if len(v) > 0 {
		suffix = "?" + v.Encode()
	}
	return []ui.Link{{Label: "CSV", URL: "/pbxs.csv" + suffix}, {Label: "Excel (.xlsx)", URL: "/pbxs.xlsx" + suffix}}
}
