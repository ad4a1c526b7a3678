package desk

import (
	"testing"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	views "cordboard/views/desk"
	"cordboard/ycm"
)

// TestFullest checks which resource of a PBX the overview names: the fullest that isn't snoozed today.
func TestFullest(t *testing.T) {
	t.Parallel()
	p := pbxtest.PBX(pbxtest.Record(7, func(r *ycm.CloudPBX) {
		r.UsedExtensions, r.ExtensionCapacity = ycm.NewInt(98), ycm.NewInt(100)
		r.ActiveCalls, r.ConcurrentCallCapacity = ycm.NewInt(96), ycm.NewInt(100)
		r.UsedRecording, r.RecordingCapacity = ycm.NewInt(150), ycm.NewInt(100)
	}))
	snooze := func(what, until string) fleet.Snooze { return fleet.Snooze{What: what, Until: until} }
	for name, tt := range map[string]struct {
		snoozes []fleet.Snooze
		want    fleet.Field
	}{
		"nothing is snoozed":     {nil, fleet.FieldUsedRecording},
		"what is over":           {[]fleet.Snooze{snooze("over", "2026-03-18")}, fleet.FieldUsedExtensions},
		"what is over, till now": {[]fleet.Snooze{snooze("over", "2026-03-17")}, fleet.FieldUsedRecording},
		"what is full":           {[]fleet.Snooze{snooze("full", "2026-03-18")}, fleet.FieldUsedRecording},
		"both": {
			[]fleet.Snooze{snooze("over", "2026-03-18"), snooze("full", "2026-03-18")}, fleet.Field(0),
		},
		"something else": {[]fleet.Snooze{snooze("overdue", "2026-03-18")}, fleet.FieldUsedRecording},
	} {
		p := p.WithDesk(&fleet.Desk{Snoozes: tt.snoozes})
		if used, _ := fullest(p, fleet.DefaultThresholds, "2026-03-17"); used != tt.want {
			t.Errorf("%s: %s is the fullest, want %s", name, used.Name(), tt.want.Name())
		}
	}
	empty := pbxtest.PBX(pbxtest.Record(9, func(r *ycm.CloudPBX) {
		r.UsedExtensions, r.ExtensionCapacity = ycm.NewInt(0), ycm.NewInt(0)
	}))
	if used, _ := fullest(empty, fleet.DefaultThresholds, "2026-03-17"); used != fleet.FieldUsedExtensions {
		t.Errorf("of a PBX with a capacity of 0, %s is the fullest", used.Name())
	}
	unknown := pbxtest.PBX(pbxtest.Record(8, func(r *ycm.CloudPBX) { r.UsedExtensions = ycm.Int{} }))
	if used, _ := fullest(unknown, fleet.DefaultThresholds, "2026-03-17"); used == fleet.FieldUsedExtensions {
		t.Error("a usage that isn't reported is the fullest")
	}
}

// TestFillLines checks that half-width blocks without a neighbor are widened, so that no row has a gap.
func TestFillLines(t *testing.T) {
	t.Parallel()
	for blocks, want := range map[string]string{
		"":       "",
		"n":      "W",
		"w":      "W",
		"nn":     "nn",
		"nnn":    "nnW",
		"wnnnw":  "WnnWW",
		"nwn":    "WWW",
		"nnwnn":  "nnWnn",
		"wnwnnw": "WWWnnW",
	} {
		var all []views.Block
		for _, b := range blocks {
			all = append(all, views.Block{Wide: b == 'w'})
		}
		fillLines(all)
		got := ""
		for _, b := range all {
			got += map[bool]string{true: "W", false: "n"}[b.Wide]
		}
		if got != want {
			t.Errorf("fillLines(%q) = %q, want %q", blocks, got, want)
		}
	}
}
