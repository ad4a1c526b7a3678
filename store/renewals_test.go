package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cordboard/store"
	"cordboard/store/storetest"
)

// changesOf returns the changes of the newest audit events with an action, oldest first, as text.
func changesOf(t *testing.T, s *store.Store, action string) (all []string) {
	t.Helper()
	must(t, s.EachAuditEvent(t.Context(), store.AuditQuery{}, 1<<40, func(e store.Event) error {
		if e.Action == action {
			text := e.Target + " " + e.TargetName
			for _, c := range e.Changes {
				text += fmt.Sprintf(" %s:%s→%s", c.Field, c.Before, c.After)
			}
			all = append(all, text)
		}
		return nil
	}))
	return all
}

// TestRenewals checks that changes of renewals and owners are stored and audited with what changed, that what isn't
// given stays, and that a change that changes nothing leaves no trace.
func TestRenewals(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	ada := addUser(t, s, "ada@example.com", store.RoleOperator).ID
	by := store.Actor{ID: ada, Name: "Ada"}
	text := func(s string) *string { return &s }
	state := func(s store.RenewalState) *store.RenewalState { return &s }
	nobody := int64(0)
	change := func(c store.RenewalChange) {
		c.CloudPBXID, c.Name = 7, "Alder"
		must(t, s.ChangeRenewals(t.Context(), "default", by, c))
	}
	change(store.RenewalChange{State: state(store.RenewalOpen), Next: text(""), Owner: &nobody})
	change(store.RenewalChange{ExpiresAt: 100, State: state(store.RenewalAsked), Next: text("Call\x00"), Owner: &ada})
	change(store.RenewalChange{ExpiresAt: 999, NextOn: text("2026-04-01")})
	change(store.RenewalChange{State: state(store.RenewalAsked), Owner: &ada})
	change(store.RenewalChange{Next: text(""), Owner: &nobody})
	want := []string{
		"7 Alder state:open→asked next:→Call\uFFFD owner:→ada@example.com",
		"7 Alder nextOn:→2026-04-01",
		"7 Alder next:Call\uFFFD→ owner:ada@example.com→",
	}
	if diff := cmp.Diff(want, changesOf(t, s, "renewal.update")); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
	all, err := s.Renewals(t.Context(), "default")
	must(t, err)
	if diff := cmp.Diff([]store.Renewal{{
		ID: 1, CloudPBXID: 7, State: store.RenewalAsked, NextOn: "2026-04-01", ExpiresAt: 100, By: by, UpdatedAt: clock.Now(),
	}}, all, cmpopts.EquateApproxTime(time.Second)); diff != "" {
		t.Errorf("renewals (-want +got):\n%s", diff)
	}
	must(t, s.CloseRenewal(t.Context(), all[0].ID, 200))
	must(t, s.CloseRenewal(t.Context(), all[0].ID, 300))
	if all, err = s.Renewals(t.Context(), "default"); err != nil || len(all) != 0 {
		t.Errorf("after closing: %v, %v", all, err)
	}
	change(store.RenewalChange{ExpiresAt: 200, State: state(store.RenewalQuoted)})
	if all, err = s.Renewals(t.Context(), "default"); err != nil || len(all) != 1 || all[0].ExpiresAt != 200 {
		t.Errorf("the next renewal: %v, %v", all, err)
	}
	bad := store.RenewalState("x")
	err = s.ChangeRenewals(t.Context(), "default", by,
		store.RenewalChange{CloudPBXID: 8, State: state(store.RenewalAsked)},
		store.RenewalChange{CloudPBXID: 9, State: &bad})
	if all, _ := s.Renewals(t.Context(), "default"); err == nil || len(all) != 1 {
		t.Errorf("changes of which one fails = %v, and %d renewals", err, len(all))
	}
}

// TestOwners checks who looks after PBXs and customers, and that the audit log has the addresses.
func TestOwners(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	ada := addUser(t, s, "ada@example.com", store.RoleOperator).ID
	bo := addUser(t, s, "bo@example.com", store.RoleOperator).ID
	by := store.Actor{ID: ada}
	for _, user := range []int64{ada, ada, bo, 0, 0, 999} {
		must(t, s.SetCustomerOwner(t.Context(), "default", "Acme", by, 5, user))
	}
	must(t, s.ChangeRenewals(t.Context(), "default", by, store.RenewalChange{CloudPBXID: 5, Owner: &bo}))
	want := []string{
		"customer 5 Acme owner:→ada@example.com",
		"customer 5 Acme owner:ada@example.com→bo@example.com",
		"customer 5 Acme owner:bo@example.com→",
		"customer 5 Acme owner:→",
	}
	if got := changesOf(t, s, "owner.update"); !slices.Equal(got, want) {
		t.Errorf("audit: %q, want %q", got, want)
	}
	for about, want := range map[store.About]map[int64]int64{store.AboutPBX: {5: bo}, store.AboutCustomer: {5: 999}} {
		if got, err := s.Owners(t.Context(), "default", about); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("owners of %ss: %v, %v", about, got, err)
		}
	}
}

// TestSnoozes checks that snoozes are stored, replaced, removed and audited.
func TestSnoozes(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	by := store.Actor{ID: 3, Name: "Ada"}
	for _, z := range []store.Snooze{
		{CloudPBXID: 7, What: "over", Until: ""},
		{CloudPBXID: 7, What: "over", Until: "2026-05-01", Reason: "later"},
		{CloudPBXID: 7, What: "overdue", Until: "2026-04-01", Reason: "Waits\nfor <them>"},
		{CloudPBXID: 7, What: "overdue", Until: "2026-04-15", Reason: "Still"},
		{CloudPBXID: 7, What: "over", Until: ""},
	} {
		z.By = by
		must(t, s.SetSnooze(t.Context(), "default", "Alder", z))
	}
	want := []string{
		"7 Alder over:→2026-05-01", "7 Alder overdue:→2026-04-01", "7 Alder overdue:2026-04-01→2026-04-15",
		"7 Alder over:2026-05-01→",
	}
	if got := changesOf(t, s, "attention.snooze"); !slices.Equal(got, want) {
		t.Errorf("audit: %q, want %q", got, want)
	}
	all, err := s.Snoozes(t.Context(), "default")
	must(t, err)
	if len(all) != 1 || all[0].Until != "2026-04-15" || all[0].Reason != "Still" || all[0].By.Name != "Ada" {
		t.Errorf("snoozes: %+v", all)
	}
}

// TestNoteTexts checks that the texts of a PBX's notes come newest first, and without those of customers.
func TestNoteTexts(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	for _, r := range []store.Remark{
		{About: store.AboutPBX, Subject: 7, Text: "one"},
		{About: store.AboutCustomer, Subject: 7, Text: "two"},
		{About: store.AboutPBX, Subject: 7, Text: "three"},
	} {
		must(t, s.AddRemark(t.Context(), "default", "Alder", r))
	}
	texts, err := s.NoteTexts(t.Context(), "default")
	if err != nil || len(texts) != 1 || strings.Join(texts[7], " ") != "three one" {
		t.Errorf("texts: %v, %v", texts, err)
	}
}
