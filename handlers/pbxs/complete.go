package pbxs

import (
	"net/http"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web/display"
	views "cordboard/views/pbxs"
)

const completions = 8

// Complete suggests completions for the word that the user is typing in the search box: qualifiers and, after a colon,
// their values.
func (h *Handler) Complete(w http.ResponseWriter, r *http.Request) error {
	text := r.URL.Query().Get("q")
	if runes := []rune(text); len(runes) > 100 {
		text = string(runes[:100])
	}
	offers := completionsOf(h.fleet.Index(), strings.ToValidUTF8(text, "\uFFFD"))
	return h.site.Render(w, r, http.StatusOK, "Completion", views.Completions(offers), views.Completions(offers))
}

func completionsOf(snapshot *list.Index, text string) []views.Completion {
	text = fold.Typed(text)
	sign := ""
	if text != "" && (text[0] == '-' || text[0] == '!') {
		sign, text = text[:1], text[1:]
	}
	name, value, valued := strings.Cut(text, ":")
	name = fold.Text(name)
	var offers []views.Completion
	for _, q := range list.Qualifiers() {
		switch {
		case !valued && name != "" && strings.HasPrefix(q[0], name):
			offers = append(
				offers,
				views.Completion{Insert: sign + q[0] + ":", Label: q[0] + ":", Note: builderLabelOf(q[1])},
			)
		case valued && q[0] == name:
			for _, word := range qualifierWords(snapshot, q[1]) {
				if !strings.Contains(fold.Text(word), fold.Text(strings.Trim(value, `"`))) {
					continue
				}
				insert := word
				if word != list.None || list.EnumValues(q[1]) == nil {
					insert = list.Quote(word)
				}
				offers = append(
					offers,
					views.Completion{Insert: sign + name + ":" + insert + " ", Label: word, Note: name},
				)
			}
		}
	}
	return offers[:min(len(offers), completions)]
}

func qualifierWords(snapshot *list.Index, field string) []string {
	if words := list.EnumValues(field); words != nil {
		return words
	}
	f, _ := fleet.FieldByName(field)
	return snapshot.Values(f)
}

func builderLabelOf(field string) string {
	if label := display.FacetLabels[field]; label != "" {
		return label
	}
	return builderLabel(field)
}
