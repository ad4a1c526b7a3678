package desk

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

// palettePBXs is how many PBXs the palette shows, and paletteSearch among how many it looks for those whose names have
// the words.
const (
	palettePBXs   = 8
	paletteSearch = 100
)

// ShowPalette finds pages, views, PBXs and customers by name. Requests from htmx get the dialog, or only its items if
// the URL contains a search.
func (h *Handler) ShowPalette(w http.ResponseWriter, r *http.Request) error {
	search := r.URL.Query().Get("q")
	groups, err := h.paletteGroups(r, search)
	if err != nil {
		return err
	}
	fragment := views.Palette(groups)
	if r.URL.Query().Has("q") {
		fragment = views.PaletteItems(groups)
	}
	return h.site.Render(w, r, http.StatusOK, "Command palette", views.PalettePage(search, groups), fragment)
}

// ShowKeys shows the keyboard shortcuts.
func (h *Handler) ShowKeys(w http.ResponseWriter, r *http.Request) error {
	return h.site.Render(w, r, http.StatusOK, "Keyboard shortcuts", views.KeysPage(), views.Keys())
}

func (h *Handler) paletteGroups(r *http.Request, search string) ([]views.PaletteGroup, error) {
	q, _ := lists.ParseQuery(url.Values{"q": {search}}, web.UserFrom(r.Context()))
	words := strings.Fields(fold.Text(q.Search))
	var groups []views.PaletteGroup
	add := func(title string, items []views.PaletteItem) {
		if len(items) > 0 {
			groups = append(groups, views.PaletteGroup{Title: title, Items: items})
		}
	}
	if len(words) > 0 {
		pbxs, byName := h.palettePBXs(r, q)
		customers := h.paletteCustomers(q.Search)
		if byName {
			add("PBXs", pbxs)
			pbxs = nil
		}
		add("Customers", customers)
		add("PBXs", pbxs) // found by something other than their names
		add("Actions", h.paletteActions(r, &q))
	}
	all, err := h.site.ListViews(r)
	if err != nil {
		return nil, err
	}
	var own []views.PaletteItem
	for _, v := range all {
		own = append(own, views.PaletteItem{Icon: "bookmark", Label: v.Name, URL: v.URL(), Note: "View"})
	}
	add("Go to", named(pagesFor(web.UserFrom(r.Context()).Role), words))
	add("Views", named(own, words))
	return groups, nil
}

// palettePBXs returns the first matching PBXs, including removed ones, and a link to all matches. byName is whether the
// name of the first one has all the words.
func (h *Handler) palettePBXs(r *http.Request, q list.Query) (items []views.PaletteItem, byName bool) {
	q.Presence = list.PresenceAll
	all := q.Values()
	q.Per = paletteSearch
	c := h.site.Clock(r)
	result := h.fleet.Index().Search(q, c.Now, c.Zone)
	found := namedFirst(result.PBXs, result.Words)
	for _, p := range found {
		name := display.Name(p)
		note := ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus)).Word
		if p.IsGone() {
			note = "Removed"
		}
		items = append(
			items,
			views.PaletteItem{
				Icon:  "server",
				Label: name,
				Parts: display.Parts(name, result.Words),
				Note:  note + " · " + p.Text(fleet.FieldURL),
				URL:   ui.PBXURL(p.CloudPBXID),
			},
		)
	}
	if result.Count > 0 {
		items = append(
			items,
			views.PaletteItem{
				Icon:  "list-filter",
				Label: "Search the list for “" + q.Search + "”",
				Note:  ui.Count(int64(result.Count), "match", "matches"),
				URL:   ui.PBXsURL(all),
			},
		)
	}
	if meant := list.Suggest(h.fleet.Index(), q.Search); result.Count == 0 && meant != "" {
		items = append(items, views.PaletteItem{
			Icon: "search", Label: "Did you mean “" + meant + "”?", Note: "PBXs", URL: ui.PBXsURL(url.Values{"q": {meant}}),
		})
	}
	return items, len(found) > 0 && missing(found[0], result.Words) == 0
}

// paletteCustomers returns the first customers that the search finds, and a link to all of them.
func (h *Handler) paletteCustomers(search string) (items []views.PaletteItem) {
	found, count := h.catalog.Options(fleet.Customers).Find(search, palettePBXs)
	words := strings.Fields(fold.Text(search))
	for _, o := range found {
		items = append(items, views.PaletteItem{
			Icon: "building-2", Label: o.Name, Parts: display.Parts(o.Name, words), Note: o.Email, URL: ui.CustomerURL(o.ID),
		})
	}
	if count > len(found) {
		items = append(items, views.PaletteItem{
			Icon: "list-filter", Label: "Search the customers for “" + search + "”",
			Note: ui.Count(int64(count), "match", "matches"), URL: ui.CustomersURL(url.Values{"q": {search}}),
		})
	}
	return items
}

// paletteActions returns the changes of a PBX that the search finds, if it finds exactly one. An action can also be the
// first word of the search, as in "stop acme", which finds all PBXs named acme.
func (h *Handler) paletteActions(r *http.Request, q *list.Query) (items []views.PaletteItem) {
	if !web.CanCreate(r) {
		return nil
	}
	search := func(text string) []*fleet.PBX {
		c := h.site.Clock(r)
		found := list.Query{Search: text, Page: 1, Per: paletteSearch, Presence: list.PresenceHere}
		result := h.fleet.Index().Search(found, c.Now, c.Zone)
		return namedFirst(result.PBXs, result.Words)
	}
	if found := search(q.Search); len(found) == 1 {
		for _, a := range display.Actions(found[0]) {
			items = append(items, paletteAction(found[0], a))
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
				items = append(items, paletteAction(p, offered[i]))
				continue
			}
			items = append(items, views.PaletteItem{
				Icon:  "server",
				Label: display.Name(p),
				URL:   ui.PBXURL(p.CloudPBXID),
				Note:  label + " isn’t possible now · " + ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus)).Word,
			})
		}
	}
	return items[:min(len(items), palettePBXs)]
}

// namedFirst returns the first PBXs to show: those whose names have all the words, and then those that a search found
// by their other values or their customers.
func namedFirst(found []*fleet.PBX, words []string) []*fleet.PBX {
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b *fleet.PBX) int {
		return cmp.Compare(missing(a, words), missing(b, words))
	})
	return found[:min(len(found), palettePBXs)]
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

func paletteAction(p *fleet.PBX, a display.Action) views.PaletteItem {
	return views.PaletteItem{Icon: a.Icon, Label: a.Label + " " + display.Name(p), URL: a.URL, Note: "Action"}
}

// named returns the items with labels that contain all the words.
func named(items []views.PaletteItem, words []string) []views.PaletteItem {
	var found []views.PaletteItem
	for _, item := range items {
		fits := true
		for _, w := range words {
			fits = fits && strings.Contains(fold.Text(item.Label), w)
		}
		if fits {
			item.Parts = display.Parts(item.Label, words)
			found = append(found, item)
		}
	}
	return found
}

func pagesFor(role string) []views.PaletteItem {
	items := []views.PaletteItem{
		{Icon: "layout-dashboard", Label: "Overview", URL: "/", Note: "g h"},
		{Icon: "pencil", Label: "Arrange the overview", URL: "/overview/settings"},
		{Icon: "server", Label: "PBXs", URL: "/pbxs", Note: "g p"},
		{Icon: "building-2", Label: "Customers", URL: "/customers", Note: "g s"},
		{Icon: "history", Label: "Changes: timeline of the fleet", URL: "/changes", Note: "g l"},
		{Icon: "calendar-clock", Label: "Expiries: PBX, plan and subscription dates", URL: "/expiries", Note: "g e"},
		{Icon: "gauge", Label: "Capacity: subscription, ledger and forecast", URL: "/subscription", Note: "g c"},
	}
	if role != store.RoleViewer {
		items = append(items,
			views.PaletteItem{Icon: "plus", Label: "New PBX", URL: "/pbxs/new", Note: "g n"},
			views.PaletteItem{Icon: "package", Label: "Operations", URL: "/operations", Note: "g o"},
			views.PaletteItem{Icon: "check", Label: "Tasks", URL: "/tasks", Note: "g d"},
			views.PaletteItem{Icon: "building-2", Label: "New customer", URL: "/customers/new"},
			views.PaletteItem{Icon: "bookmark", Label: "Presets", URL: "/presets"})
		items = append(items, views.PaletteItem{Icon: "scroll-text", Label: "Audit log", URL: "/audit", Note: "g a"})
	}
	if role == store.RoleAdmin {
		items = append(
			items,
			views.PaletteItem{Icon: "users", Label: "Team: people, roles, invitations", URL: "/team", Note: "g t"},
		)
	}
	return append(
		items,
		views.PaletteItem{
			Icon:  "circle-user",
			Label: "Account: password, two-factor, sessions, theme",
			URL:   "/account",
			Note:  "g u",
		},
		views.PaletteItem{Icon: "bookmark", Label: "Views", URL: "/views", Note: "g v"},
		views.PaletteItem{Icon: "list-filter", Label: "Filters", URL: "/pbxs/filters", Note: "g f"},
		views.PaletteItem{Icon: "columns-3", Label: "List settings", URL: "/pbxs/settings"},
		views.PaletteItem{Icon: "keyboard", Label: "Keyboard shortcuts", URL: "/keys", Note: "?"},
	)
}
