package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// The sandbox is this machine's alone, and so is what its secrets protect.
const (
	sandboxSecret   = "sandbox-secret"
	sandboxPassword = "brass cord switchboard" //nolint:gosec // printed at each start, and good for the sandbox only
	sandboxSeed     = 1
)

var sandboxUsers = []store.User{
	{Email: "admin@sandbox.example", Name: "Ines Okonjo", Role: store.RoleAdmin},
	{Email: "operator@sandbox.example", Name: "Mattis Varga", Role: store.RoleOperator},
	{Email: "viewer@sandbox.example", Name: "Leila Brandvold", Role: store.RoleViewer},
}

// startSandbox makes the fleet as it was when the sandbox was started first: otherwise all its dates would change each day.
func startSandbox(ctx context.Context, db *store.Store, pbxs string, hostile bool) (*ycmtest.Server, error) {
	n, err := strconv.Atoi(pbxs)
	if err != nil {
		return nil, err
	}
	readings, err := db.SubscriptionDays(ctx, fleet.DefaultAccount, time.Time{})
	if err != nil {
		return nil, err
	}
	var since time.Time
	for _, r := range readings {
		if r.RequestID == sandboxHistory {
			since = r.SeenAt.AddDate(0, 0, 1)
		}
	}
	return ycmtest.Start(ycmtest.Config{
		Seed: sandboxSeed, PBXs: n, Lively: !hostile, Since: since,
		Client: ycmtest.Credentials{ID: "sandbox", Secret: sandboxSecret},
	})
}

// addSandboxUsers makes the sandbox's people, the first time. They share a password, and so the time to hash it.
func addSandboxUsers(ctx context.Context, db *store.Store) error {
	if has, err := db.HasUsers(ctx); has || err != nil {
		return err
	}
	hash, err := identity.HashPassword(sandboxPassword, identity.DefaultHash)
	if err != nil {
		return err
	}
	for _, u := range sandboxUsers {
		u.PasswordHash = hash
		if _, err := db.AddUser(ctx, store.Actor{Email: "sandbox", Name: "sandbox"}, u); err != nil && !errors.Is(err, store.ErrEmailTaken) {
			return err
		}
	}
	return nil
}

func greetSandbox(w io.Writer) {
	fmt.Fprintf(w, "This is the sandbox: an invented fleet, no YCM. Sign in as\n")
	for _, u := range sandboxUsers {
		fmt.Fprintf(w, "  %-26s %s\n", u.Email, sandboxPassword)
	}
}

// sandboxHistory marks what the sandbox invented, where YCM's requestId would stand.
const sandboxHistory = "sandbox-history"

// growPast gives a sandbox that starts for the first time the year that it never had.
func growPast(ctx context.Context, db *store.Store, sandbox *ycmtest.Server) error {
	if _, err := db.Subscription(ctx, fleet.DefaultAccount); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	past := sandbox.Past()
	var readings []store.SubscriptionReading
	for _, d := range past.Packages {
		readings = append(readings, store.SubscriptionReading{Account: fleet.DefaultAccount, SeenAt: d.At, Subscription: d.Subscription, RequestID: sandboxHistory})
	}
	changes := store.Changes{Account: fleet.DefaultAccount}
	days := map[time.Time]bool{}
	for _, s := range past.Samples {
		days[s.Day] = true
		changes.Samples = append(changes.Samples, store.Sample{CloudPBXID: s.CloudPBXID, Scale: store.Day, Counter: s.Counter, Start: s.Day, Max: s.Max, Known: true})
	}
	for _, e := range past.Events {
		changes.Events = append(changes.Events, store.PBXEvent{CloudPBXID: e.CloudPBXID, Kind: "changed", After: e.At.Add(-time.Minute), At: e.At, Field: e.Field, Old: e.Old, New: e.New})
	}
	if err := db.Put(ctx, changes); err != nil {
		return err
	}
	if _, err := db.AddSampled(ctx, fleet.DefaultAccount, slices.Collect(maps.Keys(days))...); err != nil {
		return err
	}
	return db.PutSubscription(ctx, readings...)
}
