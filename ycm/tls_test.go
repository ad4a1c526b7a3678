package ycm

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestSelfSignedYCMIsRefused checks that the client sends no request to a server whose certificate it can't verify.
func TestSelfSignedYCMIsRefused(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	config, _ := testConfig(server.URL)
	_, err := mustNew(t, config).GetSubscription(t.Context())
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) || asked.Load() != 0 {
		t.Errorf("GetSubscription = %v after %d requests, want an UnknownAuthorityError after 0", err, asked.Load())
	}
}
