package handlers

import (
	"cordboard/fleet"
	"cordboard/views"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// facets are the filters with their words and counts: of each the words that most PBXs have, at most as many as limit, and
// those that are asked for.
func facets(q fleet.Query, result fleet.Result, limit int) []views.Facet {
	var all []views.Facet
	for _, f := range result.Facets[:len(fleet.Facets)] {
		v := views.Facet{Key: f.Key, Label: facetLabel(f.Key), Clear: urlWith(q, func(v url.Values) { v.Del(f.Key); v.Del("page") })}
		asked := plainWords(q.Words[f.Key])
		for _, c := range f.Counts {
			choice := views.Choice{Value: c.Word, Label: c.Word, Count: views.Number(int64(c.Count))}
			if c.Word == "" {
				choice.Value, choice.Label = fleet.None, "Not reported"
			}
			choice.On = slices.Contains(asked, choice.Value)
			if len(v.Choices) >= limit && !choice.On {
				v.More++
				continue
			}
			v.Choices = append(v.Choices, choice)
		}
		for _, word := range asked {
			if !slices.ContainsFunc(v.Choices, func(c views.Choice) bool { return c.Value == word }) {
				label := word
				if word == fleet.None {
					label = "Not reported"
				}
				v.Choices = append(v.Choices, views.Choice{Value: word, Label: label, Count: "0", On: true})
			}
		}
		all = append(all, v)
	}
	return append(all,
		closedFacet(q, result, "attention", plainWords(q.Attention), false),
		closedFacet(q, result, "expires", plainWords(q.Expires), false),
		closedFacet(q, result, "usage", plainWords(q.Usage), false),
		closedFacet(q, result, "presence", []string{q.Presence}, true))
}

func facetLabel(key string) string {
	if label := facetLabels[key]; label != "" {
		return label
	}
	return labels[key]
}

func closedFacet(q fleet.Query, result fleet.Result, key string, on []string, single bool) views.Facet {
	f := views.Facet{Key: key, Label: facetLabels[key], Single: single, Clear: urlWith(q, func(v url.Values) { v.Del(key); v.Del("page") })}
	names := closedWords
	if key == "attention" {
		names = attentionWords
	}
	i := slices.IndexFunc(result.Facets, func(c fleet.FacetCounts) bool { return c.Key == key })
	for _, c := range result.Facets[i].Counts {
		f.Choices = append(f.Choices, views.Choice{Value: c.Word, Label: names[c.Word], Count: views.Number(int64(c.Count)), On: slices.Contains(on, c.Word)})
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
		add(key, facetLabel(key), wordsText(q.Words[key], map[string]string{fleet.None: "not reported"}))
	}
	if len(q.Expires) > 0 {
		add("expires", "Expires", wordsText(q.Expires, closedWords))
	}
	if len(q.Usage) > 0 {
		add("usage", "Usage", wordsText(q.Usage, closedWords))
	}
	if len(q.Attention) > 0 {
		add("attention", "Needs attention", wordsText(q.Attention, attentionWords))
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
