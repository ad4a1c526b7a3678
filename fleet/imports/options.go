package imports

import (
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fold"
)

// names finds the options of one kind by name.
type names struct {
	options *fleet.Options
	byName  map[string][]fleet.Option // by folded name or email address
	words   []string                  // all names
	nearest map[string][]string       // suggestions by mistyped text
}

// maxSuggested is the number of mistyped texts for which suggestions are made. A column that is matched to the wrong
// field has thousands.
const maxSuggested = 200

// maxListed is the number of options up to which all are suggested if none resembles a mistyped text.
const maxListed = 5

// near returns the names that resemble a mistyped text.
func (n names) near(text string) []string {
	found, known := n.nearest[text]
	if !known && len(n.nearest) < maxSuggested {
		found = fold.Nearest(text, n.words)
		n.nearest[text] = found
	}
	return found
}

func newNames(options *fleet.Options) names {
	n := names{options: options, byName: map[string][]fleet.Option{}, nearest: map[string][]string{}}
	for _, o := range options.All {
		keys := []string{fold.Text(o.Name)}
		if company, person, found := strings.Cut(o.Name, ", "); found && o.Email != "" {
			keys = append(keys, fold.Text(company), fold.Text(person)) // a customer and the contact person
		}
		if o.Email != "" {
			keys = append(keys, fold.Text(o.Email))
		}
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			n.byName[key] = append(n.byName[key], o)
		}
		n.words = append(n.words, o.Name)
	}
	return n
}

// find returns the ID of the option with the given name or ID. Unless region is 0, an option that the region offers is
// preferred.
func (n names) find(field, text string, region int64) (string, *input.Finding) {
	id, f := n.lookUp(field, text, region)
	if f != nil && f.Code == input.UnknownName {
		f.Names = n.near(strings.TrimSpace(text))
		if few := len(n.words) <= maxListed && field != "customerIds"; few && len(f.Names) == 0 {
			f.Names = n.words
		}
	}
	return id, f
}

// lookUp is like find, but doesn't suggest other names.
func (n names) lookUp(field, text string, region int64) (string, *input.Finding) {
	text = strings.TrimSpace(text)
	found := slices.Clone(n.byName[fold.Text(text)])
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		known, ok := n.options.ByID(id)
		if ok && !slices.ContainsFunc(found, func(o fleet.Option) bool { return o.ID == id }) {
			found = append(found, known)
		}
	}
	if inRegion := slices.DeleteFunc(slices.Clone(found), func(o fleet.Option) bool {
		return region != 0 && !slices.Contains(o.Regions, region)
	}); len(inRegion) > 0 {
		found = inRegion
	}
	if len(found) > 1 {
		f := &input.Finding{Field: field, Code: input.AmbiguousName, Value: list.Shorten(text)}
		for _, o := range found[:min(len(found), 5)] {
			f.Names = append(f.Names, describe(o.Name, o.ID))
		}
		return "", f
	}
	if len(found) == 1 {
		return strconv.FormatInt(found[0].ID, 10), nil
	}
	return "", &input.Finding{Field: field, Code: input.UnknownName, Value: list.Shorten(text)}
}

// all returns the IDs of several options, which are separated by semicolons or vertical bars.
func (n names) all(field, text string) (ids []string, problems []input.Finding) {
	if id, problem := n.lookUp(field, text, 0); problem == nil { // a name may contain a separator
		return []string{id}, nil
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '|' }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		id, problem := n.find(field, part, 0)
		if problem != nil {
			problems = append(problems, *problem)
			continue
		}
		ids = append(ids, id)
	}
	return ids, problems
}
