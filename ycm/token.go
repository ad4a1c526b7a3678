package ycm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"
)

const tokenPath = "/dm/open_api/oauth/token" //nolint:gosec // a path

// tokens stores the client's one access token, in memory only. It ignores YCM's refresh token, which is valid for 15
// days, because the client can always get a new access token with its ID and secret.
type tokens struct {
	config    clientcredentials.Config
	transport http.RoundTripper
	pacer     *pacer
	now       func() time.Time
	jitter    func() float64 // in [0, 1)
	timeout   time.Duration

	one singleflight.Group

	mu sync.Mutex
	tokenState
}

// tokenState is the current token and the state that determines when to request the next one.
type tokenState struct {
	value   string
	renewAt time.Time // when to request a new token
	endsAt  time.Time // when the token expires
	refused error     // last rejection of the credentials or denial of permission; nil after a success
	quietTo time.Time // after a rejection, the earliest time to try again
}

// get returns a valid token. Concurrent callers share one token call. They keep using an unexpired token while it is
// renewed and after a renewal fails. After a failed renewal, get makes no token call for 30 seconds or until the token
// expires, whichever comes first. If YCM rejected the credentials or denied permission, get makes none for 30 seconds
// in any case.
func (t *tokens) get(ctx context.Context) (string, error) {
	value, ask, err := t.known()
	if !ask {
		return value, err
	}
	alive := value != ""
	if err := t.pacer.tooLong(ctx); err != nil && !alive { // the token call doesn't inherit ctx's deadline
		return "", withOp(err, tokenOp)
	}
	// The call continues even if its first caller's context ends, because it uses only the values of that context.
	call := t.one.DoChan("token", func() (any, error) {
		if value, ask, err := t.known(); !ask { // another call has just ended
			return value, err
		}
		return t.fetch(context.WithoutCancel(ctx))
	})
	if alive { // the renewal continues in the background
		return value, nil
	}
	select {
	case r := <-call:
		if r.Err == nil {
			return r.Val.(string), nil
		}
		return "", r.Err
	case <-ctx.Done():
		return "", &Error{Op: tokenOp, Class: ErrUnavailable, NotSent: true, Err: ctx.Err()}
	}
}

// known returns the current token. Without an unexpired token, it returns the last rejection if it is too early to try
// again. If a token call is due, ask is true, and value is the current token, or "" if there is no unexpired one.
func (t *tokens) known() (value string, ask bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if now.Before(t.endsAt) {
		value = t.value
	}
	quiet := now.Before(t.quietTo)
	switch {
	case value != "" && (quiet || now.Before(t.renewAt)):
		return value, false, nil
	case quiet:
		return "", false, t.refused
	}
	return value, true, nil
}

// drop discards the current token if it still equals value, the token that YCM rejected.
func (t *tokens) drop(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == value {
		t.value, t.renewAt, t.endsAt = "", time.Time{}, time.Time{}
	}
}

const tokenOp = "POST oauth/token" //nolint:gosec // a name

// tokenPause is the wait after a failed token call. If there is no unexpired token, the wait applies only if YCM
// rejected the credentials or denied permission.
const tokenPause = 30 * time.Second

func (t *tokens) fetch(ctx context.Context) (string, error) {
	ctx = context.WithValue(ctx, backgroundKey{}, false) // users may be waiting for the same call
	if err := t.pacer.wait(ctx); err != nil {
		return "", withOp(err, tokenOp)
	}
	defer t.pacer.release()
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	kept := &keepBody{next: t.transport}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: kept, CheckRedirect: noRedirect})
	token, err := t.config.Token(ctx)

	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if err != nil {
		e := kept.failure(err, now)
		e.hide(t.config.ClientSecret)
		if errors.Is(e, ErrRate) {
			t.pacer.slowDown(e.RetryAfter)
		}
		if errors.Is(e, ErrCredentials) || errors.Is(e, ErrPermission) {
			t.refused, t.quietTo = e, now.Add(tokenPause)
		}
		if pause := now.Add(tokenPause); pause.Before(t.endsAt) {
			t.renewAt = pause
		} else {
			t.renewAt = t.endsAt
		}
		return "", e
	}
	life := time.Duration(token.ExpiresIn) * time.Second
	if life <= 0 {
		life = 30 * time.Minute // the lifetime in the guide
	}
	life = min(max(life, time.Minute), 24*time.Hour) // a lifetime of one second would cause a call every second
	t.refused, t.quietTo = nil, time.Time{}
	t.value, t.endsAt = token.AccessToken, now.Add(life)
	// Renew at 80% of the lifetime, give or take a tenth of that.
	t.renewAt = now.Add(time.Duration(float64(life) * (0.72 + 0.16*t.jitter())))
	return t.value, nil
}

// keepBody keeps the response to a token request, because oauth2's errors lack YCM's code and requestId.
type keepBody struct {
	next   http.RoundTripper
	status int
	header http.Header
	body   []byte
}

func (k *keepBody) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := k.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	k.status, k.header = resp.StatusCode, resp.Header
	k.body, err = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	_ = resp.Body.Close() // the body has been read, up to our limit, so an error doesn't matter
	k.body = bytes.TrimPrefix(k.body, byteOrderMark)
	if json.Valid(k.body) { // oauth2 would parse some other content types as a form
		resp.Header = resp.Header.Clone()
		resp.Header.Set("Content-Type", "application/json")
	}
	resp.Body = io.NopCloser(bytes.NewReader(lenient(k.body)))
	return resp, err
}

// lenient rewrites a token response into the form that oauth2 expects: a whole number of seconds, and no white
// space around the token and its type. If it can't decode the body, it returns the body unchanged.
func lenient(body []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return body
	}
	var life Int
	if life.UnmarshalJSON(members["expires_in"]) == nil && life.Known() {
		members["expires_in"] = json.RawMessage(strconv.FormatInt(max(0, min(life.N, 1<<30)), 10))
	} else {
		delete(members, "expires_in")
	}
	for _, name := range []string{"access_token", "token_type"} {
		var s string
		if json.Unmarshal(members[name], &s) == nil {
			members[name], _ = json.Marshal(strings.TrimSpace(s)) // encoding a string never fails
		}
	}
	if b, err := json.Marshal(members); err == nil {
		return b
	}
	return body
}

func (k *keepBody) failure(err error, now time.Time) *Error {
	if k.status == 0 {
		return transportError(tokenOp, err)
	}
	e := failure(tokenOp, k.status, k.header, k.body, now)
	if k.status == http.StatusOK && e.Code == 0 {
		e.Class = ErrUnreadable
	}
	var oauthError *oauth2.RetrieveError
	if errors.As(err, &oauthError) &&
		(oauthError.ErrorCode == "invalid_client" || oauthError.ErrorCode == "unauthorized_client") {
		e.Class = ErrCredentials
	}
	return e
}
