package web

import (
	"net/http"

	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	"cordboard/views/ui"
)

// ListViews returns the views that the user can see: first the built-in ones, and then the user's own and shared ones
// by name.
func (s *Site) ListViews(r *http.Request) ([]lists.View, error) {
	saved, err := s.store.Saved(r.Context(), store.ListViews, UserFrom(r.Context()).ID)
	if err != nil {
		return nil, err
	}
	return lists.Views(saved), nil
}

// Cells returns a display.Cells for a table with the given columns.
func (s *Site) Cells(c ui.Clock, shown []string) display.Cells {
	return display.Cells{Clock: c, Thresholds: s.account.Mirror.Snapshot().Thresholds(), Shown: shown}
}
