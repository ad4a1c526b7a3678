package customers

import (
	"strings"

	"cordboard/fleet"
	"cordboard/fold"
)

// Suggest returns what a search without results may have been meant to be: each word that no customer has is replaced
// with the nearest word of a name or an email address. It returns "" if there is nothing to suggest.
func (b *Book) Suggest(search string) string {
	known := func(word string) bool {
		for _, r := range b.Rows {
			if strings.Contains(r.search, word) {
				return true
			}
		}
		return false
	}
	var words []string
	for _, r := range b.Rows {
		for _, text := range []string{r.Name(), r.Person(), r.Members[fleet.Email]} {
			words = append(words, fold.Words(text)...)
		}
	}
	meant, ok := fold.Correct(search, known, words)
	if !ok || meant == fold.Text(search) {
		return ""
	}
	all := strings.Fields(meant)
	for i, word := range all {
		all[i] = fold.Whole(word, words)
	}
	return strings.Join(all, " ")
}
