package ycm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// send makes one request and decodes the response's envelope. It also returns the token that it used, so that the
// caller can drop a stale token. The token is "" if none was available.
func send[T any](
	ctx context.Context,
	c *Client,
	hc *http.Client,
	op, method, path string,
	query url.Values,
	payload []byte,
) (a answer[T], token string, err error) {
	if token, err = c.tokens.get(ctx); err != nil {
		return a, "", notSent(err)
	}
	if err := c.pacer.wait(ctx); err != nil {
		return a, token, notSent(withOp(err, op))
	}
	defer c.pacer.release()
	places := []chan struct{}{c.slots}
	if isBackground(ctx) {
		places = []chan struct{}{c.backgroundSlots, c.slots}
	}
	for _, place := range places {
		select {
		case place <- struct{}{}:
			defer func() { <-place }()
		case <-ctx.Done():
			return a, token, &Error{Op: op, Class: ErrUnavailable, NotSent: true, Err: ctx.Err()}
		}
	}
	if method == http.MethodGet {
		// Each attempt has its own timeout, which excludes the wait for the pacer and a slot.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.config.ReadTimeout)
		defer cancel()
	}
	u := *c.base
	u.Path, u.RawQuery = "/dm/open_api/"+path, query.Encode()
	var wrote atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { wrote.Store(true) }, // after this, bytes may have been sent
	})
	req, err := http.NewRequestWithContext(traced, method, u.String(), bytes.NewReader(payload))
	if err != nil {
		return a, token, fmt.Errorf("%s: %w", op, err)
	}
	prepare(req, token, payload != nil)
	start := c.config.Now()
	a, err = roundTrip[T](c, hc, req, op)
	c.config.Seen(op, c.config.Now().Sub(start), err)
	var e *Error
	if errors.As(err, &e) {
		e.hide(token)
		e.NotSent = e.NotSent || !wrote.Load()
		if errors.Is(e, ErrRate) {
			c.pacer.slowDown(e.RetryAfter)
		}
	} else if err == nil {
		c.pacer.fine()
	}
	return a, token, err
}

// prepare sets a request's headers and prevents the transport from sending a request with a body twice.
func prepare(req *http.Request, token string, hasBody bool) {
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	if hasBody {
		req.Header.Set("Content-Type", "application/json")
		// Without GetBody, the transport can't send the request a second time. The transport may repeat a request that has no
		// body, but only if nothing was written or the method is a read method such as GET.
		req.GetBody = nil
	}
}

func roundTrip[T any](c *Client, hc *http.Client, req *http.Request, op string) (answer[T], error) {
	var a answer[T]
	resp, err := hc.Do(req)
	if err != nil {
		return a, transportError(op, err)
	}
	defer func() { _ = resp.Body.Close() }() // the body has been read or abandoned, so an error doesn't matter
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		e := transportError(op, err)
		e.StatusCode = resp.StatusCode
		return a, e
	}
	if len(body) > maxBody {
		return a, &Error{
			Op:         op,
			StatusCode: resp.StatusCode,
			Class:      ErrUnreadable,
			Message:    "response is larger than 8 MiB",
		}
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	var whole envelope
	envelopeErr := json.Unmarshal(body, &whole)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return a, failure(op, resp.StatusCode, resp.Header, body, c.config.Now())
	}
	a.RequestID = cut(string(whole.RequestID), 100)
	unreadable := &Error{Op: op, StatusCode: resp.StatusCode, RequestID: a.RequestID, Class: ErrUnreadable}
	switch {
	case envelopeErr != nil:
		unreadable.Err = envelopeErr
		return a, unreadable
	case strings.EqualFold(strings.TrimSpace(string(whole.Status)), "Failed"):
		return a, failure(op, resp.StatusCode, resp.Header, body, c.config.Now())
	case !strings.EqualFold(strings.TrimSpace(string(whole.Status)), "Success"):
		if e := failure(op, resp.StatusCode, resp.Header, body, c.config.Now()); e.refuses() {
			return a, e // a failure in another format
		}
		unreadable.Message = "status is neither Success nor Failed"
		return a, unreadable
	case isNone[T]():
		return a, nil
	case len(whole.Data) == 0 || bytes.Equal(whole.Data, []byte("null")):
		unreadable.Message = "response has no data"
		return a, unreadable
	}
	if err := decodeValid(whole.Data, &a.Data); err != nil {
		unreadable.Err = err
		return a, unreadable
	}
	return a, nil
}

// byteOrderMark may precede the JSON in a response. JSON doesn't allow it, so the client trims it.
var byteOrderMark = []byte("\ufeff")

func isNone[T any]() bool {
	var v T
	_, ok := any(v).(none)
	return ok
}

func transportError(op string, err error) *Error {
	var urlError *url.Error
	if errors.As(err, &urlError) {
		err = urlError.Err // the message of a url.Error would contain the whole URL
	}
	return &Error{Op: op, Class: ErrUnavailable, Err: err}
}

func withOp(err error, op string) error {
	var e *Error
	if errors.As(err, &e) {
		e.Op = op
		return e
	}
	return transportError(op, err)
}

// notSent returns a copy of err with NotSent set, for a request that got no token or that the pacer didn't release. It
// copies err because many callers share the error from one failed token call.
func notSent(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	own := *e
	own.NotSent = true
	return &own
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
