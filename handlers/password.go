package handlers

import (
	"strings"
	"unicode/utf8"

	"cordboard/fold"
)

// Lengths of passwords. The longest is so long that nobody is stopped, and so short that hashing it costs nothing more.
const (
	minPassword = 12  // characters
	maxPassword = 256 // bytes
)

// refusedWords are too easily guessed as a part of this portal's passwords to be much of one.
var refusedWords = []string{"cordboard", "yeastar", "portal", "password", "operator", "viewer", "admin", "ycm", "pbx"}

// PasswordProblem says what is wrong with a new password, or "". There are no rules of signs and digits, which make
// passwords worse.
func PasswordProblem(password, email string) string {
	password = fold.Password(password)
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return "The password needs at least 12 characters."
	case len(password) > maxPassword:
		return "The password can have 256 bytes at the most."
	}
	if isLeaked(password) {
		return "This password is in a public list of leaked ones, which are what is tried first. Choose another."
	}
	// What is left once the easy words are out must still be a password.
	rest := strings.ToLower(password)
	name, host, _ := strings.Cut(strings.ToLower(email), "@")
	words := append([]string{name, host}, strings.FieldsFunc(name+"."+host, func(r rune) bool { return strings.ContainsRune(".-_+", r) })...)
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
		return "This password is too easily guessed: it is mostly a word of this portal, your address, or one sign again and again."
	}
	return ""
}
