package list

import (
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/fold"
)

// shortestWord is the length, in bytes, of the shortest word that is suggested or corrected.
const shortestWord = 3

// Suggest returns what a search without results may have been meant to be: each word that no PBX of the index has is
// replaced with the nearest word of a name, a host name or a customer. It returns "" if there is nothing to suggest.
func Suggest(x *Index, search string) string {
	unknown := map[string]string{} // words that no PBX has, with the nearest ones
	for _, word := range x.parseBox(search).words {
		if slices.ContainsFunc(x.columns.searchTexts, func(text string) bool { return strings.Contains(text, word) }) {
			continue
		}
		if len(word) < shortestWord {
			return ""
		}
		nearest := fold.Nearest(word, x.words.of(x.pbxs))
		if len(nearest) == 0 {
			return ""
		}
		unknown[word] = nearest[0]
	}
	if len(unknown) == 0 {
		return ""
	}
	tokens := strings.Fields(search)
	for i, token := range tokens {
		if near := unknown[fold.Text(token)]; near != "" {
			tokens[i] = near
		}
	}
	if suggested := strings.Join(tokens, " "); suggested != strings.Join(strings.Fields(search), " ") {
		return suggested
	}
	return ""
}

// of returns the words of the PBXs' names, host names and customers, once each.
func (v *vocabulary) of(pbxs []*fleet.PBX) []string {
	v.once.Do(func() {
		seen := map[string]bool{}
		add := func(text string) {
			for _, word := range strings.FieldsFunc(fold.Text(text), isSeparator) {
				if len(word) >= shortestWord && !seen[word] {
					seen[word] = true
					v.all = append(v.all, word)
				}
			}
		}
		for _, p := range pbxs {
			host, _, _ := strings.Cut(p.Text(fleet.FieldURL), ".")
			for _, text := range []string{p.Text(fleet.FieldName), host, p.Text(fleet.FieldCustomer)} {
				add(text)
			}
		}
	})
	return v.all
}

// isSeparator reports whether a character separates words in names.
func isSeparator(r rune) bool { return strings.ContainsRune(" \t\u00a0-_.,;:/()&+", r) }
