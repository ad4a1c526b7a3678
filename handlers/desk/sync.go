package desk

import (
	"net/http"
	"time"

	"cordboard/handlers/web"
)

// refreshPatience is how long Refresh waits for the sync that it requested. It is long enough to read a small fleet,
// but short enough that users don't have to wait for a slow YCM.
const refreshPatience = 200 * time.Millisecond

// Refresh requests a sync of the fleet, or of the subscription alone, waits briefly for it, and redirects back to the
// page.
func (h *Handler) Refresh(w http.ResponseWriter, r *http.Request) error {
	if web.IsOverRate(r) { // the data is fresh enough
		web.Redirect(w, r, web.LocalPath(r.PostForm.Get("next")))
		return nil
	}
	timer := time.NewTimer(refreshPatience)
	defer timer.Stop()
	read := h.fleet.Refresh
	if r.PostForm.Get("what") == "package" {
		read = h.readings.Refresh
	}
	select {
	case <-read():
	case <-timer.C:
	case <-r.Context().Done():
	}
	web.Redirect(w, r, web.LocalPath(r.PostForm.Get("next")))
	return nil
}
