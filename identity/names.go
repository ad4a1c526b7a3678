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

// Length limits for email addresses and names.
const (
	MaxEmail = 254 // bytes
	MaxName  = 100 // characters
)

// browserEmail is the pattern that HTML defines for email fields, in lowercase. Browsers reject any other address, so a
// user with such an address couldn't sign in.
var browserEmail = regexp.MustCompile(
	"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$",
)

// EmailProblem returns the problem with an email address, or "" if there is none.
func EmailProblem(email string) Problem {
	address, err := mail.ParseAddress(email)
	switch {
	case err != nil || address.Address != email || address.Name != "" || len(
		email,
	) > MaxEmail || !fold.Plain(email) || strings.ContainsFunc(
		email,
		fold.Invisible,
	),
		!browserEmail.MatchString(fold.Email(email)):
		return ProblemEmailInvalid
	case fold.MixedAddress(email):
		return ProblemEmailMixed
	}
	return ""
}

// reserved lists the names that the audit log uses for actors that are not people.
var reserved = []string{"cordboard", "command line", "sandbox"}

// NameProblem returns the problem with a person's name, or "" if there is none. NameTaken checks whether somebody has
// the name.
func NameProblem(name string) Problem {
	switch {
	case name == "":
		return ProblemNameMissing
	case len([]rune(name)) > MaxName || !fold.Plain(name) || hides(name):
		return ProblemNameInvalid
	case fold.Mixed(name):
		return ProblemNameMixed
	case slices.Contains(reserved, fold.Text(name)):
		return ProblemNameReserved
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

// NameTaken reports whether one of the users has a name that looks the same.
func NameTaken(name string, users []store.User) bool {
	normalize := func(s string) string { return strings.Join(strings.Fields(fold.Text(s)), " ") }
	return slices.ContainsFunc(users, func(u store.User) bool { return normalize(u.Name) == normalize(name) })
}
