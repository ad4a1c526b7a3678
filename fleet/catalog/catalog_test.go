package catalog

import (
	"context"
	"sync"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/ycm/ycmtest"
)

// TestOptions checks that versions are listed newest first, that customers are found by name and email address,
// and that a failed read doesn't replace the last good list.
func TestOptions(t *testing.T) {
	t.Parallel()
	c, y := newCatalog(t)
	c.Reload(t.Context(), fleet.OptionKinds...)
	if v := c.Options(fleet.Firmwares).In(1); len(v) != 4 || v[0].Name != "84.21.0.66" || v[3].Name != "84.12.0.32" {
		t.Errorf("firmware of region 1: %+v", v)
	}
	customers := c.Options(fleet.Customers)
	if found, n := customers.Find("VARGA example.com", 3); n < 4 || len(found) != 3 {
		t.Errorf("%d customers found, %d shown", n, len(found))
	}
	if n := len(y.Requests("listCustomers")); n != 3 || len(customers.All) != 137 {
		t.Errorf("%d requests for %d customers", n, len(customers.All))
	}
	y.Inject(ycmtest.Fault{Op: "listCustomers", Kind: ycmtest.Failed200, Code: 1000043})
	c.Reload(t.Context(), fleet.Customers)
	if l := c.Options(fleet.Customers); len(l.All) != 137 || l.Problem.Kind != fleet.Permission ||
		!l.At.Equal(customers.At) {
		t.Errorf("after a failure: %d customers, %v", len(l.All), l.Problem)
	}
}

// TestCustomersAreReadInTheBackground checks that Run reads all pages of the customers even if the context of the
// request for them ends, and that another request doesn't restart a read that is under way.
func TestCustomersAreReadInTheBackground(t *testing.T) {
	t.Parallel()
	c, y := newCatalog(t)
	y.SetCustomers(200)
	ctx, cancel := context.WithCancel(t.Context())
	var keeping sync.WaitGroup
	keeping.Go(func() { c.Run(ctx) })
	c.Reload(t.Context(), fleet.Regions)
	for c.Options(fleet.Customers).At.IsZero() {
		<-time.After(time.Millisecond)
	}
	y.ForgetRequests()
	short, stop := context.WithTimeout(t.Context(), time.Nanosecond)
	c.Reload(short, fleet.Customers) // its context ends immediately
	stop()
	c.Reload(t.Context(), fleet.Customers)
	if n := len(y.Requests("listCustomers")); n != 4 && n != 8 {
		t.Errorf("%d requests, want whole reads of 4", n)
	}
	cancel()
	keeping.Wait()
}

// TestOptionsOfTheSandbox checks that a reload of all kinds reads every option of each kind.
func TestOptionsOfTheSandbox(t *testing.T) {
	t.Parallel()
	c, _ := newCatalog(t)
	for _, kind := range fleet.OptionKinds {
		if l := c.Options(kind); len(l.All) != 0 || !l.At.IsZero() {
			t.Errorf("%s before the first read: %d, read at %v", kind, len(l.All), l.At)
		}
	}
	c.Reload(t.Context(), fleet.OptionKinds...)
	for kind, want := range map[fleet.OptionKind]int{
		fleet.Regions: 4, fleet.Domains: 5, fleet.Firmwares: 5, fleet.Templates: 4, fleet.Customers: 137,
	} {
		if l := c.Options(kind); len(l.All) != want || !l.At.Equal(noon) || l.Problem.Kind != fleet.NoProblem {
			t.Errorf("%s: %d, read at %v, %v; want %d", kind, len(l.All), l.At, l.Problem, want)
		}
	}
}
