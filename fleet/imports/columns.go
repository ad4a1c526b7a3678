// Package imports makes plans for new PBXs out of the lines of a file.
package imports

import (
	"slices"
	"strings"
	"unicode"

	"cordboard/fleet/operations/create"
	"cordboard/fold"
)

// Host is the field of a column with whole host names. The other fields are those of the form for a new PBX.
const Host = "url"

// Fields returns the fields that a column can have, in the order of a sample file.
func Fields() []string {
	fields := slices.Clone(create.FormFields())
	at := slices.Index(fields, "domainId")
	return slices.Insert(fields, at+1, Host)
}

// others has other headers of each field's column: those of exports, of YCM's pages and of people.
var others = map[string][]string{
	"name":                        {"PBX", "PBX name", "Display name"},
	"customerIds":                 {"customer", "customers", "customer ID", "customerId", "company"},
	"reason":                      {"ticket", "note"},
	"regionId":                    {"region"},
	"versionId":                   {"version", "firmware", "firmware version"},
	"subDomain":                   {"subdomain", "host"},
	Host:                          {"host name", "hostname", "domain name", "FQDN", "web address"},
	"domainId":                    {"domain"},
	"extensionCapacity":           {"extensions", "users", "extension count"},
	"concurrentCallCapacity":      {"concurrent calls", "calls", "channels"},
	"recordingStatus":             {"call recording"},
	"recordingCapacity":           {"recording", "recording minutes"},
	"transcriptionCapacity":       {"transcription", "transcription minutes", "transcriptionCapacityAddon"},
	"expirationDate":              {"expires", "expiration", "expiry", "expiry date", "PBX expires"},
	"allowRunAfterExpirationDate": {"run after expiration", "keep running", "after the expiration date"},
	"im":                          {"chat", "internal chat"},
	"upgradeInPbx":                {"customer can upgrade", "upgrade in PBX"},
	"provisionTemplateId":         {"template", "provisioning template", "lastUsedTemplate"},
	"provisioningViaTemplate":     {"provisioning"},
}

// headerKey returns a header as headers are compared: only its letters and digits, folded.
func headerKey(header string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, fold.Text(header))
}

// headers maps the keys of known headers to fields.
var headers = func() map[string]string {
	known := map[string]string{}
	for _, field := range Fields() {
		known[headerKey(field)] = field
		for _, other := range others[field] {
			known[headerKey(other)] = field
		}
	}
	return known
}()

// Columns has the field of each column of a file; "" means that the column is ignored.
type Columns []string

// Match returns the fields of the columns with the given headers. If several columns have a field, the first one gets
// it.
func Match(header []string) Columns {
	columns := make(Columns, len(header))
	for i, text := range header {
		if field := headers[headerKey(text)]; field != "" && !slices.Contains(columns, field) {
			columns[i] = field
		}
	}
	return columns
}

// Of returns the index of a field's column, or -1 if it has none.
func (c Columns) Of(field string) int { return slices.Index(c, field) }
