package ycm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// CloudPBX is one PBX as ListCloudPBXs, GetCloudPBX and GetCloudPBXByURL return it. Only the last two guarantee
// CloudPBXID; any other value may be missing. An empty Text, or the zero value of Int or Time, means that YCM didn't
// report the value.
type CloudPBX struct {
	CloudPBXID                     Int     `json:"cloudPbxId"`
	PBXStatus                      Text    `json:"pbxStatus"`
	ActivationStatus               Text    `json:"activationStatus"`
	Name                           Text    `json:"name"`
	SN                             Text    `json:"sn"`
	Plan                           Text    `json:"plan"`
	PlanExpirationDate             Time    `json:"planExpirationDate"`
	ExtensionCapacity              Int     `json:"extensionCapacity"`
	ConcurrentCallCapacity         Int     `json:"concurrentCallCapacity"`
	RecordingStatus                Text    `json:"recordingStatus"`
	RecordingCapacity              Int     `json:"recordingCapacity"` // minutes
	TranscriptionCapacity          Int     `json:"transcriptionCapacity"`
	TranscriptionCapacityPlan      Int     `json:"transcriptionCapacityPlan"`
	TranscriptionCapacityAddon     Int     `json:"transcriptionCapacityAddon"`
	UsedTranscription              Int     `json:"usedTranscription"`
	ReceptionistCapacity           Int     `json:"receptionistCapacity"` // minutes; lists omit the receptionist members
	ReceptionistCapacityPlan       Int     `json:"receptionistCapacityPlan"`
	ReceptionistCapacityAddon      Int     `json:"receptionistCapacityAddon"`
	UsedReceptionist               Int     `json:"usedReceptionist"`
	Region                         Text    `json:"region"` // a name, not the regionId of a create request
	URL                            Text    `json:"url"`    // a bare host name
	Type                           Text    `json:"type"`
	ExpirationDate                 Time    `json:"expirationDate"`
	Version                        Text    `json:"version"`
	Group                          Text    `json:"group"`
	Creator                        Creator `json:"creator"`
	CreateTime                     Time    `json:"createTime"`
	InitialStartUpTime             Time    `json:"initialStartUpTime"`
	UpgradeInPBX                   Text    `json:"upgradeInPbx"`
	IM                             Text    `json:"im"`
	PasswordlessLogin              Text    `json:"passwordlessLogin"`
	AllowSuperiorPasswordlessLogin Text    `json:"allowSuperiorPasswordlessLogin"`
	ProvisioningViaTemplate        Text    `json:"provisioningViaTemplate"`
	LastUsedTemplate               Text    `json:"lastUsedTemplate"`
	LastUsedTime                   Time    `json:"lastUsedTime"`
	ActiveCalls                    Int     `json:"activeCalls"`
	UsedExtensions                 Int     `json:"usedExtensions"`
	UsedRecording                  Int     `json:"usedRecording"` // minutes
	LastBackupTime                 Time    `json:"lastBackupTime"`

	Raw json.RawMessage `json:"-"` // the record as received, including unknown members
}

// UnmarshalJSON decodes the record and keeps a copy of its JSON in Raw.
func (p *CloudPBX) UnmarshalJSON(b []byte) error {
	if !p.decode(b) {
		type plain CloudPBX
		if err := json.Unmarshal(b, (*plain)(p)); err != nil {
			return err
		}
	}
	p.Raw = bytes.Clone(b)
	return nil
}

// Creator is the person who created a PBX.
type Creator struct {
	FirstName, LastName, Email Text
}

// UnmarshalJSON also accepts a string, or any other value, in place of the object and stores it in LastName.
func (c *Creator) UnmarshalJSON(b []byte) error {
	var members struct {
		FirstName Text `json:"firstName"`
		LastName  Text `json:"lastName"`
		Email     Text `json:"email"`
	}
	if json.Unmarshal(b, &members) != nil {
		return json.Unmarshal(b, &c.LastName)
	}
	*c = Creator{members.FirstName, members.LastName, members.Email}
	return nil
}

// Page is one page of a list.
type Page[T any] struct {
	PageSize   int64
	PageNumber int64 // starts at 1
	// Total is the number of records on all pages, as YCM reports it. It is UnknownTotal if YCM reports no valid number.
	Total     int64
	List      []T
	RequestID string
}

// UnknownTotal is the Total of a page whose total is missing, negative or not a whole number. An iteration over a list
// with an unknown total ends at the first page without new records.
const UnknownTotal = -1

type page[T any] struct {
	PageSize   Int        `json:"pageSize"`
	PageNumber Int        `json:"pageNumber"`
	Total      Int        `json:"total"`
	List       records[T] `json:"list"`
}

// MaxPageSize is YCM's limit on the number of records on a page.
const MaxPageSize = 50

// ListOptions selects a page of a list. Zero values mean YCM's defaults: the first page, with 10 records, sorted by
// creation time. YCM doesn't document the direction of that default sort order.
type ListOptions struct {
	PageNumber, PageSize int
	Sort                 string // cloudPbxId or createTime; a leading minus sorts in descending order
	Search               string // YCM doesn't document which fields it searches
}

func (o ListOptions) query() url.Values {
	q := url.Values{}
	if o.PageSize > 0 {
		q.Set("pageSize", strconv.Itoa(o.PageSize))
	}
	if o.PageNumber > 0 {
		q.Set("pageNumber", strconv.Itoa(o.PageNumber))
	}
	if o.Sort != "" {
		q.Set("sort", o.Sort)
	}
	if o.Search != "" {
		q.Set("search", o.Search)
	}
	return q
}

// ListCloudPBXs returns one page of the PBX list.
//
// YCM docs: "Query All the Cloud PBXs (v2)".
func (c *Client) ListCloudPBXs(ctx context.Context, o ListOptions) (Page[CloudPBX], error) {
	return list[CloudPBX](ctx, c, "v2/cloud_pbx/instances", o)
}

// CloudPBXs returns an iterator over the PBXs on page o.PageNumber (by default 1) and on all later pages. Each page has
// 50 records unless o sets a smaller page size. The iteration ends at the first error. If the fleet changes during the
// iteration, PBXs may be repeated or missed.
func CloudPBXs(ctx context.Context, c *Client, o ListOptions) iter.Seq2[CloudPBX, error] {
	return walk(
		o,
		func(o ListOptions) (Page[CloudPBX], error) { return c.ListCloudPBXs(ctx, o) },
		func(p CloudPBX) Int { return p.CloudPBXID },
	)
}

func list[T any](ctx context.Context, c *Client, path string, o ListOptions) (Page[T], error) {
	a, err := get[page[T]](ctx, c, path, o.query())
	if err != nil {
		return Page[T]{}, err
	}
	total := a.Data.Total.N
	if !a.Data.Total.Known() || total < 0 {
		total = UnknownTotal
		if len(a.Data.List) == 0 && o.PageNumber <= 1 { // without a total, an empty page doesn't prove that the list is empty
			return Page[T]{}, &Error{
				Op:         "GET " + path,
				StatusCode: http.StatusOK,
				RequestID:  a.RequestID,
				Class:      ErrUnreadable,
				Message:    "list has no total",
			}
		}
	}
	return Page[T]{
		PageSize: a.Data.PageSize.N, PageNumber: a.Data.PageNumber.N, Total: total,
		List: a.Data.List, RequestID: a.RequestID,
	}, nil
}

// GetCloudPBX returns one PBX, or an error that matches ErrNotFound if the PBX doesn't exist.
//
// YCM docs: "Query a Specific Cloud PBX by ID".
func (c *Client) GetCloudPBX(ctx context.Context, id int64) (CloudPBX, error) {
	a, err := get[CloudPBX](ctx, c, instance(id), nil)
	if err == nil && a.Data.CloudPBXID != NewInt(id) {
		err = &Error{
			Op:         "GET " + instance(id),
			StatusCode: http.StatusOK,
			RequestID:  a.RequestID,
			Class:      ErrUnreadable,
			Message:    "response has a different PBX",
		}
	}
	return a.Data, err
}

// GetCloudPBXByURL returns the PBX with the given host name, or an error that matches ErrNotFound if there is none.
//
// YCM docs: "Query a Specific Cloud PBX by URL".
func (c *Client) GetCloudPBXByURL(ctx context.Context, host string) (CloudPBX, error) {
	const path = "v1/cloud_pbx/instances/get"
	a, err := get[CloudPBX](ctx, c, path, url.Values{"url": {host}})
	if err == nil && a.Data.CloudPBXID.N <= 0 {
		err = &Error{
			Op:         "GET " + path,
			StatusCode: http.StatusOK,
			RequestID:  a.RequestID,
			Class:      ErrUnreadable,
			Message:    "response has a PBX without an ID",
		}
	}
	return a.Data, err
}

// CloudPBXStatus is the running and activation state of one PBX.
type CloudPBXStatus struct {
	CloudPBXID       Int  `json:"cloudPbxId"`
	PBXStatus        Text `json:"pbxStatus"`
	ActivationStatus Text `json:"activationStatus"`
}

// GetCloudPBXStatus returns the state of one PBX, or an error that matches ErrNotFound if the PBX doesn't exist.
//
// YCM docs: "Query the Status of a Cloud PBX".
func (c *Client) GetCloudPBXStatus(ctx context.Context, id int64) (CloudPBXStatus, error) {
	path := instance(id) + "/status"
	a, err := get[CloudPBXStatus](ctx, c, path, nil)
	if err == nil && a.Data.CloudPBXID != NewInt(id) {
		err = &Error{
			Op:         "GET " + path,
			StatusCode: http.StatusOK,
			RequestID:  a.RequestID,
			Class:      ErrUnreadable,
			Message:    "response has a different PBX",
		}
	}
	return a.Data, err
}

func instance(id int64) string { return fmt.Sprintf("v1/cloud_pbx/instances/%d", id) }
