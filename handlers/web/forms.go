package web

import (
	"net/http"
	"slices"
	"strings"

	"cordboard/fold"
	"cordboard/views/ui"
)

// OneOf returns word if words contains it. Otherwise, it returns "".
func OneOf(word string, words ...string) string {
	if slices.Contains(words, word) {
		return word
	}
	return ""
}

// FirstProblem returns the problem that sorts first, so that the result doesn't depend on the map's iteration order.
// It panics if there are no problems.
func FirstProblem(problems map[string]string) string {
	var all []string
	for _, p := range problems {
		all = append(all, p)
	}
	return slices.Min(all)
}

// TypedEmail returns the form's email address without surrounding spaces or the invisible characters that pasting may
// add.
func TypedEmail(r *http.Request) string {
	return strings.TrimSpace(fold.Visible(r.PostForm.Get("email")))
}

// Choices returns the options of a select element. on is the value of the selected option.
func Choices(words []string, on string, names map[string]string) []ui.Choice {
	all := make([]ui.Choice, 0, len(words))
	for _, w := range words {
		all = append(all, ui.Choice{Value: w, Label: names[w], Selected: w == on})
	}
	return all
}
