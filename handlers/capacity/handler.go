// Package capacity serves the subscription as a ledger, its history and forecast, right-sizing, and what expires.
package capacity

import (
	"cordboard/handlers/web"
)

// Handler serves the subscription, its history and what expires.
type Handler struct{ site *web.Site }

// New returns the Handler of capacity.
func New(s *web.Site) *Handler { return &Handler{site: s} }
