// Package operations serves the pages about operations: the changes that were requested in YCM, and their outcomes.
package operations

import (
	"cordboard/handlers/web"
)

// Handler serves the pages about operations.
type Handler struct{ site *web.Site }

// New returns a Handler.
func New(s *web.Site) *Handler { return &Handler{site: s} }
