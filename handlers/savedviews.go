package handlers

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
	"cordboard/store"
	"cordboard/views"
)

// tabs returns the links to all PBXs and to the views. The view that the query is based on is current, modified or
// not.
func (s *pbxsHandler) tabs(q list.Query, all []listView, c views.Clock) []views.Tab {
	snapshot := s.mirror.Index()
	tabs := []views.Tab{
		{
			Label:   "All",
			URL:     "/pbxs",
			Count:   views.Number(int64(snapshot.Here())),
			Current: q.View == "" && len(viewQuery(q)) == 0,
		},
	}
	for _, v := range all {
		own := v.parsed()
		tab := views.Tab{
			Label:   v.name,
			URL:     v.url(),
			Count:   views.Number(int64(snapshot.Count(own, c.Now, c.Zone))),
			Current: q.View == v.key,
		}
		tab.Modified = tab.Current && !v.isAs(q)
		tabs = append(tabs, tab)
	}
	return tabs
}

// showViews shows the page on which views are saved, shared, set as the start page and deleted.
func (s *pbxsHandler) showViews(w http.ResponseWriter, r *http.Request) error {
	return s.viewsPage(w, r, http.StatusOK, r.URL.RawQuery, "", false, "")
}

func (s *pbxsHandler) viewsPage(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	rawQuery, name string,
	shared bool,
	problem string,
) error {
	all, err := s.listViews(r)
	if err != nil {
		return err
	}
	user := userFrom(r.Context())
	values, _ := url.ParseQuery(rawQuery)
	q, ignored := list.ParseQuery(values)
	left, _ := s.leftOut(q)
	m := views.SavedViewsPage{
		Name:    name,
		Shared:  shared,
		Problem: problem,
		Query:   viewQuery(q).Encode(),
		Words:   s.queryWords(q),
		Back:    views.PBXsURL(q.Values()),
		Ignored: append(ignored, left...),
	}
	if v, ok := findView(all, q.View); ok && name == "" && problem == "" && v.saved != nil &&
		v.saved.OwnerID == user.ID {
		m.Name, m.Shared = v.name, v.saved.Shared
	}
	m.Views = append(
		m.Views,
		views.ViewRow{
			Key:     "",
			Name:    "Overview",
			URL:     "/",
			Landing: user.Prefs.Landing == "",
			Of:      "What needs attention, capacity and recent changes",
		},
		views.ViewRow{
			Key:     landOnAll,
			Name:    "All",
			URL:     "/pbxs",
			Landing: user.Prefs.Landing == landOnAll,
			Of:      "Built in",
		},
	)
	for _, v := range all {
		own := v.parsed()
		row := views.ViewRow{
			Key:     v.key,
			Name:    v.name,
			URL:     v.url(),
			Words:   s.queryWords(own),
			Landing: user.Prefs.Landing == v.key,
			Of:      "Built in",
		}
		if v.saved != nil {
			row.Own = v.saved.OwnerID == user.ID
			row.Of = savedOf(*v.saved, row.Own)
		}
		m.Views = append(m.Views, row)
	}
	return s.render(w, r, status, "Views", views.Views(m), views.Views(m))
}

// saveView saves a query under a name. It replaces the user's own view of the same name.
func (s *pbxsHandler) saveView(w http.ResponseWriter, r *http.Request) error {
	name, shared := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("shared") == "yes"
	values, err := url.ParseQuery(r.PostForm.Get("query"))
	if err != nil {
		values = nil
	}
	q, _ := list.ParseQuery(values)
	query := meantQuery(q, userFrom(r.Context()).Prefs)
	problem := ""
	switch {
	case name == "":
		problem = "Enter a name for the view."
	case len([]rune(name)) > 60:
		problem = "A name can have at most 60 characters."
	case !fold.Plain(name) || fold.Mixed(name):
		problem = "The name has no visible character, a control character, or letters of two alphabets in one word. " +
			"Type it again."
	case slices.ContainsFunc(builtIn, func(v listView) bool { return fold.Text(v.name) == fold.Text(name) }) || slices.Contains([]string{"all", "overview"}, fold.Text(name)):
		problem = "A built-in view has this name. Choose another."
	case len(query.Encode()) > 4000:
		problem = "These filters are too long to save. The limit is 4,000 characters."
	}
	if problem == "" {
		view, err := s.store.PutSaved(
			r.Context(),
			actor(r),
			store.ListViews,
			store.Saved{OwnerID: userFrom(r.Context()).ID, Name: name, Shared: shared, Query: query.Encode()},
		)
		switch {
		case errors.Is(err, store.ErrTooManySaved):
			problem = "You have reached the limit of 50 views. Delete one first."
		case err != nil:
			return fmt.Errorf("save view: %w", err)
		default:
			redirect(w, r, listView{key: strconv.FormatInt(view.ID, 10), query: query}.url())
			return nil
		}
	}
	return s.viewsPage(w, r, http.StatusUnprocessableEntity, viewQuery(q).Encode(), name, shared, problem)
}

func (s *pbxsHandler) deleteView(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("view"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	if err := s.store.DeleteSaved(r.Context(), actor(r), store.ListViews, id); err != nil {
		return fmt.Errorf("delete view: %w", err)
	}
	redirect(w, r, "/views")
	return nil
}

// landOn sets the page that opens after sign-in.
func (s *pbxsHandler) landOn(w http.ResponseWriter, r *http.Request) error {
	all, err := s.listViews(r)
	if err != nil {
		return err
	}
	key := r.PostForm.Get("view")
	if _, ok := findView(all, key); !ok && key != "" && key != landOnAll {
		return store.ErrNotFound
	}
	if err := s.store.SetPrefs(
		r.Context(),
		actor(r),
		"view.landing",
		func(u *store.User) { u.Prefs.Landing = key },
	); err != nil {
		return fmt.Errorf("set the start page: %w", err)
	}
	redirect(w, r, "/views")
	return nil
}
