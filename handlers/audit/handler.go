// Package audit serves the audit log and its exports, and verifies its chain.
package audit

import (
	"sync/atomic"

	"cordboard/handlers/web"
)

// Handler serves the audit log and verifies its chain.
type Handler struct {
	site  *web.Site
	heavy web.Turns // limits each user to one search of the audit log at a time
	proof atomic.Pointer[auditVerification]
}

// New returns a Handler for the site.
func New(s *web.Site) *Handler { return &Handler{site: s} }
