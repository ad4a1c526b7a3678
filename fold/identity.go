package fold

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Email returns the form in which e-mail addresses are compared and kept: lower case, composed, nothing that doesn't show, and the domain as DNS has it, which is how
// browsers post it. "Hans@Exämple.de" and "hans@xn--exmple-cua.de" are one. A domain that DNS can't have stays as it is.
func Email(address string) string {
	s := strings.ToLower(norm.NFC.String(visible(strings.TrimSpace(address))))
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	if domain, err := Host(s[at+1:]); err == nil {
		s = s[:at+1] + domain
	}
	return s
}

// Host returns a host name as DNS has it: lower case, in ASCII, without a dot at its end.
func Host(name string) (string, error) {
	return idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(name), "."))
}

// Password returns the form in which a password is hashed, by the profile OpaqueString (RFC 8265): composed, and all spaces alike. What the profile doesn't allow, such
// as control characters, is left as it is: it is a password all the same.
func Password(typed string) string {
	s, err := precis.OpaqueString.String(typed)
	if err != nil {
		return norm.NFC.String(typed)
	}
	return s
}

// Shows reports whether a text shows anything: not only spaces and what is invisible.
func Shows(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) && !Invisible(r)
	})
}

// scripts are those whose letters look like each other's.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Coptic, unicode.Georgian}

// Mixed reports whether a word of the text has letters of two scripts that look alike, as "аdmin" with a Cyrillic а. Words are what stands between other characters
// than letters, so that a name may have a word of each.
func Mixed(s string) bool {
	var in *unicode.RangeTable
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			in = nil
			continue
		}
		for _, script := range scripts {
			if !unicode.Is(script, r) {
				continue
			}
			if in != nil && in != script {
				return true
			}
			in = script
		}
	}
	return false
}
