package handlers_test

import (
	"fmt"
	"testing"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// BenchmarkCustomerPages measures the pages about customers with 10,000 PBXs of 3,000 customers, and the list of PBXs with
// its column, filter and search by customer.
func BenchmarkCustomerPages(b *testing.B) {
	const owners = 3_000
	portal := portaltest.New(b, 10_000)
	portal.YCM.SetCustomers(owners)
	portal.Fleet.Catalog.Reload(b.Context(), fleet.Customers)
	customers := portal.YCM.CustomerIDs()
	for i, id := range portal.YCM.IDs() {
		portal.YCM.SetOwners(id, customers[i*7%owners], customers[i%30]) // thirty of them have hundreds
		_, err := portal.Fleet.Customers.OfPBX(b.Context(), id)
		portal.Must(err)
	}
	portal.Fleet.Mirror.Publish()
	large := customers[0]
	benchPages(b, portal, store.RoleOperator, map[string]string{
		"list":       "/customers",
		"searched":   "/customers?q=care&sort=-pbxs&expires=90d",
		"customer":   fmt.Sprintf("/customers/%d", large),
		"pbxs":       "/pbxs",
		"pbxs-of":    fmt.Sprintf("/pbxs?customer=%d&sort=customer", large),
		"pbxs-found": "/pbxs?q=customer:care&status=Running&sort=-customer",
	})
}
