package handlers

import (
	"net/http"
	"time"
)

// refreshPatience is how long Refresh waits for the sync that it started. A small fleet is read by then, and nobody
// has to wait for a slow YCM.
const refreshPatience = 200 * time.Millisecond

// refresh starts a sync of the fleet, or of the subscription alone, and redirects back to the page.
func (s *deskHandler) refresh(w http.ResponseWriter, r *http.Request) error {
	if overRate(r) { // the data is fresh enough
		redirect(w, r, localPath(r.PostForm.Get("next")))
		return nil
	}
	timer := time.NewTimer(refreshPatience)
	defer timer.Stop()
	read := s.mirror.Refresh
	if r.PostForm.Get("what") == "package" {
		read = s.subscriptions.Refresh
	}
	select {
	case <-read():
	case <-timer.C:
	case <-r.Context().Done():
	}
	redirect(w, r, localPath(r.PostForm.Get("next")))
	return nil
}
