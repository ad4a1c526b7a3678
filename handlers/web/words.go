package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/views/ui"
)

// OneOf returns word if it is one of words, else "".
func OneOf(word string, words ...string) string {
	if slices.Contains(words, word) {
		return word
	}
	return ""
}

// FirstProblem returns one of a form's problems, always the same one.
func FirstProblem(problems map[string]string) string {
	var all []string
	for _, p := range problems {
		all = append(all, p)
	}
	return slices.Min(all)
}

// TypedEmail returns the form's address without the invisible characters that copying may add.
func TypedEmail(r *http.Request) string {
	return strings.TrimSpace(fold.Visible(r.PostForm.Get("email")))
}

// Choices returns choices for a select, of which one is selected.
func Choices(words []string, on string, names map[string]string) []ui.Choice {
	all := make([]ui.Choice, 0, len(words))
	for _, w := range words {
		all = append(all, ui.Choice{Value: w, Label: names[w], On: w == on})
	}
	return all
}

// WithColumns returns q with the columns that show why its rows match.
func WithColumns(q url.Values) url.Values {
	for _, r := range reasons {
		if q.Has(r.key) {
			q = maps.Clone(q)
			q.Set("cols", r.columns)
			return q
		}
	}
	return q
}

// Landing returns the address that opens after sign-in.
func Landing(user store.User) string {
	switch key := user.Prefs.Landing; key {
	case "":
		return "/"
	case LandOnAll:
		return "/pbxs"
	default:
		return ui.PBXsURL(url.Values{"view": {key}})
	}
}

// SubscriptionSnapshot identifies the readings of the subscription and the fleet, so that a page can detect newer ones.
func (s *Site) SubscriptionSnapshot() string {
	sub := s.Subscriptions.Subscription()
	return fmt.Sprintf("%s/%s-%d-%s", s.SnapshotID(s.Mirror.Snapshot()), sub.State, sub.At.Unix(), sub.RequestID)
}

// ResourceLabels are the labels of fleet.Resources.
var ResourceLabels = map[string]string{
	"extensionCapacity":      "Extensions",
	"concurrentCallCapacity": "Concurrent calls",
	"recordingCapacity":      "Recording, minutes",
	"ultimatePlanCapacity":   "Ultimate extensions",
	"transcriptionCapacity":  "Transcription, minutes",
}

// NumberText returns a number, or a dash if it is fleet.Absent.
func NumberText(n int64) string {
	if n == fleet.Absent {
		return "–"
	}
	return ui.Number(n)
}

// IntText returns a number, or what YCM sent instead.
func IntText(n opt.Int) string {
	if n.Known() {
		return ui.Number(n.N)
	}
	return n.Raw
}

// FormLabels maps the form's fields to their labels.
var FormLabels = map[string]string{
	"name":                           "Name",
	"customerIds":                    "Customers",
	"reason":                         "Reason",
	"regionId":                       "Region",
	"versionId":                      "Firmware",
	"subDomain":                      "Sub-domain",
	"domainId":                       "Domain",
	"plan":                           "Plan",
	"extensionCapacity":              "Extensions",
	"concurrentCallCapacity":         "Concurrent calls",
	"recordingStatus":                "Call recording",
	"recordingCapacity":              "Recording",
	"transcriptionCapacity":          "Transcription",
	"type":                           "Type",
	"expirationDate":                 "PBX date",
	"allowRunAfterExpirationDate":    "After that date",
	"passwordlessLogin":              "Passwordless login",
	"allowSuperiorPasswordlessLogin": "Parent account may use it",
	"im":                             "Internal chat (IM)",
	"upgradeInPbx":                   "Customer can upgrade firmware",
	"provisioningViaTemplate":        "Provision via a template",
	"provisionTemplateId":            "Template",
}

// Indent returns JSON indented.
func Indent(record []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, record, "", "  ") != nil {
		return string(record)
	}
	return b.String()
}

// KeepWords maps allowRunAfterExpirationDate to what happens after the PBX's date.
var KeepWords = map[string]string{"true": "Keep running", "false": "Stop"}

// LowerFirst returns a text with its first letter in lowercase.
func LowerFirst(s string) string {
	if len(s) > 1 && strings.ToUpper(s[:2]) == s[:2] {
		return s // an abbreviation
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// EmptyFleet returns the reason why a list without filters is empty, or nil if only filters can be the reason.
func (s *Site) EmptyFleet(filtered bool, snapshot *fleet.Snapshot) *ui.Empty {
	f := s.Mirror.Freshness()
	switch {
	case snapshot.Len() == 0 && f.At.IsZero() && f.State == fleet.Failing:
		title, text := ProblemWords(f.Problem, s.Config.YCMHost)
		return &ui.Empty{
			Art:   "none",
			Title: "The fleet has never been synced",
			Text:  title + ". " + text + " Cordboard keeps trying.",
		}
	case snapshot.Len() == 0 && f.At.IsZero():
		e := &ui.Empty{
			Art:    "first",
			Title:  "Syncing with YCM for the first time",
			Text:   "The list appears when all pages have been read.",
			Action: &ui.Link{Label: "Reload", URL: "/pbxs"},
		}
		if f.Pages > 0 {
			e.Progress = fmt.Sprintf("Page %s of %s", ui.Number(int64(f.PagesRead)), ui.Number(int64(f.Pages)))
			e.Text = fmt.Sprintf(
				"%s. The list appears when all pages have been read.",
				ui.Count(f.Total, "PBX", "PBXs"),
			)
			e.Width = fmt.Sprint(100 * f.PagesRead / f.Pages)
		}
		return e
	case !filtered:
		return &ui.Empty{
			Art:   "none",
			Title: "No PBXs",
			Text:  "The connection to YCM works, and the account has no Cloud PBXs.",
		}
	}
	return nil
}

// eventIcons maps fields to the icons of their changes. Other fields share one icon.
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

// ChangeEntry returns a change of a PBX as an entry of the timeline.
func ChangeEntry(e store.PBXEvent, done []store.Event, c ui.Clock) ui.TimelineEntry {
	between := c.Between(e.After, e.At)
	entry := ui.TimelineEntry{Kind: e.Kind, Meta: "Outside Cordboard, " + between}
	if slices.ContainsFunc(done, func(d store.Event) bool { return !d.At.Before(e.After) && !d.At.After(e.At) }) {
		entry.Meta = "Seen " + between
	}
	switch e.Kind {
	case "appeared":
		entry.Icon, entry.Tone, entry.Title = "plus", "tone-ok", "First seen"
	case "gone":
		entry.Icon, entry.Title = "circle-slash", "Removed: no longer in YCM"
	case "returned":
		entry.Icon, entry.Tone, entry.Title = "plus", "tone-ok", "Returned"
	default:
		entry.Icon, entry.Tone = eventIcons[e.Field], "tone-info"
		if entry.Icon == "" {
			entry.Icon, entry.Tone = "pencil", ""
		}
		entry.Field, entry.Title = e.Field, Labels[e.Field]
		if e.Field == "name" {
			entry.Title = "Name" // its label is "PBX", the column head
		}
		entry.Change = &ui.Change{Old: eventValue(e.Field, e.Old, c), New: eventValue(e.Field, e.New, c)}
	}
	return entry
}

// eventValue returns a field's value as the page shows it.
func eventValue(field, raw string, c ui.Clock) string {
	f, ok := fleet.FieldByName(field)
	n, err := strconv.ParseInt(raw, 10, 64)
	switch {
	case raw == "":
		return "not reported"
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

// Trim returns a number with at most one decimal.
func Trim(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", f), "0"), ".")
}

// reasons lists, by filter, the columns that show why a row matches.
var reasons = []struct{ key, columns string }{
	{"expires", "name,planExpirationDate,expirationDate,pbxStatus,type,plan,region,group"},
	{"usage", "name,usedExtensions,usedRecording,activeCalls,pbxStatus,plan,region"},
	{"onboarding", "name,pbxStatus,activationStatus,createTime,initialStartUpTime,usedExtensions,region,group"},
	{"lastBackupTime", "name,lastBackupTime,pbxStatus,version,region,group"},
	{"version", "name,version,pbxStatus,activationStatus,region,group"},
	{"createTime", "name,createTime,expirationDate,planExpirationDate,type,pbxStatus,usedExtensions,region"},
	{"type", "name,createTime,expirationDate,planExpirationDate,type,pbxStatus,usedExtensions,region"},
	{"size", "name,usedExtensions,activeCalls,usedRecording,pbxStatus,plan,region"},
}
