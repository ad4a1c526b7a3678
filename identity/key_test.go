package identity_test

import (
	"strings"
	"testing"

	"cordboard/handlers/portaltest"
	"cordboard/identity"
)

// TestSecretsOfAnotherKey checks that New fails if the key that encrypted a second factor is missing. Otherwise, the
// portal would start, but respond to every code with status 500.
func TestSecretsOfAnotherKey(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.As("viewer").Enroll(b.User("viewer").ID)
	b.SQL(`UPDATE factors SET secret = 'v1.00000000.' || substr(secret, 13)`)
	_, err := identity.New(t.Context(), identity.Config{Store: b.Store, Log: b.Logger(), Hash: portaltest.CheapHash})
	if err == nil || !strings.Contains(err.Error(), "restore it") {
		t.Errorf("identity.New = %v, want an error about the missing key", err)
	}
}
