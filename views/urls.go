package views

import (
	"net/url"
	"strconv"
)

// PBXsURL is the list with the given parameters.
func PBXsURL(query url.Values) string {
	if len(query) == 0 {
		return "/pbxs"
	}
	return "/pbxs?" + query.Encode()
}

// PBXURL is the page of one PBX.
func PBXURL(id int64) string { return "/pbxs/" + strconv.FormatInt(id, 10) }

// CreationURL is the page of one attempt.
func CreationURL(id string) string { return "/creations/" + url.PathEscape(id) }

// NewPBXURL is the form, filled in as the parameters say.
func NewPBXURL(query url.Values) string {
	if len(query) == 0 {
		return "/pbxs/new"
	}
	return "/pbxs/new?" + query.Encode()
}

// AuditPageURL is a page of what a search finds in the audit log.
func AuditPageURL(search string, page int) string {
	query := url.Values{}
	if search != "" {
		query.Set("q", search)
	}
	if page > 1 {
		query.Set("page", strconv.Itoa(page))
	}
	if len(query) == 0 {
		return "/audit"
	}
	return "/audit?" + query.Encode()
}

// AuditSearchURL is what a search finds in the audit log.
func AuditSearchURL(search string) string { return AuditPageURL(search, 1) }

// MemberURL is the page of somebody on the team.
func MemberURL(id int64) string { return "/team/" + strconv.FormatInt(id, 10) }

// CodeURL asks for the second factor, and leads to next after it.
func CodeURL(next string) string { return withNext("/signin/code", next) }

// ConfirmURL asks somebody who is signed in to prove who they are, and leads to next after it.
func ConfirmURL(next string) string { return withNext("/confirm", next) }

func withNext(path, next string) string {
	if next == "" || next == "/" {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}

// SignInURL leads back to next, a local path, after signing in.
func SignInURL(next string) string { return withNext("/signin", next) }

// isHost says whether s is a bare host name, such as YCM's url should be; anything else gets no link.
func isHost(s string) bool {
	if s == "" || len(s) > 253 || s[0] == '.' || s[0] == '-' {
		return false
	}
	for _, c := range s {
		if c != '.' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// HostURL is the address of a PBX itself, or "" if its url is no bare host name.
func HostURL(host string) string {
	if !isHost(host) {
		return ""
	}
	return (&url.URL{Scheme: "https", Host: host}).String()
}
