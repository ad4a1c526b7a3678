package display

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/operations/change"
	"cordboard/store"
	"cordboard/views/ui"
)

// Dated is a timeline entry with its time.
type Dated struct {
	At    time.Time
	Entry ui.TimelineEntry
}

// Timeline is the history of one or several PBXs, of which Page shows a part.
type Timeline struct {
	Events   []store.PBXEvent // newest first; one more than Per if there are older ones
	Done     []store.Event    // actions on the PBXs or their customer in Cordboard, newest first
	Per      int              // number of events on a page
	Before   int64            // 0 on the first page, which has the newest events
	CanAudit bool             // whether the user may read the audit log
	By       []store.Modifier // who changed the PBXs in YCM, as far as YCM said
	Oldest   []Dated          // entries for the end of the last page

	// URL returns the URL of the page with the events whose IDs are lower than before, or of the first page for 0.
	URL func(before int64) string

	// PBX returns a link to a PBX. It is nil in the timeline of one PBX.
	PBX func(id int64) *ui.Link

	// Customer returns a customer, or nil if it isn't known.
	Customer func(id int64) *fleet.Customer
}

// Page returns the events, with the actions that fall within their time.
func (t *Timeline) Page(c ui.Clock) (page ui.Timeline) {
	events := t.Events
	more := len(events) > t.Per
	if more {
		events = events[:t.Per]
		page.Older = t.URL(events[t.Per-1].ID)
	}
	if t.Before > 0 {
		page.Newest = t.URL(0)
	}
	doneTo := map[string][]store.Event{}
	for _, e := range t.Done {
		if !isAboutCustomer(e) {
			doneTo[e.Target] = append(doneTo[e.Target], e)
		}
	}
	var all []Dated
	for _, e := range events {
		entry := ChangeEntry(e, doneTo[strconv.FormatInt(e.CloudPBXID, 10)], c)
		if by := t.modifier(e); by != "" {
			entry.Meta = "Changed in YCM by " + by + ", " + c.Between(e.After, e.At)
		}
		entry.PBX = t.link(e.CloudPBXID)
		all = append(all, Dated{e.At, entry})
	}
	oldest, newest := time.Time{}, c.Now.Add(time.Hour)
	if more {
		oldest = events[len(events)-1].At
	} else {
		all = append(all, t.Oldest...)
	}
	if t.Before > 0 && len(events) > 0 {
		newest = events[0].At
	}
	resolved := map[string]bool{} // by the operation's number
	for _, e := range t.Done {
		operation := OperationOf(&e)
		if e.Outcome == store.OutcomeAsked && resolved[operation] {
			continue // the entry of the outcome says all
		}
		resolved[operation] = operation != ""
		if !e.At.Before(oldest) && !e.At.After(newest) {
			entry := doneEntry(t.labeled(e, c), c, t.CanAudit)
			if !isAboutCustomer(e) {
				id, _ := strconv.ParseInt(e.Target, 10, 64) // the target of an action on a PBX is its ID
				entry.PBX = t.link(id)
			}
			all = append(all, Dated{e.At, entry})
		}
	}
	page.Days = Days(all, c)
	return page
}

// OperationOf returns the number of the operation that an event is about, or "" if it is about none.
func OperationOf(e *store.Event) string {
	for _, n := range e.Notes {
		if n.Code == store.NoteOperation && len(n.Values) > 0 {
			return n.Values[0]
		}
	}
	return ""
}

// MostModifiers is how many modifiers a timeline needs at most.
const MostModifiers = 500

// skew is how far YCM's clock may differ from that of Cordboard.
const skew = time.Minute

// modifier returns who made a change in YCM, or "" if that isn't known. If several people changed the PBX while the
// change was made, it returns all of them.
func (t *Timeline) modifier(e store.PBXEvent) string {
	var all []string
	for _, m := range t.By {
		if m.CloudPBXID == e.CloudPBXID && e.Kind == store.PBXChanged && m.At.After(e.After.Add(-skew)) &&
			!m.At.After(e.At.Add(skew)) && !slices.Contains(all, m.By) {
			all = append(all, m.By)
		}
	}
	return strings.Join(all, " or ")
}

func (t *Timeline) link(id int64) *ui.Link {
	if t.PBX == nil {
		return nil
	}
	return t.PBX(id)
}

// Days sorts entries from newest to oldest and groups them by day.
func Days(all []Dated, c ui.Clock) (days []ui.TimelineDay) {
	slices.SortStableFunc(all, func(a, b Dated) int { return b.At.Compare(a.At) })
	for _, d := range all {
		title := c.DayTitle(d.At)
		if n := len(days); n == 0 || days[n-1].Title != title {
			days = append(days, ui.TimelineDay{Title: title})
		}
		day := &days[len(days)-1]
		day.Entries = append(day.Entries, d.Entry)
	}
	return days
}

// doneEntry returns the timeline entry for an action on a PBX in Cordboard. Only users who may read the audit log
// see its details.
func doneEntry(e store.Event, c ui.Clock, canAudit bool) ui.TimelineEntry {
	badge := ui.OutcomeBadge(e.Outcome)
	entry := ui.TimelineEntry{
		Kind:      "done",
		Icon:      "pencil",
		Tone:      "tone-accent",
		Title:     actionLabel(e.Action) + ": " + badge.Word,
		RequestID: e.YCMRequestID,
		Meta:      fmt.Sprintf("In Cordboard, by %s at %s", e.Actor.Name, c.Time(e.At).Text),
	}
	// Only users who may read the audit log see details, such as the reason.
	if detail := e.Detail(); detail != "" && canAudit {
		entry.Title += ", " + detail
	}
	if canAudit {
		entry.Audit = &ui.Link{
			Label: "audit entry " + ui.Number(e.Seq),
			URL:   ui.AuditSearchURL("no:" + strconv.FormatInt(e.Seq, 10)),
		}
	}
	return entry
}

// labeled returns an event whose changes have labels and customers' names instead of the names and IDs that the audit
// log has.
func (t *Timeline) labeled(e store.Event, c ui.Clock) store.Event {
	e.Notes = slices.Clone(e.Notes)
	for i, n := range e.Notes {
		if n.Code != store.NoteChange || len(n.Values) != 3 {
			continue
		}
		field, before, after := n.Values[0], n.Values[1], n.Values[2]
		if field == change.CustomerIDs || field == change.ActivationEmail {
			names := t.names(before + " " + after)
			before, after = ChangeText(field, before, names, c), ChangeText(field, after, names, c)
		}
		e.Notes[i].Values = []string{cmp.Or(FieldLabel(field), field), before, after}
	}
	return e
}

// names returns the names of the customers whose IDs a text has.
func (t *Timeline) names(ids string) map[string]string {
	names := map[string]string{}
	for word := range strings.FieldsSeq(ids) {
		id, _ := strconv.ParseInt(word, 10, 64) // no customer has the ID 0
		if one := t.Customer(id); one != nil {
			names[word] = one.Name()
		}
	}
	return names
}

func isAboutCustomer(e store.Event) bool { return strings.HasPrefix(e.Action, "customer.") }

// actionLabel returns the label of an action in the audit log on a PBX or customer.
func actionLabel(action string) string {
	if kind, ok := strings.CutPrefix(action, "customer."); ok {
		return ui.KindLabel("customer-" + kind)
	}
	if kind, ok := strings.CutPrefix(action, "pbx."); ok {
		return ui.KindLabel(kind)
	}
	return action
}
