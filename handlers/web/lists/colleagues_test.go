package lists

import (
	"strings"
	"testing"

	"cordboard/store"
)

// TestColleagues checks who can be chosen as an owner.
func TestColleagues(t *testing.T) {
	t.Parallel()
	users := []store.User{
		{ID: 1, Name: "Ada", Email: "ada@example.com", Role: store.RoleAdmin},
		{ID: 2, Name: "Vi", Email: "vi@example.com", Role: store.RoleViewer},
		{ID: 3, Name: "Leo", Email: "leo@example.com", Role: store.RoleOperator, Disabled: true},
	}
	for word, want := range map[string]string{
		"": "Ada", "ADA@example.com": "Ada*", "1": "Ada*", "3": "Ada Leo (left the team)*", "nobody": "Ada",
	} {
		var got []string
		for _, c := range Colleagues(users, word) {
			if c.Selected {
				c.Label += "*"
			}
			got = append(got, c.Label)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("with %q: %q, want %q", word, got, want)
		}
	}
}
