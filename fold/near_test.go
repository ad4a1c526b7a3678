package fold

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNearest checks which words are suggested for a mistyped one, and the distances between words.
func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"status", "region", "version", "ext", "Größe", "start"}
	for typed, want := range map[string][]string{
		"statu":                    {"status", "start"},
		"staus":                    {"status", "start"},
		"sttus":                    {"status"},
		"STATUS":                   {"status"},
		"stat":                     {"start", "status"},
		"regin":                    {"region"},
		"grosse":                   {"Größe"},
		"x":                        nil,
		"ex":                       {"ext"},
		"":                         nil,
		"something else":           nil,
		strings.Repeat("stat", 99): nil,
	} {
		if diff := cmp.Diff(want, Nearest(typed, words)); diff != "" {
			t.Errorf("Nearest(%.20q) (-want +got):\n%s", typed, diff)
		}
	}
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"é", "e", 1}} {
		if got, back := distance(tt.a, tt.b), distance(tt.b, tt.a); got != tt.want || back != tt.want {
			t.Errorf("distance(%q, %q) = %d and back %d, want %d", tt.a, tt.b, got, back, tt.want)
		}
	}
}

// TestCorrect checks that only words that aren't known are replaced, and only if each of them has a near word.
func TestCorrect(t *testing.T) {
	t.Parallel()
	words := Words("Müller & Söhne, Europe(Frankfurt) of a")
	if want := []string{"muller", "sohne", "europe", "frankfurt"}; !slices.Equal(words, want) {
		t.Errorf("words %q, want %q", words, want)
	}
	known := func(word string) bool { return slices.Contains(words, word) }
	for token, want := range map[string]string{
		"Muler-sohne": "muller-sohne", "frankfurt": "frankfurt", "frankfrt.europ": "frankfurt.europe", "xyz-sohne": "",
		"ab": "", "": "",
	} {
		if got, ok := Correct(token, known, words); got != want || ok != (want != "" || token == "") {
			t.Errorf("%q: %q, %t, want %q", token, got, ok, want)
		}
	}
}

// TestWhole checks that a part of a word becomes the word only if no other word begins with it.
func TestWhole(t *testing.T) {
	t.Parallel()
	words := []string{"alder", "alderholt", "fernbridge", "fernbridge", "muller"}
	for part, want := range map[string]string{
		"fernb": "fernbridge", "Mül": "muller", "alder": "alder", "ald": "ald", "xyz": "xyz", "": "",
	} {
		if got := Whole(part, words); got != want {
			t.Errorf("%q: %q, want %q", part, got, want)
		}
	}
}
