package main

import (
	"testing"

	"cordboard/fleet/mirror"
	"cordboard/store"
)

// TestSandboxHistory checks that the sandbox's history doesn't contradict itself: no PBX changed before it was first
// seen or after it was last changed, and each PBX was there from the beginning or appears in its timeline.
func TestSandboxHistory(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	sandbox, err := startSandbox(t.Context(), db, "200", false)
	if err != nil {
		t.Fatal(err)
	}
	defer sandbox.Close()
	if err := growPast(t.Context(), db, sandbox); err != nil {
		t.Fatal(err)
	}
	pbxs, appeared := 0, 0
	err = db.EachPBX(t.Context(), mirror.DefaultAccount, func(p store.PBX) error {
		pbxs++
		events, err := db.PBXEvents(t.Context(), mirror.DefaultAccount, 0, 100, p.CloudPBXID)
		for _, e := range events {
			if e.Kind == store.PBXAppeared {
				appeared++
				if !e.At.Equal(p.FirstSeenAt) {
					t.Errorf("PBX %d appeared at %v, but was first seen at %v", p.CloudPBXID, e.At, p.FirstSeenAt)
				}
			} else if e.At.Before(p.FirstSeenAt) || e.At.After(p.ChangedAt) {
				t.Errorf(
					"PBX %d, first seen at %v and last changed at %v, changed at %v",
					p.CloudPBXID, p.FirstSeenAt, p.ChangedAt, e.At,
				)
			}
		}
		return err
	})
	if err != nil || pbxs != 200 || appeared == 0 || appeared == pbxs {
		t.Errorf("%d PBXs, of which %d appeared; want 200, and some: %v", pbxs, appeared, err)
	}
}
