package ycm

import (
	"context"
	"net/http"
	"strconv"
)

// Each method in this file, except the Get methods, makes a change in YCM. It sends its request at most once. After
// ErrUnavailable or ErrUnreadable, the change may or may not have been made, and only a read can show whether it was.
// If the error also matches ErrNotSent, the change was not made. YCM documents neither idempotency keys nor a way to
// detect concurrent changes.

// StartCloudPBX starts a PBX.
//
// YCM docs: "Start a Cloud PBX".
func (c *Client) StartCloudPBX(ctx context.Context, id int64) (Done, error) {
	return done(put[none](ctx, c, instance(id)+"/start", nil))
}

// StopCloudPBX stops a PBX. YCM doesn't document what happens to calls in progress.
//
// YCM docs: "Stop a Cloud PBX".
func (c *Client) StopCloudPBX(ctx context.Context, id int64) (Done, error) {
	return done(put[none](ctx, c, instance(id)+"/stop", nil))
}

// Done is YCM's response to a change that returns no data.
type Done struct {
	RequestID string
}

func done(a answer[none], err error) (Done, error) { return Done{a.RequestID}, err }

// ResizeCloudPBXRequest is the complete new capacity of a PBX. All values are absolute.
type ResizeCloudPBXRequest struct {
	ExtensionCapacity      int64  `json:"extensionCapacity"`
	ConcurrentCallCapacity int64  `json:"concurrentCallCapacity"`
	RecordingStatus        string `json:"recordingStatus"`   // Enabled, Disabled
	RecordingCapacity      int64  `json:"recordingCapacity"` // minutes; YCM doesn't allow this value to be lowered

	// TranscriptionCapacity is the number of minutes beyond those in the plan. If it is nil, the request omits it, and we
	// infer that YCM then sets it to 0. To keep the current number, send the PBX's TranscriptionCapacityAddon.
	TranscriptionCapacity *int64 `json:"transcriptionCapacity,omitempty"`
}

// ResizeCloudPBX replaces a PBX's capacity.
//
// YCM docs: "Resize a Cloud PBX".
func (c *Client) ResizeCloudPBX(ctx context.Context, id int64, r ResizeCloudPBXRequest) (Done, error) {
	return done(put[none](ctx, c, instance(id)+"/capacity", r))
}

// UpdateCloudPBXRequest contains a PBX's name and its on/off settings, each Enabled or Disabled. YCM always replaces
// the first five fields. The other fields are optional: an empty one is omitted from the request. YCM doesn't document
// whether the PBX then keeps its setting, so send the current value.
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

// UpdateCloudPBX overwrites a PBX's name and on/off settings.
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
		if n.Known() {
			ids = append(ids, n.N)
		}
	}
	return ids, err
}

// SetCloudPBXCustomers replaces a PBX's customers. An empty list presumably removes all of them, but YCM doesn't
// document this case.
//
// YCM docs: "Update the Customer(s) of a Cloud PBX".
func (c *Client) SetCloudPBXCustomers(ctx context.Context, id int64, customers []int64) (Done, error) {
	return done(put[none](ctx, c, instance(id)+"/customers", map[string][]int64{"customerIds": notNil(customers)}))
}

// ActivationEmails is YCM's response to SendActivationEmails.
type ActivationEmails struct {
	// Accounts are the email addresses that YCM sent the activation link to. If there are fewer addresses than customers,
	// some emails were not sent.
	Accounts  []string
	RequestID string
}

// SendActivationEmails emails the activation link to the given customers of a PBX. Each call sends the emails again.
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

// DeleteCloudPBXs deletes PBXs permanently. YCM doesn't document whether a request can succeed for only some of them,
// so check each PBX afterward.
//
// YCM docs: "Delete Cloud PBXs".
func (c *Client) DeleteCloudPBXs(ctx context.Context, ids ...int64) (Done, error) {
	return done(remove[none](ctx, c, "v1/cloud_pbx/instances", map[string][]int64{"cloudPbxIds": notNil(ids)}))
}

// CustomerRequest is a complete customer record. FirstName, Company and Email are required. Other fields are omitted
// from the request if they are empty, and an update then clears them.
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

// CreatedCustomer is YCM's response to CreateCustomer.
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
		err = &Error{
			Op:         "POST " + path,
			StatusCode: http.StatusOK,
			RequestID:  a.RequestID,
			Class:      ErrUnreadable,
			Message:    "response to create has no ID",
		}
	}
	return created, err
}

// GetCustomer returns one customer, or an error that matches ErrNotFound if the customer doesn't exist.
//
// YCM docs: "Query a Specific Customer".
func (c *Client) GetCustomer(ctx context.Context, id int64) (Customer, error) {
	a, err := get[Customer](ctx, c, customer(id), nil)
	if err == nil && a.Data.CustomerID != NewInt(id) {
		err = &Error{
			Op:         "GET " + customer(id),
			StatusCode: http.StatusOK,
			RequestID:  a.RequestID,
			Class:      ErrUnreadable,
			Message:    "response has a different customer",
		}
	}
	return a.Data, err
}

// UpdateCustomer replaces a customer's record.
//
// YCM docs: "Update a Customer".
func (c *Client) UpdateCustomer(ctx context.Context, id int64, r CustomerRequest) (Done, error) {
	return done(put[none](ctx, c, customer(id), r))
}

// DeleteCustomers deletes customers. YCM refuses to delete a customer who still has a PBX.
//
// YCM docs: "Delete Customers".
func (c *Client) DeleteCustomers(ctx context.Context, ids ...int64) (Done, error) {
	return done(remove[none](ctx, c, "v1/customers", map[string][]int64{"customerIds": notNil(ids)}))
}

func customer(id int64) string { return "v1/customers/" + strconv.FormatInt(id, 10) }

// notNil turns nil into an empty slice, which is encoded in JSON as [] rather than null.
func notNil(ids []int64) []int64 {
	if ids == nil {
		return []int64{}
	}
	return ids
}
