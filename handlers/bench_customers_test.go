package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/store/storetest"
)

// newOwners returns a portal whose PBXs belong to customers, and the URLs of the pages about customers: their list, the
// page of one with many PBXs, and the list of PBXs with its column, filter and search by customer.
func newOwners(tb testing.TB, pbxs, owners int) (portal *portaltest.Portal, paths map[string]string) {
	tb.Helper()
	portal = portaltest.New(tb, pbxs)
	portal.YCM.SetCustomers(owners)
	portal.Fleet.Catalog.Reload(tb.Context(), fleet.Customers)
	customers := portal.YCM.CustomerIDs()
	for i, id := range portal.YCM.IDs() {
		portal.YCM.SetOwners(id, customers[i*7%owners], customers[i%30]) // thirty of them have many
		_, err := portal.Fleet.Customers.OfPBX(tb.Context(), id)
		portal.Must(err)
	}
	portal.Fleet.Mirror.Publish()
	large := customers[0]
	return portal, map[string]string{
		"list":       "/customers",
		"searched":   "/customers?q=care&sort=-pbxs&expires=90d",
		"customer":   fmt.Sprintf("/customers/%d", large),
		"pbxs":       "/pbxs",
		"pbxs-of":    fmt.Sprintf("/pbxs?customer=%d&sort=customer", large),
		"pbxs-found": "/pbxs?q=customer:care&status=Running&sort=-customer",
	}
}

// BenchmarkCustomerPages measures the pages about customers with 10,000 PBXs of 3,000 customers.
func BenchmarkCustomerPages(b *testing.B) {
	portal, paths := newOwners(b, 10_000, 3_000)
	benchPages(b, portal, store.RoleOperator, paths)
}

// TestCustomerPages checks that the pages about customers show the customers. With -attack-timed, they must do so
// within 15 ms with 10,000 PBXs.
func TestCustomerPages(t *testing.T) {
	t.Parallel()
	pbxs, owners, requests := 100, 40, 1
	if *portaltest.Timed {
		pbxs, owners, requests = 10_000, 3_000, 300
	}
	portal, paths := newOwners(t, pbxs, owners)
	viewer := portal.As(store.RoleViewer)
	for _, name := range []string{"list", "customer", "pbxs", "pbxs-of"} {
		if viewer.Get(paths[name]).Doc(t).Find(`main a[href^="/customers"]`).Length() == 0 {
			t.Errorf("%s has no link to a customer", paths[name])
		}
	}
	for name, path := range paths {
		request := signed(portal, store.RoleOperator, path)
		var times []time.Duration
		for range requests {
			w := httptest.NewRecorder()
			start := time.Now()
			portal.Server.ServeHTTP(w, request)
			if times = append(times, time.Since(start)); w.Code != http.StatusOK {
				t.Fatalf("GET %s = %d", path, w.Code)
			}
		}
		if slices.Sort(times); *portaltest.Timed {
			p99 := float64(times[len(times)*99/100].Microseconds()) / 1000
			storetest.Figure(t, "page of customers, "+name+" (p99 in ms)", p99, 15, storetest.AtMost)
		}
	}
}
