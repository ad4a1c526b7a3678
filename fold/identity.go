package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Email returns the form in which email addresses are compared and stored: lowercase, composed, without invisible
// characters, and with the domain in its DNS form, as browsers submit it. "Hans@Exämple.de" and
// "hans@xn--exmple-cua.de" have the same form. A domain that is invalid in DNS isn't converted.
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

// Host returns the DNS form of a host name: lowercase ASCII, without a trailing dot.
func Host(name string) (string, error) {
	return idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(name), "."))
}

// Password returns the form in which a password is hashed, following the OpaqueString profile (RFC 8265): composed, and
// with all kinds of spaces replaced by ordinary ones. Unlike the profile, it rejects nothing, so which passwords are
// accepted doesn't depend on the Unicode version.
func Password(typed string) string {
	// Invalid UTF-8 is unchanged: mapping it would make different bytes equal.
	if !utf8.ValidString(typed) {
		return typed
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, typed))
}

// Visible returns s without invisible characters.
func Visible(s string) string { return visible(s) }

// Shows reports whether s has any visible character, as opposed to only spaces, marks and invisible characters.
func Shows(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) && !Invisible(r)
	})
}

// scripts are the scripts whose letters can look like those of another script.
var scripts = []*unicode.RangeTable{
	unicode.Latin,
	unicode.Cyrillic,
	unicode.Greek,
	unicode.Armenian,
	unicode.Cherokee,
	unicode.Coptic,
	unicode.Georgian,
}

// Mixed reports whether a word in s has letters from two look-alike scripts, such as "аdmin" with a Cyrillic а. Words
// are separated by characters other than letters and marks, so a name can have one word in each script.
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

// MixedAddress reports whether an email address contains a word with mixed scripts. The domain may be spelled in
// Unicode or in its DNS form.
func MixedAddress(address string) bool {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		if domain, err := idna.ToUnicode(address[at+1:]); err == nil {
			address = address[:at+1] + domain
		}
	}
	return Mixed(address)
}
