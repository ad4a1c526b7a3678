package team_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the team's pages with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.GoldenPages(t, "admin", map[string]string{
		"team":        "/team",
		"member":      "/team/1",
		"member-self": "/team/3",
	})
}
