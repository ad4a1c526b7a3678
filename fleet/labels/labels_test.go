package labels

import (
	"testing"

	"cordboard/fleet"
)

// TestOf checks the labels of filter values, also those with a limit.
func TestOf(t *testing.T) {
	t.Parallel()
	l := fleet.DefaultThresholds
	l.StuckDays, l.PeakDays = 1, 60
	for _, tt := range []struct{ key, value, want string }{
		{"usage", "nearly-full", "Nearly full, at least 80%"},
		{"usage", "over", "Over capacity"},
		{"attention", "overdue", "Overdue"},
		{"attention", "7d", "Expires within 7 days"},
		{"attention", "over", "Over capacity"},
		{"attention", "full", "95 to 100% full"},
		{"attention", "not-activated", "Not activated after 1 day"},
		{"attention", "not-understood", "Date not understood"},
		{"expires", "overdue", "Overdue"},
		{"expires", "today", "Today"},
		{"expires", "7d", "Within 7 days"},
		{"expires", "30d", "Within 30 days"},
		{"expires", "60d", "Within 60 days"},
		{"expires", "90d", "Within 90 days"},
		{"expires", "later", "In more than 90 days"},
		{"expires", "none", "No date"},
		{"expires", "not-understood", "Date not understood"},
		{"expires", "2026-12-01..2026-12-31", ""},
		{"onboarding", "not-started", "Never started"},
		{"onboarding", "not-activated", "Started, not activated"},
		{"onboarding", "no-extension", "Activated, no extensions"},
		{"onboarding", "over", ""},
		{"presence", "here", "In YCM"},
		{"presence", "gone", "Removed"},
		{"presence", "all", "All"},
		{"size", "extensions-over", "Extensions over capacity"},
		{"size", "extensions-full", "Extensions at 95 to 100%"},
		{"size", "recording-full", "Recording at 95 to 100%"},
		{"size", "calls-nearly-full", "Call peak at 80 to 95%"},
		{"size", "calls-unknown", "Call peak not reported"},
		{"size", "calls-reclaimable", "Call peak always below 60% in 60 days"},
	} {
		if got := Of(tt.key, tt.value, l); got != tt.want {
			t.Errorf("%s=%s: %q, want %q", tt.key, tt.value, got, tt.want)
		}
	}
}

// TestLabelsFollowTheLimits checks that labels name the account's own limits.
func TestLabelsFollowTheLimits(t *testing.T) {
	t.Parallel()
	l := fleet.Thresholds{NearlyFull: 70, Full: 90, StuckDays: 14, PeakDays: 1, ReclaimBelow: 40}
	for _, tt := range []struct{ key, value, want string }{
		{"usage", "nearly-full", "Nearly full, at least 70%"},
		{"attention", "full", "90 to 100% full"},
		{"attention", "not-activated", "Not activated after 14 days"},
		{"size", "extensions-nearly-full", "Extensions at 70 to 90%"},
		{"size", "extensions-reclaimable", "Extensions always below 40% in 1 day"},
	} {
		if got := Of(tt.key, tt.value, l); got != tt.want {
			t.Errorf("%s=%s: %q, want %q", tt.key, tt.value, got, tt.want)
		}
	}
}
