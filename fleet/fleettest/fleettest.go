// Package fleettest wires the mirror, the catalog and operations together for tests.
package fleettest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/catalog"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/create"
	"cordboard/store"
	"cordboard/ycm"
)

// Fleet combines everything that a portal knows about YCM and can do in it.
type Fleet struct {
	Mirror        *mirror.Mirror
	Subscriptions *mirror.Subscriptions
	Catalog       *catalog.Catalog
	Operations    *operations.Machine
	Create        *create.Kind
	Rules         create.Rules
}

// Config configures a Fleet. YCM and Store are required. The zero value of any other field means the default of the
// package that uses it.
type Config struct {
	YCM             *ycm.Client
	Store           *store.Store
	Now             func() time.Time // time.Now if nil
	Log             *slog.Logger
	Thresholds      fleet.Thresholds
	ReconcileWindow time.Duration
	PrecheckTimeout time.Duration // also applies to checks that users request
}

// New returns a Fleet that has read nothing yet.
func New(t testing.TB, c Config) *Fleet {
	t.Helper()
	if c.Now == nil {
		c.Now = time.Now
	}
	changed := &fleet.Signal{}
	f := &Fleet{}
	var err error
	if f.Mirror, err = mirror.New(t.Context(), mirror.Config{
		YCM:        c.YCM,
		Store:      c.Store,
		Now:        c.Now,
		Log:        c.Log,
		Changed:    changed,
		Thresholds: c.Thresholds,
	}); err != nil {
		t.Fatal(err)
	}
	if f.Subscriptions, err = mirror.NewSubscriptions(t.Context(), f.Mirror); err != nil {
		t.Fatal(err)
	}
	f.Catalog = catalog.New(catalog.Config{YCM: c.YCM, Snapshot: f.Mirror.Snapshot, Now: c.Now, Log: c.Log})
	f.Rules = create.Rules{Options: f.Catalog.Options, Snapshot: f.Mirror.Snapshot, Now: c.Now}
	f.Create = create.New(create.Config{
		YCM:             c.YCM,
		Mirror:          f.Mirror,
		Subscriptions:   f.Subscriptions,
		Rules:           f.Rules,
		Reload:          f.Catalog.Reload,
		Now:             c.Now,
		PrecheckTimeout: c.PrecheckTimeout,
	})
	if f.Operations, err = operations.New(t.Context(), operations.Config{
		Account:         mirror.DefaultAccount,
		Store:           c.Store,
		Mirror:          f.Mirror,
		Changed:         changed,
		Kinds:           map[operations.KindName]operations.Kind{create.Name: f.Create},
		Now:             c.Now,
		Log:             c.Log,
		ReconcileWindow: c.ReconcileWindow,
		ReadTimeout:     c.PrecheckTimeout,
	}); err != nil {
		t.Fatal(err)
	}
	f.Create.Use(f.Operations)
	return f
}

// Run reads the fleet and sends operations until ctx ends.
func (f *Fleet) Run(ctx context.Context) {
	var work sync.WaitGroup
	for _, run := range []func(context.Context){
		f.Mirror.Run,
		f.Subscriptions.Run,
		f.Catalog.Run,
		f.Operations.Run,
	} {
		work.Go(func() { run(ctx) })
	}
	work.Wait()
}
