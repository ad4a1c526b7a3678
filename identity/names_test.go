package identity

import (
	"strings"
	"testing"

	"cordboard/store"
)

// TestEmailProblem checks which email addresses are accepted.
func TestEmailProblem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		email string
		want  Problem
	}{
		{"ines@example.com", ""},
		{"ines+x@example.co.uk", ""},
		{"ines@exämple.de", ""},
		{"ines@xn--exmple-cua.de", ""},
		{"ines", ProblemEmailInvalid},
		{"ines@", ProblemEmailInvalid},
		{"inés@example.com", ProblemEmailInvalid}, // browsers reject it
		{`"i n"@example.com`, ProblemEmailInvalid},
		{"ines@exa mple.com", ProblemEmailInvalid},
		{"ines@-example.com", ProblemEmailInvalid},
		{"ines@example..com", ProblemEmailInvalid},
		{"ines\u200b@example.com", ProblemEmailInvalid},
		{"аdmin@example.com", ProblemEmailInvalid}, // a Cyrillic а
		{"ines@exаmple.com", ProblemEmailMixed},
	} {
		if got := EmailProblem(tt.email); got != tt.want {
			t.Errorf("EmailProblem(%q) = %q, want %q", tt.email, got, tt.want)
		}
	}
}

// TestNamesOfPeople checks which names are accepted, and that names that could imitate another name or Cordboard itself
// are rejected.
func TestNamesOfPeople(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want Problem
	}{
		{"Inês Ōyama", ""},
		{"Анна Smith", ""},
		{"सरोज क्\u200dष", ""}, // a joiner that Hindi needs
		{"", ProblemNameMissing},
		{"\u00ad\u200b", ProblemNameInvalid},
		{"Admin\u202e", ProblemNameInvalid},
		{"A\u200bdmin", ProblemNameInvalid},
		{"A\u200ddmin", ProblemNameInvalid},
		{"Admin\u200c", ProblemNameInvalid},
		{"\u200dAdmin", ProblemNameInvalid},
		{"Анна\u200c А", ProblemNameInvalid},
		{"علی\u200cرضا", ""}, // a non-joiner that Persian needs
		{"Аdmin", ProblemNameMixed},
		{"Cordboard", ProblemNameReserved},
		{"ＣＯＲＤＢＯＡＲＤ", ProblemNameReserved},
		{"command line", ProblemNameReserved},
		{"sandbox", ProblemNameReserved},
		{strings.Repeat("x", MaxName+1), ProblemNameInvalid},
	} {
		if got := NameProblem(tt.name); got != tt.want {
			t.Errorf("NameProblem(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestNameTaken checks that a name counts as taken if it differs from a team member's name only in case, accents,
// character width, or the number or kind of spaces.
func TestNameTaken(t *testing.T) {
	t.Parallel()
	users := []store.User{{
		Name: "The admin",
	}, {
		Name: "Inês Ōyama",
	}}
	for name, want := range map[string]bool{
		"The admin": true, "THE ADMIN": true, "ＴＨＥ ａｄｍｉｎ": true, "The  admin": true, "The\u00a0admin": true,
		"Ines Oyama": true, "The admin 2": false, "Theadmin": false, "": false,
	} {
		if got := NameTaken(name, users); got != want {
			t.Errorf("NameTaken(%q) = %v, want %v", name, got, want)
		}
	}
}
