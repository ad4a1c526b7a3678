package rows

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fleet/pbxtest"
	"cordboard/handlers/web/display"
	"cordboard/views/ui"
	"cordboard/ycm"
)

var today = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// pbx returns a PBX with a change. Without it, nothing about the PBX needs attention.
func pbx(change func(*ycm.CloudPBX)) *fleet.PBX {
	return pbxtest.PBX(pbxtest.Record(7, func(r *ycm.CloudPBX) {
		r.ExpirationDate, r.PlanExpirationDate = ycm.NewTime(today.AddDate(1, 0, 0).Unix()), ycm.Time{}
		r.CreateTime, r.InitialStartUpTime = ycm.NewTime(today.AddDate(0, 0, -20).Unix()), ycm.NewTime(today.Unix())
		r.PBXStatus, r.ActivationStatus = "Running", "Activated"
		r.ExtensionCapacity, r.UsedExtensions = ycm.NewInt(100), ycm.NewInt(10)
		r.ConcurrentCallCapacity, r.ActiveCalls = ycm.NewInt(25), ycm.NewInt(0)
		r.RecordingCapacity, r.UsedRecording = ycm.NewInt(500), ycm.NewInt(0)
		change(r)
	}))
}

// TestReason checks what the column says for each filter that needs a reason, and that the worst comes first.
func TestReason(t *testing.T) {
	t.Parallel()
	expires := func(days int) func(*ycm.CloudPBX) {
		return func(r *ycm.CloudPBX) { r.ExpirationDate = ycm.NewTime(today.AddDate(0, 0, days).Unix()) }
	}
	plan := func(r *ycm.CloudPBX) { r.PlanExpirationDate = ycm.NewTime(today.AddDate(0, 0, 3).Unix()) }
	full := func(r *ycm.CloudPBX) { r.UsedExtensions = ycm.NewInt(97) }
	over := func(r *ycm.CloudPBX) { r.UsedRecording = ycm.NewInt(1650) }
	empty := func(r *ycm.CloudPBX) { r.UsedExtensions = ycm.NewInt(0) }
	stuck := func(r *ycm.CloudPBX) { r.ActivationStatus = "Unactivated" }
	all := "attention=overdue&attention=7d&attention=over&attention=full&attention=not-activated"
	for name, tt := range map[string]struct {
		query       string
		change      func(*ycm.CloudPBX)
		text, small string
	}{
		"overdue":       {"expires=overdue", expires(-4), "PBX expired 4 days ago", ""},
		"today":         {"expires=today", expires(0), "PBX expires today", ""},
		"soon":          {"expires=30d", expires(12), "PBX expires in 12 days", ""},
		"the plan":      {"attention=7d", plan, "Plan expires in 3 days", ""},
		"a range":       {"expires=2026-03-01..2026-03-31", expires(5), "PBX expires in 5 days", ""},
		"later":         {"expires=later", expires(100), "PBX expires in 3 months", ""},
		"nearly full":   {"usage=nearly-full", full, "Extensions 97%", ""},
		"full":          {"attention=full", full, "Extensions 97%", ""},
		"over":          {"usage=over", over, "Recording 1,150 over", ""},
		"not activated": {"attention=not-activated", stuck, "Not activated, created 20 days ago", ""},
		"no extensions": {"onboarding=no-extension", empty, "No extensions yet, created 20 days ago", ""},
		"several": {
			all, func(r *ycm.CloudPBX) { plan(r); over(r); full(r) },
			"Recording 1,150 over", "and extensions 97%, Plan expires in 3 days",
		},
		"snoozed": {
			"attention=full&attention=over", func(r *ycm.CloudPBX) { full(r); over(r) }, "Extensions 97%", "",
		},
		"snoozed, but asked for by usage": {"usage=over", over, "Recording 1,150 over", ""},
		"none that was asked":             {"usage=over", full, "", ""},
		"not the date":                    {"usage=over", expires(-4), "", ""},
		"a year":                          {"expires=2027", expires(300), "PBX expires in 10 months", ""},
		"another filter's": {
			"attention=over&onboarding=no-extension", func(r *ycm.CloudPBX) { over(r); expires(300)(r) },
			"Recording 1,150 over", "",
		},
		"just created": {
			"attention=not-activated&attention=over", func(r *ycm.CloudPBX) {
				over(r)
				stuck(r)
				r.CreateTime = ycm.NewTime(today.Unix())
			}, "Recording 1,150 over", "",
		},
		"healthy": {all, func(*ycm.CloudPBX) {}, "", ""},
	} {
		values, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		cells := display.Cells{Clock: ui.Clock{Now: today, Zone: time.UTC}, Thresholds: fleet.DefaultThresholds}
		p := pbx(tt.change)
		if strings.HasPrefix(name, "snoozed") {
			p = p.WithDesk(&fleet.Desk{Snoozes: []fleet.Snooze{{What: "over", Until: "2026-04-01"}}})
		}
		v := reason(Why(list.NewQuery(values)), p, cells)
		text := ""
		if v.Badge != nil {
			text = v.Badge.Word
		}
		if text != tt.text || v.Small != tt.small || v.Value != tt.text {
			t.Errorf("%s: %q, %q, want %q, %q", name, text, v.Small, tt.text, tt.small)
		}
	}
}

// TestWhy checks which queries have a column for the reason.
func TestWhy(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int{
		"": 0, "status=Running": 0, "usage=!over": 0, "usage=over&usage=nearly-full": 2, "expires=30d&attention=full": 2,
		"onboarding=not-started": 1,
	} {
		values, _ := url.ParseQuery(raw)
		r := Why(list.NewQuery(values))
		if got := len(r.attention) + len(r.others); got != want || r.None() != (want == 0) {
			t.Errorf("%q has %d reasons, want %d", raw, got, want)
		}
	}
}
