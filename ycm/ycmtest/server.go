package ycmtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a fake YCM that listens on the loopback address.
type Server struct {
	*YCM
	URL string // such as "http://127.0.0.1:8081"

	addr   string
	http   *http.Server
	resets atomic.Int64 // number of connections to break before a byte is read; negative means all

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
}

// TB is the part of testing.TB that NewServer needs. This package is part of the binary, which must not include
// package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// NewServer starts a fake YCM for one test and closes it when the test ends.
func NewServer(t TB, c Config) *Server {
	t.Helper()
	s, err := Start(c)
	if err != nil {
		t.Fatalf("ycmtest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a fake YCM on a free port on the loopback address. The caller must close it.
func Start(c Config) (*Server, error) {
	s := &Server{YCM: New(c), conns: map[net.Conn]bool{}, addr: "127.0.0.1:0"}
	s.http = &http.Server{Handler: s.YCM, ReadHeaderTimeout: 10 * time.Second, ConnState: s.track}
	if err := s.listen(); err != nil {
		return nil, err
	}
	s.addr = s.listener.Addr().String()
	s.URL = "http://" + s.addr
	return s, nil
}

func (s *Server) listen() error {
	l, err := net.Listen("tcp", s.addr) //nolint:noctx // listening on a local port doesn't block
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.addr, err)
	}
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	go func() { _ = s.http.Serve(resetting{l, s}) }() // Serve's error only means that the listener was closed
	return nil
}

func (s *Server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.conns[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(s.conns, c)
	}
}

// Close stops the server and closes all connections.
func (s *Server) Close() {
	s.Refuse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.http.Shutdown(ctx)
}

// Refuse breaks all connections and makes new ones fail until Accept is called.
func (s *Server) Refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.listener.Close()
	for c := range s.conns {
		breakOff(c)
	}
}

// Accept listens again on the same port.
func (s *Server) Accept() error { return s.listen() }

// ResetConnections breaks all open connections. It then breaks the next n connections before a byte is read: every
// connection if n is negative, none if n is 0.
func (s *Server) ResetConnections(n int) {
	s.resets.Store(int64(n))
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		breakOff(c)
	}
}

// resetting is a listener that breaks the connections that ResetConnections selects.
type resetting struct {
	net.Listener
	server *Server
}

func (l resetting) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		left := l.server.resets.Load()
		if left == 0 {
			return c, nil
		}
		if left > 0 {
			l.server.resets.Add(-1)
		}
		breakOff(c)
	}
}
