package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/store"
)

// OperationsPerPage is the number of operations on a page of the list.
const OperationsPerPage = 50

// OperationsURL returns the address of a page of a tab of the operations.
func OperationsURL(state string, page int) string {
	v := url.Values{}
	if state != "" {
		v.Set("state", state)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/operations"
	}
	return "/operations?" + v.Encode()
}

// OperationsSnapshot identifies the state of operations and fleet, so that a page can detect that it is outdated.
func (s *Site) OperationsSnapshot() string {
	return s.SnapshotID(s.Mirror.Snapshot()) + "/" + strconv.FormatUint(s.Operations.Version(), 36)
}

// OperationName returns the name of what an operation is about.
func OperationName(o *store.Operation) string {
	if body, err := operations.CreateBody(o); err == nil && body.Name != "" {
		return body.Name
	}
	return o.Target.Name
}

// UpstreamStatus returns 504 if YCM didn't respond or a list is still being read, and 502 for every other problem.
func UpstreamStatus(err *operations.UpstreamError) int {
	if err.Problem.Kind == fleet.NoAnswer || err.Problem.Kind == fleet.NotYetRead {
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}

// SubscriptionSnapshot identifies the readings of the subscription and the fleet, so that a page can detect newer ones.
func (s *Site) SubscriptionSnapshot() string {
	sub := s.Subscriptions.Subscription()
	return fmt.Sprintf("%s/%s-%d-%s", s.SnapshotID(s.Mirror.Snapshot()), sub.State, sub.At.Unix(), sub.RequestID)
}
