package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"cordboard/fleet"
)

type contextKey int

// Keys of the request's context values.
const (
	RequestIDKey contextKey = iota
	SessionKey
	PendingKey
	recordingKey
	AddressContextKey
	overRateKey
	renewingKey
)

// RequestIDFrom returns the request's ID, or "" outside a request.
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(RequestIDKey).(string)
	return id
}

// ClientIP returns the client's IP address, or "" if the clientAddress middleware hasn't processed the request.
func ClientIP(ctx context.Context) string {
	address, _ := ctx.Value(AddressContextKey).(string)
	return address
}

// backgroundHeader marks requests that a page sends automatically. They never count as use of the session.
const backgroundHeader = "Cordboard-Background"

// IsBackground reports whether a page sent the request automatically, without user action.
func IsBackground(r *http.Request) bool { return r.Header.Get(backgroundHeader) != "" }

// SnapshotID returns an ID that is unique across snapshots, including those of previous processes.
func (s *Site) SnapshotID(snapshot *fleet.Snapshot) string {
	return s.epoch + "-" + strconv.FormatUint(snapshot.Version(), 36)
}

// RecentAuthWindow is the time for which a sign-in or a confirmation counts as recent authentication.
const RecentAuthWindow = 10 * time.Minute

// IsRecent reports whether the user has authenticated within RecentAuthWindow.
func (s *Sessions) IsRecent(r *http.Request) bool {
	session := SessionFrom(r.Context())
	if session == nil {
		return false
	}
	age := s.now().Sub(session.ConfirmedAt)
	return age >= -time.Minute && age <= RecentAuthWindow // setting the clock back must not make a session recent
}

// pendingTTL is the time limit for entering the second factor after the password.
const pendingTTL = 10 * time.Minute
