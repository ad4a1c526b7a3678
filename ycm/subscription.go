package ycm

import (
	"bytes"
	"context"
	"encoding/json"
)

// Subscription is the account's own hosting package. An Int that isn't Valid was not reported.
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

	Raw       json.RawMessage `json:"-"` // the payload as it came
	RequestID string          `json:"-"`
}

// Capacity counts extensions, concurrent calls, and minutes of recording and transcription. Extensions that may carry the Ultimate Plan are a part of the extensions.
type Capacity struct {
	ExtensionCapacity      Int `json:"extensionCapacity"`
	ConcurrentCallCapacity Int `json:"concurrentCallCapacity"`
	RecordingCapacity      Int `json:"recordingCapacity"`
	TranscriptionCapacity  Int `json:"transcriptionCapacity"`
	UltimatePlanCapacity   Int `json:"ultimatePlanCapacity"`
}

// UsedCapacity is what is used; what is assigned to resellers is part of it.
type UsedCapacity struct {
	Capacity
	FrozenExtensionCapacity                  Int `json:"frozenExtensionCapacity"`
	AssignedToResellerExtensionCapacity      Int `json:"assignedToResellerExtensionCapacity"`
	AssignedToResellerConcurrentCallCapacity Int `json:"assignedToResellerConcurrentCallCapacity"`
	AssignedToResellerRecordingCapacity      Int `json:"assignedToResellerRecordingCapacity"`
	AssignedToResellerTranscriptionCapacity  Int `json:"assignedToResellerTranscriptionCapacity"`
	AssignedToResellerUltimatePlanCapacity   Int `json:"assignedToResellerUltimatePlanCapacity"`
}

// GetSubscription returns the hosting package.
//
// YCM docs: "Query the Subscription of P-Series Hosting Package".
func (c *Client) GetSubscription(ctx context.Context) (Subscription, error) {
	return getRaw(ctx, c, "v1/subscription", func(s *Subscription, raw json.RawMessage, id string) { s.Raw, s.RequestID = raw, id })
}

// PlanStatistics counts PBXs and extensions per plan.
type PlanStatistics struct {
	PBXNumber       PerPlan `json:"pbxNumber"`
	ExtensionNumber PerPlan `json:"extensionNumber"`

	Raw       json.RawMessage `json:"-"` // the payload as it came
	RequestID string          `json:"-"`
}

// PerPlan is a count for each plan.
type PerPlan struct {
	EnterprisePlan Int `json:"enterprisePlan"`
	UltimatePlan   Int `json:"ultimatePlan"`
}

// GetPlanStatistics returns how the fleet spreads over the plans.
//
// YCM docs: "Query the P-Series Cloud Edition Feature Plan Statistics".
func (c *Client) GetPlanStatistics(ctx context.Context) (PlanStatistics, error) {
	return getRaw(ctx, c, "v1/subscription/plan_statistics", func(s *PlanStatistics, raw json.RawMessage, id string) { s.Raw, s.RequestID = raw, id })
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
