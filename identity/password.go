package identity

import (
	"strings"
	"unicode/utf8"

	"cordboard/fold"
)

// Length limits for passwords. The maximum is long enough for passphrases, and short enough not to affect the cost of
// hashing.
const (
	MinPassword = 12  // characters
	MaxPassword = 256 // bytes
)

// refusedWords are words that are easy to guess in a password for this portal. PasswordProblem doesn't count them
// toward the strength of a password.
var refusedWords = []string{"cordboard", "yeastar", "portal", "password", "operator", "viewer", "admin", "ycm", "pbx"}

// PasswordProblem returns the problem with a new password, or "" if there is none. It requires no symbols or
// digits, because such rules make passwords worse.
func PasswordProblem(password, email string) Problem {
	password = fold.Password(password)
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return ProblemPasswordShort
	case len(password) > MaxPassword:
		return ProblemPasswordLong
	}
	if isLeaked(password) {
		return ProblemPasswordLeaked
	}
	// The password must still be hard to guess after refusedWords and the parts of the email address are removed.
	rest := strings.ToLower(password)
	name, host, _ := strings.Cut(strings.ToLower(email), "@")
	words := append(
		[]string{name, host},
		strings.FieldsFunc(name+"."+host, func(r rune) bool { return strings.ContainsRune(".-_+", r) })...)
	for _, word := range append(words, refusedWords...) {
		if len(word) > 2 {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	distinct := map[rune]bool{}
	for _, r := range rest {
		distinct[r] = true
	}
	if utf8.RuneCountInString(rest) < 8 || len(distinct) < 5 {
		return ProblemPasswordWeak
	}
	return ""
}
