// Package team serves the pages about the team: members, invitations and the two-factor policy.
package team

import (
	"cordboard/handlers/web"
)

// Handler serves the pages about the team.
type Handler struct{ site *web.Site }

// New returns a Handler for the site.
func New(s *web.Site) *Handler { return &Handler{site: s} }
