package team

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page with every part shown, with hostile texts, and empty.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "team", Team)
	viewtest.Page(t, "member", MemberMatter)
}
