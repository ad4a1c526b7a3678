package changes

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/changes"
	"cordboard/views/ui"
)

// addViews adds the tabs of the saved views, and the form that saves one.
func (h *Handler) addViews(r *http.Request, m *views.Page, q query, s saving) error {
	user := web.UserFrom(r.Context())
	saved, err := h.store.Saved(r.Context(), store.ChangeViews, user.ID)
	if err != nil {
		return fmt.Errorf("read views: %w", err)
	}
	own := q.values()
	own.Del("view")
	own.Del("before")
	m.Title = "Changes"
	m.Tabs = []ui.Tab{{Label: "Last 7 days", URL: "/changes", Current: q.view == "" && len(own) == 0}, {
		Label: "Since your last visit", URL: "/changes?days=visit", Current: q.view == "" && own.Encode() == "days=visit",
	}}
	m.Saving = views.Saving{Query: own.Encode(), Name: s.name, Shared: s.shared, Problem: s.problem}
	for _, v := range saved {
		query, err := url.ParseQuery(v.Query)
		if err != nil {
			continue // perhaps another version of Cordboard wrote it
		}
		id := strconv.FormatInt(v.ID, 10)
		tab := ui.Tab{Label: v.Name, Current: id == q.view}
		tab.Modified = tab.Current && query.Encode() != own.Encode()
		query.Set("view", id)
		tab.URL = withQuery("/changes", query)
		m.Tabs = append(m.Tabs, tab)
		if !tab.Current {
			continue
		}
		m.Title = v.Name + " · Changes"
		if v.OwnerID == user.ID {
			m.Saving.ID = id
			if s.problem == "" {
				m.Saving.Name, m.Saving.Shared = v.Name, v.Shared
			}
		}
		m.Saving.Of = display.SavedOf(v, v.OwnerID == user.ID)
	}
	return nil
}

// SaveView saves a query under a name. If the user already has a view with that name, the new view replaces it.
func (h *Handler) SaveView(w http.ResponseWriter, r *http.Request) error {
	s := saving{name: strings.TrimSpace(r.PostForm.Get("name")), shared: r.PostForm.Get("shared") == "yes"}
	values, _ := url.ParseQuery(r.PostForm.Get("query"))
	q, _ := parse(values, web.UserFrom(r.Context()))
	q.before, q.view = 0, ""
	query := q.values()
	s.problem = lists.SaveProblem(s.name, query)
	if s.problem == "" {
		view, err := h.store.PutSaved(r.Context(), web.Actor(r), store.ChangeViews, store.Saved{
			OwnerID: web.UserFrom(r.Context()).ID, Name: s.name, Shared: s.shared, Query: query.Encode(),
		})
		switch {
		case errors.Is(err, store.ErrTooManySaved):
			s.problem = lists.TooManyViews
		case err != nil:
			return fmt.Errorf("save view: %w", err)
		default:
			query.Set("view", strconv.FormatInt(view.ID, 10))
			web.Redirect(w, r, withQuery("/changes", query))
			return nil
		}
	}
	return h.page(w, r, http.StatusUnprocessableEntity, query.Encode(), s)
}

// DeleteView deletes one of the user's views.
func (h *Handler) DeleteView(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("view"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	if err := h.store.DeleteSaved(r.Context(), web.Actor(r), store.ChangeViews, id); err != nil {
		return fmt.Errorf("delete view: %w", err)
	}
	web.Redirect(w, r, "/changes")
	return nil
}
