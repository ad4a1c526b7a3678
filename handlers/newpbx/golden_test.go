package newpbx_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the New PBX form, with and without problems, and the Presets page with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	b.GoldenPages(t, "operator", map[string]string{
		"form":    "/pbxs/new",
		"presets": "/presets",
	})
	operator := b.As("operator")
	form := portaltest.With(
		portaltest.GoodForm("acme"), map[string]string{"subDomain": "no spaces here", "customerIds": ""},
	)
	form.Set("attempt", operator.NewForm())
	portaltest.Golden(t, "form-problems", operator.Post("/pbxs", form))
}
