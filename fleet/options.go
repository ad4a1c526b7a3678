package fleet

import (
	"slices"
	"strings"
	"time"

	"cordboard/fold"
)

// OptionKind names one of YCM's lists of options for a new PBX.
type OptionKind string

// Kinds of options. The lists of domains and firmware versions cover all regions.
const (
	Regions   OptionKind = "regions"
	Domains   OptionKind = "domains"
	Firmwares OptionKind = "firmwares"
	Templates OptionKind = "templates"
	Customers OptionKind = "customers"
)

// OptionKinds lists all kinds in the order in which they are read.
var OptionKinds = []OptionKind{Regions, Domains, Firmwares, Templates, Customers}

// Option is one option in a list, with the ID that YCM uses for it.
type Option struct {
	ID      int64
	Name    string
	Email   string  // only for customers
	Regions []int64 // only for domains and firmware: IDs of the regions that offer the option
}

// searchText returns the folded text that search words are matched against.
func (o *Option) searchText() string { return fold.Text(o.Name) + "\n" + fold.Text(o.Email) }

// Options is a list of options as last read from YCM. It is immutable.
type Options struct {
	At      time.Time // when it was read; zero: never
	All     []Option
	Problem Problem // of the last attempt to read the list, if it failed; At and All then come from the last success

	byID        map[int64]int
	searchTexts []string // of All
}

// NewOptions returns a list of options that was read at the given time. It takes ownership of the slice.
func NewOptions(at time.Time, all []Option) *Options {
	l := &Options{At: at, All: all, byID: make(map[int64]int, len(all)), searchTexts: make([]string, len(all))}
	for i := range all {
		l.byID[all[i].ID] = i
		l.searchTexts[i] = all[i].searchText()
	}
	return l
}

// Knowing returns a copy of a list of customers that has a customer as it is now, or doesn't have it if YCM no longer
// does.
func (l *Options) Knowing(c *Customer) *Options {
	all := slices.DeleteFunc(slices.Clone(l.All), func(o Option) bool { return o.ID == c.ID })
	if o := c.Option(); !c.IsGone() {
		at, _ := slices.BinarySearchFunc(all, o, func(a, b Option) int { return fold.Compare(a.Name, b.Name) })
		all = slices.Insert(all, at, o)
	}
	known := NewOptions(l.At, all)
	known.Problem = l.Problem
	return known
}

// With returns a copy of the list that also records the problem of a later attempt to read it.
func (l *Options) With(p Problem) *Options {
	failed := *l
	failed.Problem = p
	return &failed
}

// ByID returns the option with the given ID.
func (l *Options) ByID(id int64) (Option, bool) {
	i, ok := l.byID[id]
	if !ok {
		return Option{}, false
	}
	return l.All[i], true
}

// In returns the options that are offered in a region.
func (l *Options) In(region int64) []Option {
	var found []Option
	for _, o := range l.All {
		if slices.Contains(o.Regions, region) {
			found = append(found, o)
		}
	}
	return found
}

// Named returns the option with the given name. It ignores case and accents, but prefers an exact match. If region
// isn't 0, it considers only options that are offered in that region.
func (l *Options) Named(name string, region int64) (Option, bool) {
	var alike Option
	found := false
	for _, o := range l.All {
		switch {
		case name == "" || region != 0 && !slices.Contains(o.Regions, region):
		case o.Name == name:
			return o, true
		case !found && fold.Text(o.Name) == fold.Text(name):
			alike, found = o, true
		}
	}
	return alike, found
}

// Find returns the first matching options, no more than the given number, and the total number of matching options.
// An option matches if its name and email address together contain every word of search.
func (l *Options) Find(search string, most int) (found []Option, count int) {
	words := strings.Fields(fold.Text(search))
	for i := range l.All {
		fits := true
		for _, w := range words {
			fits = fits && strings.Contains(l.searchTexts[i], w)
		}
		if !fits {
			continue
		}
		if count++; count <= most {
			found = append(found, l.All[i])
		}
	}
	return found, count
}
