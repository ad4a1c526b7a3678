package signin

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page that has a model, with every field of the model set, with hostile text, and with an empty
// model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "signin", SignIn)
	viewtest.Page(t, "code", Code)
	viewtest.Page(t, "link", UseLink)
	viewtest.Page(t, "setup", Setup)
	viewtest.Page(t, "confirm", Confirm)
	viewtest.Page(t, "download", Download)
}
