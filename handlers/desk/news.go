package desk

import (
	"fmt"
	"time"

	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

// sinceFirst is how far back the news goes on a user's first visit.
const sinceFirst = 24 * time.Hour

func (o *morning) news() (views.Block, error) {
	since, title := o.c.Now.Add(-sinceFirst), "In the last 24 hours"
	if before := web.UserFrom(o.r.Context()).BeforeAt; !before.IsZero() && !before.After(o.c.Now) {
		since, title = before, "Since your last visit, "+o.c.DateTime(before).Text
	}
	if most := o.c.Now.Add(-sinceMost); since.Before(most) {
		since, title = most, "In the last 30 days"
	}
	events, err := o.s.fleet.News(o.r.Context(), since, newsLimit+1)
	if err != nil {
		return views.Block{}, err
	}
	n := &views.News{Since: title + ": "}
	if len(events) == 0 {
		n.Since += "no changes."
	}
	n.Sums = newsSums(events)
	for _, e := range events[:min(len(events), newsItems)] {
		item := views.NewsItem{
			Entry: display.ChangeEntry(e, nil, o.c),
			Name:  fmt.Sprintf("PBX %d", e.CloudPBXID),
			URL:   ui.PBXURL(e.CloudPBXID),
			At:    o.c.DateTime(e.At),
			Ago:   o.c.Ago(e.At),
		}
		if p, ok := o.snapshot.PBX(e.CloudPBXID); ok {
			item.Name = display.Name(p)
		}
		n.Items = append(n.Items, item)
	}
	return views.Block{News: n, All: &ui.Link{Label: "All changes", URL: "/changes"}}, nil
}

// sumFormats maps kinds of changes to the formats of their sums. The sum of changes to a field begins with its label
// instead.
var sumFormats = map[store.PBXEventKind]string{
	store.PBXAppeared: "%s first seen",
	store.PBXGone:     "%s removed",
	store.PBXReturned: "%s returned",
}

// newsSums returns the number of changes of each kind. The kinds are in the order of their most recent changes, newest
// first.
func newsSums(events []store.PBXEvent) (sums []string) {
	more := ""
	if len(events) > newsLimit {
		events, more = events[:newsLimit], "and more"
	}
	counts := map[string]int64{}
	var formats []string
	for _, e := range events {
		format := sumFormats[e.Kind]
		if format == "" {
			format = display.Labels[e.Field] + ": %s"
			if e.Field == "name" {
				format = "Name: %s"
			}
		}
		if counts[format]++; counts[format] == 1 {
			formats = append(formats, format)
		}
	}
	for _, format := range formats {
		sums = append(sums, fmt.Sprintf(format, ui.Number(counts[format])))
	}
	if more != "" {
		sums = append(sums, more)
	}
	return sums
}
