package pbxs

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// quickFacets are the facets that have a menu above the list. The other facets are only in the filter builder.
var quickFacets = []string{"status", "customer", "activation", "plan", "type", "expires", "usage", "region", "group"}

// Maximum numbers of values per facet. Selected values are included even beyond the maximum.
const (
	menuWords    = 12  // in a facet's menu
	builderWords = 100 // in the filter builder
)

// ranged returns the names of the fields for which the filter builder offers a range, in column order.
func ranged() (names []string) {
	for _, name := range display.Columns {
		if f, _ := fleet.FieldByName(name); f.Kind() != fleet.TextField {
			names = append(names, name)
		}
	}
	return names
}

// manyValued lists the text fields for which the filter builder offers only one filter: whether the field has a value.
var manyValued = []string{"name", "sn", "url"}

// builderFacets returns the keys of the filter builder's facets: the common ones first, in the order of their menus.
func builderFacets() []string {
	keys := slices.Clone(quickFacets)
	for _, f := range list.Facets {
		if !slices.Contains(keys, f.Key) {
			keys = append(keys, f.Key)
		}
	}
	return append(keys, "attention", "presence", "onboarding", "size")
}

// ShowFilters shows the filter builder: one form with every field that the list can filter by. When the form is
// submitted, ShowFilters redirects to the list.
func (h *Handler) ShowFilters(w http.ResponseWriter, r *http.Request) error {
	values, _ := url.ParseQuery(r.URL.RawQuery)
	if values.Get("apply") != "" {
		web.Redirect(w, r, ui.PBXsURL(builtQuery(values).Values()))
		return nil
	}
	q, problems := lists.ParseQuery(values, web.UserFrom(r.Context()))
	c := h.site.Clock(r)
	index := h.fleet.Index()
	result := index.Search(q, c.Now, c.Zone)
	m := views.FilterPage{
		Back:     ui.PBXsURL(q.Values()),
		Count:    ui.Count(int64(result.Count), "PBX matches", "PBXs match"),
		Problems: lists.QueryProblems(append(problems, result.Problems...)),
	}
	for _, f := range facets(q, result, builderWords, index, builderFacets()...) {
		words := q.Filters[f.Key]
		f.CanNegate = list.IsFacet(f.Key) || f.Key == list.CustomerKey
		f.Negated = len(words) > 0 && !slices.ContainsFunc(words, func(w list.FilterValue) bool { return !w.Not })
		if f.Negated {
			var raw []string
			for _, w := range words {
				raw = append(raw, w.String())
			}
			for i := range f.Choices {
				f.Choices[i].Selected = slices.Contains(raw, "!"+f.Choices[i].Value)
			}
		}
		m.Facets = append(m.Facets, f)
	}
	for _, name := range ranged() {
		m.Ranges = append(m.Ranges, rangeInput(name, q.Filters[name]))
	}
	for _, name := range manyValued {
		words := q.Filters[name]
		m.Presences = append(m.Presences, views.PresenceInput{
			Name:  name,
			Label: builderLabel(name),
			None:  slices.Contains(words, list.FilterValue{Value: list.None}),
			Any:   slices.Contains(words, list.FilterValue{Value: list.None, Not: true}),
		})
	}
	m.HiddenFields = hiddenFields(q, func(key, value string) bool { return carries(m, key, value) })
	return h.site.Render(w, r, http.StatusOK, "Filters", views.Filters(m), views.FiltersPanel(m))
}

// carries reports whether a query parameter's value needs no hidden field, because the form has an input for it or, for
// the page number, because the form resets it.
func carries(m views.FilterPage, key, value string) bool {
	switch key {
	case "page":
		return true
	case "q", "sort", "per", "cols", "view", "density":
		return false
	}
	for _, f := range m.Facets {
		if f.Key == key {
			return slices.ContainsFunc(
				f.Choices,
				func(c ui.Choice) bool { return c.Value == value && !f.Negated || "!"+c.Value == value && f.Negated },
			)
		}
	}
	for _, in := range m.Ranges {
		if in.Name == key {
			return in.Other == ""
		}
	}
	return slices.ContainsFunc(m.Presences, func(p views.PresenceInput) bool { return p.Name == key }) &&
		(value == list.None || value == "!"+list.None)
}

func builderLabel(name string) string {
	switch name {
	case "name":
		return "Name"
	case "expires":
		return "Expires on" // the other filter, Expires, has periods
	}
	return display.Labels[name]
}

// rangeInput returns the range input for a field's filter. If the input can't express the filter, it stays empty and
// describes the filter, and the form keeps the filter unless the user sets another one.
func rangeInput(name string, words []list.FilterValue) views.RangeInput {
	f, _ := fleet.FieldByName(name)
	in := views.RangeInput{Name: name, Label: builderLabel(name), Date: f.Kind() == fleet.TimeField}
	if len(words) != 1 || words[0].Not {
		in.Other = wordsText(words, reportedOrNot)
		return in
	}
	switch from, to, ok := strings.Cut(words[0].Value, ".."); {
	case words[0].IsNone():
		in.None = true
	case ok:
		in.From, in.To = from, to
	default:
		in.From, in.To = words[0].Value, words[0].Value
	}
	if in.Date && (!isDate(in.From) || !isDate(in.To)) || !in.Date && (!isNumber(in.From) || !isNumber(in.To)) {
		in.Other, in.From, in.To = wordsText(words, reportedOrNot), "", ""
	}
	return in
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return s == "" || err == nil
}

func isDate(s string) bool {
	_, err := time.Parse("2006-01-02", s)
	return s == "" || err == nil
}

// builtQuery returns the query that the filter builder's form describes.
func builtQuery(form url.Values) list.Query {
	values := url.Values{}
	for key, words := range form {
		switch {
		case key == "apply" || strings.Contains(key, "."):
		case form.Get(key+".not") == "yes":
			for _, w := range words {
				values.Add(key, "!"+strings.TrimPrefix(w, "!"))
			}
		default:
			values[key] = words
		}
	}
	for _, name := range ranged() {
		from, to := strings.TrimSpace(form.Get(name+".from")), strings.TrimSpace(form.Get(name+".to"))
		switch {
		case form.Get(name+".none") == "yes":
			values.Set(name, list.None)
		case from != "" && from == to:
			values.Set(name, from)
		case from != "" || to != "":
			values.Set(name, from+".."+to)
		}
	}
	for _, name := range manyValued {
		if is := form.Get(name + ".is"); is == "none" || is == "any" {
			values.Set(name, map[string]string{"none": list.None, "any": "!" + list.None}[is])
		}
	}
	q, _ := list.ParseQuery(values)
	q.Page = 1
	return q
}

// queryWords describes a query in words, such as "Group Care or Legal; Expires Within 30 days".
func (h *Handler) queryWords(q list.Query) string {
	var parts []string
	for _, c := range chips(q, h.fleet.Index()) {
		parts = append(parts, fmt.Sprintf("%s: %s", c.Name, c.Text))
	}
	if len(parts) == 0 {
		return "All PBXs"
	}
	return strings.Join(parts, "; ")
}

// QueryWords returns a query in words, and the sentences about its parts that have no effect. problems are those that
// parsing it found.
func (h *Handler) QueryWords(q list.Query, problems []list.Problem) (words string, ignored []string) {
	left, _ := h.leftOut(q)
	return h.queryWords(q), append(lists.QueryProblems(problems), left...)
}
