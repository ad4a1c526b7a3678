package ycm

import (
	"errors"
	"testing"

	"cordboard/clocktest"
	"cordboard/ycm/ycmtest"
)

// everyMethod calls every client method that sends a request. All calls must succeed, except for two that everyChange
// expects to fail.
func everyMethod(t *testing.T, client *Client, y *ycmtest.YCM) {
	t.Helper()
	ctx := t.Context()
	check := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	ids := y.IDs()
	for _, sort := range []string{"", "cloudPbxId", "-cloudPbxId", "createTime", "-createTime"} {
		n := 0
		for p, err := range CloudPBXs(ctx, client, ListOptions{Sort: sort}) {
			check("CloudPBXs "+sort, err)
			if p.CloudPBXID.Known() {
				n++
			}
		}
		if n != len(ids) {
			t.Errorf("CloudPBXs(sort %q) = %d records, want %d", sort, n, len(ids))
		}
	}
	_, err := client.ListCloudPBXs(ctx, ListOptions{PageNumber: 2, PageSize: 7, Search: `a&b "c" é`})
	check("ListCloudPBXs", err)
	for _, id := range ids { // every record, to include all oddities
		_, err = client.GetCloudPBX(ctx, id)
		check("GetCloudPBX", err)
	}
	_, err = client.GetCloudPBXByURL(ctx, y.Record(ids[3])["url"].(string))
	check("GetCloudPBXByURL", err)
	_, err = client.GetCloudPBXStatus(ctx, ids[0])
	check("GetCloudPBXStatus", err)
	full := newPBX("contract")
	full.ExpirationDate, full.AllowRunAfterExpirationDate, full.TranscriptionCapacity = new(
		int64(1900000000),
	), new(true), new(int64(60))
	full.ProvisioningViaTemplate, full.ProvisionTemplateID, full.CustomerIDs = "Enabled", new(
		int32(306),
	), []int64{
		50086182,
	}
	for _, request := range []CreateCloudPBXRequest{full, newPBX("contract-2")} {
		created, err := client.CreateCloudPBX(ctx, request)
		check("CreateCloudPBX", err)
		_, err = client.GetCloudPBX(ctx, created.CloudPBXID)
		check("GetCloudPBX of the new one", err)
	}
	everyChange(t, client, check)
	_, err = client.ListRegions(ctx)
	check("ListRegions", err)
	_, err = client.ListDomains(ctx, 1, 4)
	check("ListDomains", err)
	_, err = client.ListFirmwares(ctx)
	check("ListFirmwares", err)
	_, err = client.ListFirmwares(ctx, 2, 4)
	check("ListFirmwares", err)
	_, err = client.ListProvisioningTemplates(ctx)
	check("ListProvisioningTemplates", err)
	for _, err := range Customers(ctx, client) {
		check("Customers", err)
	}
	_, err = client.GetSubscription(ctx)
	check("GetSubscription", err)
	_, err = client.GetPlanStatistics(ctx)
	check("GetPlanStatistics", err)
}

// everyChange makes every call that changes a PBX or a customer, and checks the results.
func everyChange(t *testing.T, client *Client, check func(string, error)) {
	t.Helper()
	ctx := t.Context()
	made, err := client.CreateCustomer(
		ctx,
		CustomerRequest{FirstName: "Ann", Company: "Acme", Email: "ann@acme.example", MobileNumber: "123"},
	)
	check("CreateCustomer", err)
	_, err = client.UpdateCustomer(
		ctx,
		made.CustomerID,
		CustomerRequest{FirstName: "Ann", LastName: "Ash", Company: "Acme", Email: "ann@acme.example"},
	)
	check("UpdateCustomer", err)
	c, err := client.GetCustomer(ctx, made.CustomerID)
	check("GetCustomer", err)
	if c.LastName != "Ash" || c.CustomerID.N != made.CustomerID {
		t.Errorf("GetCustomer = %+v, want the updated customer", c)
	}
	created, err := client.CreateCloudPBX(ctx, newPBX("changes"))
	check("CreateCloudPBX", err)
	id := created.CloudPBXID
	pbx := func() CloudPBX {
		t.Helper()
		p, err := client.GetCloudPBX(ctx, id)
		check("GetCloudPBX", err)
		return p
	}
	for name, change := range map[string]func() (Done, error){
		"StopCloudPBX":  func() (Done, error) { return client.StopCloudPBX(ctx, id) },
		"StartCloudPBX": func() (Done, error) { return client.StartCloudPBX(ctx, id) },
		"SetCloudPBXCustomers": func() (Done, error) {
			return client.SetCloudPBXCustomers(
				ctx,
				id,
				[]int64{made.CustomerID},
			)
		},
		"ResizeCloudPBX": func() (Done, error) {
			return client.ResizeCloudPBX(ctx, id, ResizeCloudPBXRequest{
				ExtensionCapacity:      30,
				ConcurrentCallCapacity: 9,
				RecordingStatus:        "Enabled",
				RecordingCapacity:      600,
				TranscriptionCapacity:  new(int64(60)),
			})
		},
		"UpdateCloudPBX": func() (Done, error) {
			return client.UpdateCloudPBX(ctx, id, UpdateCloudPBXRequest{
				Name:                           "Renamed",
				UpgradeInPBX:                   "Disabled",
				IM:                             "Enabled",
				PasswordlessLogin:              "Disabled",
				AllowSuperiorPasswordlessLogin: "Disabled",
				PBXAPI:                         "Enabled",
			})
		},
	} {
		answer, err := change()
		check(name, err)
		if answer.RequestID == "" {
			t.Errorf("%s returned no request ID", name)
		}
	}
	if p := pbx(); p.Name != "Renamed" || p.ExtensionCapacity.N != 30 || p.TranscriptionCapacityAddon.N != 60 ||
		p.PBXStatus == "" {
		t.Errorf("PBX after the changes = %+v, want the changed values", p)
	}
	customers, err := client.GetCloudPBXCustomers(ctx, id)
	check("GetCloudPBXCustomers", err)
	if len(customers) != 1 || customers[0] != made.CustomerID {
		t.Errorf("GetCloudPBXCustomers = %d, want the one customer that was set", customers)
	}
	mails, err := client.SendActivationEmails(ctx, id, customers)
	check("SendActivationEmails", err)
	if len(mails.Accounts) != 1 || mails.Accounts[0] != "ann@acme.example" {
		t.Errorf("SendActivationEmails = %q, want ann@acme.example", mails.Accounts)
	}
	if _, err := client.DeleteCustomers(ctx, made.CustomerID); !errors.Is(err, ErrRefused) {
		t.Errorf("DeleteCustomers of a customer with a PBX = %v, want ErrRefused", err)
	}
	_, err = client.DeleteCloudPBXs(ctx, id)
	check("DeleteCloudPBXs", err)
	if _, err := client.GetCloudPBX(ctx, id); !errors.Is(err, ErrNotFound) {
		t.Errorf("GetCloudPBX of a deleted PBX = %v, want ErrNotFound", err)
	}
	_, err = client.DeleteCustomers(ctx, made.CustomerID)
	check("DeleteCustomers", err)
}

// failures causes failures that the fake YCM reports without an injected fault: for a missing PBX, a host name that is
// taken, a lack of capacity, a rate limit and a wrong secret.
func failures(t *testing.T, client *Client, y *ycmtest.YCM, now *clocktest.Clock) {
	t.Helper()
	ctx := t.Context()
	want := func(name string, err, class error) {
		t.Helper()
		if !errors.Is(err, class) {
			t.Errorf("%s: %v, want %v", name, err, class)
		}
	}
	_, err := client.GetCloudPBX(ctx, 1)
	want("GetCloudPBX of none", err, ErrNotFound)
	_, err = client.CreateCloudPBX(ctx, newPBX("contract"))
	want("CreateCloudPBX again", err, ErrExists)
	huge := newPBX("huge")
	huge.RecordingCapacity = 1 << 40
	_, err = client.CreateCloudPBX(ctx, huge)
	want("CreateCloudPBX beyond the package", err, ErrRefused)
	_, err = client.ListFirmwares(ctx, 99)
	want("ListFirmwares of no region", err, nil)
	y.LimitRate(1, 1)
	_, err = client.CreateCloudPBX(ctx, newPBX("last"))
	want("CreateCloudPBX with the last of the rate", err, nil)
	_, err = client.CreateCloudPBX(ctx, newPBX("limited"))
	want("CreateCloudPBX beyond the rate", err, ErrRate)
	y.Clear()
	now.Add(maxRetryAfter)
	y.ChangeSecret("other")
	_, err = client.GetSubscription(ctx)
	want("GetSubscription with a wrong secret", err, ErrCredentials)
}
