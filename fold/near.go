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

// shortestWord is the length, in bytes, of the shortest word that is corrected or suggested.
const shortestWord = 3

// Words returns the folded words of a name, a host name or a value such as "Europe(Frankfurt)", without the shortest.
func Words(text string) (words []string) {
	for word := range strings.FieldsFuncSeq(Text(text), isSeparator) {
		if len(word) >= shortestWord {
			words = append(words, word)
		}
	}
	return words
}

// Correct returns a folded token of a search in which each word that isn't known is replaced with the nearest one of
// words. ok is false if there is none for a word.
func Correct(token string, known func(word string) bool, words []string) (meant string, ok bool) {
	meant = Text(token)
	for word := range strings.FieldsFuncSeq(meant, isSeparator) {
		if known(word) {
			continue
		}
		if len(word) < shortestWord {
			return "", false
		}
		nearest := Nearest(word, words)
		if len(nearest) == 0 {
			return "", false
		}
		meant = strings.Replace(meant, word, nearest[0], 1)
	}
	return meant, true
}

// Whole returns the only one of words that begins with a part of a word, or the part if there is none or several.
func Whole(part string, words []string) string {
	whole, begin := "", Text(part)
	for _, word := range words {
		switch {
		case !strings.HasPrefix(word, begin) || word == whole:
		case word == begin || whole != "":
			return part
		default:
			whole = word
		}
	}
	return cmp.Or(whole, part)
}

// isSeparator reports whether a character separates words in names.
func isSeparator(r rune) bool { return strings.ContainsRune(" \t\u00a0-_.,;:/()&+", r) }
