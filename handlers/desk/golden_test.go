package desk_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the overview and its settings with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 40)
	b.GoldenPages(t, "operator", map[string]string{
		"overview":          "/",
		"overview-settings": "/overview/settings",
	})
}
