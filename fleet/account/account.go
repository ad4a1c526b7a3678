// Package account connects the packages that read and change one YCM account.
package account

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/batches"
	"cordboard/fleet/catalog"
	"cordboard/fleet/customers"
	"cordboard/fleet/desk"
	"cordboard/fleet/hooks"
	"cordboard/fleet/input"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/fleet/operations/customer"
	"cordboard/fleet/tasks"
	"cordboard/store"
	"cordboard/ycm"
)

// Account has the mirror, the subscription, the lists of options and the operations of one YCM account.
type Account struct {
	Mirror        *mirror.Mirror
	Subscriptions *mirror.Subscriptions
	Catalog       *catalog.Catalog
	Customers     *customers.Directory
	Operations    *operations.Machine
	Create        *create.Kind
	Changes       *change.Changes
	Hooks         *hooks.Hooks
	Kept
	CustomerForms *customer.Customers
	Batches       *batches.Batches
	Rules         create.Rules
}

// Kept is what people add to PBXs in Cordboard.
type Kept struct {
	Tasks *tasks.Follower
	Desk  *desk.Desk
}

// Config configures an Account. YCM and Store are required. The zero value of any other field means the default of the
// package that uses it.
type Config struct {
	YCM   *ycm.Client
	Store *store.Store
	Now   func() time.Time // time.Now if nil
	Log   *slog.Logger

	Interval time.Duration // from the end of a pass to the start of the next
	Rate     int           // requests per minute, enforced by the client

	Limits          Limits
	WebhookSecret   string                     // see hooks.Config
	ReconcileWindow time.Duration              // see operations.Config
	PrecheckTimeout time.Duration              // see create.Config; also the time limit for checks that users request
	WarningText     func(input.Finding) string // see create.Config
}

// Limits are the settings that depend on how the reseller works.
type Limits struct {
	// MinExtensions is the account's minimum number of extensions per PBX, which YCM's API doesn't expose; 0: unknown.
	MinExtensions int64
	Thresholds    fleet.Thresholds
	Batches       batches.Rules
}

// New returns an Account with the data from the store. It sends no requests to YCM; Run does.
func New(ctx context.Context, c Config) (*Account, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	changed := &fleet.Signal{}
	a := &Account{}
	var err error
	if a.Customers, err = a.newCustomers(ctx, c); err != nil {
		return nil, err
	}
	if a.Desk, err = desk.New(ctx, desk.Config{
		Account: mirror.DefaultAccount,
		Store:   c.Store,
		Log:     c.Log,
	}); err != nil {
		return nil, err
	}
	if a.Mirror, err = mirror.New(ctx, mirror.Config{
		YCM:           c.YCM,
		Store:         c.Store,
		Interval:      c.Interval,
		Rate:          c.Rate,
		Now:           c.Now,
		Log:           c.Log,
		Changed:       changed,
		Customers:     attached{a.Customers, a.Desk},
		MinExtensions: c.Limits.MinExtensions,
		Thresholds:    c.Limits.Thresholds,
	}); err != nil {
		return nil, err
	}
	a.Customers.Use(a.Mirror)
	a.Desk.Use(a.Mirror)
	if a.Subscriptions, err = mirror.NewSubscriptions(ctx, a.Mirror); err != nil {
		return nil, err
	}
	a.Catalog = catalog.New(catalog.Config{
		YCM:      c.YCM,
		Snapshot: a.Mirror.Snapshot,
		Now:      c.Now,
		Log:      c.Log,
		Listing:  a.Customers.Listing,
	})
	a.Hooks = a.newHooks(c)
	a.Tasks = tasks.New(tasks.Config{Account: mirror.DefaultAccount, PBXs: a.Mirror, Store: c.Store, Log: c.Log})
	a.Rules = create.Rules{
		Options:       a.Catalog.Options,
		Snapshot:      a.Mirror.Snapshot,
		Now:           c.Now,
		MinExtensions: c.Limits.MinExtensions,
	}
	if err := a.operate(ctx, c, changed); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Account) newHooks(c Config) *hooks.Hooks {
	return hooks.New(hooks.Config{
		Account: mirror.DefaultAccount,
		Secret:  c.WebhookSecret,
		PBXs:    a.Mirror,
		Store:   c.Store,
		Now:     c.Now,
		Log:     c.Log,
	})
}

func (a *Account) newCustomers(ctx context.Context, c Config) (*customers.Directory, error) {
	return customers.New(ctx, customers.Config{
		Account: mirror.DefaultAccount,
		YCM:     c.YCM,
		Store:   c.Store,
		Rate:    c.Rate,
		Now:     c.Now,
		Log:     c.Log,
		Known:   func(one *fleet.Customer) { a.Catalog.Know(one) },
	})
}

// operate adds the kinds of operation and the machine that runs them.
func (a *Account) operate(ctx context.Context, c Config, changed *fleet.Signal) (err error) {
	a.Create = a.newCreates(c)
	a.Changes = change.New(change.Config{
		YCM:           remembering{c.YCM, a.Customers},
		PBXs:          a.Mirror,
		Subscriptions: a.Subscriptions,
		Customers:     func() *fleet.Options { return a.Catalog.Options(fleet.Customers) },
		Suspended: func(ctx context.Context) ([]store.Operation, error) {
			return c.Store.Suspensions(ctx, mirror.DefaultAccount)
		},
		Now:           c.Now,
		MinExtensions: c.Limits.MinExtensions,
		WarningText:   c.WarningText,
		ReadTimeout:   c.PrecheckTimeout,
	})
	a.CustomerForms = customer.New(customer.Config{
		YCM:         c.YCM,
		Directory:   a.Customers,
		Reload:      a.Catalog.Reload,
		Now:         c.Now,
		WarningText: c.WarningText,
		ReadTimeout: c.PrecheckTimeout,
	})
	kinds := a.Changes.Kinds()
	maps.Copy(kinds, a.CustomerForms.Kinds())
	kinds[create.Name] = a.Create
	for _, name := range []store.OperationKind{create.Name, change.Customers} {
		kinds[name] = owning{kinds[name], a.Customers}
	}
	a.Operations, err = operations.New(ctx, operations.Config{
		Account:         mirror.DefaultAccount,
		Store:           c.Store,
		Mirror:          measuring{a.Mirror, a.Subscriptions},
		Changed:         changed,
		Kinds:           kinds,
		Now:             c.Now,
		Log:             c.Log,
		ReconcileWindow: c.ReconcileWindow,
		ReadTimeout:     c.PrecheckTimeout,
	})
	if err != nil {
		return err
	}
	a.Batches = a.newBatches(c)
	a.Create.Use(a.Operations)
	a.Changes.Use(a.Operations)
	a.CustomerForms.Use(a.Operations)
	return nil
}

func (a *Account) newCreates(c Config) *create.Kind {
	return create.New(create.Config{
		YCM:             c.YCM,
		Mirror:          a.Mirror,
		Subscriptions:   a.Subscriptions,
		Rules:           a.Rules,
		Reload:          a.Catalog.Reload,
		Now:             c.Now,
		PrecheckTimeout: c.PrecheckTimeout,
		WarningText:     c.WarningText,
		Left: func(ctx context.Context) (map[string]int64, error) {
			return c.Store.LeftTargets(ctx, mirror.DefaultAccount, create.Name)
		},
	})
}

func (a *Account) newBatches(c Config) *batches.Batches {
	return batches.New(batches.Config{
		Account: mirror.DefaultAccount,
		Store:   c.Store,
		Machine: a.Operations,
		Measure: func(ctx context.Context) error {
			_, _, err := a.Subscriptions.Read(ctx, cmp.Or(c.PrecheckTimeout, 10*time.Second))
			return err
		},
		Left:      a.Create.LeftOf,
		Freshness: a.Mirror.Freshness,
		Now:       c.Now,
		Log:       c.Log,
		Rules:     c.Limits.Batches,
	})
}

// Run reads the account and sends operations until ctx ends.
func (a *Account) Run(ctx context.Context) {
	var work sync.WaitGroup
	for _, run := range []func(context.Context){
		a.Mirror.Run,
		a.Subscriptions.Run,
		a.Catalog.Run,
		a.Customers.Run,
		a.Hooks.Run,
		a.Tasks.Run,
		a.Desk.Run,
		a.Operations.Run,
		a.Batches.Run,
	} {
		work.Go(func() { run(ctx) })
	}
	work.Wait()
}
