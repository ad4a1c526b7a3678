// Package changes serves the timeline of the fleet: what changed in all PBXs, by day.
package changes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/changes"
	"cordboard/views/ui"
)

// Fleet has the PBXs, as they are now.
type Fleet interface {
	Index() *list.Index
	Freshness() fleet.Freshness
}

// Store has the changes, and the views that users saved.
type Store interface {
	SearchChanges(
		ctx context.Context, account string, q store.ChangeQuery, before int64, limit int,
	) ([]store.FleetChange, error)
	EachChange(ctx context.Context, account string, q store.ChangeQuery, f func(store.FleetChange) error) error
	CountDaily(ctx context.Context, account string, q store.ChangeQuery) (int, error)
	Saved(ctx context.Context, kind store.SavedKind, userID int64) ([]store.Saved, error)
	PutSaved(ctx context.Context, by store.Actor, kind store.SavedKind, v store.Saved) (store.Saved, error)
	DeleteSaved(ctx context.Context, by store.Actor, kind store.SavedKind, id int64) error
}

// QueryWords returns a query of the list of PBXs in words, and the sentences about its parts that have no effect.
type QueryWords func(q list.Query, problems []list.Problem) (words string, ignored []string)

// Handler serves the page at /changes.
type Handler struct {
	site       *web.Site
	fleet      Fleet
	store      Store
	queryWords QueryWords
}

// New returns a Handler for the site.
func New(s *web.Site, f Fleet, st Store, words QueryWords) *Handler { return &Handler{s, f, st, words} }

const (
	pageChanges = 1000 // changes that a page reads
	pageEntries = 100  // entries that it shows
	groupPBXs   = 50   // PBXs of a group that it names
)

// Show shows one page of the changes.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	return h.page(w, r, http.StatusOK, r.URL.RawQuery, saving{})
}

// saving is an attempt to save a view that was refused.
type saving struct {
	name, problem string
	shared        bool
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request, status int, rawQuery string, s saving) error {
	values, err := url.ParseQuery(rawQuery)
	q, ignored := parse(values, web.UserFrom(r.Context()))
	if err != nil {
		ignored = append(ignored, "Part of the URL can’t be read, so it was ignored.")
	}
	_, left := h.queryWords(q.pbxs, nil)
	ignored = append(ignored, left...)
	m := views.Page{Fresh: h.site.Freshness(h.site.Clock(r)), Back: q.url(func(url.Values) {}), Ignored: ignored}
	if err := h.addViews(r, &m, q, s); err != nil {
		return err
	}
	h.addFilter(&m, q)
	if err := h.addChanges(r, &m, q); err != nil {
		return err
	}
	return h.site.Render(w, r, status, m.Title, views.Changes(m), views.Changes(m))
}

// addChanges adds the page's changes to the model.
func (h *Handler) addChanges(r *http.Request, m *views.Page, q query) error {
	c, index, user := h.site.Clock(r), h.fleet.Index(), web.UserFrom(r.Context())
	filter := q.filter(index, c, user.BeforeAt)
	found, err := h.store.SearchChanges(r.Context(), mirror.DefaultAccount, filter, q.before, pageChanges+1)
	if errors.Is(err, store.ErrSlowSearch) {
		m.Problem = "The search took too long. Choose a shorter period, or fewer filters."
		return nil
	}
	if err != nil {
		return err
	}
	more := len(found) > pageChanges
	found = found[:min(len(found), pageChanges)]
	groups, shown := firstEntries(found, pageEntries)
	more = more || shown < len(found)
	p := printer{c: c, index: index, seen: user.BeforeAt, canAudit: user.Role != store.RoleViewer}
	for _, g := range groups {
		p.add(g)
	}
	m.Days = p.days
	m.Count, m.CountSuffix = ui.Number(int64(shown)), " changes"
	if shown == 1 {
		m.CountSuffix = " change"
	}
	if more || q.before > 0 {
		m.CountSuffix += " on this page"
	}
	if more {
		m.Older = q.url(func(v url.Values) { v.Set("before", strconv.FormatInt(found[shown-1].ID, 10)) })
	}
	if q.before > 0 {
		m.Newest = q.url(func(url.Values) {})
	}
	return h.addDaily(r.Context(), m, q, filter, c)
}

// addDaily adds to each day how many daily changes it has, which the page leaves out.
func (h *Handler) addDaily(ctx context.Context, m *views.Page, q query, f store.ChangeQuery, c ui.Clock) error {
	if len(q.fields) > 0 || q.by != "" || q.made != store.MadeAnywhere {
		return nil
	}
	for i := range m.Days {
		day := &m.Days[i]
		from, err := time.ParseInLocation(time.DateOnly, day.Date, c.Zone)
		if err != nil {
			continue // a year that dates can't show
		}
		f.From, f.To = from, from.AddDate(0, 0, 1)
		n, err := h.store.CountDaily(ctx, mirror.DefaultAccount, f)
		if err != nil {
			return err
		}
		if n > 0 {
			day.Daily = &ui.Link{
				Label: fmt.Sprintf("%s of backup and template times", ui.Count(int64(n), "change", "changes")),
				URL: q.url(func(v url.Values) {
					v.Del("days")
					v["field"] = store.DailyFields
					v.Set("from", day.Date)
					v.Set("to", day.Date)
				}),
			}
		}
	}
	return nil
}

// printer turns changes into the entries of a page.
type printer struct {
	c        ui.Clock
	index    *list.Index
	seen     time.Time // when the user's last visit ended; zero: this is the first one
	canAudit bool
	days     []views.Day
}

// add adds a group of changes to the days.
func (p *printer) add(g *group) {
	newest := g.changes[0]
	if title := p.c.DayTitle(newest.At); len(p.days) == 0 || p.days[len(p.days)-1].Title != title {
		p.days = append(p.days, views.Day{Title: title, Date: newest.At.In(p.c.Zone).Format(time.DateOnly)})
	}
	day := &p.days[len(p.days)-1]
	e := views.Entry{TimelineEntry: p.entry(newest), New: !p.seen.IsZero() && newest.At.After(p.seen)}
	if len(g.changes) > 1 {
		e = p.summary(g, e)
	}
	day.Entries = append(day.Entries, e)
}

// entry returns the entry for one change.
func (p *printer) entry(change store.FleetChange) ui.TimelineEntry {
	e := display.ChangeEntry(change.PBXEvent, nil, p.c)
	e.PBX = p.moment(change)
	between := p.c.Between(change.After, change.At)
	switch {
	case change.Seq > 0:
		e.Meta = "In Cordboard, by " + change.Actor + ", seen " + between
		if p.canAudit {
			e.Audit = &ui.Link{
				Label: "audit entry " + ui.Number(change.Seq),
				URL:   ui.AuditSearchURL("no:" + strconv.FormatInt(change.Seq, 10)),
			}
		}
	case change.Modifiers != "":
		e.Meta = "In YCM, by " + modifiers(change.Modifiers) + ", " + between
	}
	return e
}

// moment links to a change in the timeline of its PBX.
func (p *printer) moment(change store.FleetChange) *ui.Link {
	link := ui.Link{
		Label: fmt.Sprintf("PBX %d", change.CloudPBXID),
		URL:   fmt.Sprintf("%s?before=%d#timeline", ui.PBXURL(change.CloudPBXID), change.ID+1),
	}
	if pbx, ok := p.index.PBX(change.CloudPBXID); ok {
		link.Label = display.Name(pbx)
	}
	return &link
}

// summary turns the entry for the newest change of a group into that for all of them.
func (p *printer) summary(g *group, e views.Entry) views.Entry {
	n := len(g.changes)
	after := g.changes[0].After
	for _, change := range g.changes {
		if change.After.Before(after) {
			after = change.After
		}
	}
	e.Title, e.PBX = ui.Count(int64(n), "PBX", "PBXs")+": "+display.LowerFirst(e.Title), nil
	if e.Change != nil {
		e.Change.Old = ""
	}
	between := p.c.Between(after, g.changes[0].At)
	e.Meta, e.Audit = "Outside Cordboard, "+between, nil
	if g.key.here {
		e.Meta = "In Cordboard, by " + g.key.actor + ", seen " + between
	}
	for _, change := range g.changes[:min(n, groupPBXs)] {
		item := views.Item{PBX: *p.moment(change)}
		if one := p.entry(change); one.Change != nil {
			item.Old = one.Change.Old
		}
		e.Items = append(e.Items, item)
	}
	if n > groupPBXs {
		e.More = fmt.Sprintf("and %s more", ui.Number(int64(n-groupPBXs)))
	}
	return e
}
