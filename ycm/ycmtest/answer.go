package ycmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// failure is a failure that the fake YCM reports. Its code and message are from the guide's error table unless noted
// otherwise. YCM's real HTTP statuses are unknown.
type failure struct {
	code    int
	message string
	status  int
}

var (
	invalidParameter = &failure{1000004, "INVALID_PARAMETER", http.StatusBadRequest}
	notFound         = &failure{1000005, "DATA_NOT_FOUND", http.StatusNotFound}
	alreadyExists    = &failure{1000007, "DATA_ALREADY_EXISTS", http.StatusConflict}
	wrongSecret      = &failure{1000002, "AUTHENTICATION_FAILED", http.StatusUnauthorized}
	tokenExpired     = &failure{1000035, "TOKEN_EXPIRED", http.StatusUnauthorized}
	invalidToken     = &failure{1000036, "INVALID_TOKEN", http.StatusUnauthorized}
	rateLimited      = &failure{1000040, "RATE_LIMIT_EXCEEDED", http.StatusTooManyRequests}

	// noCapacity has an invented code, because YCM's real code is unknown.
	noCapacity = &failure{2000101, "CAPACITY_NOT_ENOUGH", http.StatusConflict}
)

// flat is the data of a successful token response, which has no envelope.
type flat map[string]any

// operation returns a handler that records the request, applies the operation's fault, if any, and writes h's response.
func (y *YCM) operation(op string, h func(*http.Request) (any, *failure)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		y.record(op, r)
		play := y.fault(op)
		if play.before(w, r) {
			return
		}
		var data any
		fail := y.admit(r)
		if fail == nil {
			data, fail = h(r)
		}
		if play.after(w, r) {
			return
		}
		y.answer(w, data, fail)
	}
}

// admit rejects a request that has no User-Agent or exceeds the account's rate limit.
func (y *YCM) admit(r *http.Request) *failure {
	if r.UserAgent() == "" {
		return invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	if !y.limiter.take(y.config.Now()) {
		return rateLimited
	}
	return nil
}

func (y *YCM) record(op string, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	request := Request{Op: op, Path: r.URL.RequestURI(), Agent: r.UserAgent(), Token: token}
	// Read the whole body now, because net/http detects a disconnected client only after that.
	if r.Method != http.MethodGet {
		if body := peek(r); op != "requestToken" {
			request.Body = body
		}
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.requests = append(y.requests, request)
}

func (y *YCM) answer(w http.ResponseWriter, data any, fail *failure) {
	y.mu.Lock()
	envelope := map[string]any{
		"requestId": fmt.Sprintf("%016x%016x", y.rand.Uint64(), y.rand.Uint64()),
		"status":    "Success",
		"time":      y.config.Now().Unix(),
	}
	y.mu.Unlock()
	status := http.StatusOK
	switch flat, isFlat := data.(flat); {
	case fail != nil:
		envelope["status"], envelope["errno"], envelope["errmsg"] = "Failed", fail.code, fail.message
		if !y.config.FailWith200 {
			status = fail.status
		}
	case isFlat:
		envelope = flat
	case data != nil:
		envelope["data"] = data
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(envelope) // the client may have disconnected
}
