package web

import (
	"fmt"
	"net/http"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/create"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/views/ui"
)

// OperationsPerPage is the number of operations per page of the list.
const OperationsPerPage = 50

// OperationsSnapshot returns an ID for the state of the operations, the subscription and the fleet. A page with a
// different ID is outdated.
func (s *Site) OperationsSnapshot() string {
	version := strconv.FormatUint(s.account.Operations.Version(), 36)
	read := strconv.FormatInt(s.account.Subscriptions.Subscription().At.Unix(), 36)
	return s.SnapshotID(s.account.Mirror.Snapshot()) + "/" + version + "/" + read
}

// OperationName returns the name in the operation's create request, or else the name of the operation's target.
func OperationName(o *store.Operation) string {
	if body, err := create.Body(o); err == nil && body.Name != "" && o.Kind == create.Name {
		return fold.Shown(body.Name)
	}
	return fold.Shown(o.Target.Name)
}

// UpstreamStatus returns 504 if YCM didn't respond or a list of options is still being read, and 502 for any other
// problem.
func UpstreamStatus(err *operations.UpstreamError) int {
	if err.Problem.Kind == fleet.NoAnswer || err.Problem.Kind == fleet.NotYetRead {
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}

// SubscriptionSnapshot returns an ID for the readings of the subscription and the fleet. A page with a different ID is
// outdated.
func (s *Site) SubscriptionSnapshot() string {
	sub := s.account.Subscriptions.Subscription()
	return fmt.Sprintf("%s/%s-%d-%s", s.SnapshotID(s.account.Mirror.Snapshot()), sub.State, sub.At.Unix(), sub.RequestID)
}

// OperationBadge returns the badge of an operation's state.
func OperationBadge(o *store.Operation) ui.Badge {
	b := ui.OperationBadge(string(o.Kind), string(o.State))
	if o.State == store.StateUnknown && !o.IsOpen() {
		b.Word = "Unknown" // nothing is being checked
	}
	return b
}
