package fleet

import (
	"slices"
	"strings"
	"time"

	"cordboard/fold"
)

// OptionKind names one of YCM's lists that the values of a new PBX are chosen from.
type OptionKind string

// The kinds of options. Domains and firmware versions are those of all regions.
const (
	Regions   OptionKind = "regions"
	Domains   OptionKind = "domains"
	Firmwares OptionKind = "firmwares"
	Templates OptionKind = "templates"
	Customers OptionKind = "customers"
)

// OptionKinds lists all kinds in the order in which they are read.
var OptionKinds = []OptionKind{Regions, Domains, Firmwares, Templates, Customers}

// Option is an option, with the ID that YCM expects for it.
type Option struct {
	ID      int64
	Name    string
	Email   string  // of customers
	Regions []int64 // of domains and firmware: where they are offered
}

// searchText is the folded text that a search matches.
func (o *Option) searchText() string { return fold.Text(o.Name) + "\n" + fold.Text(o.Email) }

// Options is the last reading of a list of options. It is immutable.
type Options struct {
	At      time.Time // when it was read; zero: never
	All     []Option
	Problem Problem // of the last attempt to read it; All is then from the reading before

	byID        map[int64]int
	searchTexts []string // of All
}

// NewOptions returns a reading of options, which it takes over.
func NewOptions(at time.Time, all []Option) *Options {
	l := &Options{At: at, All: all, byID: make(map[int64]int, len(all)), searchTexts: make([]string, len(all))}
	for i := range all {
		l.byID[all[i].ID] = i
		l.searchTexts[i] = all[i].searchText()
	}
	return l
}

// With returns the options with the problem of a later attempt to read them.
func (l *Options) With(p Problem) *Options {
	failed := *l
	failed.Problem = p
	return &failed
}

// ByID returns the option with an ID.
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

// Named returns the option with a name (case-insensitive, an exact match first). If region isn't 0, only options
// offered there count.
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

// Find returns the first options, at most most, that have all words of a search in their name or email address,
// and the number of all such options.
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
