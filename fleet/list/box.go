package list

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"cordboard/fleet"
	"cordboard/fleet/labels"
	"cordboard/fold"
)

// box is the parsed text of a search box. It consists of words, each of which must occur in a searched field, and
// qualifiers: "region:singapore", "-status:stopped", "ext>100", "created:2026-01-01..", "group:none". Double quotes
// group text that contains spaces.
type box struct {
	words    []string // folded
	filters  []boxFilter
	problems []Problem // one for each part that was left out or reinterpreted
	ignored  []Ignored // the parts that were left out
	rest     string    // the search text without the ignored parts
}

// Ignored is a qualifier that has no effect on a search because it isn't understood.
type Ignored struct {
	Text    string // the text of the qualifier
	Why     Problem
	Without string // the search text without the qualifier
	Instead []string
}

type boxFilter struct {
	field  fleet.Field
	key    string
	value  string
	quoted bool // the value is literal text, even if it looks like None
	not    bool
	span   span // the range of numbers or times, unless value is None or NotUnderstood
}

// qualifiers lists the names of the qualifiers in a search box, and the field or filter key that they stand for. If a
// qualifier has several names, the first one is suggested.
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
	{fleet.FieldCustomer, "", []string{"customer"}},
	{fleet.FieldOwner, "", []string{"owner"}},
	{fleet.FieldRenewal, "", []string{"renewal"}},
	{fleet.FieldNext, "", []string{"next"}},
	{fleet.FieldNote, "", []string{"note", "notes"}},
	{fleet.FieldContact, "", []string{"contact"}},
	{fleet.NoField, "expires", []string{"expires"}},
	{fleet.NoField, "usage", []string{"usage"}},
	{fleet.NoField, "size", []string{"size"}},
	{fleet.NoField, "onboarding", []string{"onboarding", "stuck"}},
	{fleet.NoField, "attention", []string{"attention"}},
	{fleet.NoField, "presence", []string{"is"}},
}

// Qualifiers returns the qualifiers for completion: each suggested name with its field or key.
func Qualifiers() [][2]string {
	all := make([][2]string, 0, len(qualifiers))
	for _, q := range qualifiers {
		all = append(all, [2]string{q.Names[0], q.Key + q.Field.Name()}) // one of the two is empty
	}
	return all
}

// qualified returns the field, or the key of the closed filter, that a qualifier's name stands for. It also accepts
// YCM's own field names. name must be folded.
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

// fieldsByLower maps each field's name, in lowercase, to the field.
var fieldsByLower = func() map[string]fleet.Field {
	m := map[string]fleet.Field{strings.ToLower(fleet.FieldID.Name()): fleet.FieldID}
	for _, f := range fleet.Fields() {
		m[strings.ToLower(f.Name())] = f
	}
	return m
}()

// parseBox parses the text of a search box. It checks facet values against the index.
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
		if !problem.IsZero() {
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

// Ignored returns the qualifiers in a search that aren't understood and so have no effect. rest is the search text
// without them.
func (x *Index) Ignored(search string) (ignored []Ignored, rest string) {
	b := x.parseBox(search)
	return b.ignored, b.rest
}

// qualifier parses one qualifier. If the qualifier is invalid, it returns the reason and the nearest valid qualifiers.
func (x *Index) qualifier(name, op, value string) (f boxFilter, problem Problem, nearest []string) {
	sign := name[:len(name)-len(strings.TrimLeft(name, "-!"))]
	name = fold.Text(name[len(sign):])
	field, key, ok := qualified(name)
	if !ok {
		near := fold.Nearest(name, qualifierNames())
		near = near[:min(len(near), 1)]
		for _, known := range near {
			nearest = append(nearest, sign+known+op+value)
		}
		return boxFilter{}, Problem{Code: UnknownQualifier, Name: Shorten(name), Nearest: near}, nearest
	}
	plain, quoted := unquoted(value)
	if meant := valueOfLabel(x, field, key, plain); meant != "" {
		plain, quoted = meant, false
	}
	if strings.TrimSpace(plain) == "" {
		return boxFilter{}, Problem{Code: MissingValue, Name: name, Op: op}, nil
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
		words = EnumValues(key)
	case field.Kind() == fleet.TextField:
		f, problem, words = x.textQualifier(field, name, op, plain, quoted)
	case fold.Text(plain) == None:
		return boxFilter{field: field, value: None}, Problem{}, nil
	case fold.Text(plain) == NotUnderstood && field.Kind() == fleet.TimeField:
		return boxFilter{field: field, value: NotUnderstood}, Problem{}, nil
	default:
		f, problem = rangeQualifier(field, name, op, plain)
	}
	if f.field != fleet.NoField || f.key != "" {
		return f, problem, nil
	}
	near := nearestValues(plain, words)
	for _, word := range near {
		nearest = append(nearest, sign+name+":"+Quote(word))
	}
	problem.Nearest = near
	if other := filterShownAs(x, plain); len(near) == 0 && other != "" {
		problem.Nearest, nearest = []string{other}, []string{sign + other}
	}
	return f, problem, nearest
}

// nearestValues returns the values of a filter that a text may have been meant to be: the nearest ones or else those
// with a near word, as "Europe(Frankfurt)" for "frankfrt".
func nearestValues(text string, values []string) []string {
	if near := fold.Nearest(text, values); len(near) > 0 {
		return near
	}
	var near []string
	for _, value := range values {
		if words := fold.Words(value); len(words) > 1 && len(fold.Nearest(text, words)) > 0 && len(near) < mostNear {
			near = append(near, value)
		}
	}
	return near
}

// mostNear is the maximum number of values that are suggested.
const mostNear = 3

// shownAs maps labels on pages to filter values, by the filter's key or field, as far as they aren't in package labels.
// Labels are folded. A label isn't listed if it is the value with spaces instead of hyphens.
var shownAs = map[string]map[string]string{
	"activationStatus": {"not activated": "unactivated"},
	"onboarding":       {"activated, no extension": "no-extension"}, // as pages said until November 2026
}

// valueOfLabel returns the filter value that pages show as the given label, or "" if there is none.
func valueOfLabel(x *Index, f fleet.Field, key, text string) string {
	label := fold.Text(text)
	if key == "" && f.Kind() == fleet.TextField && facetOf(f) >= 0 && label == "not reported" {
		return None
	}
	if value := shownAs[key+f.Name()][label]; value != "" { // one of the two is empty
		return value
	}
	for _, value := range EnumValues(key) {
		if label != "" && label == fold.Text(labels.Of(key, value, x.Thresholds())) {
			return value
		}
	}
	if value := strings.ReplaceAll(label, " ", "-"); value != label && slices.Contains(EnumValues(key), value) {
		return value
	}
	return ""
}

// filterShownAs returns the qualifier of the filter that has a value or a label equal to text, such as
// "activation:Unactivated" for "not activated", or "" if there is none.
func filterShownAs(x *Index, text string) string {
	for _, q := range qualifiers {
		value := valueOfLabel(x, q.Field, q.Key, text)
		values := EnumValues(q.Key)
		if q.Field != fleet.NoField && facetOf(q.Field) >= 0 {
			values = x.Values(q.Field)
		}
		for _, v := range values {
			if value == v || fold.Text(v) == fold.Text(cmp.Or(value, text)) {
				return q.Names[0] + ":" + Quote(v)
			}
		}
	}
	return ""
}

// Quote returns a qualifier value that finds the given text. A value can't contain quotes, so Quote uses the text's
// longest part without quotes.
func Quote(text string) string {
	part := ""
	for p := range strings.SplitSeq(fold.Typed(text), `"`) {
		if len(strings.TrimSpace(p)) > len(strings.TrimSpace(part)) {
			part = p
		}
	}
	if part == "" || strings.ContainsFunc(part, unicode.IsSpace) || fold.Text(part) == None ||
		strings.ContainsRune("<>=:", rune(part[0])) {
		return `"` + part + `"`
	}
	return part
}
