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

	"cordboard/fleet/mirror"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// By default, the sandbox is reachable only from this machine. All of its data is invented, so its secrets can be
// constants.
const (
	sandboxSecret   = "sandbox-secret"
	sandboxPassword = "brass cord switchboard" //nolint:gosec // sandbox only, printed at each start
	sandboxSeed     = 1
)

var sandboxUsers = []store.User{
	{
		Email: "admin@sandbox.example",
		Name:  "Ines Okonjo",
		Role:  store.RoleAdmin,
	},
	{
		Email: "operator@sandbox.example",
		Name:  "Mattis Varga",
		Role:  store.RoleOperator,
	},
	{
		Email: "viewer@sandbox.example",
		Name:  "Leila Brandvold",
		Role:  store.RoleViewer,
	},
}

// startSandbox starts the in-memory YCM. On each start, it generates the fleet with the dates of the sandbox's first
// start, because dates relative to the current day would change daily.
func startSandbox(ctx context.Context, db *store.Store, pbxs string, hostile bool) (*ycmtest.Server, error) {
	n, err := strconv.Atoi(pbxs)
	if err != nil {
		return nil, err
	}
	readings, err := db.SubscriptionDays(ctx, mirror.DefaultAccount, time.Time{})
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

// addSandboxUsers adds the sandbox's users on the first start. They share one password, which is hashed only once.
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
		if _, err := db.AddUser(ctx, store.Actor{Email: "sandbox", Name: "sandbox"}, u); err != nil &&
			!errors.Is(err, store.ErrEmailTaken) {
			return err
		}
	}
	return nil
}

func greetSandbox(w io.Writer) {
	fmt.Fprintf(w, "This is the sandbox: it has a sample fleet and is not connected to YCM. Emails and passwords:\n")
	for _, u := range sandboxUsers {
		fmt.Fprintf(w, "  %-26s %s\n", u.Email, sandboxPassword)
	}
}

// sandboxHistory marks invented readings. It is stored in place of YCM's requestId.
const sandboxHistory = "sandbox-history"

// growPast adds a year of invented history when a sandbox starts for the first time.
func growPast(ctx context.Context, db *store.Store, sandbox *ycmtest.Server) error {
	if _, err := db.Subscription(ctx, mirror.DefaultAccount); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	past := sandbox.Past()
	var readings []store.SubscriptionReading
	for _, d := range past.Packages {
		readings = append(
			readings,
			store.SubscriptionReading{
				Account:      mirror.DefaultAccount,
				SeenAt:       d.At,
				Subscription: d.Subscription,
				RequestID:    sandboxHistory,
			},
		)
	}
	days := map[time.Time]bool{}
	for _, s := range past.Samples {
		days[s.Day] = true
	}
	if err := growPBXs(ctx, db, past); err != nil {
		return err
	}
	if _, err := db.AddSampled(ctx, mirror.DefaultAccount, slices.Collect(maps.Keys(days))...); err != nil {
		return err
	}
	return db.PutSubscription(ctx, readings...)
}

// growPBXs stores each PBX as it was first read, with its samples and the changes since.
func growPBXs(ctx context.Context, db *store.Store, past ycmtest.Past) error {
	changes := store.Changes{Account: mirror.DefaultAccount}
	for _, s := range past.Samples {
		changes.Samples = append(
			changes.Samples,
			store.Sample{
				CloudPBXID: s.CloudPBXID,
				Scale:      store.Day,
				Counter:    s.Counter,
				Start:      s.Day,
				Max:        s.Max,
				Known:      true,
			},
		)
	}
	for _, e := range past.Events {
		changes.Events = append(
			changes.Events,
			store.PBXEvent{
				CloudPBXID: e.CloudPBXID,
				Kind:       store.PBXChanged,
				After:      e.At.Add(-time.Minute),
				At:         e.At,
				Field:      e.Field,
				Old:        e.Old,
				New:        e.New,
			},
		)
	}
	changed := map[int64]time.Time{}
	for _, e := range changes.Events {
		changed[e.CloudPBXID] = e.At
	}
	seen := store.Changes{Account: mirror.DefaultAccount}
	for _, p := range past.PBXs {
		row := store.PBX{CloudPBXID: p.CloudPBXID, Record: p.Record, ChangedAt: p.SeenAt}
		seen.PBXs = append(seen.PBXs, row)
		if at, ok := changed[p.CloudPBXID]; ok {
			row.ChangedAt = at
			changes.PBXs = append(changes.PBXs, row)
		}
		if !p.IsOld {
			changes.Events = append(changes.Events, store.PBXEvent{
				CloudPBXID: p.CloudPBXID, Kind: store.PBXAppeared, After: p.SeenAt.Add(-5 * time.Minute), At: p.SeenAt,
			})
		}
	}
	slices.SortStableFunc(changes.Events, func(a, b store.PBXEvent) int { return a.At.Compare(b.At) })
	if err := db.Put(ctx, seen); err != nil { // before the changes, so that first_seen_at is the first reading's time
		return err
	}
	return db.Put(ctx, changes)
}
