package account_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the account pages with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.GoldenPages(t, "viewer", map[string]string{
		"account":       "/account",
		"account-saved": "/account?done=settings",
		"factor":        "/account/factor",
	})
}
