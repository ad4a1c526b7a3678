package fleet

import (
	"cordboard/fold"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// A search box holds words, each of which must be found in some searched field, and qualifiers: "region:singapore",
// "-status:stopped", "ext>100", "created:2026-01-01..", "group:none". Words in double quotes hold spaces.
type box struct {
	words    []string // folded
	filters  []boxFilter
	problems []string // a sentence each; what they speak of is left out
}

type boxFilter struct {
	field Field  // or
	key   string // expires, usage, presence
	value string
	not   bool
	span  span // of numbers and times, unless value is None
}

// Qualifiers are what a search box takes before a colon, by field. The first is the one to offer.
var qualifiers = []struct {
	Field string
	Names []string
}{
	{"pbxStatus", []string{"status"}},
	{"activationStatus", []string{"activation"}},
	{"plan", []string{"plan"}},
	{"type", []string{"type"}},
	{"region", []string{"region"}},
	{"group", []string{"group"}},
	{"version", []string{"version", "firmware"}},
	{"recordingStatus", []string{"recording"}},
	{"extensionCapacity", []string{"ext", "extensions"}},
	{"usedExtensions", []string{"used"}},
	{"concurrentCallCapacity", []string{"calls"}},
	{"recordingCapacity", []string{"minutes"}},
	{"createTime", []string{"created"}},
	{"initialStartUpTime", []string{"started"}},
	{"expirationDate", []string{"ends"}},
	{"planExpirationDate", []string{"planends"}},
	{"lastBackupTime", []string{"backup"}},
	{"name", []string{"name"}},
	{"sn", []string{"sn"}},
	{"url", []string{"host", "url"}},
	{"cloudPbxId", []string{"id"}},
	{"creator", []string{"creator"}},
	{"expires", []string{"expires"}},
	{"usage", []string{"usage"}},
	{"size", []string{"size"}},
	{"onboarding", []string{"onboarding", "stuck"}},
	{"presence", []string{"is"}},
}

// Qualifiers lists what may stand before the colon, for completion: the name and the field or key it stands for.
func Qualifiers() [][2]string {
	all := make([][2]string, 0, len(qualifiers))
	for _, q := range qualifiers {
		all = append(all, [2]string{q.Names[0], q.Field})
	}
	return all
}

// qualified finds the field or closed key that a qualifier's name stands for. YCM's own names are taken in any case.
func qualified(name string) (f Field, key string, ok bool) {
	for _, q := range qualifiers {
		if slices.Contains(q.Names, name) {
			if f, ok := fields[q.Field]; ok {
				return f, "", true
			}
			return Field{}, q.Field, true
		}
	}
	for _, f := range fields {
		if strings.ToLower(f.Name) == name {
			return f, "", true
		}
	}
	if name == "presence" {
		return Field{}, name, true
	}
	return Field{}, "", false
}

// parseBox understands a search box's text. s knows the words that qualifiers of few-valued fields may ask for.
func (s *Snapshot) parseBox(text string) box {
	var b box
	for _, token := range tokens(fold.Typed(text)) {
		name, op, value, ok := splitQualifier(token)
		if !ok {
			if word := fold.Text(strings.TrimSpace(unquote(plainHost(token)))); word != "" {
				b.words = append(b.words, word)
			}
			continue
		}
		filter, problem := s.qualifier(name, op, value)
		if problem != "" {
			b.problems = append(b.problems, problem)
		}
		if filter.field.Name != "" || filter.key != "" {
			filter.not = name[0] == '-' || name[0] == '!'
			b.filters = append(b.filters, filter)
		}
	}
	return b
}

// tokens cuts at spaces that don't stand in double quotes. A quote that is never closed is a character like any other.
func tokens(text string) []string {
	var all []string
	var b strings.Builder
	quoted := false
	for i, r := range text {
		switch {
		case r == '"' && (quoted || strings.ContainsRune(text[i+1:], '"')):
			quoted = !quoted
			b.WriteRune(r)
		case unicode.IsSpace(r) && !quoted:
			all = append(all, b.String())
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	return slices.DeleteFunc(append(all, b.String()), func(s string) bool { return s == "" })
}

func unquote(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// plainHost takes an address that somebody pasted down to its host name.
func plainHost(token string) string {
	if strings.Contains(token, "://") {
		if u, err := url.Parse(token); err == nil && u.Host != "" {
			return u.Hostname()
		}
	}
	return token
}

// splitQualifier takes "ext>=100" apart. A name has letters only, so that times, addresses and the like stay words.
func splitQualifier(token string) (name, op, value string, ok bool) {
	i := strings.IndexAny(token, ":<>=")
	if i <= 0 || strings.HasPrefix(token[i:], "://") {
		return "", "", "", false
	}
	name = token[:i]
	letters := strings.TrimLeft(name, "-!")
	if len(name)-len(letters) > 1 || letters == "" || strings.IndexFunc(letters, func(r rune) bool { return !unicode.IsLetter(r) }) >= 0 {
		return "", "", "", false
	}
	op, value = token[i:i+1], token[i+1:]
	if (op == "<" || op == ">") && strings.HasPrefix(value, "=") {
		op, value = op+"=", value[1:]
	}
	return name, op, unquote(value), true
}

func (s *Snapshot) qualifier(name, op, value string) (boxFilter, string) {
	name = fold.Text(strings.TrimLeft(name, "-!"))
	f, key, ok := qualified(name)
	if !ok {
		return boxFilter{}, fmt.Sprintf("There is no qualifier “%s:”, so it was left out.%s", Shorten(name), suggestion(name))
	}
	if value == "" {
		return boxFilter{}, fmt.Sprintf("“%s%s” needs a value, so it was left out.", name, op)
	}
	if op == "=" {
		op = ":"
	}
	switch {
	case key == "expires" && !slices.Contains(Expiries, fold.Text(value)):
		return expiresQualifier(name, op, value)
	case key != "":
		return closedQualifier(name, key, op, fold.Text(value))
	case f.Kind == TextField:
		return s.textQualifier(f, name, op, value)
	case fold.Text(value) == None:
		return boxFilter{field: f, value: None}, ""
	case fold.Text(value) == NotUnderstood && f.Kind == TimeField:
		return boxFilter{field: f, value: NotUnderstood}, ""
	}
	if op != ":" {
		value = op + value
	}
	span, ok, problem := parseSpan(f.Kind, value)
	if !ok {
		if problem == "" {
			problem = fmt.Sprintf("%q is no %s", Shorten(value), f.Kind.noun())
		}
		return boxFilter{}, fmt.Sprintf("%s: %s, so it was left out.", name, problem)
	}
	if problem != "" {
		problem = fmt.Sprintf("%s: %s.", name, problem)
	}
	return boxFilter{field: f, value: value, span: span}, problem
}

func closedQualifier(name, key, op, value string) (boxFilter, string) {
	if words := ClosedWords(key); op != ":" || !slices.Contains(words, value) {
		return boxFilter{}, fmt.Sprintf("%s: can’t be “%s”, so it was left out. It can be %s.", name, Shorten(value), strings.Join(words, ", "))
	}
	return boxFilter{key: key, value: value}, ""
}

// expiresQualifier takes a range of dates.
func expiresQualifier(name, op, value string) (boxFilter, string) {
	if op != ":" {
		value = op + value
	}
	s, ok, problem := parseSpan(TimeField, value)
	if !ok {
		return boxFilter{}, fmt.Sprintf("%s: can’t be “%s”, so it was left out. It can be %s, or a range of dates such as 2026-01-31..2026-02-28.", name, Shorten(value), strings.Join(Expiries, ", "))
	}
	if problem != "" {
		problem = fmt.Sprintf("%s: %s.", name, problem)
	}
	return boxFilter{key: "expires", value: s.String()}, problem
}

// textQualifier asks for a part of a text. Where few words are in use, one that none of them holds is a mistake.
func (s *Snapshot) textQualifier(f Field, name, op, value string) (boxFilter, string) {
	if op != ":" {
		return boxFilter{}, fmt.Sprintf("%s is a text and can’t be compared by “%s”, so it was left out. Write %s:word.", name, op, name)
	}
	filter := boxFilter{field: f, value: fold.Text(value)}
	if facetOf(f.Name) < 0 || filter.value == None {
		return filter, ""
	}
	some := s.Words(f.Name)
	if slices.ContainsFunc(some, func(w string) bool { return strings.Contains(fold.Text(w), filter.value) }) {
		return filter, ""
	}
	if len(some) == 0 {
		return boxFilter{}, fmt.Sprintf("No PBX has a %s, so “%s:%s” was left out.", name, name, Shorten(value))
	}
	more := ""
	if len(some) > 6 {
		some, more = some[:6], " and others"
	}
	return boxFilter{}, fmt.Sprintf("No PBX has a %s like “%s”, so it was left out. There are %s%s.", name, Shorten(value), strings.Join(some, ", "), more)
}

// suggestion is the qualifier that one was probably meant to be.
func suggestion(name string) string {
	best, least := "", 3
	for _, q := range qualifiers {
		for _, known := range q.Names {
			if d := distance(name, known); d < least || d == least && d < 3 && known < best {
				best, least = known, d
			}
		}
	}
	if best == "" || least >= len([]rune(name)) {
		return ""
	}
	return fmt.Sprintf(" Did you mean %s:?", best)
}

// distance is Levenshtein's: how many letters to add, drop or change.
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
