package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"cordboard/fleet"
)

type contextKey int

const (
	requestIDKey contextKey = iota
	sessionKey
	halfKey
	recordingKey
	addressContextKey
	overRateKey
	renewingKey
)

func requestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// clientIP returns the address that a request came from, or "" if clientAddress didn't handle the request.
func clientIP(ctx context.Context) string {
	address, _ := ctx.Value(addressContextKey).(string)
	return address
}

// backgroundHeader marks requests that a page sends by itself. They never count as use of the session.
const backgroundHeader = "Cordboard-Background"

func isBackground(r *http.Request) bool { return r.Header.Get(backgroundHeader) != "" }

// snapshotID returns an ID that is unique across snapshots, including those of earlier processes.
func (s *Site) snapshotID(snapshot *fleet.Snapshot) string {
	return s.epoch + "-" + strconv.FormatUint(snapshot.Version(), 36)
}

// recentFor is the time after a sign-in or a confirmation in which a user may change who has access without
// confirming their identity again.
const recentFor = 10 * time.Minute

func (s *Site) isRecent(r *http.Request) bool {
	session := sessionFrom(r.Context())
	if session == nil {
		return false
	}
	age := s.now().Sub(session.ConfirmedAt)
	return age >= -time.Minute && age <= recentFor // a clock that is set back must not make a session recent
}

// halfFor is the time that a user has to enter the second factor after the password.
const halfFor = 10 * time.Minute
