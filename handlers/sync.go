package handlers

import (
	"net/http"
	"time"
)

// refreshPatience is how long Refresh waits for the pass that it asked for: a small fleet is read by then, and nobody
// waits for a YCM that is slow.
const refreshPatience = 200 * time.Millisecond

// refresh asks for a pass over YCM's list, or for a reading of the package alone, and goes back to the page.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) error {
	if overRate(r) { // it is fresh enough
		redirect(w, r, localPath(r.PostForm.Get("next")))
		return nil
	}
	timer := time.NewTimer(refreshPatience)
	defer timer.Stop()
	read := s.fleet.Refresh
	if r.PostForm.Get("what") == "package" {
		read = s.fleet.RefreshSubscription
	}
	select {
	case <-read():
	case <-timer.C:
	case <-r.Context().Done():
	}
	redirect(w, r, localPath(r.PostForm.Get("next")))
	return nil
}
