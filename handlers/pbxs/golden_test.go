package pbxs_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the list and its related pages with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	b.GoldenPages(t, "operator", map[string]string{
		"list":          "/pbxs",
		"list-searched": "/pbxs?q=status%3Arunning&cols=name,pbxStatus,expirationDate",
		"list-nothing":  "/pbxs?q=nothing-like-this",
		"list-ignored":  "/pbxs?hue=red",
		"filters":       "/pbxs/filters",
		"settings":      "/pbxs/settings",
		"views":         "/views",
	})
	empty := portaltest.New(t, 0)
	portaltest.Golden(t, "list-first", empty.As("viewer").Get("/pbxs"))
}
