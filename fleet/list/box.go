package list

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"cordboard/fleet"
	"cordboard/fold"
)

// box is the parsed text of a search box. It holds words, each of which must be found in some searched field, and
// qualifiers: "region:singapore", "-status:stopped", "ext>100", "created:2026-01-01..", "group:none". Double
// quotes keep words with spaces together.
type box struct {
	words    []string // folded
	filters  []boxFilter
	problems []string  // one sentence for each part that was left out or reinterpreted
	ignored  []Ignored // the parts that were left out
	rest     string    // the search without those parts
}

// Ignored is a qualifier of a search that filters nothing, because it isn't understood.
type Ignored struct {
	Text    string   // as it was typed
	Why     string   // a sentence
	Without string   // the search without it
	Instead []string // corrections: the search with a likely qualifier in its place
}

type boxFilter struct {
	field  fleet.Field // or
	key    string      // expires, usage, presence
	value  string
	quoted bool // the value is literal text, even if it looks like None
	not    bool
	span   span // range of numbers or times, unless value is None
}

// qualifiers are the names that can stand before a colon in a search box, by field or key. The
// first name is the one that is suggested.
var qualifiers = []struct {
	Field fleet.Field
	Key   string
	Names []string
}{
	{fleet.FieldStatus, "", []string{"status"}},
	{fleet.FieldActivation, "", []string{"activation"}},
	{fleet.FieldPlan, "", []string{"plan"}},
	{fleet.FieldType, "", []string{"type"}},
	{fleet.FieldRegion, "", []string{"region"}},
	{fleet.FieldGroup, "", []string{"group"}},
	{fleet.FieldVersion, "", []string{"version", "firmware"}},
	{fleet.FieldRecordingStatus, "", []string{"recording"}},
	{fleet.FieldExtensionCapacity, "", []string{"ext", "extensions"}},
	{fleet.FieldUsedExtensions, "", []string{"used"}},
	{fleet.FieldConcurrentCallCapacity, "", []string{"calls"}},
	{fleet.FieldRecordingCapacity, "", []string{"minutes"}},
	{fleet.FieldCreateTime, "", []string{"created"}},
	{fleet.FieldInitialStartUpTime, "", []string{"started"}},
	{fleet.FieldExpirationDate, "", []string{"ends"}},
	{fleet.FieldPlanExpirationDate, "", []string{"planends"}},
	{fleet.FieldLastBackupTime, "", []string{"backup"}},
	{fleet.FieldName, "", []string{"name"}},
	{fleet.FieldSN, "", []string{"sn"}},
	{fleet.FieldURL, "", []string{"host", "url"}},
	{fleet.FieldID, "", []string{"id"}},
	{fleet.FieldCreator, "", []string{"creator"}},
	{fleet.NoField, "expires", []string{"expires"}},
	{fleet.NoField, "usage", []string{"usage"}},
	{fleet.NoField, "size", []string{"size"}},
	{fleet.NoField, "onboarding", []string{"onboarding", "stuck"}},
	{fleet.NoField, "presence", []string{"is"}},
}

// Qualifiers lists the qualifiers for completion: each name with the field or key that it stands for.
func Qualifiers() [][2]string {
	all := make([][2]string, 0, len(qualifiers))
	for _, q := range qualifiers {
		all = append(all, [2]string{q.Names[0], q.Key + q.Field.Name()}) // one of the two is empty
	}
	return all
}

// qualified finds the field or closed key that a qualifier's name stands for. YCM's own field names are accepted
// in any case.
func qualified(name string) (f fleet.Field, key string, ok bool) {
	for _, q := range qualifiers {
		if slices.Contains(q.Names, name) {
			return q.Field, q.Key, true
		}
	}
	if f, known := fieldsByLower[name]; known {
		return f, "", true
	}
	if name == "presence" {
		return fleet.NoField, name, true
	}
	return fleet.NoField, "", false
}

// fieldsByLower are the fields by their name in lowercase.
var fieldsByLower = func() map[string]fleet.Field {
	m := map[string]fleet.Field{strings.ToLower(fleet.FieldID.Name()): fleet.FieldID}
	for _, f := range fleet.Fields() {
		m[strings.ToLower(f.Name())] = f
	}
	return m
}()

// parseBox parses the text of a search box. Qualifiers of fields with few values are checked against the values
// in s.
func (x *Index) parseBox(text string) box {
	var b box
	all := joined(tokens(fold.Typed(text)))
	held := slices.Clone(all)
	for i, token := range all {
		name, op, value, ok := splitQualifier(token)
		if !ok {
			if word := fold.Text(strings.TrimSpace(unquote(plainHost(token)))); word != "" {
				b.words = append(b.words, word)
			}
			continue
		}
		filter, problem, nearest := x.qualifier(name, op, value)
		if problem != "" {
			b.problems = append(b.problems, problem)
		}
		if filter.field != fleet.NoField || filter.key != "" {
			filter.not = name[0] == '-' || name[0] == '!'
			b.filters = append(b.filters, filter)
			continue
		}
		is := Ignored{Text: token, Why: problem, Without: strings.Join(slices.Delete(slices.Clone(all), i, i+1), " ")}
		for _, near := range nearest {
			other := slices.Clone(all)
			other[i] = near
			is.Instead = append(is.Instead, strings.Join(other, " "))
		}
		b.ignored = append(b.ignored, is)
		held[i] = ""
	}
	b.rest = strings.Join(slices.DeleteFunc(held, func(token string) bool { return token == "" }), " ")
	return b
}

// Ignored returns the qualifiers of a search that filter nothing because they aren't understood, and the search
// without them.
func (x *Index) Ignored(search string) (ignored []Ignored, rest string) {
	b := x.parseBox(search)
	return b.ignored, b.rest
}

// joined joins what people write with spaces: "ext > 50", "status: running", "created: 2022 .. 2023", "ext:50 - 100",
// "ext:1 000".
func joined(tokens []string) []string {
	var all []string
	for _, token := range tokens {
		last := len(all) - 1
		switch {
		case last < 0 || !belongs(all[last], token):
			all = append(all, token)
		case token == "-":
			all[last] += " - "
		default:
			all[last] += token
		}
	}
	return all
}

// belongs reports whether a token continues the qualifier before it.
func belongs(before, token string) bool {
	name, op, value, ok := splitQualifier(before)
	if !ok {
		name = before
	}
	f, key, known := qualified(fold.Text(strings.TrimLeft(name, "-!")))
	_, _, _, other := splitQualifier(token)
	ranges := key == "expires" || key == "" && f.Kind() != fleet.TextField
	switch {
	case !known || other:
		return false
	case !ok && token[0] == ':':
		return !strings.HasPrefix(token, "://")
	case !ok && (strings.HasPrefix(token, "!=") || strings.HasPrefix(token, "==")):
		return true
	case !ok:
		return strings.ContainsRune("<>=", rune(token[0])) && key == "" && f.Kind() != fleet.TextField
	case ranges && continuesRange(value, token):
		return true
	case token[0] == '-' || token[0] == '!':
		return false
	}
	return value == "" && op != "" || strings.HasPrefix(token, "..") ||
		strings.HasSuffix(value, "..") && unicode.IsDigit(rune(token[0])) ||
		slices.Contains([]string{">", "<", ">=", "<=", "="}, value)
}

var (
	thousands = regexp.MustCompile(`(^|[^0-9])[0-9]{1,3}$`) // to which a group of three digits may be added
	group     = regexp.MustCompile(`^[0-9]{3}$`)
)

// continuesRange reports whether a token continues the value of a number or date: a dash between two of them, what
// stands after that, a group of thousands, or the word days.
func continuesRange(value, token string) bool {
	switch {
	case value == "":
		return false
	case strings.HasSuffix(value, " - "):
		return unicode.IsDigit(rune(token[0]))
	case token == "-":
		return unicode.IsDigit(rune(value[len(value)-1]))
	case token == "day" || token == "days":
		return unicode.IsDigit(rune(value[len(value)-1]))
	}
	return group.MatchString(token) && thousands.MatchString(value)
}

// tokens splits a text at spaces outside double quotes. A quote that is never closed is an ordinary character.
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
	s, _ = unquoted(s)
	return s
}

// unquoted removes the quotes around a text, and reports whether there were any.
func unquoted(s string) (string, bool) {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1], true
	}
	return s, false
}

// plainHost returns the host name of a pasted URL; other tokens are returned as they are.
func plainHost(token string) string {
	if strings.Contains(token, "://") {
		if u, err := url.Parse(token); err == nil && u.Host != "" {
			return u.Hostname()
		}
	}
	return token
}

// splitQualifier splits a token such as "ext>=100"; "ext!=100" and "ext<>100" are "-ext:100". A name has letters
// only, so that times, addresses and the like remain words.
func splitQualifier(token string) (name, op, value string, ok bool) {
	i := strings.IndexAny(token, ":<>=")
	if i <= 0 || strings.HasPrefix(token[i:], "://") {
		return "", "", "", false
	}
	name = token[:i]
	differs := token[i] == '=' && strings.HasSuffix(name, "!") || strings.HasPrefix(token[i:], "<>")
	if differs {
		if name = strings.TrimSuffix(name, "!"); name == "" || name[0] == '-' || name[0] == '!' {
			return "", "", "", false
		}
		name = "-" + name
	}
	letters := strings.TrimLeft(name, "-!")
	if len(name)-len(letters) > 1 || letters == "" ||
		strings.IndexFunc(letters, func(r rune) bool { return !unicode.IsLetter(r) }) >= 0 {
		return "", "", "", false
	}
	op, value = token[i:i+1], token[i+1:]
	switch {
	case differs:
		return name, ":", strings.TrimPrefix(value, ">"), true
	case op == "=" && strings.HasPrefix(value, "="):
		value = value[1:]
	}
	if (op == "<" || op == ">") && strings.HasPrefix(value, "=") {
		op, value = op+"=", value[1:]
	}
	return name, op, value, true
}

// qualifier parses one qualifier, or returns why it is left out and the nearest valid ones.
func (x *Index) qualifier(name, op, value string) (f boxFilter, problem string, nearest []string) {
	sign := name[:len(name)-len(strings.TrimLeft(name, "-!"))]
	name = fold.Text(name[len(sign):])
	field, key, ok := qualified(name)
	if !ok {
		near := nearestOf(name, qualifierNames())
		near = near[:min(len(near), 1)]
		for _, known := range near {
			nearest = append(nearest, sign+known+op+value)
		}
		problem = fmt.Sprintf("There is no “%s:” qualifier, so it was left out.", Shorten(name))
		return boxFilter{}, problem + meant(near, func(known string) string { return known + ":" }), nearest
	}
	plain, quoted := unquoted(value)
	if meant := valueOfLabel(field, key, plain); meant != "" {
		plain, quoted = meant, false
	}
	if strings.TrimSpace(plain) == "" {
		return boxFilter{}, fmt.Sprintf("“%s%s” needs a value, so it was left out.", name, op), nil
	}
	if op == "=" {
		op = ":"
	}
	var words []string
	switch {
	case key == "expires" && !slices.Contains(Expiries, fold.Text(plain)):
		f, problem = expiresQualifier(name, op, plain)
		words = Expiries
	case key != "":
		f, problem = closedQualifier(name, key, op, fold.Text(plain))
		words = ClosedWords(key)
	case field.Kind() == fleet.TextField:
		f, problem, words = x.textQualifier(field, name, op, plain, quoted)
	case fold.Text(plain) == None:
		return boxFilter{field: field, value: None}, "", nil
	case fold.Text(plain) == NotUnderstood && field.Kind() == fleet.TimeField:
		return boxFilter{field: field, value: NotUnderstood}, "", nil
	default:
		f, problem = rangeQualifier(field, name, op, plain)
	}
	if f.field != fleet.NoField || f.key != "" {
		return f, problem, nil
	}
	near := nearestOf(plain, words)
	for _, word := range near {
		nearest = append(nearest, sign+name+":"+Quote(word))
	}
	return f, problem + meant(near, func(word string) string { return word }), nearest
}

// shownAs maps the labels that pages show to the values that filters know, by the key or field of the filter. Labels
// are folded. Where a label is the value with spaces for dashes, it isn't listed.
var shownAs = map[string]map[string]string{
	"activationStatus": {"not activated": "unactivated"},
	"presence":         {"in ycm": "here", "removed": "gone"},
	"usage":            {"over capacity": "over"},
	"attention":        {"over capacity": "over", "ends within 7 days": "7d", "date not understood": NotUnderstood},
	"onboarding": {
		"never started":           "not-started",
		"started, not activated":  "not-activated",
		"activated, no extension": "no-extension",
	},
	"expires": {
		"no date": None, "date not understood": NotUnderstood, "later than 90 days": "later", "within 7 days": "7d",
		"within 30 days": "30d", "within 60 days": "60d", "within 90 days": "90d",
	},
}

// valueOfLabel returns the value of a label that pages show for a filter, or "" if the text is not such a label.
func valueOfLabel(f fleet.Field, key, text string) string {
	label := fold.Text(text)
	if key == "" && f.Kind() == fleet.TextField && facetOf(f) >= 0 && label == "not reported" {
		return None
	}
	if value := shownAs[key+f.Name()][label]; value != "" { // one of the two is empty
		return value
	}
	if value := strings.ReplaceAll(label, " ", "-"); value != label && slices.Contains(ClosedWords(key), value) {
		return value
	}
	return ""
}

// meant returns a question whether the nearest words were meant; "" if there are none.
func meant(near []string, say func(string) string) string {
	if len(near) == 0 {
		return ""
	}
	words := make([]string, len(near))
	for i, word := range near {
		words[i] = say(word)
	}
	return fmt.Sprintf(" Did you mean %s?", strings.Join(words, " or "))
}

// Quote returns a text as the value of a qualifier that finds it. A value can't contain quotes, so the longest
// part without one stands for the text.
func Quote(text string) string {
	part := ""
	for p := range strings.SplitSeq(fold.Typed(text), `"`) {
		if len(p) > len(part) {
			part = p
		}
	}
	if part == "" || strings.ContainsFunc(part, unicode.IsSpace) || fold.Text(part) == None ||
		strings.ContainsRune("<>=:", rune(part[0])) {
		return `"` + part + `"`
	}
	return part
}

func rangeQualifier(f fleet.Field, name, op, value string) (boxFilter, string) {
	if op != ":" {
		value = op + value
	}
	span, ok, problem := parseSpan(f.Kind(), value)
	if !ok {
		if problem == "" {
			problem = fmt.Sprintf("%q is not a %s", Shorten(value), noun(f.Kind()))
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
		return boxFilter{}, fmt.Sprintf(
			"“%s” can’t be “%s”, so it was left out. It can be %s.",
			name,
			Shorten(value),
			strings.Join(words, ", "),
		)
	}
	return boxFilter{key: key, value: value}, ""
}

// withinDays matches a number of days, such as 7, 7d or 7days.
var withinDays = regexp.MustCompile(`^([0-9]{1,3}) ?(d|days?)?$`)

// expiresQualifier parses a number of days or a range of dates.
func expiresQualifier(name, op, value string) (boxFilter, string) {
	if m := withinDays.FindStringSubmatch(fold.Text(value)); m != nil && slices.Contains(Expiries, m[1]+"d") && op == ":" {
		return boxFilter{key: "expires", value: m[1] + "d"}, ""
	}
	if op != ":" {
		value = op + value
	}
	s, ok, problem := parseSpan(fleet.TimeField, value)
	if !ok {
		return boxFilter{}, fmt.Sprintf(
			"“%s” can’t be “%s”, so it was left out. It can be %s, or a date range such as 2026-01-31..2026-02-28.",
			name,
			Shorten(value),
			strings.Join(Expiries, ", "),
		)
	}
	if problem != "" {
		problem = fmt.Sprintf("%s: %s.", name, problem)
	}
	return boxFilter{key: "expires", value: s.String()}, problem
}

// textQualifier filters by a part of a text. For fields with few values, a part that no value contains is treated
// as a mistake; words are then the values in use.
func (x *Index) textQualifier(
	f fleet.Field,
	name, op, value string,
	quoted bool,
) (filter boxFilter, problem string, words []string) {
	if op != ":" {
		return boxFilter{}, fmt.Sprintf(
			"“%s” is a text field and can’t be compared with “%s”, so it was left out. Write “%s:word” instead.",
			name,
			op,
			name,
		), nil
	}
	if !quoted {
		value = plainHost(value)
	}
	filter = boxFilter{field: f, value: fold.Text(value), quoted: quoted}
	if facetOf(f) < 0 || filter.value == None && !quoted {
		return filter, "", nil
	}
	words = x.Values(f)
	if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(fold.Text(w), filter.value) }) {
		return filter, "", nil
	}
	if len(words) == 0 {
		return boxFilter{}, fmt.Sprintf(
			"No PBX has a value for “%s”, so “%s:%s” was left out.",
			name,
			name,
			Shorten(value),
		), nil
	}
	some, more := words, ""
	if len(some) > 6 {
		some, more = some[:6], " and others"
	}
	return boxFilter{}, fmt.Sprintf(
		"No %s matches “%s”, so it was left out. Values in use: %s%s.",
		name,
		Shorten(value),
		strings.Join(some, ", "),
		more,
	), words
}

func qualifierNames() (names []string) {
	for _, q := range qualifiers {
		names = append(names, q.Names...)
	}
	return names
}

// nearestOf returns the words that a mistyped one was probably meant to be: at most three, the nearest first.
func nearestOf(typed string, words []string) []string {
	typed = fold.Text(typed)
	type near struct {
		word string
		far  int
	}
	var all []near
	for _, word := range words {
		folded := fold.Text(word)
		if n := len([]rune(typed)); n > 40 || len([]rune(folded)) > n+10 {
			continue
		}
		if far := distance(typed, folded); far <= 2 && far < len([]rune(typed)) {
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

// distance returns the Levenshtein distance: how many letters must be added, removed or changed.
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
