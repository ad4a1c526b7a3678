package ycm

import (
	"context"
	"net/http"
	"strconv"
)

// The calls that change a PBX or a customer. Each sends one request and never a second: after ErrUnavailable or ErrUnreadable the change may be made or not, unless the
// error is also ErrNotSent, and only reading can tell. None has an idempotency key, and none tells what changed meanwhile.

// StartCloudPBX starts a PBX.
//
// YCM docs: "Start a Cloud PBX".
func (c *Client) StartCloudPBX(ctx context.Context, id int64) (Done, error) {
	return done(put[none](ctx, c, instance(id)+"/start", nil))
}

// StopCloudPBX stops a PBX. What happens to calls in progress is not documented.
//
// YCM docs: "Stop a Cloud PBX".
func (c *Client) StopCloudPBX(ctx context.Context, id int64) (Done, error) {
	return done(put[none](ctx, c, instance(id)+"/stop", nil))
}

// Done is YCM's answer to a change that returns nothing.
type Done struct {
	RequestID string
}

func done(a answer[none], err error) (Done, error) { return Done{a.RequestID}, err }

// ResizeCloudPBXRequest is all of a PBX's capacity: absolute values, sent together.
type ResizeCloudPBXRequest struct {
	ExtensionCapacity      int64  `json:"extensionCapacity"`
	ConcurrentCallCapacity int64  `json:"concurrentCallCapacity"`
	RecordingStatus        string `json:"recordingStatus"`   // Enabled, Disabled
	RecordingCapacity      int64  `json:"recordingCapacity"` // minutes; YCM doesn't let them be lowered

	// TranscriptionCapacity is in minutes beyond the plan's. Nil leaves the member out, which means none (inferred): send what is there.
	TranscriptionCapacity *int64 `json:"transcriptionCapacity,omitempty"`
}

// ResizeCloudPBX replaces a PBX's capacity.
//
// YCM docs: "Resize a Cloud PBX".
func (c *Client) ResizeCloudPBX(ctx context.Context, id int64, r ResizeCloudPBXRequest) (Done, error) {
	return done(put[none](ctx, c, instance(id)+"/capacity", r))
}

// UpdateCloudPBXRequest is a PBX's name and switches, each Enabled or Disabled. The first five are replaced; whether an optional one that is left out ("") stays as it is
// is not documented: send what was read.
type UpdateCloudPBXRequest struct {
	Name                           string `json:"name"`
	UpgradeInPBX                   string `json:"upgradeInPbx"`
	IM                             string `json:"im"`
	PasswordlessLogin              string `json:"passwordlessLogin"`
	AllowSuperiorPasswordlessLogin string `json:"allowSuperiorPasswordlessLogin"`
	PBXAPI                         string `json:"pbxApi,omitempty"`
	ProvisioningViaTemplate        string `json:"provisioningViaTemplate,omitempty"`
	TrunkConfigurationAccess       string `json:"trunkConfigurationAccess,omitempty"`
}

// UpdateCloudPBX replaces a PBX's name and switches.
//
// YCM docs: "Update the Information of a Cloud PBX".
func (c *Client) UpdateCloudPBX(ctx context.Context, id int64, r UpdateCloudPBXRequest) (Done, error) {
	return done(put[none](ctx, c, instance(id), r))
}

type customerIDs struct {
	CustomerIDs records[Int] `json:"customerIds"`
}

// GetCloudPBXCustomers returns the IDs of a PBX's customers.
//
// YCM docs: "Query the Customers of a Cloud PBX".
func (c *Client) GetCloudPBXCustomers(ctx context.Context, id int64) ([]int64, error) {
	a, err := get[customerIDs](ctx, c, instance(id)+"/customers", nil)
	var ids []int64
	for _, n := range a.Data.CustomerIDs {
		if n.Valid {
			ids = append(ids, n.N)
		}
	}
	return ids, err
}

// SetCloudPBXCustomers replaces a PBX's customers. Empty takes all of them away; what YCM answers to that is not documented.
//
// YCM docs: "Update the Customer(s) of a Cloud PBX".
func (c *Client) SetCloudPBXCustomers(ctx context.Context, id int64, customers []int64) (Done, error) {
	return done(put[none](ctx, c, instance(id)+"/customers", map[string][]int64{"customerIds": notNil(customers)}))
}

// ActivationEmails is YCM's answer to sending them.
type ActivationEmails struct {
	Accounts  []string // the addresses that were reached; fewer than asked for is a failure in part
	RequestID string
}

// SendActivationEmails mails the activation link to customers of a PBX, at each call again.
//
// YCM docs: "Send PBX Activation Emails".
func (c *Client) SendActivationEmails(ctx context.Context, id int64, customers []int64) (ActivationEmails, error) {
	a, err := post[struct {
		AccountList records[Text] `json:"accountList"`
	}](ctx, c, instance(id)+"/activation_email", map[string][]int64{"customerIds": notNil(customers)})
	sent := ActivationEmails{RequestID: a.RequestID}
	for _, account := range a.Data.AccountList {
		sent.Accounts = append(sent.Accounts, string(account))
	}
	return sent, err
}

// DeleteCloudPBXs deletes PBXs for good. Whether some may be deleted and others not is not documented: look for each.
//
// YCM docs: "Delete Cloud PBXs".
func (c *Client) DeleteCloudPBXs(ctx context.Context, ids ...int64) (Done, error) {
	return done(remove[none](ctx, c, "v1/cloud_pbx/instances", map[string][]int64{"cloudPbxIds": notNil(ids)}))
}

// CustomerRequest is all of a customer's record. FirstName, Company and Email are required; what is left out ("") is emptied by an update.
type CustomerRequest struct {
	FirstName      string `json:"firstName"`
	LastName       string `json:"lastName,omitempty"`
	Company        string `json:"company"`
	Email          string `json:"email"`
	BusinessNumber string `json:"businessNumber,omitempty"`
	MobileNumber   string `json:"mobileNumber,omitempty"`
	HomeNumber     string `json:"homeNumber,omitempty"`
	FaxNumber      string `json:"faxNumber,omitempty"`
	ZipCode        string `json:"zipCode,omitempty"`
	Street         string `json:"street,omitempty"`
	City           string `json:"city,omitempty"`
	State          string `json:"state,omitempty"`
	Country        string `json:"country,omitempty"`
	Remark         string `json:"remark,omitempty"`
}

// CreatedCustomer is YCM's answer to the creation of a customer.
type CreatedCustomer struct {
	CustomerID int64
	RequestID  string
}

// CreateCustomer creates a customer.
//
// YCM docs: "Add a Customer".
func (c *Client) CreateCustomer(ctx context.Context, r CustomerRequest) (CreatedCustomer, error) {
	const path = "v1/customers"
	a, err := post[struct {
		CustomerID Int `json:"customerId"`
	}](ctx, c, path, r)
	created := CreatedCustomer{CustomerID: a.Data.CustomerID.N, RequestID: a.RequestID}
	if err == nil && created.CustomerID <= 0 {
		created.CustomerID = 0
		err = &Error{Op: "POST " + path, StatusCode: http.StatusOK, RequestID: a.RequestID, Class: ErrUnreadable, Message: "created, but without an ID"}
	}
	return created, err
}

// GetCustomer returns one customer, or ErrNotFound.
//
// YCM docs: "Query a Specific Customer".
func (c *Client) GetCustomer(ctx context.Context, id int64) (Customer, error) {
	a, err := get[Customer](ctx, c, customer(id), nil)
	if err == nil && a.Data.CustomerID != NewInt(id) {
		err = &Error{Op: "GET " + customer(id), StatusCode: http.StatusOK, RequestID: a.RequestID, Class: ErrUnreadable, Message: "another customer than asked for"}
	}
	return a.Data, err
}

// UpdateCustomer replaces a customer's record.
//
// YCM docs: "Update a Customer".
func (c *Client) UpdateCustomer(ctx context.Context, id int64, r CustomerRequest) (Done, error) {
	return done(put[none](ctx, c, customer(id), r))
}

// DeleteCustomers deletes customers. One that a PBX has can't be deleted.
//
// YCM docs: "Delete Customers".
func (c *Client) DeleteCustomers(ctx context.Context, ids ...int64) (Done, error) {
	return done(remove[none](ctx, c, "v1/customers", map[string][]int64{"customerIds": notNil(ids)}))
}

func customer(id int64) string { return "v1/customers/" + strconv.FormatInt(id, 10) }

// notNil makes an empty list of none, since null is no list.
func notNil(ids []int64) []int64 {
	if ids == nil {
		return []int64{}
	}
	return ids
}
