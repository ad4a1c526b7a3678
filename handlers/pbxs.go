package handlers

import (
	"cordboard/fleet"
	"cordboard/views"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Server) listPBXs(w http.ResponseWriter, r *http.Request) error {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q, ignored := fleet.ParseQuery(values)
	if err != nil {
		ignored = append(ignored, "A part of the address can’t be read, so it was left out.")
	}
	if slices.Equal(q.Cols, usualColumns) {
		q.Cols = nil
	}
	c := s.clock(r)
	m, page := s.pbxList(q, c)
	if page < q.Page {
		ignored = append(ignored, fmt.Sprintf("There is no page %s, so this is the last.", views.Number(int64(q.Page))))
		q.Page = page
	}
	m.Ignored = append(ignored, m.Ignored...)
	if wantsFragment(r) && !isBackground(r) {
		w.Header().Set("HX-Push-Url", views.PBXsURL(q.Values()))
	}
	whole := views.PBXListPage{Fresh: s.freshness(c), Back: views.PBXsURL(q.Values()), List: m}
	return s.render(w, r, http.StatusOK, "PBXs", views.PBXs(whole), views.PBXTable(m))
}

// pbxList makes what the list shows for a query, and says which page that is. It reads memory only.
func (s *Server) pbxList(q fleet.Query, c views.Clock) (views.PBXList, int) {
	snapshot := s.fleet.Snapshot()
	result := snapshot.Search(q, c.Now, c.Zone)
	q.Page = result.Page
	cols := q.Cols
	if cols == nil {
		cols = usualColumns
	} else if !slices.Contains(cols, "name") {
		cols = append([]string{"name"}, cols...) // the row's own head
	}
	l := views.PBXList{
		Snapshot: s.snapshotID(),
		Search:   q.Search,
		Clear:    views.PBXsURL(withoutFilters(q).Values()),
		Count:    views.Number(int64(result.Count)),
		Of:       countWords(q, result.Count, snapshot.Here()),
	}
	l.Ignored = result.Problems
	l.Facets = facets(q, result)
	l.Chips = chips(q)
	l.InUse = len(l.Chips)
	if q.Search != "" {
		l.InUse--
	}
	l.Kept, l.ColumnsKept, l.PerKept = kept(q, filterInputs(l.Facets, "q", "page")), kept(q, without("cols", "page")), kept(q, without("per", "page"))
	l.ResetCols = urlWith(q, func(v url.Values) { v.Del("cols"); v.Del("page") })
	for _, name := range columns {
		if name != "name" {
			l.Choices = append(l.Choices, views.Choice{Value: name, Label: labels[name], On: slices.Contains(cols, name)})
		}
	}
	for _, n := range fleet.PageSizes {
		l.Per = append(l.Per, views.Choice{Value: strconv.Itoa(n), Label: strconv.Itoa(n), On: n == q.Per})
	}
	if result.Count == 0 {
		l.Empty = s.emptyList(q, snapshot)
		return l, result.Page
	}
	l.Columns = heads(q, cols)
	l.Caption = caption(q)
	for _, p := range result.PBXs {
		l.Rows = append(l.Rows, row(p, cols, c))
	}
	l.Pager = pages(result.Page, result.Pages, q.Per, result.Count, func(n int) string {
		return urlWith(q, func(v url.Values) {
			v.Del("page")
			if n > 1 {
				v.Set("page", strconv.Itoa(n))
			}
		})
	})
	return l, result.Page
}

func row(p *fleet.PBX, cols []string, c views.Clock) views.PBXRow {
	r := views.PBXRow{ID: strconv.FormatInt(p.CloudPBXID, 10), URL: views.PBXURL(p.CloudPBXID), Cells: make([]views.Cell, 0, len(cols))}
	if p.IsGone() {
		r.Gone = "Gone since " + c.Date(time.Unix(p.GoneAt, 0)).Text
	}
	for _, name := range cols {
		r.Cells = append(r.Cells, cell(p, name, c, cols))
	}
	return r
}

func heads(q fleet.Query, cols []string) []views.Column {
	heads := make([]views.Column, 0, len(cols))
	for _, name := range cols {
		f, _ := fleet.FieldByName(name)
		_, isUsage := usageOf(name)
		h := views.Column{Name: name, Label: labels[name], Number: f.Kind == fleet.NumberField && !isUsage}
		sort := name
		switch q.Sort {
		case name:
			h.Sorted, sort = "ascending", "-"+name
		case "-" + name:
			h.Sorted = "descending"
		}
		h.SortURL = urlWith(q, func(v url.Values) {
			v.Del("page")
			v.Del("sort")
			if sort != fleet.DefaultSort {
				v.Set("sort", sort)
			}
		})
		heads = append(heads, h)
	}
	return heads
}

func caption(q fleet.Query) string {
	direction := "ascending"
	if strings.HasPrefix(q.Sort, "-") {
		direction = "descending"
	}
	return fmt.Sprintf("PBXs, sorted by %s, %s. Column headings are links that sort.", labels[strings.TrimPrefix(q.Sort, "-")], direction)
}

// countWords follow the number of PBXs found.
func countWords(q fleet.Query, found, here int) string {
	by := ", by " + lowerFirst(labels[strings.TrimPrefix(q.Sort, "-")])
	if q.Sort == fleet.DefaultSort {
		by = ", by name"
	}
	if q.Sort == "-"+fleet.DefaultSort {
		by = ", by name, Z first"
	}
	noun := " PBXs"
	if !q.Filtered() {
		if found == 1 {
			noun = " PBX"
		}
		return noun + by
	}
	return " of " + views.Count(int64(here), "PBX", "PBXs") + by
}

func lowerFirst(s string) string {
	if len(s) > 1 && strings.ToUpper(s[:2]) == s[:2] {
		return s // an abbreviation
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// facets are the filters with their words and counts.
func facets(q fleet.Query, result fleet.Result) []views.Facet {
	var all []views.Facet
	for _, f := range result.Facets {
		v := views.Facet{Key: f.Key, Label: facetLabels[f.Key], Clear: urlWith(q, func(v url.Values) { v.Del(f.Key); v.Del("page") })}
		asked := plainWords(q.Words[f.Key])
		for _, c := range f.Counts {
			if c.Word == "" {
				continue // not reported: nothing to ask for
			}
			v.Choices = append(v.Choices, views.Choice{Value: c.Word, Label: c.Word, Count: views.Number(int64(c.Count)), On: slices.Contains(asked, c.Word)})
		}
		for _, word := range asked {
			if !slices.ContainsFunc(f.Counts, func(c fleet.WordCount) bool { return c.Word == word }) {
				v.Choices = append(v.Choices, views.Choice{Value: word, Label: word, Count: "0", On: true})
			}
		}
		all = append(all, v)
	}
	return append(all,
		closedFacet(q, "expires", fleet.Expiries, plainWords(q.Expires), false),
		closedFacet(q, "usage", fleet.UsageWords, plainWords(q.Usage), false),
		closedFacet(q, "presence", fleet.Presences, []string{q.Presence}, true))
}

func closedFacet(q fleet.Query, key string, words, on []string, single bool) views.Facet {
	f := views.Facet{Key: key, Label: facetLabels[key], Single: single, Clear: urlWith(q, func(v url.Values) { v.Del(key); v.Del("page") })}
	for _, w := range words {
		f.Choices = append(f.Choices, views.Choice{Value: w, Label: closedWords[w], On: slices.Contains(on, w)})
	}
	return f
}

func plainWords(words []fleet.Word) []string {
	var plain []string
	for _, w := range words {
		if !w.Not {
			plain = append(plain, w.Value)
		}
	}
	return plain
}

// chips are the filters in use, one for each key, in the facets' order and then by name.
func chips(q fleet.Query) []views.Chip {
	var chips []views.Chip
	add := func(key, name, text string) {
		chips = append(chips, views.Chip{Name: name, Text: text, URL: urlWith(q, func(v url.Values) { v.Del(key); v.Del("page") })})
	}
	if q.Search != "" {
		add("q", "Search", q.Search)
	}
	var keys []string
	for _, f := range fleet.Facets {
		if len(q.Words[f.Key]) > 0 {
			keys = append(keys, f.Key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(q.Words)) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		name := facetLabels[key]
		if name == "" {
			name = labels[key]
		}
		add(key, name, wordsText(q.Words[key], nil))
	}
	if len(q.Expires) > 0 {
		add("expires", "Expires", wordsText(q.Expires, closedWords))
	}
	if len(q.Usage) > 0 {
		add("usage", "Usage", wordsText(q.Usage, closedWords))
	}
	if q.Presence != fleet.DefaultPresence {
		add("presence", "Presence", closedWords[q.Presence])
	}
	return chips
}

// wordsText reads as what the filter does: "Running or Stopped", "not Running and not Stopped".
func wordsText(words []fleet.Word, names map[string]string) string {
	var plain, not []string
	for _, w := range words {
		text := w.Value
		if names[text] != "" {
			text = names[text]
		}
		if w.Not {
			not = append(not, "not "+text)
		} else {
			plain = append(plain, text)
		}
	}
	parts := not
	if len(plain) > 0 {
		parts = append([]string{strings.Join(plain, " or ")}, not...)
	}
	return strings.Join(parts, " and ")
}

func urlWith(q fleet.Query, change func(url.Values)) string {
	v := q.Values()
	change(v)
	return views.PBXsURL(v)
}

func withoutFilters(q fleet.Query) fleet.Query {
	return fleet.Query{Presence: fleet.DefaultPresence, Sort: q.Sort, Page: 1, Per: q.Per, Cols: q.Cols}
}

// kept are the hidden fields that carry a query through a form that has inputs for some of it.
func kept(q fleet.Query, skip func(key, value string) bool) []views.Hidden {
	var fields []views.Hidden
	values := q.Values()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[key] {
			if !skip(key, v) {
				fields = append(fields, views.Hidden{Name: key, Value: v})
			}
		}
	}
	return fields
}

func without(keys ...string) func(key, value string) bool {
	return func(key, _ string) bool { return slices.Contains(keys, key) }
}

// filterInputs says what the filter form has inputs for: the facets' words that can be ticked, and keys.
func filterInputs(facets []views.Facet, keys ...string) func(key, value string) bool {
	return func(key, value string) bool {
		if slices.Contains(keys, key) {
			return true
		}
		for _, f := range facets {
			if f.Key == key {
				return slices.ContainsFunc(f.Choices, func(c views.Choice) bool { return c.Value == value })
			}
		}
		return false
	}
}

// emptyList says which of the four reasons it is.
func (s *Server) emptyList(q fleet.Query, snapshot *fleet.Snapshot) *views.Empty {
	f := s.fleet.Freshness()
	switch {
	case snapshot.Len() == 0 && f.At.IsZero() && f.State == fleet.Failing:
		title, text := problemWords(f.Problem, s.config.YCMHost)
		return &views.Empty{Art: "none", Title: "The fleet was never read", Text: title + ". " + text + " Cordboard keeps trying."}
	case snapshot.Len() == 0 && f.At.IsZero():
		e := &views.Empty{Art: "first", Title: "Reading the fleet for the first time", Text: "The list appears when all pages have been read.", Action: &views.Link{Label: "Look again", URL: "/pbxs"}}
		if f.Pages > 0 {
			e.Progress = fmt.Sprintf("Page %s of %s", views.Number(int64(f.PagesRead)), views.Number(int64(f.Pages)))
			e.Text = fmt.Sprintf("%s. The list appears when all pages have been read.", views.Count(f.Total, "PBX", "PBXs"))
			e.Width = fmt.Sprint(100 * f.PagesRead / f.Pages)
		}
		return e
	case !q.Filtered():
		return &views.Empty{Art: "none", Title: "No PBXs", Text: "YCM answered: the account is connected and has no Cloud PBX."}
	}
	text := fmt.Sprintf("%s, but none of them fits.", views.Count(int64(snapshot.Here()), "PBX", "PBXs"))
	return &views.Empty{Art: "nothing", Title: "Nothing matches these filters", Text: text, Action: &views.Link{Label: "Clear filters", URL: views.PBXsURL(withoutFilters(q).Values())}}
}
