package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Email returns the form in which e-mail addresses are compared and kept: lower case, composed, nothing that doesn't show, and the domain as DNS has it, which is how
// browsers post it. "Hans@Exämple.de" and "hans@xn--exmple-cua.de" are one. A domain that DNS can't have stays as it is.
func Email(address string) string {
	s := strings.ToLower(norm.NFC.String(strings.TrimSpace(visible(address))))
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

// Password returns the form in which a password is hashed, as the profile OpaqueString (RFC 8265) has it: composed, and all spaces alike. Unlike the profile it refuses
// nothing, and so doesn't depend on what a version of Unicode knows.
func Password(typed string) string {
	if !utf8.ValidString(typed) { // what isn't text stays what it is: mapped, different bytes would be one
		return typed
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, typed))
}

// Visible drops what shows nothing by itself.
func Visible(s string) string { return visible(s) }

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

// MixedAddress reports whether an e-mail address has a word of mixed scripts, in whichever spelling its domain is.
func MixedAddress(address string) bool {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		if domain, err := idna.ToUnicode(address[at+1:]); err == nil {
			address = address[:at+1] + domain
		}
	}
	return Mixed(address)
}
