package catalog

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/opt"
	"cordboard/ycm"
)

// upstream is a fake YCM. Its calls return these lists together with err.
type upstream struct {
	regions   []ycm.Region
	domains   []ycm.Domain
	customers []ycm.Customer
	err       error
	asked     [][]int32 // regions of each request for domains
}

func (u *upstream) ListRegions(context.Context) ([]ycm.Region, error) { return u.regions, u.err }

func (u *upstream) ListDomains(_ context.Context, ids ...int32) ([]ycm.Domain, error) {
	u.asked = append(u.asked, ids)
	return u.domains, u.err
}

func (u *upstream) ListFirmwares(context.Context, ...int32) ([]ycm.Firmware, error) {
	return nil, u.err
}

func (u *upstream) ListProvisioningTemplates(context.Context) ([]ycm.ProvisioningTemplate, error) {
	return nil, u.err
}

func (u *upstream) ListCustomers(_ context.Context, o ycm.ListOptions) (ycm.Page[ycm.Customer], error) {
	page := ycm.Page[ycm.Customer]{PageNumber: 1, Total: int64(len(u.customers))}
	if o.PageNumber <= 1 {
		page.List = u.customers
	}
	return page, u.err
}

func catalogOf(u *upstream, versions ...string) *Catalog {
	var pbxs []*fleet.PBX
	for i, v := range versions {
		pbxs = append(pbxs, fleet.NewPBX(int64(i+1), func(f fleet.Field) string {
			if f == fleet.FieldVersion {
				return v
			}
			return ""
		}, func(fleet.Field) opt.Int { return opt.Int{} }))
	}
	s := fleet.NewSnapshot(1, pbxs, fleet.DefaultThresholds, func([]*fleet.PBX) fleet.Measures { return fleet.Measures{} })
	return New(Config{YCM: u, Snapshot: func() *fleet.Snapshot { return s }, Now: func() time.Time { return noon }})
}

// TestCustomers checks the names of customers, their order, and that none is listed twice.
func TestCustomers(t *testing.T) {
	t.Parallel()
	customer := func(id int64, company, first, last, email string) ycm.Customer {
		return ycm.Customer{
			CustomerID: ycm.NewInt(id),
			Company:    ycm.Text(company),
			FirstName:  ycm.Text(first),
			LastName:   ycm.Text(last),
			Email:      ycm.Text(email),
		}
	}
	c := catalogOf(&upstream{customers: []ycm.Customer{
		customer(1, "Zebra Ltd", "Ann", "Lee", "ann@zebra.example"),
		customer(2, "", "Bo", "", "bo@example.com"),
		customer(3, "", "", "", "only@example.com"),
		customer(4, "älfheim", "", "", ""),
		customer(1, "Zebra Ltd", "Ann", "Lee", "ann@zebra.example"),
		{Company: "no ID"},
	}})
	c.Reload(t.Context(), fleet.Customers)
	var names []string
	for _, o := range c.Options(fleet.Customers).All {
		names = append(names, o.Name)
	}
	want := []string{"älfheim", "Bo", "only@example.com", "Zebra Ltd, Ann Lee"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if o, ok := c.Options(fleet.Customers).ByID(1); !ok || o.Email != "ann@zebra.example" {
		t.Errorf("customer 1 is %+v", o)
	}
}

// TestDomains checks that domains are requested for all regions with a usable ID, and that a domain offered in
// several regions becomes one option.
func TestDomains(t *testing.T) {
	t.Parallel()
	u := &upstream{
		regions: []ycm.Region{{RegionID: ycm.NewInt(1)}, {RegionID: ycm.NewInt(2)}, {RegionID: ycm.NewInt(1 << 40)}, {}},
		domains: []ycm.Domain{
			{DomainID: ycm.NewInt(11), Domain: "pbx.example.com", RegionID: ycm.NewInt(1)},
			{DomainID: ycm.NewInt(11), Domain: "pbx.example.com", RegionID: ycm.NewInt(2)},
			{Domain: "no ID"},
		},
	}
	c := catalogOf(u)
	c.Reload(t.Context(), fleet.Domains) // reads the regions first
	if len(u.asked) != 1 || !slices.Equal(u.asked[0], []int32{1, 2}) {
		t.Errorf("asked for the domains of %v, want regions 1 and 2", u.asked)
	}
	all := c.Options(fleet.Domains).All
	if len(all) != 1 || all[0].ID != 11 || !slices.Equal(all[0].Regions, []int64{1, 2}) {
		t.Errorf("got %+v", all)
	}
	if got := c.Options(fleet.Domains).In(2); len(got) != 1 {
		t.Errorf("region 2 has %+v", got)
	}
}

// TestDomainsWithoutRegions checks that domains aren't requested if the regions can't be read, and that the problem is
// recorded until YCM responds again.
func TestDomainsWithoutRegions(t *testing.T) {
	t.Parallel()
	u := &upstream{err: errors.New("reset")}
	c := catalogOf(u)
	c.Reload(t.Context(), fleet.Domains)
	if len(u.asked) != 0 {
		t.Errorf("asked for the domains of %v", u.asked)
	}
	if p := c.Options(fleet.Domains).Problem; p.Kind != fleet.Refused {
		t.Errorf("the problem is %+v", p)
	}
	u.err, u.regions = nil, []ycm.Region{{RegionID: ycm.NewInt(1)}}
	c.Reload(t.Context(), fleet.Regions, fleet.Domains)
	if p := c.Options(fleet.Domains).Problem; p.Kind != fleet.NoProblem || len(u.asked) != 1 {
		t.Errorf("after YCM is back: %+v, asked %v", p, u.asked)
	}
}

// TestGoneClient checks that no failure of YCM is recorded if a client disconnects.
func TestGoneClient(t *testing.T) {
	t.Parallel()
	u := &upstream{regions: []ycm.Region{{RegionID: ycm.NewInt(1)}}}
	c := catalogOf(u)
	c.Reload(t.Context(), fleet.Regions)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	u.err = context.Canceled
	c.Reload(gone, fleet.Regions)
	if l := c.Options(fleet.Regions); l.Problem.Kind != fleet.NoProblem || len(l.All) != 1 {
		t.Errorf("after a client disconnected: %+v", l)
	}
}

// TestNewestFirmware checks that a version in use counts even if YCM doesn't offer it.
func TestNewestFirmware(t *testing.T) {
	t.Parallel()
	if got := catalogOf(&upstream{}).NewestFirmware(); got != "" {
		t.Errorf("without any version, the newest is %q", got)
	}
	c := catalogOf(&upstream{}, "84.12.0.32", "84.12.0.110", "")
	if got := c.NewestFirmware(); got != "84.12.0.110" {
		t.Errorf("NewestFirmware = %q, want the one in use", got)
	}
}

// TestPrefetch checks that Prefetch reads every list that has never been read, and doesn't read the domains again.
func TestPrefetch(t *testing.T) {
	t.Parallel()
	u := &upstream{regions: []ycm.Region{{RegionID: ycm.NewInt(1)}}}
	c := catalogOf(u)
	c.Prefetch(t.Context())
	c.Prefetch(t.Context())
	if len(u.asked) != 1 {
		t.Errorf("the domains were read %d times, want once", len(u.asked))
	}
	for _, kind := range fleet.OptionKinds {
		if c.Options(kind).At.IsZero() {
			t.Errorf("%s wasn't read", kind)
		}
	}
	if c.ReadingCustomers() {
		t.Error("customers are wanted, though Run isn't running")
	}
}

// slow is a fake YCM whose other lists can't be read as long as the test runs.
type slow struct{ *upstream }

func (slow) ListDomains(ctx context.Context, _ ...int32) ([]ycm.Domain, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestWantedCustomersComeFirst checks that customers that somebody waits for are read before the other lists.
func TestWantedCustomersComeFirst(t *testing.T) {
	t.Parallel()
	now := noon
	g := catalogOf(&upstream{customers: []ycm.Customer{{CustomerID: ycm.NewInt(1), Company: "Elm"}}})
	g.c.Now = func() time.Time { return now }
	g.Reload(t.Context(), fleet.OptionKinds...)
	now = now.Add(staleAge)
	g.c.YCM = slow{g.c.YCM.(*upstream)}
	g.running, g.wanted = true, make(chan struct{}) // as Reload does
	wanted := g.wanted
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { g.Run(ctx) })
	<-wanted
	if at := g.Options(fleet.Customers).At; !at.Equal(now) {
		t.Errorf("the customers were read at %s, want %s", at, now)
	}
	stop()
	running.Wait()
}

// TestKnownMeanwhile checks that a customer that was read singly while the list was read replaces what the list has.
func TestKnownMeanwhile(t *testing.T) {
	t.Parallel()
	u := &upstream{customers: []ycm.Customer{
		{CustomerID: ycm.NewInt(1), Company: "Elm"}, {CustomerID: ycm.NewInt(2), Company: "Oak"},
	}}
	g := catalogOf(u)
	customer := func(id int64, company string, gone int64) *fleet.Customer {
		return &fleet.Customer{ID: id, Members: map[string]string{fleet.Company: company}, GoneAt: gone}
	}
	g.c.Listing = func() func(context.Context, []ycm.Customer) error {
		return func(context.Context, []ycm.Customer) error {
			g.Know(customer(1, "Elm & Ash", fleet.Absent))
			g.Know(customer(2, "Oak", noon.Unix()))
			g.Know(customer(3, "Yew", fleet.Absent))
			return nil
		}
	}
	g.Reload(t.Context(), fleet.Customers)
	var names []string
	for _, o := range g.Options(fleet.Customers).All {
		names = append(names, o.Name)
	}
	if want := []string{"Elm & Ash", "Yew"}; !slices.Equal(names, want) {
		t.Errorf("the customers are %q, want %q", names, want)
	}
	g.c.Listing = nil
	g.Reload(t.Context(), fleet.Customers) // YCM's list is newer than what Know was called with
	if all := g.Options(fleet.Customers).All; len(all) != 2 || all[1].Name != "Oak" {
		t.Errorf("after another read, the customers are %+v", all)
	}
}

// TestStoppedWhileStoring checks that customers that were read are stored even if the portal stops meanwhile.
func TestStoppedWhileStoring(t *testing.T) {
	t.Parallel()
	g := catalogOf(&upstream{customers: []ycm.Customer{{CustomerID: ycm.NewInt(1), Company: "Elm"}}})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stored := 0
	g.c.Listing = func() func(context.Context, []ycm.Customer) error {
		return func(ctx context.Context, records []ycm.Customer) error {
			stop()
			if ctx.Err() == nil {
				stored = len(records)
			}
			return ctx.Err()
		}
	}
	g.Reload(ctx, fleet.Customers)
	if stored != 1 {
		t.Errorf("%d customers were stored, want 1", stored)
	}
}
