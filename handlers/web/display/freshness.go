package display

import (
	"fmt"
	"time"

	"cordboard/fleet"
	"cordboard/views/ui"
)

// FreshnessOf describes a sync state and the age of data that was read at the given time.
func FreshnessOf(state fleet.State, read time.Time, c ui.Clock) ui.Freshness {
	v := ui.Freshness{State: string(state)}
	if !read.IsZero() {
		at := c.Second(read)
		v.At, v.Ago = &at, c.Ago(read)
	}
	switch state {
	case fleet.Current:
		v.Text, v.Tone, v.Summary = "As of", "tone-ok", "Synced with YCM"
	case fleet.Running:
		v.Text, v.Tone, v.Icon, v.Summary = "Syncing, data from", "tone-info", "loader", "Syncing with YCM"
	case fleet.Never:
		v.Text, v.Tone, v.Icon, v.Summary = "Not synced yet", "tone-info", "hourglass", "Not synced yet"
	case fleet.Stale:
		v.Text, v.Tone, v.Icon, v.Summary = "Data from", "tone-warn", "clock", "Out of date"
	case fleet.Failing:
		v.Text, v.Tone, v.Icon = "Data from", "tone-warn", "unplug"
		if read.IsZero() {
			v.Text = "Never synced"
		}
	}
	return v
}

// ShortProblem returns a description of a sync problem that is short enough for the navigation bar.
func ShortProblem(kind fleet.ProblemKind) string {
	switch kind {
	case fleet.Credentials:
		return "credentials rejected"
	case fleet.Permission:
		return "access denied"
	case fleet.Rate:
		return "too many requests"
	case fleet.Unreadable:
		return "unreadable response"
	case fleet.Incomplete:
		return "incomplete response"
	case fleet.NotKept:
		return "data can’t be saved"
	case fleet.Refused:
		return "request refused"
	}
	return "not responding"
}

// ProblemWords describes a problem with YCM. title says what happened; text gives the likely cause or other details.
// host is YCM's host name.
func ProblemWords(p fleet.Problem, host string) (title, text string) {
	switch p.Kind {
	case fleet.Credentials:
		title = "YCM rejected Cordboard’s credentials"
		text = "The client secret was probably regenerated in YCM. " +
			"Your administrator has to set the new one in Cordboard’s configuration."
	case fleet.Permission:
		title = "YCM denied access"
		text = "The API may be disabled, or the Cordboard server’s IP address may not be on YCM’s allowlist."
	case fleet.Rate:
		title, text = "YCM limited the request rate", "Cordboard waits and then retries more slowly."
	case fleet.Unreadable:
		title = "YCM’s response could not be read"
		text = host + " responds, but not like YCM’s API. A proxy may be intercepting requests, or the configured URL may " +
			"be wrong."
	case fleet.NoAnswer:
		title, text = "YCM is not responding", "Requests to "+host+" are timing out."
	case fleet.Unavailable:
		title, text = "YCM is not responding", host+" can’t be reached or is having problems."
	case fleet.NotYetRead:
		title = "The " + p.Message + " are still being read from YCM"
		text = "This takes a minute or more if there are thousands."
	case fleet.Incomplete:
		title, text = "YCM’s response is incomplete", "Fields that YCM reported earlier are missing."
	case fleet.NotKept:
		title, text = "YCM’s data can’t be saved", "Cordboard can’t write to its database. The disk may be full."
	default:
		title, text = "YCM’s data could not be read", "YCM refused the request."
	}
	if p.Code != 0 {
		text += fmt.Sprintf(" YCM reported: %s (%d).", p.Message, p.Code)
	}
	return title, text
}
