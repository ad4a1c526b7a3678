// Package labels has the words that pages show for the filter values that Cordboard defines. Searches accept the same
// words.
package labels

import (
	"fmt"
	"strings"

	"cordboard/fleet"
)

// Of returns the label of a value of the filter with the given key, such as "Within 7 days" for 7d, or "" if it has
// none, as a range of dates. Some labels contain a limit.
func Of(key, value string, l fleet.Thresholds) string {
	switch key {
	case "usage":
		if value == "nearly-full" {
			return fmt.Sprintf("Nearly full, at least %d%%", l.NearlyFull)
		}
	case "attention":
		switch value {
		case "full":
			return fmt.Sprintf("%d to 100%% full", l.Full)
		case "7d":
			return "Expires within 7 days"
		case "not-activated":
			return "Not activated after " + days(l.StuckDays)
		}
	case "onboarding":
		return onboarding[value]
	case "size":
		return size(value, l)
	}
	return all[value]
}

var all = map[string]string{
	"overdue":        "Overdue",
	"today":          "Today",
	"7d":             "Within 7 days",
	"30d":            "Within 30 days",
	"60d":            "Within 60 days",
	"90d":            "Within 90 days",
	"later":          "In more than 90 days",
	"none":           "No date",
	"not-understood": "Date not understood",
	"over":           "Over capacity",
	"here":           "In YCM",
	"gone":           "Removed",
	"all":            "All",
}

// onboarding are the steps at which a PBX can be stuck.
var onboarding = map[string]string{
	"not-started":   "Never started",
	"not-activated": "Started, not activated",
	"no-extension":  "Activated, no extensions",
}

// size returns the label of a size, such as "Call peak at 80 to 95%" for calls-nearly-full.
func size(value string, l fleet.Thresholds) string {
	resource, state, _ := strings.Cut(value, "-")
	noun := map[string]string{"extensions": "Extensions", "calls": "Call peak", "recording": "Recording"}[resource]
	switch state {
	case fleet.SizeOver.String():
		return noun + " over capacity"
	case fleet.SizeFull.String():
		return fmt.Sprintf("%s at %d to 100%%", noun, l.Full)
	case fleet.SizeNearlyFull.String():
		return fmt.Sprintf("%s at %d to %d%%", noun, l.NearlyFull, l.Full)
	case fleet.SizeUnknown.String():
		return noun + " not reported"
	}
	return fmt.Sprintf("%s always below %d%% in %s", noun, l.ReclaimBelow, days(l.PeakDays))
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
