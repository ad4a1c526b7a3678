package capacity_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"cordboard/handlers/capacity"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// unreadable stands for operations that can't be read.
type unreadable struct{ err error }

func (u unreadable) Open(context.Context) (store.Pending, error) { return store.Pending{}, u.err }

// TestUnreadableOperations checks that the capacity page fails if the open operations can't be read. Without them, it
// couldn't explain the capacity that they hold.
func TestUnreadableOperations(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	h := capacity.New(b.Site, capacity.Config{
		Fleet:      b.Fleet.Mirror,
		Readings:   b.Fleet.Subscriptions,
		Operations: unreadable{store.ErrUnavailable},
	})
	w := httptest.NewRecorder()
	err := h.ShowSubscription(w, httptest.NewRequest(http.MethodGet, "/subscription", http.NoBody))
	if !errors.Is(err, store.ErrUnavailable) || w.Body.Len() > 0 {
		t.Errorf("page = %v with %d bytes, want %v and no page", err, w.Body.Len(), store.ErrUnavailable)
	}
}
