// Package account serves the pages of one's own account: settings, password, sessions and second factor.
package account

import (
	"cordboard/handlers/web"
)

// Handler serves the pages of one's own account.
type Handler struct{ site *web.Site }

// New returns the Handler of the account.
func New(s *web.Site) *Handler { return &Handler{site: s} }
