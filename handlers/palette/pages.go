package palette

import (
	"strings"

	"cordboard/fold"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/palette"
)

// named returns the items with labels that contain all the words.
func named(items []views.Item, words []string) []views.Item {
	var found []views.Item
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

func pagesFor(role string) []views.Item {
	items := []views.Item{
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
			views.Item{Icon: "plus", Label: "New PBX", URL: "/pbxs/new", Note: "g n"},
			views.Item{Icon: "package", Label: "Operations", URL: "/operations", Note: "g o"},
			views.Item{Icon: "check", Label: "Tasks", URL: "/tasks", Note: "g d"},
			views.Item{Icon: "building-2", Label: "New customer", URL: "/customers/new"},
			views.Item{Icon: "bookmark", Label: "Presets", URL: "/presets"})
		items = append(items, views.Item{Icon: "scroll-text", Label: "Audit log", URL: "/audit", Note: "g a"})
	}
	if role == store.RoleAdmin {
		items = append(
			items,
			views.Item{Icon: "users", Label: "Team: people, roles, invitations", URL: "/team", Note: "g t"},
		)
	}
	return append(
		items,
		views.Item{
			Icon:  "circle-user",
			Label: "Account: password, two-factor, sessions, theme",
			URL:   "/account",
			Note:  "g u",
		},
		views.Item{Icon: "bookmark", Label: "Views", URL: "/views", Note: "g v"},
		views.Item{Icon: "list-filter", Label: "Filters", URL: "/pbxs/filters", Note: "g f"},
		views.Item{Icon: "columns-3", Label: "List settings", URL: "/pbxs/settings"},
		views.Item{Icon: "keyboard", Label: "Keyboard shortcuts", URL: "/keys", Note: "?"},
	)
}
