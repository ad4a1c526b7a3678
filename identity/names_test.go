package identity

import (
	"strings"
	"testing"

	"cordboard/store"
)

// TestEmailProblem checks which email addresses are accepted.
func TestEmailProblem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ email, want string }{
		{"ines@example.com", ""},
		{"ines+x@example.co.uk", ""},
		{"ines@exämple.de", ""},
		{"ines@xn--exmple-cua.de", ""},
		{"ines", "valid email"},
		{"ines@", "valid email"},
		{"inés@example.com", "valid email"}, // browsers reject it
		{`"i n"@example.com`, "valid email"},
		{"ines@exa mple.com", "valid email"},
		{"ines@-example.com", "valid email"},
		{"ines@example..com", "valid email"},
		{"ines\u200b@example.com", "valid email"},
		{"аdmin@example.com", ""}, // checked below: any problem will do
		{"ines@exаmple.com", "two alphabets"},
	} {
		got := EmailProblem(tt.email)
		if tt.email == "аdmin@example.com" {
			if got == "" {
				t.Errorf("an address with a Cyrillic а is taken")
			}
			continue
		}
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.email, got, tt.want)
		}
	}
}

// TestNamesOfPeople checks which names are accepted, and that names that could imitate another name or Cordboard itself
// are rejected.
func TestNamesOfPeople(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, want string }{
		{"Inês Ōyama", ""},
		{"Анна Smith", ""},
		{"सरोज क्\u200dष", ""}, // a joiner that Hindi needs
		{"", "Enter a name"},
		{"\u00ad\u200b", "invisible or control characters"},
		{"Admin\u202e", "invisible or control characters"},
		{"A\u200bdmin", "invisible or control characters"},
		{"A\u200ddmin", "invisible or control characters"},
		{"Admin\u200c", "invisible or control characters"},
		{"\u200dAdmin", "invisible or control characters"},
		{"Анна\u200c А", "invisible or control characters"},
		{"علی\u200cرضا", ""}, // a non-joiner that Persian needs
		{"Аdmin", "two alphabets"},
		{"Cordboard", "Cordboard itself"},
		{"ＣＯＲＤＢＯＡＲＤ", "Cordboard itself"},
		{"command line", "Cordboard itself"},
		{"sandbox", "Cordboard itself"},
		{strings.Repeat("x", 101), "100 characters"},
	} {
		if got := NameProblem(tt.name); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.name, got, tt.want)
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
