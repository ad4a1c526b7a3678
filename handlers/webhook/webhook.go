// Package webhook serves the endpoint for YCM's webhooks.
package webhook

import (
	"errors"
	"io"
	"net/http"

	"cordboard/fleet/hooks"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Hooks takes YCM's webhooks.
type Hooks interface {
	Enabled() bool
	Receive(body []byte, signature string) error
}

// Handler serves the endpoint for YCM's webhooks.
type Handler struct {
	site  *web.Site
	hooks Hooks
}

// New returns a Handler for the site.
func New(s *web.Site, hooks Hooks) *Handler { return &Handler{s, hooks} }

// Take takes a webhook of YCM: it answers 404 unless a secret is set, 401 if the signature is wrong, and 204 otherwise.
func (h *Handler) Take(w http.ResponseWriter, r *http.Request) error {
	if !h.hooks.Enabled() {
		return store.ErrNotFound
	}
	body, err := io.ReadAll(r.Body) // limited by the route
	if err != nil {
		return &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
			Status: http.StatusRequestEntityTooLarge,
			Title:  "Request too large",
			Text:   "The webhook was ignored.",
		}, Err: err}
	}
	if err := h.hooks.Receive(body, r.Header.Get("X-Signature")); errors.Is(err, hooks.ErrSignature) {
		h.site.Log.WarnContext(r.Context(), "webhook with a wrong signature", "request_id", web.RequestIDFrom(r.Context()))
		return &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
			Status: http.StatusUnauthorized,
			Title:  "Wrong signature",
			Text:   "The webhook was ignored. Check that the secret in Cordboard is that of the webhook in YCM.",
		}}
	}
	w.Header().Del("Connection")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
