package pbxs

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// ShowListSettings shows the page on which users choose the columns and their order, the row density, the time format
// and other settings.
func (h *Handler) ShowListSettings(w http.ResponseWriter, r *http.Request) error {
	values, _ := url.ParseQuery(r.URL.RawQuery)
	q, _ := list.ParseQuery(values)
	p := web.UserFrom(r.Context()).Prefs
	m := views.ListSettings{
		Back:  ui.PBXsURL(q.Values()),
		Query: q.Values().Encode(),
		Density: web.Choices(
			list.Densities,
			cmp.Or(q.Density, p.Density, list.DefaultDensity),
			map[string]string{"compact": "One line", "comfortable": "Two lines"},
		),
		Times: web.Choices(
			[]string{"both", "relative", "absolute"},
			cmp.Or(p.Times, "both"),
			map[string]string{"both": "Date and relative time", "relative": "Relative time", "absolute": "Date"},
		),
		Freeze: !p.UnpinFirstColumn,
		Keys:   !p.KeysOff,
	}
	cols := lists.ColumnsOf(q, p)
	for i, name := range allColumns(cols) {
		m.Columns = append(m.Columns, views.ColumnChoice{
			Name: name, Label: display.Labels[name], Place: strconv.Itoa(i + 1),
			Selected: slices.Contains(cols, name), Fixed: name == fleet.FieldName.Name(),
		})
	}
	m.Page = "/pbxs/settings" + query(q)
	return h.site.Render(w, r, http.StatusOK, "List settings", views.ListSettingsPage(m), views.ColumnsPanel(m))
}

// SaveListSettings saves the settings for the user. With do=columns, it saves only the columns. With do=reset, it
// restores the defaults. With do=once, it saves nothing, and only adds the columns and the density to the list's URL.
func (h *Handler) SaveListSettings(w http.ResponseWriter, r *http.Request) error {
	values, err := url.ParseQuery(r.PostForm.Get("query"))
	if err != nil {
		values = nil
	}
	q, _ := list.ParseQuery(values)
	cols := chosenColumns(r.PostForm, allColumns(lists.ColumnsOf(q, web.UserFrom(r.Context()).Prefs)))
	density := r.PostForm.Get("density")
	if !slices.Contains(list.Densities, density) {
		density = ""
	}
	said := "The list’s settings were saved."
	switch r.PostForm.Get("do") {
	case "once":
		said = "The list is shown in this way once."
		q.Cols, q.Density = cols, density
	case "columns":
		said = ""
		q.Cols = nil
		if err := h.views.SetPrefs(r.Context(), web.Actor(r), "list.settings", func(u *store.User) {
			u.Prefs.Cols = ownColumns(cols)
		}); err != nil {
			return fmt.Errorf("save columns: %w", err)
		}
	case "reset":
		said = "The list has its default settings again."
		q.Cols, q.Density = nil, ""
		if err := h.views.SetPrefs(r.Context(), web.Actor(r), "list.settings", func(u *store.User) {
			u.Prefs.Cols, u.Prefs.Density, u.Prefs.Times, u.Prefs.UnpinFirstColumn, u.Prefs.KeysOff = nil, "", "", false, false
		}); err != nil {
			return fmt.Errorf("reset list settings: %w", err)
		}
	default:
		q.Cols, q.Density = nil, ""
		err := h.views.SetPrefs(r.Context(), web.Actor(r), "list.settings", func(u *store.User) {
			p := &u.Prefs
			p.Cols, p.Density, p.Times = ownColumns(cols), density, r.PostForm.Get("times")
			p.UnpinFirstColumn, p.KeysOff = r.PostForm.Get("freeze") != "yes", r.PostForm.Get("keys") != "yes"
			if !slices.Contains([]string{"relative", "absolute"}, p.Times) {
				p.Times = ""
			}
		})
		if err != nil {
			return fmt.Errorf("save list settings: %w", err)
		}
	}
	if said != "" { // the panel beside the list shows the effect itself
		h.site.Sessions.Said.Say(web.Actor(r).ID, said)
	}
	web.Redirect(w, r, ui.PBXsURL(q.Values()))
	return nil
}

// ownColumns returns the columns as a user's settings have them: nil stands for the usual ones.
func ownColumns(cols []string) []string {
	if slices.Equal(cols, display.UsualColumns) {
		return nil
	}
	return cols
}

// allColumns returns the columns in the order of the page: first the shown ones, and then the others.
func allColumns(shown []string) []string {
	all := slices.Clone(shown)
	for _, name := range display.Columns {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// chosenColumns returns the selected columns, ordered by the places that the user entered, counted from 1. Of two
// columns with the same place, the one that the user moved gets it. Without places, the order is that of the form.
// before has all columns in the order of the page that the form comes from.
func chosenColumns(form url.Values, before []string) []string {
	var cols []string
	for _, name := range form["cols"] {
		if _, ok := fleet.FieldByName(name); ok && !slices.Contains(cols, name) {
			cols = append(cols, name)
		}
	}
	place := func(name string) float64 {
		n, err := strconv.Atoi(form.Get("place-" + name))
		was := slices.Index(before, name) + 1
		switch {
		case err != nil:
			return 1000
		case n < was:
			return float64(n) - .5
		case n > was:
			return float64(n) + .5
		}
		return float64(n)
	}
	slices.SortStableFunc(cols, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return cols
}
