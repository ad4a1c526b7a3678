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

// FirstProblem returns the problem with the first of the fields that has one. The caller passes the fields in the order
// of the form, so that the result doesn't depend on the wording. It panics if none of the fields has a problem.
func FirstProblem(problems map[string]string, fields ...string) string {
	i := slices.IndexFunc(fields, func(field string) bool { return problems[field] != "" })
	return problems[fields[i]]
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
