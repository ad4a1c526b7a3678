package pbx

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/store"
	"cordboard/views/ui"
	"cordboard/ycm"
)

// TestStatus checks the sentence about a PBX's state: the worst comes first, with the button that leads to the remedy.
func TestStatus(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	clock := ui.Clock{Now: now, Zone: time.UTC}
	stopped := []store.PBXEvent{
		{Kind: store.PBXChanged, Field: "name", At: now},
		{Kind: store.PBXChanged, Field: "pbxStatus", Old: "Running", New: "Stopped", At: now.Add(-time.Hour)},
		{Kind: store.PBXChanged, Field: "pbxStatus", At: now.Add(-2 * time.Hour)},
	}
	in := func(days int) ycm.Time { return ycm.NewTime(now.AddDate(0, 0, days).Unix()) }
	fine := func(r *ycm.CloudPBX) {
		r.PBXStatus, r.ActivationStatus = "Running", "Activated"
		r.ExtensionCapacity, r.UsedExtensions = ycm.NewInt(50), ycm.NewInt(10)
		r.ConcurrentCallCapacity, r.ActiveCalls = ycm.NewInt(10), ycm.NewInt(1)
		r.PlanExpirationDate, r.CreateTime, r.LastBackupTime = in(200), in(-100), in(-1)
	}
	for name, tt := range map[string]struct {
		change func(*ycm.CloudPBX)
		events []store.PBXEvent
		tone   string
		text   string
		form   string // of the button; "" for none
	}{
		"fine": {func(*ycm.CloudPBX) {}, nil, "tone-ok", "The PBX is running, and nothing needs attention.", ""},
		"upgrading": {
			func(r *ycm.CloudPBX) { r.PBXStatus = "Upgrading"; r.PlanExpirationDate = in(-3) }, stopped[1:],
			"tone-info", "The PBX has been upgrading since 17 Mar 2026, 11:00.", "",
		},
		"expired": {
			func(r *ycm.CloudPBX) { r.PBXStatus = "Stopped"; r.PlanExpirationDate = in(-3) }, nil,
			"tone-bad", "The plan expired on 14 Mar 2026, 3 days ago.", "tasks?what=expirationDate",
		},
		"the PBX itself expired": {
			func(r *ycm.CloudPBX) { r.ExpirationDate = in(-1) }, nil,
			"tone-bad", "The PBX expired on 16 Mar 2026, yesterday.", "tasks?what=expirationDate",
		},
		"over capacity": {
			func(r *ycm.CloudPBX) { r.UsedExtensions = ycm.NewInt(53); r.PBXStatus = "Stopped" }, nil,
			"tone-bad", "Extensions: 53 of 50, over capacity.", "resize",
		},
		"stopped": {
			func(r *ycm.CloudPBX) { r.PBXStatus = "Stopped"; r.UsedExtensions = ycm.NewInt(49) }, stopped,
			"tone-warn", "The PBX has been stopped since 17 Mar 2026, 11:00. Its users are locked out.", "start",
		},
		"stopped, nobody knows when": {
			func(r *ycm.CloudPBX) { r.PBXStatus = "Stopped" }, nil,
			"tone-warn", "The PBX is stopped. Its users are locked out.", "start",
		},
		"full": {
			func(r *ycm.CloudPBX) { r.UsedExtensions = ycm.NewInt(49); r.PlanExpirationDate = in(5) }, nil,
			"tone-bad", "Extensions: 49 of 50, 98% full.", "resize",
		},
		"the fullest": {
			func(r *ycm.CloudPBX) { r.UsedExtensions = ycm.NewInt(42); r.ActiveCalls = ycm.NewInt(10) }, nil,
			"tone-bad", "Calls: 10 of 10, 100% full. Extensions: 42 of 50, 84% full.", "resize",
		},
		"expires today": {
			func(r *ycm.CloudPBX) { r.PlanExpirationDate = in(0) }, nil,
			"tone-warn", "The plan expires on 17 Mar 2026, today.", "tasks?what=expirationDate",
		},
		"expires in 30 days": {
			func(r *ycm.CloudPBX) { r.ExpirationDate = in(30) }, nil,
			"tone-warn", "The PBX expires on 16 Apr 2026, in 30 days.", "tasks?what=expirationDate",
		},
		"expires in 31 days": {
			func(r *ycm.CloudPBX) { r.ExpirationDate = in(31) }, nil,
			"tone-ok", "The PBX is running, and nothing needs attention.", "",
		},
		"not activated": {
			func(r *ycm.CloudPBX) { r.ActivationStatus = "Unactivated" }, nil,
			"tone-warn", "The PBX isn’t activated, and was created 3 months ago.", "activation-email",
		},
		"not activated, but new": {
			func(r *ycm.CloudPBX) { r.ActivationStatus = "Unactivated"; r.CreateTime = in(-2) }, nil,
			"tone-info", "The PBX isn’t activated yet. Its customer activates it with the link in YCM’s email.",
			"activation-email",
		},
		"no extensions": {
			func(r *ycm.CloudPBX) { r.UsedExtensions = ycm.NewInt(0) }, nil,
			"tone-info", "The PBX is activated, but has no extensions yet.", "",
		},
		"an old backup": {
			func(r *ycm.CloudPBX) { r.LastBackupTime = in(-9) }, nil,
			"tone-info", "The last backup is from 8 Mar 2026, 9 days ago.", "",
		},
		"no backup": {
			func(r *ycm.CloudPBX) { r.LastBackupTime = ycm.Time{} }, nil,
			"tone-info", "YCM reports no backup of the PBX.", "",
		},
		"no backup, but new": {
			func(r *ycm.CloudPBX) { r.LastBackupTime, r.CreateTime = ycm.Time{}, in(-2) }, nil,
			"tone-ok", "The PBX is running, and nothing needs attention.", "",
		},
		"nearly full": {
			func(r *ycm.CloudPBX) { r.UsedExtensions = ycm.NewInt(42) }, nil,
			"tone-warn", "Extensions: 42 of 50, 84% full.", "resize",
		},
		"no capacity": {
			func(r *ycm.CloudPBX) { r.ExtensionCapacity, r.UsedExtensions = ycm.NewInt(0), ycm.NewInt(3) }, nil,
			"tone-ok", "The PBX is running, and nothing needs attention.", "",
		},
		"nothing reported": {
			func(r *ycm.CloudPBX) { *r = ycm.CloudPBX{CloudPBXID: r.CloudPBXID, PBXStatus: "Running"} }, nil,
			"tone-ok", "The PBX is running, and nothing needs attention.", "",
		},
	} {
		p := pbxtest.PBX(pbxtest.Record(7715, func(r *ycm.CloudPBX) { fine(r); tt.change(r) }))
		s := status(p, fleet.DefaultThresholds, tt.events, clock)
		if s == nil {
			t.Errorf("%s: nothing is said", name)
			continue
		}
		form := ""
		if s.Action != nil {
			form = strings.TrimPrefix(s.Action.URL, "/pbxs/7715/")
		}
		if got := fmt.Sprintf("%s %q %s", s.Tone, s.Text, form); got != fmt.Sprintf("%s %q %s", tt.tone, tt.text, tt.form) {
			t.Errorf("%s: %s, want %s %q %s", name, got, tt.tone, tt.text, tt.form)
		}
	}
	odd := pbxtest.PBX(pbxtest.Record(7715, func(r *ycm.CloudPBX) { r.PBXStatus = "Migrating" }))
	if s := status(odd, fleet.DefaultThresholds, nil, clock); s != nil {
		t.Errorf("about an unknown status, the page says %q", s.Text)
	}
}

// TestStatusOfRenewal checks that the sentence about a date says how far the renewal is, whose it is, and whether the
// date is snoozed, and that it asks for nothing once the renewal is agreed.
func TestStatusOfRenewal(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	expired := pbxtest.PBX(pbxtest.Record(7715, func(r *ycm.CloudPBX) {
		r.PBXStatus, r.PlanExpirationDate = "Running", ycm.NewTime(now.AddDate(0, 0, -3).Unix())
	}))
	const date = "The plan expired on 14 Mar 2026, 3 days ago."
	for want, d := range map[string]fleet.Desk{
		"": {Renewal: fleet.Renewal{State: "open"}, Snoozes: []fleet.Snooze{
			{What: "full", Until: "2026-03-30"}, {What: "overdue", Until: "2026-03-17"},
		}},
		" Renewal: quoted. Owner: Mattis.": {
			Renewal: fleet.Renewal{State: "quoted"}, Owner: fleet.Owner{ID: 2, Name: "Mattis"},
		},
		" It won’t be renewed. Snoozed until 30 Mar 2026.": {
			Renewal: fleet.Renewal{State: "let-go"}, Snoozes: []fleet.Snooze{{What: "overdue", Until: "2026-03-30"}},
		},
		" It is marked as renewed, but YCM doesn’t have the new date yet.": {Renewal: fleet.Renewal{State: "renewed"}},
	} {
		s := status(expired.WithDesk(&d), fleet.DefaultThresholds, nil, ui.Clock{Now: now, Zone: time.UTC})
		if s.Text != date+want || (s.Action == nil) != (d.Renewal.State == "renewed") {
			t.Errorf("%+v: %q, button %v, want %q", d, s.Text, s.Action, date+want)
		}
	}
}
