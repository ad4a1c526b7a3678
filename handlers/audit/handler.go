// Package audit serves the audit log and its exports, and verifies its chain.
package audit

import (
	"context"
	"sync/atomic"

	"cordboard/handlers/web"
	"cordboard/store"
)

// Log is the part of the store that reads and verifies the audit log.
type Log interface {
	AuditEvents(ctx context.Context, page, per int, q store.AuditQuery) (store.AuditPage, error)
	EachAuditEvent(ctx context.Context, q store.AuditQuery, upTo int64, f func(store.Event) error) error
	AuditHead(ctx context.Context) (store.Head, error)
	VerifyAudit(ctx context.Context, from store.Head, heads ...store.Head) (store.Head, error)
}

// Handler serves the audit log and verifies its chain.
type Handler struct {
	site  *web.Site
	log   Log
	heavy web.Turns // limits each user to one search of the audit log at a time
	proof atomic.Pointer[auditVerification]
}

// New returns a Handler for the site that serves the given log.
func New(s *web.Site, l Log) *Handler { return &Handler{site: s, log: l} }
