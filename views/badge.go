package views

// Badge is a word of a status, with the shape and tone that go with it.
type Badge struct {
	Class   string // after "badge "
	Icon    string
	Word    string
	Unknown bool // a word that this version doesn't know
}

// badges are YCM's words as the design shows them, by field.
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
		"Activated":   {Class: "badge-plain", Icon: "circle-check", Word: "Activated"},
		"Unactivated": {Class: "badge-unactivated", Icon: "mail", Word: "Not activated"},
	},
	"plan": {
		"Enterprise Plan": {Class: "badge-plain", Icon: "building-2", Word: "Enterprise"},
		"Ultimate Plan":   {Class: "badge-plain", Icon: "gem", Word: "Ultimate"},
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
		"Commercial": {Class: "badge-plain", Icon: "package", Word: "Commercial"},
		"Trial":      {Class: "badge-outline", Icon: "flask-conical", Word: "Trial"},
	},
}

var switchWords = map[string]Badge{
	"Enabled":  {Class: "badge-plain tone-ok", Icon: "circle-check", Word: "Enabled"},
	"Disabled": {Class: "badge-plain", Icon: "circle-minus", Word: "Disabled"},
}

// switches are the fields that are Enabled or Disabled.
var switches = map[string]bool{
	"recordingStatus": true, "upgradeInPbx": true, "im": true, "passwordlessLogin": true,
	"allowSuperiorPasswordlessLogin": true, "provisioningViaTemplate": true,
}

// HasBadge says whether a field's words are drawn as badges.
func HasBadge(field string) bool { return badges[field] != nil || switches[field] }

// BadgeFor draws a field's word; a word that is new to us has a place of its own, and none is "not reported".
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
	"asked":   {Class: "badge-sending", Icon: "loader", Word: "Asked"},
	"done":    {Class: "badge-success", Icon: "circle-check", Word: "Done"},
	"refused": {Class: "badge-refused", Icon: "circle-x", Word: "Refused"},
	"failed":  {Class: "badge-failed", Icon: "circle-alert", Word: "Failed"},
	"unknown": {Class: "badge-unsettled", Icon: "hourglass", Word: "Unknown"},
	"denied":  {Class: "badge-refused", Icon: "lock", Word: "Not allowed"},
}

// OutcomeBadge draws what came of an audited action.
func OutcomeBadge(outcome string) Badge { return ours(outcomeBadges, outcome) }

var creationBadges = map[string]Badge{
	"submitted":   {Class: "badge-sending", Icon: "loader", Word: "Sending"},
	"created":     {Class: "badge-created", Icon: "circle-check", Word: "Created"},
	"refused":     {Class: "badge-refused", Icon: "circle-x", Word: "Refused by YCM"},
	"not-sent":    {Class: "badge-outline", Icon: "circle-slash", Word: "Not sent"},
	"unknown":     {Class: "badge-unsettled", Icon: "hourglass", Word: "Unknown, being settled"},
	"not-created": {Class: "badge-outline", Icon: "circle-slash", Word: "Not created"},
}

// CreationBadge draws an attempt's state.
func CreationBadge(state string) Badge { return ours(creationBadges, state) }

// ours is a badge for a word of our own, which another version may have more of.
func ours(badges map[string]Badge, word string) Badge {
	if b, ok := badges[word]; ok {
		return b
	}
	return Badge{Class: "badge-unknown", Icon: "circle-question-mark", Word: word, Unknown: true}
}
