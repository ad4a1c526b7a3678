package display

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/opt"
)

// TestForecastRange checks the phrase about when capacity will be used up, from "by now" to "more than ten years".
func TestForecastRange(t *testing.T) {
	t.Parallel()
	today := clock.Now.Unix() / 86400
	for _, tt := range []struct {
		name     string
		last     int64 // days before today
		from, to int64
		want     string
	}{
		{"a range", 0, 10, 20, "full between 27 Mar 2026 and 6 Apr 2026, in 10 to 20 days"},
		{"one day", 0, 10, 10, "full around 27 Mar 2026, in 10 days"},
		{"tomorrow", 0, 1, 1, "full around 18 Mar 2026, in 1 day"},
		{"no upper end", 0, 100, -1, "full on 25 Jun 2026 at the earliest, in 100 days"},
		{"beyond the horizon", 0, -1, -1, "the capacity will last more than ten years"},
		{"a reading of yesterday", 1, 10, 20, "full between 26 Mar 2026 and 5 Apr 2026, in 9 to 19 days"},
		{
			"an old reading", 5, 10, 20,
			"full between 22 Mar 2026 and 1 Apr 2026, in 5 to 15 days (based on the last reading, 12 Mar 2026)",
		},
		{
			"an old reading that is overtaken", 30, 10, 20,
			"the capacity is probably used up by now (based on the last reading, 15 Feb 2026)",
		},
		{"thousands of days", 0, 1500, 3000, "full between 25 Apr 2030 and 3 Jun 2034, in 1,500 to 3,000 days"},
	} {
		f := capacity.Forecast{Kind: capacity.Rising, Last: today - tt.last, From: tt.from, To: tt.to}
		if got := ForecastRange(f, clock); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestEndsFirst checks when a forecast mentions that the subscription or the recording service ends before the
// capacity is used up.
func TestEndsFirst(t *testing.T) {
	t.Parallel()
	today := clock.Now.Unix() / 86400
	at := func(days int) opt.Int { return opt.New(clock.Now.AddDate(0, 0, days).Unix()) }
	rising := capacity.Forecast{Kind: capacity.Rising, Last: today, From: 100, To: 200}
	endless := capacity.Forecast{Kind: capacity.Rising, Last: today, From: -1, To: -1}
	for _, tt := range []struct {
		name            string
		ends, recording opt.Int
		f               capacity.Forecast
		resource        int
		want            string
	}{
		{"no dates", opt.Int{}, opt.Int{}, rising, fleet.Extensions, ""},
		{"ends later", at(100), opt.Int{}, rising, fleet.Extensions, ""},
		{"ends before", at(99), opt.Int{}, rising, fleet.Extensions, ". The subscription ends before that, on 24 Jun 2026"},
		{"lasting capacity", at(99), opt.Int{}, endless, fleet.Calls, ". The subscription ends before that, on 24 Jun 2026"},
		{"no rise", at(9), opt.Int{}, capacity.Forecast{Kind: capacity.NoTrend}, fleet.Extensions, ""},
		{"recording ends, of extensions", opt.Int{}, at(9), rising, fleet.Extensions, ""},
		{
			"recording ends, of recording", at(50), at(9), rising, fleet.Recording,
			". The recording service ends before that, on 26 Mar 2026",
		},
		{
			"both end, of extensions", at(50), at(9), rising, fleet.Extensions,
			". The subscription ends before that, on 6 May 2026",
		},
	} {
		sub := capacity.Subscription{ExpirationTime: tt.ends, RecordingEnds: tt.recording}
		if got := EndsFirst(sub, tt.f, tt.resource, clock); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestDateRange checks the wording of date ranges, and that other text stays unchanged. It also checks DayText.
func TestDateRange(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"2026-12-01..2026-12-31": "1 Dec 2026 – 31 Dec 2026",
		"2026-12-01..2026-12-01": "1 Dec 2026",
		"2026-12-01":             "1 Dec 2026",
		"2026-12-01..":           "from 1 Dec 2026",
		"..2026-12-31":           "up to 31 Dec 2026",
		"..":                     "..",
		"2026-13-01..":           "2026-13-01..",
		"soon":                   "soon",
		"":                       "",
	} {
		if got := DateRange(word); got != want {
			t.Errorf("DateRange(%q) = %q, want %q", word, got, want)
		}
	}
	if got := DayText(20529); got != "17 Mar 2026" {
		t.Errorf("DayText = %q", got)
	}
}

// TestEachValueHasALabel checks that each filter whose values Cordboard defines has a different label for each value.
func TestEachValueHasALabel(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"expires", "usage", "attention", "onboarding", "size", "presence"} {
		labels := map[string]string{}
		for _, word := range list.EnumValues(key) {
			label := EnumLabel(key, word, fleet.DefaultThresholds)
			if label == "" || label == word || strings.Contains(label, "%!") {
				t.Errorf("%s: the label of %s is %q", key, word, label)
			}
			if other, taken := labels[label]; taken {
				t.Errorf("%s: %s and %s have the same label %q", key, word, other, label)
			}
			labels[label] = word
		}
		if len(labels) == 0 {
			t.Errorf("%s has no values", key)
		}
	}
}

// TestTimesInTheTimeline checks how the timeline shows the values of different fields, such as dates and times.
func TestTimesInTheTimeline(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 19, 23, 59, 59, 0, time.UTC).Unix()
	for field, want := range map[string]string{
		"expirationDate":     "19 Mar 2026",
		"planExpirationDate": "19 Mar 2026",
		"initialStartUpTime": "19 Mar 2026, 23:59",
		"extensionCapacity":  "1,773,964,799",
		"version":            "1773964799",
	} {
		if got := FieldText(field, strconv.FormatInt(at, 10), clock); got != want {
			t.Errorf("FieldText(%s) = %q, want %q", field, got, want)
		}
	}
	for _, tt := range []struct{ field, raw, want string }{
		{"pbxStatus", "Running", "Running"},
		{"activationStatus", "Unactivated", "Not activated"},
		{"im", "", "not reported"},
		{"pbxStatus", "Migrating", "Migrating"},
	} {
		if got := FieldText(tt.field, tt.raw, clock); got != tt.want {
			t.Errorf("FieldText(%s, %q) = %q, want %q", tt.field, tt.raw, got, tt.want)
		}
	}
}
