package list

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"cordboard/fleet"
	"cordboard/fold"
)

// joined joins the tokens of a qualifier that was typed with spaces: "ext > 50", "status: running", "ext:50 - 100",
// "created: 2022 .. 2023", "ext:1 000".
func joined(tokens []string) []string {
	var all []string
	for _, token := range tokens {
		last := len(all) - 1
		switch {
		case last < 0 || !belongs(all[last], token):
			all = append(all, token)
		case token == "-":
			all[last] += " - "
		case isThousands(all[last], token): // the space stays, so that more groups can follow
			all[last] += " " + token
		default:
			all[last] += token
		}
	}
	return all
}

// belongs reports whether a token continues the qualifier before it.
func belongs(before, token string) bool {
	name, op, value, ok := splitQualifier(before)
	if !ok {
		name = before
	}
	f, key, known := qualified(fold.Text(strings.TrimLeft(name, "-!")))
	_, _, _, other := splitQualifier(token)
	ranges := key == "expires" || key == "" && f.Kind() != fleet.TextField
	switch {
	case !known || other:
		return false
	case !ok && token[0] == ':':
		return !strings.HasPrefix(token, "://")
	case !ok && (strings.HasPrefix(token, "!=") || strings.HasPrefix(token, "==")):
		return true
	case !ok:
		return strings.ContainsRune("<>=", rune(token[0])) && key == "" && f.Kind() != fleet.TextField
	case ranges && continuesRange(value, token):
		return true
	case token[0] == '-' || token[0] == '!':
		return false
	}
	return value == "" && op != "" || strings.HasPrefix(token, "..") ||
		strings.HasSuffix(value, "..") && unicode.IsDigit(rune(token[0])) ||
		slices.Contains([]string{">", "<", ">=", "<=", "="}, value)
}

// thousands matches a value that a group of three digits can continue. group matches that group and, if a range's
// upper bound follows, the start of that bound.
var (
	thousands = regexp.MustCompile(`(^|[^0-9])[0-9]{1,3}$`)
	group     = regexp.MustCompile(`^[0-9]{3}(\.\.[0-9]{1,3})?$`)
)

// continuesRange reports whether a token continues a number or date value. A continuation is the dash between two
// bounds, the bound after that dash, a group of three digits, or the word "day" or "days".
func continuesRange(value, token string) bool {
	switch {
	case value == "":
		return false
	case strings.HasSuffix(value, " - "):
		return unicode.IsDigit(rune(token[0]))
	case token == "-":
		return unicode.IsDigit(rune(value[len(value)-1]))
	case token == "day" || token == "days":
		return unicode.IsDigit(rune(value[len(value)-1]))
	}
	return isThousands(value, token)
}

// isThousands reports whether a token continues the number at the end of value with a group of three digits.
func isThousands(value, token string) bool {
	return group.MatchString(token) && thousands.MatchString(value)
}

// tokens splits a string at white space outside double quotes. A quote that is never closed is an ordinary character.
func tokens(text string) []string {
	var all []string
	var b strings.Builder
	quoted := false
	for i, r := range text {
		switch {
		case r == '"' && (quoted || strings.ContainsRune(text[i+1:], '"')):
			quoted = !quoted
			b.WriteRune(r)
		case unicode.IsSpace(r) && !quoted:
			all = append(all, b.String())
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	return slices.DeleteFunc(append(all, b.String()), func(s string) bool { return s == "" })
}

func unquote(s string) string {
	s, _ = unquoted(s)
	return s
}

// unquoted removes the quotes around a string, and reports whether there were any.
func unquoted(s string) (string, bool) {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1], true
	}
	return s, false
}

// plainHost returns the host name of a pasted URL. It returns any other token unchanged.
func plainHost(token string) string {
	if strings.Contains(token, "://") {
		if u, err := url.Parse(token); err == nil && u.Host != "" {
			return u.Hostname()
		}
	}
	return token
}

// splitQualifier splits a token such as "ext>=100". It reads "ext!=100" and "ext<>100" as "-ext:100". Apart from a
// leading "-" or "!", a name consists of letters only, so that times and IPv6 addresses remain words.
func splitQualifier(token string) (name, op, value string, ok bool) {
	i := strings.IndexAny(token, ":<>=")
	if i <= 0 || strings.HasPrefix(token[i:], "://") {
		return "", "", "", false
	}
	name = token[:i]
	differs := token[i] == '=' && strings.HasSuffix(name, "!") || strings.HasPrefix(token[i:], "<>")
	if differs {
		if name = strings.TrimSuffix(name, "!"); name == "" || name[0] == '-' || name[0] == '!' {
			return "", "", "", false
		}
		name = "-" + name
	}
	letters := strings.TrimLeft(name, "-!")
	if len(name)-len(letters) > 1 || letters == "" ||
		strings.IndexFunc(letters, func(r rune) bool { return !unicode.IsLetter(r) }) >= 0 {
		return "", "", "", false
	}
	op, value = token[i:i+1], token[i+1:]
	switch {
	case differs:
		return name, ":", strings.TrimPrefix(value, ">"), true
	case op == "=" && strings.HasPrefix(value, "="):
		value = value[1:]
	}
	if (op == "<" || op == ">") && strings.HasPrefix(value, "=") {
		op, value = op+"=", value[1:]
	}
	return name, op, value, true
}
