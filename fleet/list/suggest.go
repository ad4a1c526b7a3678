package list

import (
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/fold"
)

// Suggest returns what a search without results may have been meant to be: a filter, if the search is what pages show
// for one of its values, or else the search with each word that no PBX of the index has replaced with the nearest word
// of a name, a host name or a customer. It returns "" if there is nothing to suggest.
func Suggest(x *Index, search string) string {
	if filter := filterShownAs(x, strings.TrimSpace(search)); filter != "" {
		return filter
	}
	all := strings.Fields(search)
	changed := false
	for i, token := range all {
		name, op, value, qualified := splitQualifier(token)
		if qualified && !isSuggestible(name) {
			continue
		}
		if !qualified {
			name, op, value = "", "", token
		}
		meant, ok := corrected(x, value)
		if !ok {
			return ""
		}
		if meant != value {
			all[i], changed = name+op+meant, true
		}
	}
	if !changed {
		return ""
	}
	for i, token := range all { // the beginning of a word would look misspelled beside the corrected words
		all[i] = fold.Whole(token, x.words.of(x.pbxs))
	}
	return strings.Join(all, " ")
}

// isSuggestible reports whether a qualifier is about names, host names or customers, whose words can be corrected.
func isSuggestible(name string) bool {
	field, _, ok := qualified(fold.Text(strings.TrimLeft(name, "-!")))
	return ok && (field == fleet.FieldName || field == fleet.FieldURL || field == fleet.FieldCustomer)
}

// corrected returns a token of a search with the parts that no PBX has replaced with the nearest words. ok is false if
// a part has none.
func corrected(x *Index, token string) (meant string, ok bool) {
	known := func(word string) bool {
		return slices.ContainsFunc(x.columns.searchTexts, func(text string) bool { return strings.Contains(text, word) })
	}
	if word := fold.Text(unquote(plainHost(token))); word == "" || known(word) || rowOf(x.pbxs, word) >= 0 {
		return token, true
	}
	return fold.Correct(token, known, x.words.of(x.pbxs))
}

// of returns the words of the PBXs' names, host names and customers, once each.
func (v *vocabulary) of(pbxs []*fleet.PBX) []string {
	v.once.Do(func() {
		seen := map[string]bool{}
		add := func(text string) {
			for _, word := range fold.Words(text) {
				if !seen[word] {
					seen[word] = true
					v.all = append(v.all, word)
				}
			}
		}
		for _, p := range pbxs {
			for _, f := range []fleet.Field{fleet.FieldName, fleet.FieldURL, fleet.FieldCustomer} {
				add(p.Text(f))
			}
		}
	})
	return v.all
}
