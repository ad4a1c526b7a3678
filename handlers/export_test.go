package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"cordboard/handlers/audit"
)

// CSP and MaxBody export constants for tests.
const (
	CSP     = csp
	MaxBody = defaultMaxBody
)

var (
	AddressOf = addressOf
	SizeWords = sizeWords
)

func (s *Server) Router() chi.Routes { return s.router.(chi.Routes) }

func (s *Server) RequestID(next http.Handler) http.Handler { return s.requestID(next) }

func (s *Server) LimitBody(router chi.Routes, routes []Route) func(http.Handler) http.Handler {
	return s.limitBody(router, routes)
}

func (s *Server) Recoverer(next http.Handler) http.Handler { return s.recoverer(next) }

func (s *Server) Audit() *audit.Handler { return s.audit }
