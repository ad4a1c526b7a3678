package display

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/labels"
	"cordboard/fleet/operations/change"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/views/ui"
)

// ResourceLabels are the labels of fleet.Resources.
var ResourceLabels = map[string]string{
	"extensionCapacity":      "Extensions",
	"concurrentCallCapacity": "Concurrent calls",
	"recordingCapacity":      "Recording, minutes",
	"ultimatePlanCapacity":   "Ultimate extensions",
	"transcriptionCapacity":  "Transcription, minutes",
}

// NumberText returns a number as text, or a dash if it is fleet.Absent.
func NumberText(n int64) string {
	if n == fleet.Absent {
		return "–"
	}
	return ui.Number(n)
}

// IntText returns a number as text. If the number isn't known, it returns the text that YCM sent instead, or "" if
// there is none.
func IntText(n opt.Int) string {
	if n.Known() {
		return ui.Number(n.N)
	}
	return n.Raw
}

// FormLabels maps the New PBX form's fields to their labels.
var FormLabels = map[string]string{
	"name":                           "Name",
	"customerIds":                    "Customers",
	"reason":                         "Reason",
	"regionId":                       "Region",
	"versionId":                      "Firmware",
	"subDomain":                      "Subdomain",
	"domainId":                       "Domain",
	"plan":                           "Plan",
	"extensionCapacity":              "Extensions",
	"concurrentCallCapacity":         "Concurrent calls",
	"recordingStatus":                "Call recording",
	"recordingCapacity":              "Recording",
	"transcriptionCapacity":          "Transcription",
	"type":                           "Type",
	"expirationDate":                 "Expiration date",
	"allowRunAfterExpirationDate":    "After the expiration date",
	"passwordlessLogin":              "Passwordless login",
	"allowSuperiorPasswordlessLogin": "Parent account may use it",
	"im":                             "Internal chat (IM)",
	"upgradeInPbx":                   "Customer can upgrade firmware",
	"provisioningViaTemplate":        "Provisioning via template",
	"provisionTemplateId":            "Template",
}

// Indent returns indented JSON. It returns invalid JSON unchanged.
func Indent(record []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, record, "", "  ") != nil {
		return string(record)
	}
	return b.String()
}

// KeepWords are the labels of allowRunAfterExpirationDate's values.
var KeepWords = map[string]string{"true": "Keep running", "false": "Stop"}

// LowerFirst returns s with its first letter in lowercase, unless s begins with an abbreviation such as "PBX".
func LowerFirst(s string) string {
	if s == "" || len(s) > 1 && strings.ToUpper(s[:2]) == s[:2] {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// eventIcons maps fields to the icons for their changes. All other fields share one icon.
var eventIcons = map[string]string{
	"pbxStatus":          "circle-play",
	"version":            "circle-arrow-up",
	"plan":               "gem",
	"passwordlessLogin":  "shield-check",
	"group":              "users",
	"expirationDate":     "calendar-clock",
	"planExpirationDate": "calendar-clock",
	"activationStatus":   "circle-check",
}

// ChangeEntry returns a change to a PBX as a timeline entry. done lists actions on the PBX in Cordboard. The change
// counts as made outside Cordboard if none of them falls within the time in which the PBX changed.
func ChangeEntry(e store.PBXEvent, done []store.Event, c ui.Clock) ui.TimelineEntry {
	between := c.Between(e.After, e.At)
	entry := ui.TimelineEntry{Kind: string(e.Kind), Meta: "Outside Cordboard, " + between}
	if slices.ContainsFunc(done, func(d store.Event) bool { return !d.At.Before(e.After) && !d.At.After(e.At) }) {
		entry.Meta = "Seen " + between
	}
	switch e.Kind {
	case store.PBXAppeared:
		entry.Icon, entry.Tone, entry.Title = "plus", "tone-ok", "First seen"
	case store.PBXGone:
		entry.Icon, entry.Title = "circle-slash", "Removed: no longer in YCM"
	case store.PBXReturned:
		entry.Icon, entry.Tone, entry.Title = "plus", "tone-ok", "Returned"
	default:
		entry.Icon, entry.Tone = eventIcons[e.Field], "tone-info"
		if entry.Icon == "" {
			entry.Icon, entry.Tone = "pencil", ""
		}
		entry.Field, entry.Title = e.Field, Labels[e.Field]
		if e.Field == "name" {
			entry.Title = "Name" // the field's label, "PBX", suits only a column heading
		}
		entry.Change = &ui.Change{Old: FieldText(e.Field, e.Old, c), New: FieldText(e.Field, e.New, c)}
	}
	return entry
}

// FieldLabel returns the label of a field that an operation changes.
func FieldLabel(field string) string {
	switch field {
	case change.CustomerIDs:
		return FormLabels[field]
	case change.ActivationEmail:
		return "Activation email to"
	}
	return cmp.Or(Labels[field], FacetLabels[field], CustomerLabels[field])
}

// ChangeText is like FieldText for a field that an operation changes. names has the names of customers by ID.
func ChangeText(field, raw string, names map[string]string, c ui.Clock) string {
	if raw == "" && CustomerLabels[field] != "" {
		return "empty"
	}
	if field != change.CustomerIDs && field != change.ActivationEmail {
		return FieldText(field, raw, c)
	}
	var all []string
	for _, id := range strings.Fields(raw) {
		all = append(all, cmp.Or(names[id], "customer "+id))
	}
	return cmp.Or(strings.Join(all, "; "), "none")
}

// FieldText returns a field's value as text. raw is the value as YCM sent it, or "" if YCM didn't report it.
func FieldText(field, raw string, c ui.Clock) string {
	f, ok := fleet.FieldByName(field)
	n, err := strconv.ParseInt(raw, 10, 64)
	switch {
	case raw == "" && f == fleet.FieldCustomer:
		return "none"
	case raw == "":
		return "not reported"
	case field == "presence":
		return labels.Of(field, raw, fleet.DefaultThresholds)
	case ok && ui.HasBadge(field):
		return ui.BadgeFor(field, raw).Word
	case ok && err == nil && isExpiry(f):
		return c.Date(time.Unix(n, 0)).Text
	case ok && err == nil && f.Kind() == fleet.TimeField:
		return c.DateTime(time.Unix(n, 0)).Text
	case ok && err == nil && f.Kind() == fleet.NumberField:
		return ui.Number(n)
	}
	return raw
}

// Trim returns a number as text with at most one decimal place.
func Trim(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", f), "0"), ".")
}

// SavedOf describes who owns a saved query.
func SavedOf(v store.Saved, own bool) string {
	switch {
	case own && v.Shared:
		return "Yours, shared with the team"
	case own:
		return "Yours"
	case v.OwnerName == "":
		return "Shared by a former team member"
	}
	return "Shared by " + v.OwnerName
}
