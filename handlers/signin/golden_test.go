package signin_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the pages that are shown before sign-in with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.GoldenPages(t, "", map[string]string{
		"signin":      "/signin",
		"signin-next": "/signin?next=%2Fpbxs",
		"dead-link":   "/link?token=made-up",
	})
	portaltest.Golden(t, "signin-wrong", b.Browser().SignIn("viewer@example.com", "wrong"))
	portaltest.Golden(t, "setup", portaltest.NewEmpty(t).Browser().Get("/setup"))
}
