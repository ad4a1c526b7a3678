package grams

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCandidates compares candidates with a search of all texts: none that contains the word may be missing.
func TestCandidates(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abcdeé 1")), 0, 40, -1)
	rapid.Check(t, func(rt *rapid.T) {
		texts := rapid.SliceOfN(text, 0, 200).Draw(rt, "texts")
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abcdeé 1")), 0, 6, -1).Draw(rt, "word")
		if len(texts) > 0 && rapid.Bool().Draw(rt, "from a text") {
			whole := rapid.SampledFrom(texts).Draw(rt, "text")
			word = whole[rapid.IntRange(0, len(whole)).Draw(rt, "at"):]
		}
		set := New(texts).Candidates(word)
		for i, s := range texts {
			if strings.Contains(s, word) && !set.Has(i) {
				rt.Fatalf("%q contains %q, but isn't a candidate", s, word)
			}
		}
	})
}

// TestCandidatesAreFew checks that an index is of use: most texts aren't read.
func TestCandidatesAreFew(t *testing.T) {
	words := strings.Fields("dental group elm harbor north kaufmann logistik praxis singapore studio")
	var texts []string
	for i := range 1000 {
		texts = append(texts, strings.Join([]string{words[i%10], words[i/10%10], words[i/100]}, " "))
	}
	x, read, found := New(texts), 0, 0
	for i, text := range texts {
		if x.Candidates("harbor st").Has(i) {
			read++
		}
		if strings.Contains(text, "harbor st") {
			found++
		}
	}
	if found == 0 || read > 2*found {
		t.Errorf("%d texts contain the words, and %d would be read, want at most twice as many", found, read)
	}
	if x.Candidates("ha") != nil {
		t.Error("a word of two bytes has no sequence, so every text is a candidate")
	}
}
