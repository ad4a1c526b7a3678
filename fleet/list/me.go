package list

import (
	"maps"
	"regexp"
	"slices"

	"cordboard/fleet"
)

// me stands for the reader's own email address in filters by owner.
const me = "me"

// ownerMe matches the qualifier owner:me in a search, perhaps negated.
var ownerMe = regexp.MustCompile(`(?i)(?:^|\s)([-!]?)owner:\s?me(?:\s|$)`)

// resolved returns the query with the reader's email address in place of me. The query itself keeps the word, for URLs
// and for other readers.
func (q Query) resolved() Query {
	if q.Me == "" {
		return q
	}
	owner := fleet.FieldOwner.Name()
	words := slices.Clone(q.Filters[owner])
	for i, w := range words {
		if w.Value == me && !w.Literal {
			words[i].Value, words[i].Literal = q.Me, true
		}
	}
	for _, m := range ownerMe.FindAllStringSubmatch(q.Search, -1) {
		addWord(&words, FilterValue{Value: q.Me, Literal: true, Not: m[1] != ""})
	}
	if len(words) > 0 {
		q.Search = ownerMe.ReplaceAllString(q.Search, " ")
		q.Filters = maps.Clone(q.Filters)
		if q.Filters == nil {
			q.Filters = map[string][]FilterValue{}
		}
		q.Filters[owner] = words
	}
	return q
}
