package pbxs

import (
	"maps"
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// facets returns the list's filters with their values and counts, by their keys. A filter by one of YCM's fields has
// its most common values, up to limit, plus all selected ones, and so does the filter by customer. The other filters
// have all of their values.
func facets(q list.Query, result list.Result, limit int, x *list.Index, keys ...string) []views.Facet {
	all, to := make([]views.Facet, 0, len(keys)), linksOf(q)
	for _, key := range keys {
		i := slices.IndexFunc(result.Facets, func(c list.FacetCounts) bool { return c.Key == key })
		counts := result.Facets[i]
		var v views.Facet
		switch {
		case key == list.CustomerKey:
			v = customerFacet(q, counts, limit, x)
		case i < len(list.Facets):
			v = fieldFacet(q, counts, limit)
		default:
			v = closedFacet(q, counts, x.Thresholds())
		}
		v.Key, v.Label, v.Clear = key, facetLabel(key), to.without(key, "page")
		all = append(all, v)
	}
	return all
}

// fieldFacet returns the values of a filter by one of YCM's fields.
func fieldFacet(q list.Query, counts list.FacetCounts, limit int) (v views.Facet) {
	asked := plainWords(q.Filters[counts.Key])
	v.Choices = make([]ui.Choice, 0, min(len(counts.Counts), limit)+len(asked))
	for _, c := range counts.Counts {
		value := list.None
		if c.Word != "" {
			value = list.LiteralFilterValue(c.Word).String()
		}
		selected := slices.Contains(asked, value)
		if len(v.Choices) >= limit && !selected {
			v.More++
			continue
		}
		choice := ui.Choice{Value: value, Label: "Not reported", Count: ui.Number(int64(c.Count)), Selected: selected}
		switch {
		case c.Word == "":
		case !fold.Shows(c.Word):
			choice.Label = "“" + c.Word + "” (no visible characters)"
		default:
			choice.Label = valueLabel(counts.Key, c.Word)
		}
		v.Choices = append(v.Choices, choice)
	}
	for _, value := range asked {
		if !slices.ContainsFunc(v.Choices, func(c ui.Choice) bool { return c.Value == value }) {
			word := list.ParseFilterValue(value)
			label := word.Value
			if word.IsNone() {
				label = "Not reported"
			}
			v.Choices = append(v.Choices, ui.Choice{Value: value, Label: label, Count: "0", Selected: true})
		}
	}
	return v
}

func facetLabel(key string) string {
	if label := display.FacetLabels[key]; label != "" {
		return label
	}
	return display.Labels[key]
}

// closedFacet returns the values of a filter whose values Cordboard defines.
func closedFacet(q list.Query, counts list.FacetCounts, t fleet.Thresholds) views.Facet {
	on := closedWords(q, counts.Key)
	f := views.Facet{Single: counts.Key == "presence", Choices: make([]ui.Choice, 0, len(counts.Counts))}
	for _, c := range counts.Counts {
		f.Choices = append(
			f.Choices,
			ui.Choice{
				Value:    c.Word,
				Label:    display.EnumLabel(counts.Key, c.Word, t),
				Count:    ui.Number(int64(c.Count)),
				Selected: slices.Contains(on, c.Word),
			},
		)
	}
	return f
}

// closedWords returns the selected values of a filter whose values Cordboard defines.
func closedWords(q list.Query, key string) []string {
	switch key {
	case "attention":
		return plainWords(q.Attention)
	case "expires":
		return plainWords(q.Expires)
	case "usage":
		return plainWords(q.Usage)
	case "onboarding":
		return plainWords(q.Onboarding)
	case "size":
		return plainWords(q.Size)
	}
	return []string{string(q.Presence)}
}

// valueLabel returns the label that pages show for a value from YCM.
func valueLabel(key, word string) string {
	if key == "activation" && word == string(fleet.Unactivated) {
		return ui.BadgeFor("activationStatus", word).Word
	}
	return word
}

// plainWords returns the words that aren't negated, in the form that URLs use.
func plainWords(words []list.FilterValue) []string {
	var plain []string
	for _, w := range words {
		if !w.Not {
			plain = append(plain, w.String())
		}
	}
	return plain
}

// chips returns the search's chips, followed by one chip per active filter: first facets in display order, then other
// fields by name, and then the filters whose values Cordboard defines.
func chips(q list.Query, x *list.Index) []ui.Chip {
	var chips []ui.Chip
	to := linksOf(q)
	add := func(key, name, text string) {
		chips = append(chips, ui.Chip{Name: name, Text: text, URL: to.without(key, "page")})
	}
	chips = append(chips, searchChips(q, x)...)
	var keys []string
	for _, f := range list.Facets {
		if len(q.Filters[f.Key]) > 0 {
			keys = append(keys, f.Key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(q.Filters)) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		add(key, facetLabel(key), wordsText(q.Filters[key], wordOf(key, x)))
	}
	thresholds := x.Thresholds()
	for _, f := range []struct {
		key   string
		words []list.FilterValue
	}{
		{"expires", q.Expires},
		{"usage", q.Usage},
		{"attention", q.Attention},
		{"onboarding", q.Onboarding},
		{"size", q.Size},
	} {
		if len(f.words) > 0 {
			add(
				f.key,
				display.FacetLabels[f.key],
				wordsText(f.words, func(word list.FilterValue) string {
					if word.Not && word.IsNone() {
						return reportedOrNot(word)
					}
					return display.EnumLabel(f.key, word.Value, thresholds)
				}),
			)
		}
	}
	if q.Presence != list.DefaultPresence {
		add("presence", "Presence", display.EnumLabel("presence", string(q.Presence), thresholds))
	}
	return chips
}

// searchChips returns a chip for the valid part of the search, if any, and a chip for each part that is ignored.
func searchChips(q list.Query, x *list.Index) []ui.Chip {
	if q.Search == "" {
		return nil
	}
	ignored, rest := x.Ignored(q.Search)
	if len(ignored) == 0 {
		return []ui.Chip{{Name: "Search", Text: q.Search, URL: searchURL(q, "")}}
	}
	var chips []ui.Chip
	if rest != "" {
		var only []string
		for _, is := range ignored {
			only = append(only, is.Text)
		}
		chips = append(chips, ui.Chip{Name: "Search", Text: rest, URL: searchURL(q, strings.Join(only, " "))})
	}
	for _, is := range ignored {
		chips = append(
			chips,
			ui.Chip{Name: ignoredChip, Text: is.Text, Ignored: true, URL: searchURL(q, is.Without)},
		)
	}
	return chips
}

// ignoredChip labels the chip for an ignored part of a search.
const ignoredChip = "Ignored"

// searchURL returns the list's URL with its search replaced.
func searchURL(q list.Query, search string) string {
	return linksOf(q).with("q", search, "", "page")
}

// leftOut returns a sentence about each ignored part of a search, and links to searches that the user may have meant.
func (h *Handler) leftOut(q list.Query) (sentences []string, instead []ui.Link) {
	ignored, _ := h.fleet.Index().Ignored(q.Search)
	for _, is := range ignored {
		sentences = append(sentences, lists.QueryProblem(is.Why))
		for _, near := range is.Instead {
			instead = append(instead, ui.Link{Label: "Search for " + near, URL: searchURL(q, near)})
		}
	}
	return sentences, instead
}

// wordsText describes a filter in words, such as "Running or Stopped" or "not Running and not Stopped". name returns
// the words for a value or, if the value is a negated None, for any value.
func wordsText(words []list.FilterValue, name func(list.FilterValue) string) string {
	var plain, not []string
	for _, w := range words {
		text := name(w)
		if w.Not && w.IsNone() {
			not = append(not, text)
		} else if w.Not {
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

// wordOf returns a function that formats a key's filter values, including date ranges and "not reported".
func wordOf(key string, x *list.Index) func(list.FilterValue) string {
	if key == list.CustomerKey {
		return func(word list.FilterValue) string { return customerName(word, x) }
	}
	if f, ok := fleet.FieldByName(key); ok && f.Kind() == fleet.TimeField {
		return func(word list.FilterValue) string { return display.DateRange(reportedOrNot(word)) }
	}
	return func(word list.FilterValue) string { return valueLabel(key, reportedOrNot(word)) }
}

func reportedOrNot(word list.FilterValue) string {
	switch {
	case word.IsNone() && word.Not:
		return "reported"
	case word.IsNone():
		return "not reported"
	case word.Literal:
		return "“" + word.Value + "”" // quoted because the value looks like a special filter value
	}
	return word.Value
}

// filterInputs returns a function that reports whether the filter form has an input for a value. The form has inputs
// for the facets' choices, and for any value of the given keys.
func filterInputs(facets []views.Facet, keys ...string) func(key, value string) bool {
	return func(key, value string) bool {
		if slices.Contains(keys, key) {
			return true
		}
		for _, f := range facets {
			if f.Key == key {
				return slices.ContainsFunc(f.Choices, func(c ui.Choice) bool { return c.Value == value })
			}
		}
		return false
	}
}
