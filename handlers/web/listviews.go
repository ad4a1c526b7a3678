package web

import (
	"net/http"

	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	"cordboard/views/ui"
)

// ListViews returns the views that the user can see: the built-in ones, then their own and shared ones by name.
func (s *Site) ListViews(r *http.Request) ([]lists.View, error) {
	saved, err := s.Store.Saved(r.Context(), store.ListViews, UserFrom(r.Context()).ID)
	if err != nil {
		return nil, err
	}
	return lists.Views(saved), nil
}

// Cells turns fields of PBXs into the cells of a table with the columns shown.
func (s *Site) Cells(c ui.Clock, shown []string) display.Cells {
	return display.Cells{Clock: c, Thresholds: s.Mirror.Snapshot().Thresholds(), Shown: shown}
}
