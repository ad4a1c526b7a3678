package palette_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the command palette and the keyboard shortcuts with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 40)
	b.GoldenPages(t, "operator", map[string]string{"palette": "/palette?q=a", "keys": "/keys"})
}
