package identity

import (
	"strings"
	"testing"
)

// TestLeakedPasswords checks that hundreds of passwords, from all parts of the list, are rejected both as listed and in
// uppercase, and that some good passwords are accepted.
func TestLeakedPasswords(t *testing.T) {
	t.Parallel()
	long := readLeaked().long
	if len(long) < 50_000 {
		t.Fatalf("the list has %d passwords", len(long))
	}
	refused := 0
	for i := 0; i < len(long); i += len(long) / 400 {
		for _, p := range []string{long[i], strings.ToUpper(long[i])} {
			if len(p) <= MaxPassword && PasswordProblem(p, "ines@example.com") == "" {
				t.Errorf("%q is taken", p)
			}
			refused++
		}
	}
	if refused < 600 {
		t.Errorf("%d were tried", refused)
	}
	for _, good := range []string{
		"correct horse battery",
		"lantern orchard gravel",
		"brass cord switchboard",
		"Ünïcødé påsswörd ☎",
	} {
		if problem := PasswordProblem(good, "ines@example.com"); problem != "" {
			t.Errorf("%q: %s", good, problem)
		}
	}
}
