package account_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/fleet"
	"cordboard/fleet/account"
	"cordboard/fleet/batches"
	"cordboard/fleet/operations/change"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns an account that uses the given store and YCM server.
func open(t *testing.T, s *store.Store, server *ycmtest.Server) *account.Account {
	t.Helper()
	client, err := ycm.New(ycm.Config{URL: server.URL, ClientID: "client", ClientSecret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	a, err := account.New(t.Context(), account.Config{
		YCM: client, Store: s, Interval: time.Hour, Limits: account.Limits{MinExtensions: 10},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// run runs an account in the background. The returned function stops it and waits until everything has ended.
func run(t *testing.T, a *account.Account) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { a.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// until waits until is() returns true. It checks at each change of the mirror and every 20 ms.
func until(t *testing.T, a *account.Account, what string, is func() bool) {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		changed := a.Mirror.Changed()
		if is() {
			return
		}
		select {
		case <-changed:
		case <-time.After(20 * time.Millisecond): // new options don't signal a change
		case <-timeout:
			t.Fatalf("waited too long until %s", what)
		}
	}
}

// newPBX is an operation that creates a PBX, and fine finds nothing wrong with it.
var newPBX = store.Operation{
	ID: "one", Kind: "create", By: store.Actor{ID: 1, Email: "ann@example.com"},
	Target: store.Target{Key: "host:new.pbx.example.com", Name: "New"},
	Request: store.OperationRequest{Body: []byte(`{"name":"New","plan":"Enterprise Plan","extensionCapacity":20,` +
		`"concurrentCallCapacity":5,"recordingStatus":"Enabled","recordingCapacity":500,"regionId":1,"subDomain":"new",` +
		`"domainId":11,"versionId":788,"type":"Commercial","customerIds":[],"upgradeInPbx":"Enabled","im":"Enabled",` +
		`"passwordlessLogin":"Disabled","allowSuperiorPasswordlessLogin":"Disabled"}`)},
}

func fine(*store.Operation, store.Pending) error { return nil }

// TestCapacityIsMeasured checks that the subscription is read again when an operation has changed the capacity in use.
func TestCapacityIsMeasured(t *testing.T) {
	t.Parallel()
	server := ycmtest.NewServer(t, ycmtest.Config{Seed: 1, PBXs: 3, Plain: true})
	a := open(t, storetest.New(t, nil), server)
	if _, err := a.Mirror.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	before := len(server.Requests("getSubscription"))
	running.Go(func() { a.Subscriptions.Run(ctx) })
	reads := func(n int) func() bool {
		return func() bool { return len(server.Requests("getSubscription"))-before == n }
	}
	until(t, a, "the subscription is read", reads(1))
	if _, err := a.Operations.Submit(t.Context(), newPBX, fine); err != nil {
		t.Fatal(err)
	}
	a.Operations.Send(t.Context(), newPBX.ID)
	until(t, a, "the subscription is read again", reads(2))
}

// TestAccount checks that a running account reads the fleet, the subscription and the options, and creates a PBX.
// After a restart, the fleet and the subscription must be known even though YCM is down.
func TestAccount(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	server := ycmtest.NewServer(t, ycmtest.Config{Seed: 1, PBXs: 60, Plain: true})
	a := open(t, s, server)
	if n := len(server.Requests("")); n != 0 {
		t.Errorf("New sent %d requests, want none", n)
	}
	if a.Mirror.Freshness().State != fleet.Never || a.Mirror.Snapshot().Len() != 0 {
		t.Errorf("at first there are %d PBXs, state %s", a.Mirror.Snapshot().Len(), a.Mirror.Freshness().State)
	}
	stop := run(t, a)
	until(t, a, "the fleet is read", func() bool { return a.Mirror.Snapshot().Here() == 60 })
	until(t, a, "the subscription is read", func() bool { return !a.Subscriptions.Subscription().At.IsZero() })
	until(t, a, "the options are read", func() bool {
		for _, kind := range fleet.OptionKinds {
			if a.Catalog.Options(kind).At.IsZero() {
				return false
			}
		}
		return true
	})
	if a.Rules.MinExtensions != 10 || a.Rules.Snapshot().Here() != 60 || len(a.Rules.Options(fleet.Regions).All) == 0 {
		t.Errorf("rules = %+v, want those of this account", a.Rules)
	}
	version := a.Operations.Version()
	if _, err := a.Operations.Submit(t.Context(), newPBX, fine); err != nil {
		t.Fatal(err)
	}
	if a.Operations.Version() == version {
		t.Error("the operation's submission isn't counted as a change")
	}
	var id int64
	until(t, a, "the PBX is created and read", func() bool {
		o, err := a.Operations.Operation(t.Context(), "one")
		if err != nil {
			t.Fatal(err)
		}
		id = o.Target.CloudPBXID
		_, known := a.Mirror.Snapshot().PBX(id)
		return o.State == store.StateDone && known
	})
	stop()

	server.Refuse()
	again := open(t, s, server)
	if p, ok := again.Mirror.Snapshot().PBX(id); !ok || again.Mirror.Snapshot().Here() != 61 {
		t.Errorf("after a restart there are %d PBXs; the new one: %v", again.Mirror.Snapshot().Here(), p)
	}
	if again.Subscriptions.Subscription().At.IsZero() {
		t.Error("after a restart the subscription is unknown")
	}
	stop = run(t, again)
	until(t, again, "the failure is known", func() bool { return again.Mirror.Freshness().Failures > 0 })
	stop()
	if state := again.Mirror.Freshness().State; state != fleet.Failing || again.Mirror.Snapshot().Here() != 61 {
		t.Errorf("while YCM is down the state is %s with %d PBXs", state, again.Mirror.Snapshot().Here())
	}
}

// TestClosedStore checks that New returns an error if the account's data can't be read.
func TestClosedStore(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	server := ycmtest.NewServer(t, ycmtest.Config{})
	client, err := ycm.New(ycm.Config{URL: server.URL, ClientID: "client", ClientSecret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := account.New(t.Context(), account.Config{YCM: client, Store: s}); err == nil {
		t.Error("New with a closed store = nil, want an error")
	}
}

// TestCustomersAreKnown checks that a running account learns the customers of each PBX, and that an operation's new
// customers are known at once.
func TestCustomersAreKnown(t *testing.T) {
	t.Parallel()
	server := ycmtest.NewServer(t, ycmtest.Config{PBXs: 2, Plain: true})
	id, customers := server.IDs()[0], server.CustomerIDs()
	server.SetOwners(id, customers[0])
	a := open(t, storetest.New(t, time.Now), server)
	stop := run(t, a)
	defer stop()
	names := func() string {
		p, ok := a.Mirror.Snapshot().PBX(id)
		if !ok {
			return ""
		}
		return p.Text(fleet.FieldCustomer)
	}
	until(t, a, "the first customer", func() bool { return names() != "" })
	before := names()
	done, err := a.Changes.Submit(t.Context(), store.Actor{ID: 1, Name: "Ines"}, "one", change.Request{
		Kind: change.Customers, PBX: id, Zone: time.UTC,
		Form: url.Values{change.CustomerIDs: {fmt.Sprint(customers[1])}},
	}, nil)
	if err != nil || done.Operation == nil {
		t.Fatalf("Submit = %+v, %v", done, err)
	}
	until(t, a, "the second customer", func() bool { return names() != before && names() != "" })
	if c := a.Customers.Customer(customers[1]); c == nil || c.Name() != names() {
		t.Errorf("the PBX belongs to %q", names())
	}
}

// TestWebhooksAreOff checks that an account without a secret takes no webhooks.
func TestWebhooksAreOff(t *testing.T) {
	t.Parallel()
	a := open(t, storetest.New(t, time.Now), ycmtest.NewServer(t, ycmtest.Config{PBXs: 1}))
	if a.Hooks.Enabled() || a.Hooks.Receive([]byte("[]"), "") == nil {
		t.Error("a webhook is taken")
	}
}

// TestBatch checks that a running account carries out a batch that another process applied, after a restart too.
func TestBatch(t *testing.T) {
	t.Parallel()
	server := ycmtest.NewServer(t, ycmtest.Config{Seed: 1, PBXs: 4, Plain: true})
	s := storetest.New(t, nil)
	a := open(t, s, server)
	if _, err := a.Mirror.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	j, err := a.Changes.Judge(t.Context(), change.Update, url.Values{"im": {"Disabled"}}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	var pbxs []*fleet.PBX
	for _, id := range server.IDs() {
		server.Edit(id, func(record map[string]any) { record["pbxStatus"], record["im"] = "Running", "Enabled" })
		p, err := a.Mirror.Read(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		pbxs = append(pbxs, p)
	}
	p, err := batches.OfPBXs(j, change.Update, store.BatchSource{}, pbxs, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := a.Batches.Make(t.Context(), newPBX.By, "plan", p)
	if err != nil || plan.Total != len(pbxs) {
		t.Fatalf("a plan for %d PBXs, %v", plan.Total, err)
	}
	other := open(t, s, server)
	defer run(t, other)()
	if _, err := a.Batches.Apply(t.Context(), newPBX.By, "plan", nil, false); err != nil {
		t.Fatal(err)
	}
	until(t, other, "the batch is done", func() bool {
		one, err := other.Batches.Batch(t.Context(), "plan")
		return err == nil && one.State == store.BatchDone
	})
	if n := len(server.Requests("updateCloudPbx")); n != len(pbxs) {
		t.Errorf("%d requests, want %d", n, len(pbxs))
	}
}
