package changes

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/changes"
	"cordboard/views/ui"
)

// kindLabels are the labels of kinds.
var kindLabels = map[string]string{
	string(store.PBXAppeared): "First seen",
	string(store.PBXGone):     "Removed",
	string(store.PBXReturned): "Returned",
}

// madeLabels are the labels of where changes were made.
var madeLabels = map[store.Made]string{
	store.MadeAnywhere:  "Anywhere",
	store.MadeHere:      "In Cordboard",
	store.MadeElsewhere: "Outside Cordboard",
}

// fieldLabel returns the label of a value of the parameter field.
func fieldLabel(word string) string {
	if word == fleet.FieldName.Name() {
		return "Name"
	}
	if label := kindLabels[word]; label != "" {
		return label
	}
	return display.Labels[word]
}

// fieldWords returns the values of the parameter field that the page offers: the kinds, then the fields of the list.
// Counters have samples instead of changes.
func fieldWords() []string {
	words := make([]string, 0, len(kinds)+len(display.Columns))
	for _, k := range kinds {
		words = append(words, string(k))
	}
	for _, name := range display.Columns {
		f, _ := fleet.FieldByName(name)
		own := slices.Contains(fleet.OwnFields[:], f) && f != fleet.FieldCustomer
		if f != fleet.FieldID && !own && !slices.Contains(mirror.Counters[:], f) {
			words = append(words, name)
		}
	}
	return words
}

// spanLabel returns the words for a number of days up to today.
func spanLabel(days int) string {
	if days == 1 {
		return "Today"
	}
	return fmt.Sprintf("Last %d days", days)
}

// addFilter adds the filters to the page.
func (h *Handler) addFilter(m *views.Page, q query) {
	f := &m.Filter
	f.By, f.From, f.To = q.by, q.from, q.to
	f.Days = q.dayChoices()
	if q.from != "" || q.to != "" {
		f.Hidden = append(f.Hidden, ui.Hidden{Name: "dated", Value: "yes"})
	}
	f.Fields = []ui.Choice{{Label: "All changes", Selected: len(q.fields) == 0}}
	for _, word := range fieldWords() {
		f.Fields = append(f.Fields, ui.Choice{
			Value: word, Label: fieldLabel(word), Selected: len(q.fields) == 1 && q.fields[0] == word,
		})
	}
	if len(q.fields) > 1 { // chosen by a link
		var labels []string
		for _, word := range q.fields {
			labels = append(labels, fieldLabel(word))
			f.Hidden = append(f.Hidden, ui.Hidden{Name: "field", Value: word})
		}
		f.Fields, f.Several = nil, strings.Join(labels, ", ")
	}
	for _, made := range []store.Made{store.MadeAnywhere, store.MadeHere, store.MadeElsewhere} {
		f.Made = append(f.Made, ui.Choice{Value: string(made), Label: madeLabels[made], Selected: made == q.made})
	}
	f.Hidden = append(f.Hidden, h.addPBXFilter(&f.PBXFilter, q)...)
	v := q.values()
	if len(v) > 0 {
		f.Clear = "/changes"
	}
	v.Del("before")
	m.Export, m.Period = withQuery("/changes.csv", v), q.period()
}

// dayChoices returns the periods to choose from.
func (q query) dayChoices() (choices []ui.Choice) {
	days := spans
	if q.days > 0 && !slices.Contains(spans, q.days) {
		days = append(slices.Clone(spans), q.days)
	}
	for _, n := range days {
		choices = append(choices, ui.Choice{Value: strconv.Itoa(n), Label: spanLabel(n), Selected: q.days == n})
	}
	return append(
		choices,
		ui.Choice{Value: "visit", Label: "Since your last visit", Selected: q.visit},
		ui.Choice{Value: "", Label: "Between two days", Selected: q.from != "" || q.to != ""},
	)
}

// addPBXFilter adds the filters by PBX, and returns the hidden fields that carry them through the form.
func (h *Handler) addPBXFilter(f *views.PBXFilter, q query) (hidden []ui.Hidden) {
	f.Search = q.pbxs.Search
	others := q.pbxs
	others.Search = ""
	rest := query{days: usualDays, pbxs: others}.values()
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		for _, v := range rest[key] {
			hidden = append(hidden, ui.Hidden{Name: key, Value: v})
		}
	}
	if len(rest) > 0 {
		f.Words = h.pbxWords(others)
		f.Without = q.url(func(v url.Values) {
			maps.DeleteFunc(v, func(key string, _ []string) bool { return rest.Has(key) })
		})
	}
	if q.filtersPBXs() {
		v := query{days: usualDays, pbxs: q.pbxs}.values()
		if !v.Has("presence") { // changes of removed PBXs are shown, too
			v.Set("presence", string(list.PresenceAll))
		}
		f.PBXs = ui.PBXsURL(v)
	}
	return hidden
}

// pbxWords returns a query of the list in words.
func (h *Handler) pbxWords(q list.Query) string {
	words, _ := h.queryWords(q, nil)
	return words
}

// period returns the period in words.
func (q query) period() string {
	switch {
	case q.visit:
		return "Since your last visit"
	case q.from != "" && q.to != "":
		return "From " + display.DateText(q.from) + " to " + display.DateText(q.to)
	case q.from != "":
		return "Since " + display.DateText(q.from)
	case q.to != "":
		return "Up to " + display.DateText(q.to)
	}
	return spanLabel(q.days)
}

// words returns the query in words, for the audit log.
func (h *Handler) words(q query) string {
	parts := []string{q.period()}
	for _, word := range q.fields {
		parts = append(parts, fieldLabel(word))
	}
	if q.made != store.MadeAnywhere {
		parts = append(parts, madeLabels[q.made])
	}
	if q.by != "" {
		parts = append(parts, "By "+q.by)
	}
	if q.filtersPBXs() {
		parts = append(parts, "PBXs: "+h.pbxWords(q.pbxs))
	}
	return strings.Join(parts, "; ")
}
