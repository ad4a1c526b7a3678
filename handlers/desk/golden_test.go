package desk_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the overview, its settings, the command palette and the keyboard shortcuts with their
// golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 40)
	b.GoldenPages(t, "operator", map[string]string{
		"overview":          "/",
		"overview-settings": "/overview/settings",
		"palette":           "/palette?q=a",
		"keys":              "/keys",
	})
}
