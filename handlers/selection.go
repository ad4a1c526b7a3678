package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/views"
)

// copyable is how many lines a page offers for copying; more is what exports are for.
const copyable = 5_000

// showSelection is a set of PBXs, resolved here and now: the rows that were ticked, or all that a query finds.
func (s *Server) showSelection(w http.ResponseWriter, r *http.Request) error {
	values, _ := url.ParseQuery(r.URL.RawQuery)
	q, ignored := fleet.ParseQuery(values)
	left, _ := s.leftOut(q)
	ignored = append(ignored, left...)
	c := s.clock(r)
	m := views.Selection{Words: s.queryWords(q), Back: views.PBXsURL(q.Values()), Export: exportLinks(q)}
	boxes := []struct {
		field, label string
		text         strings.Builder
	}{{field: "name", label: "Names"}, {field: "url", label: "URLs"}, {field: "sn", label: "Serial numbers"}}
	n := 0
	for p := range s.fleet.Snapshot().All(q, c.Now, c.Zone) {
		if n++; n > copyable {
			continue
		}
		for i := range boxes {
			if text := p.Text(boxes[i].field); text != "" {
				boxes[i].text.WriteString(strings.Join(strings.Fields(text), " ") + "\n")
			}
		}
	}
	if ticked := q.Words["cloudPbxId"]; len(ticked) > 0 && q.Presence == "all" {
		m.Words = "The rows that you ticked"
		m.Back = "/pbxs"
		if missing := len(ticked) - n; missing > 0 {
			ignored = append(ignored, fmt.Sprintf("%s no longer here and left out.", views.Count(int64(missing), "of them is", "of them are")))
		}
	}
	if n > copyable {
		ignored = append(ignored, fmt.Sprintf("That is more than can be copied here, so these are the first %s. An export holds all.", views.Number(copyable)))
	}
	m.Count, m.Missing = views.Count(int64(n), "PBX", "PBXs"), strings.Join(ignored, " ")
	for i := range boxes {
		box := &boxes[i]
		text := strings.TrimSuffix(box.text.String(), "\n")
		m.Columns = append(m.Columns, views.CopyBox{Name: box.field, Label: box.label, Text: text, Rows: strconv.Itoa(min(max(strings.Count(text, "\n")+1, 2), 10))})
	}
	return s.render(w, r, http.StatusOK, "Selection", views.SelectionPage(m), views.SelectionPage(m))
}

// pageKeys are the parameters that an export has no use for.
var pageKeys = []string{"page", "per", "view", "density"}

// exportLinks lead to the exports of a query, all pages of it.
func exportLinks(q fleet.Query) []views.Link {
	v := q.Values()
	for _, key := range pageKeys {
		v.Del(key)
	}
	suffix := ""
	if len(v) > 0 {
		suffix = "?" + v.Encode()
	}
	return []views.Link{{Label: "As CSV", URL: "/pbxs.csv" + suffix}, {Label: "As XLSX, for Excel", URL: "/pbxs.xlsx" + suffix}}
}
