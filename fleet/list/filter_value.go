package list

import (
	"slices"
	"strings"

	"cordboard/fleet"
)

// FilterValue is one value of a filter; Not negates it. A value from YCM that could be mistaken for Cordboard's own
// syntax (None, or a leading "!" or "=") is Literal: in a URL, "=" precedes it.
type FilterValue struct {
	Value   string
	Not     bool
	Literal bool // set only if the value could be mistaken for something else
}

// LiteralFilterValue returns the filter value that matches exactly the given text, even if the text looks like a
// special value.
func LiteralFilterValue(text string) FilterValue {
	return FilterValue{Value: text, Literal: text == None || strings.HasPrefix(text, "!") || strings.HasPrefix(text, "=")}
}

// ParseFilterValue parses a value in a URL, as written by String.
func ParseFilterValue(v string) FilterValue {
	w := FilterValue{}
	if rest, not := strings.CutPrefix(v, "!"); not && rest != "" {
		v, w.Not = rest, true
	}
	if rest, literal := strings.CutPrefix(v, "="); literal && rest != "" || v == "!" || v == "=" {
		if literal && rest != "" {
			v = rest
		}
		is := LiteralFilterValue(v)
		w.Value, w.Literal = is.Value, is.Literal
		return w
	}
	w.Value = v
	return w
}

// IsNone reports whether w's value is None, as opposed to the literal text "none".
func (w FilterValue) IsNone() bool { return w.Value == None && !w.Literal }

// addWord appends a filter value unless the slice already contains it.
func addWord(words *[]FilterValue, word FilterValue) {
	if !slices.Contains(*words, word) {
		*words = append(*words, word)
	}
}

// filterKey returns the key of a filter, given any of its names: for pbxStatus, it returns status.
func filterKey(key string) (string, bool) {
	for _, f := range Facets {
		if f.Key == key || f.Field.Name() == key {
			return f.Key, true
		}
	}
	_, ok := fleet.FieldByName(key)
	return key, ok
}

// fieldOf returns the field that a filter's key names, or NoField if the key is one of Cordboard's own.
func fieldOf(key string) fleet.Field {
	f, _ := fleet.FieldByName(key)
	return f
}

func raw(words []FilterValue) []string {
	values := make([]string, len(words))
	for i, w := range words {
		values[i] = w.String()
	}
	return values
}

// String returns w in the form that URLs use.
func (w FilterValue) String() string {
	v := w.Value
	if w.Literal {
		v = "=" + v
	}
	if w.Not {
		v = "!" + v
	}
	return v
}
