package display

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/views/ui"
)

// SignedOut returns the values of a form that was posted after its user's session had ended, and the notice that says
// so. Signing in leads to the form's page, with the values in the URL. Any other URL has neither.
func SignedOut(query url.Values) (form url.Values, notice *ui.Notice) {
	if query.Get("signedOut") != "yes" {
		return url.Values{}, nil
	}
	form = maps.Clone(query)
	form.Del("signedOut")
	return form, &ui.Notice{
		Tone:  "tone-warn",
		Icon:  "triangle-alert",
		Title: "You were signed out before this was sent",
		Text:  "Nothing was sent. Check the values, then confirm again.",
	}
}

// RefilledNotice returns the notice on a form that has the values of an operation.
func RefilledNotice(o *store.Operation) *ui.Notice {
	return &ui.Notice{
		Tone:  "tone-info",
		Icon:  "copy-plus",
		Title: fmt.Sprintf("Filled in from operation %d", o.Number),
		Text:  "Nothing has been sent.",
	}
}

// SuspendedNotice returns the notice on the form that starts a suspended PBX. o is the operation that suspended it.
func SuspendedNotice(o *store.Operation, c ui.Clock) *ui.Notice {
	s := o.Request.Suspension
	text := fmt.Sprintf("Review on %s. If you start the PBX, the suspension is lifted.", DateText(s.ReviewOn))
	if note := cmp.Or(s.Note, o.Request.Reason); note != "" {
		text = fmt.Sprintf("Note: “%s”. %s", note, text)
	}
	return &ui.Notice{
		Tone:  "tone-warn",
		Icon:  "clock",
		Title: fmt.Sprintf("Suspended by %s on %s", o.By.Name, c.Date(o.Times.FinishedAt).Text),
		Text:  text,
	}
}

// OperationLabel returns what an operation does, such as "Create PBX". A stop that suspends a PBX has its own label.
func OperationLabel(o *store.Operation) string {
	if o.Request.Suspension != nil {
		return "Suspend PBX"
	}
	return ui.KindLabel(string(o.Kind))
}

// NoteForm returns the form for a new note. It has what was typed if the user was signed out before it was added.
func NoteForm(to string, query url.Values) ui.NoteForm {
	f := ui.NoteForm{URL: to}
	if typed, notice := SignedOut(query); notice != nil {
		f.Typed, f.Notice = typed.Get("note"), SignedOutText
	}
	return f
}

// SignedOutText says that a task or note isn't stored yet.
const SignedOutText = "You were signed out before this was added. Check it, then add it again."

// Notices about a form as a whole that starts an operation.
var (
	ExpiredNotice = &ui.Notice{
		Tone:  "tone-warn",
		Icon:  "triangle-alert",
		Title: "This form has expired",
		Text: "It is more than a day old, belongs to another user, or has no valid one-time ID. Nothing was sent. " +
			"Check the values in this new form, then confirm again.",
	}
	MadeUpNotice = &ui.Notice{
		Tone:  "tone-warn",
		Icon:  "triangle-alert",
		Title: "This form can’t be read",
		Text: "Its copy of the values in YCM isn’t one that Cordboard made. Nothing was sent. Check the values in this " +
			"new form, then confirm again.",
	}
	TooManyNotice = &ui.Notice{
		Tone:  "tone-warn",
		Icon:  "clock",
		Title: "Too many submissions",
		Text:  "Nothing was sent to YCM. The values you entered are still below. Wait a few seconds, then try again.",
	}
	UnreviewedNotice = &ui.Notice{
		Tone:  "tone-warn",
		Icon:  "triangle-alert",
		Title: "You changed the values after reviewing them",
		Text:  "Nothing was sent. Check what will change now, then confirm again.",
	}
	NotStoredNotice = &ui.Notice{
		Tone:  "tone-bad",
		Icon:  "circle-alert",
		Title: "Cordboard can’t write to its database",
		Text: "The operation could not be saved, so no request was sent to YCM. The values you entered are still below. " +
			"Contact your administrator: the disk may be full or faulty.",
	}
)

// UpstreamNotice returns the notice that what, such as "PBX", can't be read from YCM before it is changed.
func UpstreamNotice(p fleet.Problem, ycmHost, what string) *ui.Notice {
	title, text := ProblemWords(p, ycmHost)
	return &ui.Notice{
		Tone:  "tone-bad",
		Icon:  "unplug",
		Title: title,
		Text: text + fmt.Sprintf(" Cordboard must read the %s before it changes it. Nothing was sent. The values you "+
			"entered are still below. Try again in a moment.", what),
		RequestID: p.RequestID,
	}
}

// BusyNotice returns the notice that another operation on what, such as "PBX", is open.
func BusyNotice(busy *operations.BusyError, what string) *ui.Notice {
	return &ui.Notice{
		Tone:  "tone-warn",
		Icon:  "hourglass",
		Title: fmt.Sprintf("%s is changing this %s", busy.By, what),
		Text: fmt.Sprintf(
			"Operation %d (%s) has no outcome yet. Nothing was sent. Wait for its outcome before you start another "+
				"operation on the %s.",
			busy.Number,
			ui.KindLabel(string(busy.Kind)),
			what,
		),
		Link: &ui.Link{Label: fmt.Sprintf("Show operation %d", busy.Number), URL: ui.OperationURL(busy.ID)},
	}
}
