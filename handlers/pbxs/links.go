package pbxs

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"

	"cordboard/fleet/list"
)

// links makes URLs of the list that differ from a query in one parameter. A page has dozens of them.
type links []parameter

// parameter is a parameter as it is in a URL, such as "status=Running".
type parameter struct{ key, text string }

// linksOf returns the links for a query. The parameters are sorted by key, as url.Values.Encode sorts them.
func linksOf(q list.Query) links {
	values := q.Values()
	to := make(links, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[key] {
			to = append(to, parameterOf(key, value))
		}
	}
	return to
}

func parameterOf(key, value string) parameter {
	return parameter{key, url.QueryEscape(key) + "=" + url.QueryEscape(value)}
}

// without returns the URL without the parameters that have the given keys.
func (l links) without(keys ...string) string { return l.url(parameter{}, keys) }

// with returns the URL with a parameter that has only the given value, and without those of the other keys. A value
// that is the usual one is left out.
func (l links) with(key, value, usual string, others ...string) string {
	var added parameter
	if value != usual {
		added = parameterOf(key, value)
	}
	return l.url(added, append(others, key))
}

// url returns the URL with the parameter added, if it isn't empty, and without those of the given keys.
func (l links) url(added parameter, without []string) string {
	var b strings.Builder
	b.Grow(128)
	b.WriteString("/pbxs")
	separator := byte('?')
	write := func(text string) {
		b.WriteByte(separator)
		b.WriteString(text)
		separator = '&'
	}
	for _, p := range l {
		if added.key != "" && cmp.Less(added.key, p.key) {
			write(added.text)
			added.key = ""
		}
		if !slices.Contains(without, p.key) {
			write(p.text)
		}
	}
	if added.key != "" {
		write(added.text)
	}
	return b.String()
}
