package pbxs_test

import (
	"fmt"
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the list, its related pages, and a PBX's page with their golden files.
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
		"pbx":           fmt.Sprintf("/pbxs/%d", b.YCM.IDs()[0]),
	})
	empty := portaltest.New(t, 0)
	portaltest.Golden(t, "list-first", empty.As("viewer").Get("/pbxs"))
}
