package ycm

import (
	"context"
	"net/http"
)

// CreateCloudPBXRequest is the body of a create request. Pointer fields and ProvisioningViaTemplate are optional; they
// are omitted if nil or empty.
type CreateCloudPBXRequest struct {
	Name                           string  `json:"name"`
	Plan                           string  `json:"plan"` // Enterprise Plan, Ultimate Plan
	ExtensionCapacity              int64   `json:"extensionCapacity"`
	ConcurrentCallCapacity         int64   `json:"concurrentCallCapacity"`
	RecordingStatus                string  `json:"recordingStatus"`                 // Enabled, Disabled
	RecordingCapacity              int64   `json:"recordingCapacity"`               // minutes
	TranscriptionCapacity          *int64  `json:"transcriptionCapacity,omitempty"` // minutes beyond those in the plan
	RegionID                       int32   `json:"regionId"`
	SubDomain                      string  `json:"subDomain"`
	DomainID                       int32   `json:"domainId"`
	VersionID                      int32   `json:"versionId"`
	Type                           string  `json:"type"`                     // Trial, Commercial
	ExpirationDate                 *int64  `json:"expirationDate,omitempty"` // Unix seconds
	AllowRunAfterExpirationDate    *bool   `json:"allowRunAfterExpirationDate,omitempty"`
	CustomerIDs                    []int64 `json:"customerIds"`
	UpgradeInPBX                   string  `json:"upgradeInPbx"`
	IM                             string  `json:"im"`
	PasswordlessLogin              string  `json:"passwordlessLogin"`
	AllowSuperiorPasswordlessLogin string  `json:"allowSuperiorPasswordlessLogin"`
	ProvisioningViaTemplate        string  `json:"provisioningViaTemplate,omitempty"`
	ProvisionTemplateID            *int32  `json:"provisionTemplateId,omitempty"`
}

// CreatedCloudPBX is YCM's response to CreateCloudPBX.
type CreatedCloudPBX struct {
	CloudPBXID int64
	RequestID  string
}

// CreateCloudPBX creates a PBX. It sends its request at most once. After ErrUnavailable or ErrUnreadable, the PBX may
// or may not exist, and only a lookup of its host name in YCM can show whether it does. If the error also matches
// ErrNotSent, the PBX was not created.
//
// YCM docs: "Create a Cloud PBX".
func (c *Client) CreateCloudPBX(ctx context.Context, r CreateCloudPBXRequest) (CreatedCloudPBX, error) {
	const path = "v1/cloud_pbx/instances"
	if r.CustomerIDs == nil {
		r.CustomerIDs = []int64{} // the member is required, and nil would be encoded as null
	}
	a, err := post[struct {
		CloudPBXID Int `json:"cloudPbxId"`
	}](ctx, c, path, r)
	created := CreatedCloudPBX{CloudPBXID: a.Data.CloudPBXID.N, RequestID: a.RequestID}
	if err == nil && a.Data.CloudPBXID.N <= 0 {
		created.CloudPBXID = 0
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
