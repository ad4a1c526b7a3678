package audit_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the audit log with its golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.GoldenPages(t, "admin", map[string]string{
		"log":         "/audit",
		"log-search":  "/audit?q=action%3Asession.*+nonsense%3A1",
		"log-nothing": "/audit?q=nothing-like-this",
	})
}
