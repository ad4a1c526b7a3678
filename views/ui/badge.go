// Package ui provides the components and view models that pages share, and formats dates, numbers and URLs. Components
// are pure: they do no I/O and read no clock.
package ui

import (
	"github.com/a-h/templ"
)

// Badge is a status label with its shape and tone.
type Badge struct {
	Class   string // added after "badge " in the class attribute
	Icon    string // "" if the word suffices
	Word    string
	Unknown bool // whether this version doesn't recognize the value
}

// badges maps YCM's fields and their values to badges.
var badges = map[string]map[string]Badge{
	"pbxStatus": {
		"Running":      {Class: "badge-running", Icon: "circle-play", Word: "Running"},
		"Stopped":      {Class: "badge-stopped", Icon: "circle-stop", Word: "Stopped"},
		"Starting":     {Class: "badge-starting", Icon: "loader", Word: "Starting"},
		"Upgrading":    {Class: "badge-upgrading", Icon: "circle-arrow-up", Word: "Upgrading"},
		"Restoring":    {Class: "badge-restoring", Icon: "history", Word: "Restoring"},
		"Provisioning": {Class: "badge-provisioning", Icon: "wrench", Word: "Provisioning"},
	},
	"activationStatus": {
		"Activated":   {Class: "badge-plain", Word: "Activated"},
		"Unactivated": {Class: "badge-unactivated", Icon: "mail", Word: "Not activated"},
	},
	"plan": {
		"Enterprise Plan": {Class: "badge-plain", Word: "Enterprise"},
		"Ultimate Plan":   {Class: "badge-plain", Word: "Ultimate"},
		"Upgrading to Ultimate Plan": {
			Class: "badge-upgrading",
			Icon:  "circle-arrow-up",
			Word:  "Upgrading to Ultimate",
		},
	},
	"highAvailability": {
		"Enabled":  {Class: "badge-plain tone-ok", Icon: "circle-check", Word: "Enabled"},
		"Disabled": {Class: "badge-plain", Icon: "circle-minus", Word: "Disabled"},
	},
	"whiteLabel": {
		"Subscribed": {Class: "badge-plain tone-ok", Icon: "circle-check", Word: "Subscribed"},
		"Enabled":    {Class: "badge-plain tone-ok", Icon: "circle-check", Word: "Enabled"},
		"Disabled":   {Class: "badge-plain", Icon: "circle-minus", Word: "Disabled"},
	},
	"type": {
		"Commercial": {Class: "badge-plain", Word: "Commercial"},
		"Trial":      {Class: "badge-outline", Icon: "flask-conical", Word: "Trial"},
	},
}

var switchWords = map[string]Badge{
	"Enabled":  {Class: "badge-plain tone-ok", Icon: "circle-check", Word: "Enabled"},
	"Disabled": {Class: "badge-plain", Icon: "circle-minus", Word: "Disabled"},
}

// switches are the fields whose values have the badges in switchWords.
var switches = map[string]bool{
	"recordingStatus": true, "upgradeInPbx": true, "im": true, "passwordlessLogin": true,
	"allowSuperiorPasswordlessLogin": true, "provisioningViaTemplate": true,
}

// HasBadge reports whether a field's values are shown as badges.
func HasBadge(field string) bool { return badges[field] != nil || switches[field] }

// BadgeFor returns the badge of a field's value. An unrecognized value gets a special badge, and "" is shown as not
// reported.
func BadgeFor(field, word string) Badge {
	words := badges[field]
	if switches[field] {
		words = switchWords
	}
	if b, ok := words[word]; ok {
		return b
	}
	if word == "" {
		return Badge{Class: "badge-outline", Icon: "circle-dashed", Word: "Not reported"}
	}
	return Badge{Class: "badge-unknown", Icon: "circle-question-mark", Word: word, Unknown: true}
}

var outcomeBadges = map[string]Badge{
	"asked":   {Class: "badge-sending", Icon: "loader", Word: "Requested"},
	"done":    {Class: "badge-success", Icon: "circle-check", Word: "Done"},
	"refused": {Class: "badge-refused", Icon: "circle-x", Word: "Refused"},
	"failed":  {Class: "badge-failed", Icon: "circle-alert", Word: "Failed"},
	"unknown": {Class: "badge-unsettled", Icon: "hourglass", Word: "Unknown"},
	"denied":  {Class: "badge-refused", Icon: "lock", Word: "Not allowed"},
}

// OutcomeBadge returns the badge for the outcome of an audited action.
func OutcomeBadge(outcome string) Badge { return ours(outcomeBadges, outcome) }

var operationBadges = map[string]Badge{
	"submitted": {Class: "badge-sending", Icon: "loader", Word: "Sending"},
	"done":      {Class: "badge-created", Icon: "circle-check", Word: "Done"},
	"refused":   {Class: "badge-refused", Icon: "circle-x", Word: "Refused by YCM"},
	"not-sent":  {Class: "badge-outline", Icon: "circle-slash", Word: "Not sent"},
	"unknown":   {Class: "badge-unsettled", Icon: "hourglass", Word: "Unknown, checking"},
	"not-done":  {Class: "badge-outline", Icon: "circle-slash", Word: "Not done"},
}

// CreationState returns an attribute that old scripts rely on. These scripts date from a time when creating a PBX was
// the only kind of operation, so other kinds don't have the attribute.
func CreationState(kind, state string) templ.Attributes {
	if kind != "create" {
		return nil
	}
	switch state {
	case "done":
		state = "created"
	case "not-done":
		state = "not-created"
	}
	return templ.Attributes{"data-creation-state": state}
}

// ours returns the badge of a value that Cordboard stored. Another version may have stored values that this version
// doesn't recognize.
func ours(badges map[string]Badge, word string) Badge {
	if b, ok := badges[word]; ok {
		return b
	}
	return Badge{Class: "badge-unknown", Icon: "circle-question-mark", Word: word, Unknown: true}
}
