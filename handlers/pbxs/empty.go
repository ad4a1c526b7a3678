package pbxs

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"cordboard/fleet/list"
	"cordboard/views/ui"
)

// emptyList returns the message for an empty list.
func (h *Handler) emptyList(q list.Query, snapshot *list.Index, c ui.Clock) *ui.Empty {
	if e := h.site.EmptyFleet(q.Filtered(), snapshot.Snapshot); e != nil {
		return e
	}
	text := fmt.Sprintf("No matches among %s.", ui.Count(int64(snapshot.Here()), "PBX", "PBXs"))
	e := &ui.Empty{
		Art:    "nothing",
		Title:  "Nothing matches these filters",
		Text:   text,
		Action: &ui.Link{Label: "Clear filters", URL: ui.PBXsURL(withoutFilters(q).Values())},
	}
	if e.Drop = suggestion(q, snapshot, c); e.Drop == nil {
		e.Drop = dropOne(q, snapshot, c)
	}
	return e
}

// suggestion returns a link to the search that the user may have meant, or nil if there is none with a result.
func suggestion(q list.Query, snapshot *list.Index, c ui.Clock) *ui.Link {
	meant := q
	if meant.Search = list.Suggest(snapshot, q.Search); meant.Search == "" {
		return nil
	}
	n := snapshot.Search(meant, c.Now, c.Zone).Count
	if n == 0 {
		return nil
	}
	return &ui.Link{
		Label: fmt.Sprintf("Did you mean “%s”? %s", meant.Search, ui.Count(int64(n), "PBX", "PBXs")),
		URL:   searchURL(q, meant.Search),
	}
}

// dropOne returns a link that removes one filter: the filter without which the most PBXs match. It returns nil if no
// such link would find a PBX, or if the number of filters isn't between two and eight.
func dropOne(q list.Query, snapshot *list.Index, c ui.Clock) *ui.Link {
	all := slices.DeleteFunc(chips(q, snapshot), func(c ui.Chip) bool { return c.Ignored })
	if len(all) < 2 || len(all) > 8 {
		return nil // for a single filter, "Clear filters" does the same
	}
	most := 0
	var drop *ui.Link
	for _, chip := range all {
		_, rest, _ := strings.Cut(chip.URL, "?")
		values, err := url.ParseQuery(rest)
		if err != nil {
			continue
		}
		less, _ := list.ParseQuery(values)
		less.Me = q.Me
		if n := snapshot.Search(less, c.Now, c.Zone).Count; n > most {
			most = n
			drop = &ui.Link{
				Label: fmt.Sprintf("Without the %s filter: %s", chip.Name, ui.Count(int64(n), "PBX", "PBXs")),
				URL:   chip.URL,
			}
		}
	}
	return drop
}
