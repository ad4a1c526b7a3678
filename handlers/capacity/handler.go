// Package capacity serves the subscription's ledger, its history and forecast, right-sizing, and the expiry board.
package capacity

import (
	"cordboard/handlers/web"
)

// Handler serves the capacity page, the expiry board and their exports.
type Handler struct{ site *web.Site }

// New returns a Handler.
func New(s *web.Site) *Handler { return &Handler{site: s} }
