// Package pbxs serves the list of PBXs with its filters, views and exports, and the page of each PBX.
package pbxs

import "cordboard/handlers/web"

// Handler serves the list of PBXs.
type Handler struct{ site *web.Site }

// New returns a Handler.
func New(s *web.Site) *Handler { return &Handler{site: s} }

// Record serves the page of one PBX.
type Record struct{ site *web.Site }

// NewRecord returns a Record.
func NewRecord(s *web.Site) *Record { return &Record{site: s} }
