// Package palette serves the command palette and the list of keyboard shortcuts.
package palette

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/palette"
	"cordboard/views/ui"
)

// most is how many results of a kind the palette shows, meantMost how many of a corrected search, and looked among how
// many PBXs it looks for those whose names have the words.
const (
	most      = 8
	meantMost = 3
	looked    = 100
)

// Fleet has the PBXs that the palette finds.
type Fleet interface {
	Index() *list.Index
	Snapshot() *fleet.Snapshot
}

// Directory has the customers that the palette finds.
type Directory interface {
	Book() *customers.Book
}

// Operations has the operations that the palette finds.
type Operations interface {
	List(ctx context.Context, f store.OperationFilter, page, per int) (store.OperationPage, error)
}

// Handler serves the command palette and the list of keyboard shortcuts.
type Handler struct {
	site       *web.Site
	fleet      Fleet
	directory  Directory
	operations Operations
}

// New returns a Handler for the site.
func New(s *web.Site, f Fleet, d Directory, o Operations) *Handler {
	return &Handler{site: s, fleet: f, directory: d, operations: o}
}

// Show finds pages, views, PBXs and customers by name. Requests from htmx get the dialog, or only its items if
// the URL contains a search.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	search := r.URL.Query().Get("q")
	groups, err := h.groups(r, search)
	if err != nil {
		return err
	}
	fragment := views.Dialog(groups)
	if r.URL.Query().Has("q") {
		fragment = views.Items(groups)
	}
	return h.site.Render(w, r, http.StatusOK, "Command palette", views.Page(search, groups), fragment)
}

// ShowKeys shows the keyboard shortcuts.
func (h *Handler) ShowKeys(w http.ResponseWriter, r *http.Request) error {
	return h.site.Render(w, r, http.StatusOK, "Keyboard shortcuts", views.KeysPage(), views.KeysDialog())
}

func (h *Handler) groups(r *http.Request, search string) ([]views.Group, error) {
	q, _ := lists.ParseQuery(url.Values{"q": {search}}, web.UserFrom(r.Context()))
	words := strings.Fields(fold.Text(q.Search))
	var groups []views.Group
	add := func(title string, items []views.Item) {
		if len(items) > 0 {
			groups = append(groups, views.Group{Title: title, Items: items})
		}
	}
	if len(words) > 0 {
		pbxs, byName := h.pbxs(r, q)
		people := h.customers(r, q.Search)
		if byName {
			add("PBXs", pbxs)
			pbxs = nil
		}
		add("Customers", people)
		add("PBXs", pbxs) // found by something other than their names
		add("Actions", h.actions(r, &q))
		operations, err := h.found(r, q.Search)
		if err != nil {
			return nil, err
		}
		add("Operations", operations)
	} else {
		add("Opened last", h.recent(r))
	}
	all, err := h.site.ListViews(r)
	if err != nil {
		return nil, err
	}
	var own []views.Item
	for _, v := range all {
		own = append(own, views.Item{Icon: "bookmark", Label: v.Name, URL: v.URL(), Note: "View"})
	}
	add("Go to", named(pagesFor(web.UserFrom(r.Context()).Role), words))
	add("Views", named(own, words))
	add("Commands", h.commands(r, strings.TrimSpace(search)))
	if meant := list.Suggest(h.fleet.Index(), q.Search); len(groups) == 0 && meant != "" {
		link := ui.PBXsURL(url.Values{"q": {meant}})
		q.Search = meant
		found, _ := h.pbxs(r, q)
		found = found[:min(max(len(found)-1, 0), meantMost)] // without the link to all of them
		add("PBXs", append([]views.Item{
			{Icon: "search", Label: "Did you mean “" + meant + "”?", Note: "PBXs", URL: link},
		}, found...))
	}
	return groups, nil
}

// pbxs returns the first matching PBXs, including removed ones, and a link to all matches. byName is whether the
// name of the first one has all the words.
func (h *Handler) pbxs(r *http.Request, q list.Query) (items []views.Item, byName bool) {
	q.Presence = list.PresenceAll
	all := q.Values()
	q.Per = looked
	c := h.site.Clock(r)
	result := h.fleet.Index().Search(q, c.Now, c.Zone)
	found := namedFirst(result.PBXs, result.Words)
	for _, p := range found {
		items = append(items, pbxItem(p, result.Words))
	}
	if result.Count > 0 {
		items = append(
			items,
			views.Item{
				Icon:  "list-filter",
				Label: "Search the list for “" + q.Search + "”",
				Note:  ui.Count(int64(result.Count), "match", "matches"),
				URL:   ui.PBXsURL(all),
			},
		)
	}
	return items, len(found) > 0 && missing(found[0], result.Words) == 0
}

// fullUsage is the highest usage of a PBX that is full, in millionths.
const fullUsage = 1_000_000

// pbxItem returns the result for a PBX, with its status, its highest usage and its host name.
func pbxItem(p *fleet.PBX, words []string) views.Item {
	name := display.Name(p)
	notes := []string{ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus)).Word}
	if p.IsGone() {
		notes[0] = "Removed"
	} else if used := p.Value(fleet.FieldUsage); used.Known() && used.N < 10*fullUsage {
		notes = append(notes, fmt.Sprintf("%d%% used", ui.Percent(used.N, fullUsage)))
	}
	if host := p.Text(fleet.FieldURL); host != "" {
		notes = append(notes, host)
	}
	return views.Item{
		Icon: "server", Label: name, Parts: display.Parts(name, words), Note: strings.Join(notes, " · "),
		URL: ui.PBXURL(p.CloudPBXID),
	}
}

// recent returns the PBXs that the user opened last.
func (h *Handler) recent(r *http.Request) (items []views.Item) {
	snapshot := h.fleet.Snapshot()
	for _, id := range h.site.Sessions.Recent.Of(web.UserFrom(r.Context()).ID) {
		if p, ok := snapshot.PBX(id); ok {
			items = append(items, pbxItem(p, nil))
		}
	}
	return items
}

// customers returns the first customers that the search finds, and a link to all of them.
func (h *Handler) customers(r *http.Request, search string) (items []views.Item) {
	c := h.site.Clock(r)
	found, words := h.directory.Book().Search(customers.Query{Search: search}, nil, c.Now, c.Zone)
	for _, row := range found[:min(len(found), most)] {
		name := row.Option().Name
		items = append(items, views.Item{
			Icon: "building-2", Label: name, Parts: display.Parts(name, words), URL: ui.CustomerURL(row.ID),
			Note: strings.Trim(row.Members[fleet.Email]+" · "+row.Phone(), " ·"),
		})
	}
	if count := len(found); count > most {
		items = append(items, views.Item{
			Icon: "list-filter", Label: "Search the customers for “" + search + "”",
			Note: ui.Count(int64(count), "match", "matches"), URL: ui.CustomersURL(url.Values{"q": {search}}),
		})
	}
	return items
}

// actions returns the changes of a PBX that the search finds, if it finds exactly one. An action can also be the
// first word of the search, as in "stop acme", which finds all PBXs named acme.
func (h *Handler) actions(r *http.Request, q *list.Query) (items []views.Item) {
	if !web.CanCreate(r) {
		return nil
	}
	search := func(text string) []*fleet.PBX {
		c := h.site.Clock(r)
		found := list.Query{Search: text, Page: 1, Per: looked, Presence: list.PresenceHere}
		result := h.fleet.Index().Search(found, c.Now, c.Zone)
		return namedFirst(result.PBXs, result.Words)
	}
	if found := search(q.Search); len(found) == 1 {
		for _, a := range display.Actions(found[0]) {
			items = append(items, action(found[0], a))
		}
	}
	verb, rest, _ := strings.Cut(strings.TrimSpace(q.Search), " ")
	labels := display.ActionsNamed(verb)
	if rest == "" || len(labels) == 0 {
		return items
	}
	for _, p := range search(rest) {
		offered := display.Actions(p)
		for _, label := range labels {
			if i := slices.IndexFunc(offered, func(a display.Action) bool { return a.Label == label }); i >= 0 {
				items = append(items, action(p, offered[i]))
				continue
			}
			items = append(items, views.Item{
				Icon:  "server",
				Label: display.Name(p),
				URL:   ui.PBXURL(p.CloudPBXID),
				Note:  label + " isn’t possible now · " + ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus)).Word,
			})
		}
	}
	return items[:min(len(items), most)]
}

// namedFirst returns the first PBXs to show: those whose names have all the words, and then those that a search found
// by their other values or their customers.
func namedFirst(found []*fleet.PBX, words []string) []*fleet.PBX {
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b *fleet.PBX) int {
		return cmp.Compare(missing(a, words), missing(b, words))
	})
	return found[:min(len(found), most)]
}

// missing returns how many of the words a PBX's name doesn't have.
func missing(p *fleet.PBX, words []string) (n int) {
	name := fold.Text(display.Name(p))
	for _, w := range words {
		if !strings.Contains(name, w) {
			n++
		}
	}
	return n
}

func action(p *fleet.PBX, a display.Action) views.Item {
	return views.Item{Icon: a.Icon, Label: a.Label + " " + display.Name(p), URL: a.URL, Note: "Action"}
}
