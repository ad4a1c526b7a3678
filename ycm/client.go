package ycm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	maxBody       = 8 << 20  // bytes of an answer
	maxErrorBody  = 64 << 10 // bytes of a failure
	maxInFlight   = 8        // requests at once
	maxBackground = 6        // of those, background's at once: YCM being slow to it must not keep people waiting
	maxAttempts   = 3        // of one read
)

// Config says whose fleet is read, and how hard. Zero values are the defaults named here.
type Config struct {
	URL          string // "https://ycm.yeastar.com"; see [CheckURL]
	ClientID     string
	ClientSecret string
	UserAgent    string // sent with every request; "cordboard"

	RatePerMinute int // requests a minute; 0 means no limit
	Burst         int // 20

	ReadTimeout   time.Duration // of one attempt, 15 s
	CreateTimeout time.Duration // of a change with all it waits for, 30 s
	HeaderTimeout time.Duration // from the last byte sent to the first of the answer, 10 s (changes: CreateTimeout)

	Now   func() time.Time                                 // time.Now
	Sleep func(ctx context.Context, d time.Duration) error // between attempts; waits for real
	Rand  func() float64                                   // in [0, 1); the global source
	Seen  func(op string, d time.Duration, err error)      // told of each request that went out; may be nil
}

// Client talks to one YCM account. Its reads are tried up to three times, within a budget, after failures that may
// pass; a change is sent once, whatever the answer. It is safe for concurrent use; the methods block until YCM
// answered, time ran out, or ctx ended.
type Client struct {
	config          Config
	base            *url.URL
	reads           http.Client
	changes         http.Client
	pacer           *pacer
	budget          *retryBudget
	tokens          *tokens
	slots           chan struct{}
	backgroundSlots chan struct{}
}

// New returns a client, or says what is wrong with its Config. It makes no request.
func New(c Config) (*Client, error) {
	base, err := parseURL(c.URL)
	if err != nil {
		return nil, fmt.Errorf("YCM address %w", err) // not the address itself, which may hold a password
	}
	c = c.withDefaults()
	cl := &Client{
		config:          c,
		base:            base,
		pacer:           newPacer(c.RatePerMinute, c.Burst, c.Now),
		budget:          &retryBudget{tokens: budgetStart},
		slots:           make(chan struct{}, maxInFlight),
		backgroundSlots: make(chan struct{}, maxBackground),
	}
	transport := newTransport(base.Scheme == "http", c.HeaderTimeout)
	slow := newTransport(base.Scheme == "http", c.CreateTimeout)
	cl.reads = http.Client{Transport: userAgent{c.UserAgent, transport}, CheckRedirect: noRedirect}
	cl.changes = http.Client{Transport: userAgent{c.UserAgent, slow}, CheckRedirect: noRedirect}
	cl.tokens = &tokens{
		config: clientcredentials.Config{
			ClientID: c.ClientID, ClientSecret: c.ClientSecret,
			TokenURL: base.String() + tokenPath, AuthStyle: oauth2.AuthStyleInParams,
		},
		transport: cl.reads.Transport,
		pacer:     cl.pacer,
		now:       c.Now,
		jitter:    c.Rand,
		timeout:   c.ReadTimeout,
	}
	return cl, nil
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.ReadTimeout, 15*time.Second)
	set(&c.CreateTimeout, 30*time.Second)
	set(&c.HeaderTimeout, 10*time.Second)
	if c.UserAgent == "" {
		c.UserAgent = "cordboard"
	}
	if c.Burst == 0 {
		c.Burst = 20
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Seen == nil {
		c.Seen = func(string, time.Duration, error) {}
	}
	return c
}

// newTransport calls the one host directly: no proxy from the environment, since only that host is ever called.
func newTransport(loopbackOnly bool, header time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second, Control: dialControl(loopbackOnly)}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  header,
		MaxIdleConnsPerHost:    maxInFlight,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

type userAgent struct {
	name string
	next http.RoundTripper
}

func (u userAgent) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", u.name)
	return u.next.RoundTrip(r)
}

// Close ends idle connections.
func (c *Client) Close() {
	c.reads.CloseIdleConnections()
	c.changes.CloseIdleConnections()
}

// answer is YCM's envelope around a payload.
type answer[T any] struct {
	Data      T
	RequestID string
}

// get reads path with query: up to three attempts, and once more with a new token when YCM no longer knows ours.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (answer[T], error) {
	op := "GET " + path
	c.budget.earn()
	waits := backoff.ExponentialBackOff{InitialInterval: 200 * time.Millisecond, Multiplier: 2, MaxInterval: 5 * time.Second}
	waits.Reset()
	for attempt := 1; ; attempt++ {
		a, err := getOnce[T](ctx, c, op, path, query)
		if err == nil {
			return a, nil
		}
		var e *Error
		if attempt == maxAttempts || ctx.Err() != nil || !errors.As(err, &e) || !passing(e) || !c.budget.spend() {
			return a, err
		}
		wait := time.Duration(c.config.Rand() * float64(waits.NextBackOff())) // full jitter
		if e.RetryAfter > 0 {
			wait = e.RetryAfter
		}
		if deadline, ok := ctx.Deadline(); ok && c.config.Now().Add(wait).After(deadline) {
			return a, err
		}
		if c.config.Sleep(ctx, wait) != nil {
			return a, err
		}
	}
}

// passing says whether a read that failed so may well work a moment later.
func passing(e *Error) bool {
	switch e.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case 0:
		return errors.Is(e.Class, ErrUnavailable)
	}
	return errors.Is(e, ErrRate)
}

func getOnce[T any](ctx context.Context, c *Client, op, path string, query url.Values) (answer[T], error) {
	a, token, err := send[T](ctx, c, &c.reads, op, http.MethodGet, path, query, nil)
	if token != "" && staleToken(err) {
		c.tokens.drop(token)
		a, _, err = send[T](ctx, c, &c.reads, op, http.MethodGet, path, query, nil)
	}
	return a, err
}

// none is what a call returns whose answer has no data.
type none struct{}

// post adds something, or has it done.
func post[T any](ctx context.Context, c *Client, path string, body any) (answer[T], error) {
	return change[T](ctx, c, http.MethodPost, path, body)
}

// put replaces something. Nil sends no body.
func put[T any](ctx context.Context, c *Client, path string, body any) (answer[T], error) {
	return change[T](ctx, c, http.MethodPut, path, body)
}

// remove deletes something, which body names.
func remove[T any](ctx context.Context, c *Client, path string, body any) (answer[T], error) {
	return change[T](ctx, c, http.MethodDelete, path, body)
}

// change sends a request once, and never again, whatever its answer.
func change[T any](ctx context.Context, c *Client, method, path string, body any) (answer[T], error) {
	var a answer[T]
	op := method + " " + path
	var payload []byte
	var err error
	if body != nil {
		if payload, err = json.Marshal(body); err != nil {
			return a, fmt.Errorf("encode %s: %w", op, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.CreateTimeout)
	defer cancel()
	a, token, err := send[T](ctx, c, &c.changes, op, method, path, nil, payload)
	if staleToken(err) {
		c.tokens.drop(token) // for the next call; this one is not repeated
	}
	return a, err
}

func staleToken(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.StatusCode == http.StatusUnauthorized || e.Code == 1000035 || e.Code == 1000036)
}

// send makes one request and opens its envelope. It returns the token used, so that a stale one can be dropped;
// "" means that no token could be had.
func send[T any](ctx context.Context, c *Client, hc *http.Client, op, method, path string, query url.Values, payload []byte) (a answer[T], token string, err error) {
	if token, err = c.tokens.get(ctx); err != nil {
		return a, "", notSent(err)
	}
	if err := c.pacer.wait(ctx); err != nil {
		return a, token, notSent(withOp(err, op))
	}
	defer c.pacer.settle()
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
		var cancel context.CancelFunc // its own time for each attempt; what it waited before is not YCM's silence
		ctx, cancel = context.WithTimeout(ctx, c.config.ReadTimeout)
		defer cancel()
	}
	u := *c.base
	u.Path, u.RawQuery = "/dm/open_api/"+path, query.Encode()
	var wrote atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { wrote.Store(true) }, // from here on bytes may have left
	})
	req, err := http.NewRequestWithContext(traced, method, u.String(), bytes.NewReader(payload))
	if err != nil {
		return a, token, fmt.Errorf("%s: %w", op, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
		req.GetBody = nil // so that the transport can't send it a second time; without a body it may where nothing was written, and by its methods only reads else
	}
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

func roundTrip[T any](c *Client, hc *http.Client, req *http.Request, op string) (answer[T], error) {
	var a answer[T]
	resp, err := hc.Do(req)
	if err != nil {
		return a, transportError(op, err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		e := transportError(op, err)
		e.StatusCode = resp.StatusCode
		return a, e
	}
	if len(body) > maxBody {
		return a, &Error{Op: op, StatusCode: resp.StatusCode, Class: ErrUnreadable, Message: "the answer is larger than 8 MiB"}
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	var envelope struct {
		Status    Text            `json:"status"`
		RequestID Text            `json:"requestId"`
		Data      json.RawMessage `json:"data"`
	}
	envelopeErr := json.Unmarshal(body, &envelope)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return a, failure(op, resp.StatusCode, resp.Header, body, c.config.Now())
	}
	a.RequestID = cut(string(envelope.RequestID), 100)
	unreadable := &Error{Op: op, StatusCode: resp.StatusCode, RequestID: a.RequestID, Class: ErrUnreadable}
	switch {
	case envelopeErr != nil:
		unreadable.Err = envelopeErr
		return a, unreadable
	case strings.EqualFold(strings.TrimSpace(string(envelope.Status)), "Failed"):
		return a, failure(op, resp.StatusCode, resp.Header, body, c.config.Now())
	case !strings.EqualFold(strings.TrimSpace(string(envelope.Status)), "Success"):
		if e := failure(op, resp.StatusCode, resp.Header, body, c.config.Now()); e.refuses() {
			return a, e // a failure in another form
		}
		unreadable.Message = "neither Success nor Failed"
		return a, unreadable
	case isNone[T]():
		return a, nil
	case len(envelope.Data) == 0 || bytes.Equal(envelope.Data, []byte("null")):
		unreadable.Message = "no data"
		return a, unreadable
	}
	if err := json.Unmarshal(envelope.Data, &a.Data); err != nil {
		unreadable.Err = err
		return a, unreadable
	}
	return a, nil
}

// byteOrderMark may stand before JSON, which has no use for it.
var byteOrderMark = []byte("\ufeff")

func isNone[T any]() bool {
	var v T
	_, ok := any(v).(none)
	return ok
}

func transportError(op string, err error) *Error {
	var urlError *url.Error
	if errors.As(err, &urlError) {
		err = urlError.Err // its text would repeat the whole address
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

// notSent returns err for a request that waited for a token or its turn in vain. It copies, since one failed token
// call is many callers' error.
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
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
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
