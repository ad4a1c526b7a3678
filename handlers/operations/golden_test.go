package operations_test

import (
	"testing"

	"cordboard/handlers/portaltest"
)

// TestGoldenPages compares the list of operations and one operation with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	portaltest.Golden(t, "none", operator.Get("/operations"))
	id := b.Submit(operator, portaltest.GoodForm("acme"))
	portaltest.Golden(t, "queued", operator.Get("/operations/"+id))
	portaltest.Golden(t, "list", operator.Get("/operations"))
}
