package identity

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"cordboard/fold"
	"cordboard/store"
)

// MaxEmail is the maximum length of an email address, in bytes.
const MaxEmail = 254

// browserEmail is the pattern that HTML defines for email fields, in lowercase. Browsers reject any other address, so a
// user with such an address couldn't sign in.
var browserEmail = regexp.MustCompile(
	"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$",
)

// EmailProblem returns the problem with an email address, or "" if there is none.
func EmailProblem(email string) string {
	address, err := mail.ParseAddress(email)
	switch {
	case err != nil || address.Address != email || address.Name != "" || len(
		email,
	) > MaxEmail || !fold.Plain(email) || strings.ContainsFunc(
		email,
		fold.Invisible,
	),
		!browserEmail.MatchString(fold.Email(email)):
		return "Enter a valid email address, such as ines@example.com."
	case fold.MixedAddress(email):
		return "This address mixes look-alike letters from two alphabets. Type it with one keyboard layout."
	}
	return ""
}

// reserved lists the names that the audit log uses for actors that are not people.
var reserved = []string{"cordboard", "command line", "sandbox"}

// NameProblem returns the problem with a person's name, or "" if there is none.
func NameProblem(name string) string {
	switch {
	case name == "":
		return "Enter a name. It is shown in the audit log."
	case len([]rune(name)) > 100 || !fold.Plain(name) || hides(name):
		return "A name can have at most 100 characters. It can’t contain invisible or control characters."
	case fold.Mixed(name):
		return "A word in the name mixes look-alike letters from two alphabets. Type it with one keyboard layout."
	case slices.Contains(reserved, fold.Text(name)):
		return "The audit log uses this name for Cordboard itself. Choose another."
	}
	return ""
}

// hides reports whether a name has invisible characters, which could make two names look alike. It accepts U+200C and
// U+200D, which control how letters join, between letters of scripts such as Arabic and Devanagari.
func hides(name string) bool {
	runes := []rune(name)
	for i, r := range runes {
		joins := (r == '\u200c' || r == '\u200d') && i > 0 && i < len(runes)-1 && shapes(runes[i-1]) &&
			shapes(runes[i+1])
		if fold.Invisible(r) && !joins {
			return true
		}
	}
	return false
}

// shapes reports whether r is a letter or mark of a script in which neighboring letters can change each other's shape.
// It assumes this of all scripts except Latin, Greek and Cyrillic.
func shapes(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M) &&
		!unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Common)
}

// NameTakenProblem is the problem with a name that a team member already has.
const NameTakenProblem = "A team member already has this name. The audit log shows names, so add something that " +
	"distinguishes you, such as an initial."

// NameTaken reports whether one of the users has a name that looks the same.
func NameTaken(name string, users []store.User) bool {
	looks := func(s string) string { return strings.Join(strings.Fields(fold.Text(s)), " ") }
	return slices.ContainsFunc(users, func(u store.User) bool { return looks(u.Name) == looks(name) })
}
