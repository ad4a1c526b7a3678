package ui

import (
	"net/url"
	"strconv"
)

// PBXsURL returns the URL of the PBX list with the given parameters.
func PBXsURL(query url.Values) string {
	if len(query) == 0 {
		return "/pbxs"
	}
	return "/pbxs?" + query.Encode()
}

// PBXURL returns the URL of a PBX's page.
func PBXURL(id int64) string { return "/pbxs/" + strconv.FormatInt(id, 10) }

// CustomersURL returns the URL of the list of customers with the given parameters.
func CustomersURL(query url.Values) string {
	if len(query) == 0 {
		return "/customers"
	}
	return "/customers?" + query.Encode()
}

// CustomerURL returns the URL of a customer's page.
func CustomerURL(id int64) string { return "/customers/" + strconv.FormatInt(id, 10) }

// OperationURL returns the URL of an operation's page.
func OperationURL(id string) string { return "/operations/" + url.PathEscape(id) }

// OperationsURL returns the URL of one page of the operations list, in the tab for the given state. If search is not
// "", the page has only the operations that it finds.
func OperationsURL(state, search string, page int) string {
	v := url.Values{}
	if search != "" {
		v.Set("q", search)
	}
	if state != "" {
		v.Set("state", state)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/operations"
	}
	return "/operations?" + v.Encode()
}

// BatchURL returns the URL of a plan or a batch.
func BatchURL(id string) string { return "/batches/" + url.PathEscape(id) }

// BatchesURL returns the URL of a page of the list of plans and batches.
func BatchesURL(page int) string {
	if page <= 1 {
		return "/batches"
	}
	return "/batches?page=" + strconv.Itoa(page)
}

// NewPBXURL returns the URL of the New PBX form, filled in from the parameters.
func NewPBXURL(query url.Values) string {
	if len(query) == 0 {
		return "/pbxs/new"
	}
	return "/pbxs/new?" + query.Encode()
}

// AuditPageURL returns the URL of the given page of the audit log, filtered by search.
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

// AuditSearchURL returns the URL of the first page of the audit log, filtered by search.
func AuditSearchURL(search string) string { return AuditPageURL(search, 1) }

// MemberURL returns the URL of a team member's page.
func MemberURL(id int64) string { return "/team/" + strconv.FormatInt(id, 10) }

// CodeURL returns the URL of the page that asks for the second factor and then redirects to next.
func CodeURL(next string) string { return withNext("/signin/code", next) }

// ConfirmURL returns the URL of the page that asks a signed-in user to confirm their identity and then redirects to
// next.
func ConfirmURL(next string) string { return withNext("/confirm", next) }

func withNext(path, next string) string {
	if next == "" || next == "/" {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}

// SignInURL returns the URL of the sign-in page, which redirects to next, a local path, after sign-in.
func SignInURL(next string) string { return withNext("/signin", next) }

// isHost reports whether s is a bare host name, as YCM's url field should be. Anything else gets no link.
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

// HostURL returns the URL of the PBX at host, or "" if host isn't a bare host name.
func HostURL(host string) string {
	if !isHost(host) {
		return ""
	}
	return (&url.URL{Scheme: "https", Host: host}).String()
}
