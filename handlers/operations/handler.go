// Package operations serves the operations: everything that was sent to YCM, and its outcome.
package operations

import (
	"cordboard/handlers/web"
)

// Handler serves the operations.
type Handler struct{ site *web.Site }

// New returns the Handler of operations.
func New(s *web.Site) *Handler { return &Handler{site: s} }
