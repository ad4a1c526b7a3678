package handlers

import (
	"cordboard/views"
	"net/http"
	"net/url"
	"time"
)

// refreshPatience is how long Refresh waits for the pass that it asked for: a small fleet is read by then, and nobody
// waits for a YCM that is slow.
const refreshPatience = 200 * time.Millisecond

func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	to := "/pbxs"
	if landing := userFrom(r.Context()).Prefs.Landing; landing != "" {
		to = views.PBXsURL(url.Values{"view": {landing}})
	}
	redirect(w, r, to)
	return nil
}

// refresh asks for a pass over YCM's list and goes back to the page.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) error {
	timer := time.NewTimer(refreshPatience)
	defer timer.Stop()
	select {
	case <-s.fleet.Refresh():
	case <-timer.C:
	case <-r.Context().Done():
	}
	redirect(w, r, localPath(r.PostForm.Get("next")))
	return nil
}
