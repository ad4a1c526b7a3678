package ycm

import (
	"bytes"
	"context"
	"encoding/json"
)

// Subscription is the account's own subscription (YCM's hosting package). The zero value of an Int or a Time means
// that YCM didn't report it.
type Subscription struct {
	Capacity struct {
		Total     Capacity     `json:"total"`
		Used      UsedCapacity `json:"used"`
		Available Capacity     `json:"available"`
	} `json:"capacity"`
	ExpirationTime      Time `json:"expirationTime"`
	RecordingExpireDate Time `json:"recordingExpireDate"` // end of the call recording service
	HighAvailability    Text `json:"highAvailability"`
	WhiteLabel          Text `json:"whiteLabel"`

	Raw       json.RawMessage `json:"-"` // the payload as received
	RequestID string          `json:"-"`
}

// Capacity counts extensions, concurrent calls, and minutes of recording and transcription. UltimatePlanCapacity
// counts the extensions for the Ultimate Plan, which are included in ExtensionCapacity.
type Capacity struct {
	ExtensionCapacity      Int `json:"extensionCapacity"`
	ConcurrentCallCapacity Int `json:"concurrentCallCapacity"`
	RecordingCapacity      Int `json:"recordingCapacity"`
	TranscriptionCapacity  Int `json:"transcriptionCapacity"`
	UltimatePlanCapacity   Int `json:"ultimatePlanCapacity"`
}

// UsedCapacity is the capacity in use. It includes the capacity that is assigned to resellers.
type UsedCapacity struct {
	Capacity
	FrozenExtensionCapacity                  Int `json:"frozenExtensionCapacity"`
	AssignedToResellerExtensionCapacity      Int `json:"assignedToResellerExtensionCapacity"`
	AssignedToResellerConcurrentCallCapacity Int `json:"assignedToResellerConcurrentCallCapacity"`
	AssignedToResellerRecordingCapacity      Int `json:"assignedToResellerRecordingCapacity"`
	AssignedToResellerTranscriptionCapacity  Int `json:"assignedToResellerTranscriptionCapacity"`
	AssignedToResellerUltimatePlanCapacity   Int `json:"assignedToResellerUltimatePlanCapacity"`
}

// GetSubscription returns the account's subscription.
//
// YCM docs: "Query the Subscription of P-Series Hosting Package".
func (c *Client) GetSubscription(ctx context.Context) (Subscription, error) {
	return getRaw(
		ctx,
		c,
		"v1/subscription",
		func(s *Subscription, raw json.RawMessage, id string) { s.Raw, s.RequestID = raw, id },
	)
}

// PlanStatistics counts PBXs and extensions per plan.
type PlanStatistics struct {
	PBXNumber       PerPlan `json:"pbxNumber"`
	ExtensionNumber PerPlan `json:"extensionNumber"`

	Raw       json.RawMessage `json:"-"` // the payload as received
	RequestID string          `json:"-"`
}

// PerPlan has a count for each plan.
type PerPlan struct {
	EnterprisePlan Int `json:"enterprisePlan"`
	UltimatePlan   Int `json:"ultimatePlan"`
}

// GetPlanStatistics returns the number of PBXs and the number of extensions on each plan.
//
// YCM docs: "Query the P-Series Cloud Edition Feature Plan Statistics".
func (c *Client) GetPlanStatistics(ctx context.Context) (PlanStatistics, error) {
	return getRaw(
		ctx,
		c,
		"v1/subscription/plan_statistics",
		func(s *PlanStatistics, raw json.RawMessage, id string) { s.Raw, s.RequestID = raw, id },
	)
}

func getRaw[T any](ctx context.Context, c *Client, path string, keep func(*T, json.RawMessage, string)) (T, error) {
	var v T
	a, err := get[json.RawMessage](ctx, c, path, nil)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(a.Data, &v); err != nil {
		return v, &Error{Op: "GET " + path, StatusCode: 200, RequestID: a.RequestID, Class: ErrUnreadable, Err: err}
	}
	keep(&v, bytes.Clone(a.Data), a.RequestID)
	return v, nil
}
