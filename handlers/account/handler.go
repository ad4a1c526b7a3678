// Package account serves the pages of the user's own account: settings, password, sessions and second factor.
package account

import (
	"cordboard/handlers/web"
)

// Handler serves the pages of the user's own account.
type Handler struct{ site *web.Site }

// New returns a Handler for the site.
func New(s *web.Site) *Handler { return &Handler{site: s} }
