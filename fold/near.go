package fold

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest returns up to three words that resemble a mistyped one, the closest first. It ignores case and accents.
func Nearest(typed string, words []string) []string {
	if len(typed) > 400 { // bytes; a word that nobody mistyped
		return nil
	}
	typed = Text(typed)
	n := len([]rune(typed))
	if n > 40 {
		return nil
	}
	type near struct {
		word string
		far  int
	}
	var all []near
	for _, word := range words {
		folded := Text(word)
		if m := len([]rune(folded)); m > n+2 || m < n-2 {
			continue
		}
		if far := distance(typed, folded); far <= 2 && far < n {
			all = append(all, near{word, far})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Or(a.far-b.far, strings.Compare(a.word, b.word)) })
	var found []string
	for _, n := range all[:min(len(all), 3)] {
		found = append(found, n.word)
	}
	return found
}

// distance returns the Levenshtein distance: the minimum number of insertions, deletions and substitutions that turn
// a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			cost := before
			if x[i] != y[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, before+1)
		}
	}
	return row[len(y)]
}
