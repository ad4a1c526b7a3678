package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/catalog"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/ycm"
)

// openFleet wires the parts of the portal that work with YCM. It sends nothing to YCM; runFleet does.
func openFleet(
	ctx context.Context,
	client *ycm.Client,
	db *store.Store,
	w settings,
	rate int,
	log *slog.Logger,
) (f web.Fleet, err error) {
	changed := &fleet.Signal{}
	if f.Mirror, err = mirror.New(ctx, mirror.Config{
		YCM:           client,
		Store:         db,
		Interval:      w.interval,
		Rate:          rate,
		Log:           log,
		Changed:       changed,
		MinExtensions: w.minExtensions,
		Thresholds:    w.limits,
	}); err != nil {
		return f, err
	}
	if f.Subscriptions, err = mirror.NewSubscriptions(ctx, f.Mirror); err != nil {
		return f, err
	}
	f.Catalog = catalog.New(catalog.Config{YCM: client, Snapshot: f.Mirror.Snapshot, Log: log})
	f.Rules = create.Rules{
		Options:       f.Catalog.Options,
		Snapshot:      f.Mirror.Snapshot,
		Now:           time.Now,
		MinExtensions: w.minExtensions,
	}
	f.Create = create.New(create.Config{
		YCM:           client,
		Mirror:        f.Mirror,
		Subscriptions: f.Subscriptions,
		Rules:         f.Rules,
		Reload:        f.Catalog.Reload,
		Now:           time.Now,
	})
	f.Operations, err = operations.New(ctx, operations.Config{
		Account:         mirror.DefaultAccount,
		Store:           db,
		Mirror:          f.Mirror,
		Changed:         changed,
		Kinds:           map[operations.KindName]operations.Kind{create.Name: f.Create},
		Log:             log,
		ReconcileWindow: w.reconcileWindow,
	})
	if err == nil {
		f.Create.Use(f.Operations)
	}
	return f, err
}

// runFleet syncs the fleet and sends operations until ctx ends.
func runFleet(ctx context.Context, f web.Fleet) {
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
