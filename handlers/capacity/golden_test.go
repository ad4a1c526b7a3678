package capacity_test

import (
	"testing"
	"time"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the capacity page with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 40)
	b.GoldenPages(t, "operator", map[string]string{
		"subscription-unread": "/subscription",
	})
	_, _, err := b.Fleet.Subscriptions.Read(t.Context(), time.Minute)
	b.Must(err)
	b.GoldenPages(t, "operator", map[string]string{"subscription": "/subscription"})
}
