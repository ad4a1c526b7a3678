// Package operations serves the pages about operations, which are changes in YCM that users request in Cordboard.
package operations

import (
	"cordboard/handlers/web"
)

// Handler serves the pages about operations.
type Handler struct{ site *web.Site }

// New returns a Handler.
func New(s *web.Site) *Handler { return &Handler{site: s} }
