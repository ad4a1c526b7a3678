package pbxs

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// tabs returns the links to all PBXs and to the views. The tab of the view that the query started from is marked as
// current, and as modified if the query differs from the view.
func (h *Handler) tabs(q list.Query, all []lists.View, c ui.Clock) []ui.Tab {
	snapshot := h.fleet.Index()
	tabs := []ui.Tab{
		{
			Label:   "All",
			URL:     "/pbxs",
			Count:   ui.Number(int64(snapshot.Here())),
			Current: q.View == "" && len(lists.ViewQuery(q)) == 0,
		},
	}
	for _, v := range all {
		own := v.Parsed()
		own.Me = q.Me
		tab := ui.Tab{
			Label:   v.Name,
			URL:     v.URL(),
			Count:   ui.Number(int64(snapshot.Count(own, c.Now, c.Zone))),
			Current: q.View == v.Key,
		}
		tab.Modified = tab.Current && !v.IsAs(q)
		tabs = append(tabs, tab)
	}
	return tabs
}

// ShowViews shows the page for saving, sharing and deleting views, and for choosing one as the start page.
func (h *Handler) ShowViews(w http.ResponseWriter, r *http.Request) error {
	return h.viewsPage(w, r, http.StatusOK, r.URL.RawQuery, "", false, "")
}

func (h *Handler) viewsPage(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	rawQuery, name string,
	shared bool,
	problem string,
) error {
	all, err := h.site.ListViews(r)
	if err != nil {
		return err
	}
	user := web.UserFrom(r.Context())
	values, _ := url.ParseQuery(rawQuery)
	q, problems := lists.ParseQuery(values, web.UserFrom(r.Context()))
	ignored := lists.QueryProblems(problems)
	left, _ := h.leftOut(q)
	m := views.SavedViewsPage{
		Name:    name,
		Shared:  shared,
		Problem: problem,
		Query:   lists.ViewQuery(q).Encode(),
		Words:   h.queryWords(q),
		Back:    ui.PBXsURL(q.Values()),
		Ignored: append(ignored, left...),
	}
	if v, ok := lists.Find(all, q.View); ok && name == "" && problem == "" && v.Saved != nil &&
		v.Saved.OwnerID == user.ID {
		m.Name, m.Shared = v.Name, v.Saved.Shared
	}
	m.Views = append(
		m.Views,
		views.ViewRow{
			Key:     "",
			Name:    "Overview",
			URL:     "/",
			Landing: user.Prefs.Landing == "",
			Of:      "Capacity, recent changes and PBXs that need attention",
		},
		views.ViewRow{
			Key:     lists.LandOnAll,
			Name:    "All",
			URL:     "/pbxs",
			Landing: user.Prefs.Landing == lists.LandOnAll,
			Of:      "Built in",
		},
	)
	for _, v := range all {
		m.Views = append(m.Views, viewRow(v, user, h.queryWords(v.Parsed())))
	}
	return h.site.Render(w, r, status, "Views", views.Views(m), views.Views(m))
}

// viewRow returns the row that the given user sees for a view. words describes the view's query.
func viewRow(v lists.View, user *store.User, words string) views.ViewRow {
	row := views.ViewRow{
		Key:     v.Key,
		Name:    v.Name,
		URL:     v.URL(),
		Words:   words,
		Landing: user.Prefs.Landing == v.Key,
		Of:      "Built in",
	}
	if v.Saved != nil {
		row.Own = v.Saved.OwnerID == user.ID
		row.Of = display.SavedOf(*v.Saved, row.Own)
	}
	return row
}

// SaveView saves a query under a name. If the user already has a view with that name, the new view replaces it.
func (h *Handler) SaveView(w http.ResponseWriter, r *http.Request) error {
	name, shared := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("shared") == "yes"
	values, err := url.ParseQuery(r.PostForm.Get("query"))
	if err != nil {
		values = nil
	}
	q, _ := lists.ParseQuery(values, web.UserFrom(r.Context()))
	query := lists.MeantQuery(q, web.UserFrom(r.Context()).Prefs)
	problem := lists.SaveProblem(name, query)
	if slices.ContainsFunc(
		lists.BuiltIn,
		func(v lists.View) bool { return fold.Text(v.Name) == fold.Text(name) },
	) || slices.Contains([]string{"all", "overview"}, fold.Text(name)) {
		problem = "A built-in view has this name. Choose another name."
	}
	if problem == "" {
		view, err := h.views.PutSaved(
			r.Context(),
			web.Actor(r),
			store.ListViews,
			store.Saved{OwnerID: web.UserFrom(r.Context()).ID, Name: name, Shared: shared, Query: query.Encode()},
		)
		switch {
		case errors.Is(err, store.ErrTooManySaved):
			problem = lists.TooManyViews
		case err != nil:
			return fmt.Errorf("save view: %w", err)
		default:
			web.Redirect(w, r, lists.View{Key: strconv.FormatInt(view.ID, 10), Query: query}.URL())
			return nil
		}
	}
	return h.viewsPage(w, r, http.StatusUnprocessableEntity, lists.ViewQuery(q).Encode(), name, shared, problem)
}

// DeleteView deletes one of the user's views.
func (h *Handler) DeleteView(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("view"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	if err := h.views.DeleteSaved(r.Context(), web.Actor(r), store.ListViews, id); err != nil {
		return fmt.Errorf("delete view: %w", err)
	}
	web.Redirect(w, r, "/views")
	return nil
}

// SetLandingView sets the page that opens after sign-in.
func (h *Handler) SetLandingView(w http.ResponseWriter, r *http.Request) error {
	all, err := h.site.ListViews(r)
	if err != nil {
		return err
	}
	key := r.PostForm.Get("view")
	if _, ok := lists.Find(all, key); !ok && key != "" && key != lists.LandOnAll {
		return store.ErrNotFound
	}
	if err := h.views.SetPrefs(
		r.Context(),
		web.Actor(r),
		"view.landing",
		func(u *store.User) { u.Prefs.Landing = key },
	); err != nil {
		return fmt.Errorf("set the start page: %w", err)
	}
	web.Redirect(w, r, "/views")
	return nil
}
