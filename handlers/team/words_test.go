package team

import "testing"

// TestWithoutWords checks the sentence about people without a second factor, which may include the reader.
func TestWithoutWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n    int
		own  bool
		want string
	}{
		{0, true, "Everyone has a second factor"},
		{1, true, "1 person has no second factor yet"},
		{3, true, "3 people have no second factor yet"},
		{1, false, "Only you have no second factor yet"},
		{3, false, "3 people have no second factor yet, including you"},
	} {
		if got := withoutWords(tt.n, tt.own); got != tt.want {
			t.Errorf("withoutWords(%d, %t) = %q, want %q", tt.n, tt.own, got, tt.want)
		}
	}
}
