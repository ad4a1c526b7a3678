package ycm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	maxBody      = 8 << 20  // bytes in a response
	maxErrorBody = 64 << 10 // bytes in a token response
	maxInFlight  = 8        // concurrent requests

	// maxBackground limits how many of the maxInFlight requests may be background requests. The rest are reserved for
	// users' requests, so that slow background requests don't make users wait.
	maxBackground = 6
	maxAttempts   = 3 // per read
)

// Config configures a [Client]. A zero value means the default given in the field's comment, if any.
type Config struct {
	Limits

	URL          string // such as "https://ycm.yeastar.com"; see [CheckURL]
	ClientID     string
	ClientSecret string
	UserAgent    string                                           // sent with every request; default "cordboard"
	Now          func() time.Time                                 // default time.Now
	Sleep        func(ctx context.Context, d time.Duration) error // waits between attempts; default: a timer
	Rand         func() float64                                   // returns a value in [0, 1); default rand.Float64
	Seen         func(op string, d time.Duration, err error)      // called after each non-token request; may be nil
}

// Limits contains the rate limit and the timeouts of requests to YCM. A zero value means the default given in the
// field's comment, if any.
type Limits struct {
	RatePerMinute int           // requests per minute; 0 means no limit
	Burst         int           // requests that may be sent without a delay; default 20
	ReadTimeout   time.Duration // limit for one attempt at a read or token call; default 15 s
	CreateTimeout time.Duration // limit for a change, including all waiting; default 30 s
	// HeaderTimeout limits the wait for the response headers after the whole request has been sent; default 10 s.
	// Changes use CreateTimeout instead.
	HeaderTimeout time.Duration
}

// Client calls the API for one YCM account. If a read fails and the failure may be transient, the client retries the
// read: up to three attempts in all, within a retry budget. It sends a change at most once, whatever the response. A
// Client is safe for concurrent use. Its methods block until YCM responds, the timeout expires or ctx ends.
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

// New returns a client, or an error if c.URL is invalid. It sends no requests.
func New(c Config) (*Client, error) {
	base, err := parseURL(c.URL)
	if err != nil {
		return nil, fmt.Errorf("YCM address %w", err) // err omits the URL, which may contain a password
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

// newTransport returns a transport that connects directly. It ignores the environment's proxy settings, because the
// client calls only YCM's host.
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

// Close closes idle connections.
func (c *Client) Close() {
	c.reads.CloseIdleConnections()
	c.changes.CloseIdleConnections()
}

// answer is the content of YCM's response envelope.
type answer[T any] struct {
	Data      T
	RequestID string
}

// get reads path with query. It makes up to three attempts. If YCM rejects the token, get repeats the attempt once
// with a new token.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (answer[T], error) {
	op := "GET " + path
	c.budget.earn()
	waits := backoff.ExponentialBackOff{
		InitialInterval: 200 * time.Millisecond,
		Multiplier:      2,
		MaxInterval:     5 * time.Second,
	}
	waits.Reset()
	for attempt := 1; ; attempt++ {
		a, err := getOnce[T](ctx, c, op, path, query)
		if err == nil {
			return a, nil
		}
		var e *Error
		if attempt == maxAttempts || ctx.Err() != nil || !errors.As(err, &e) || !isTransient(e) || !c.budget.spend() {
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

// isTransient reports whether a failure is transient, that is, whether a repeated read may succeed.
func isTransient(e *Error) bool {
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

// none is the payload type of calls whose response has no data.
type none struct{}

// post creates a resource or starts an action.
func post[T any](ctx context.Context, c *Client, path string, body any) (answer[T], error) {
	return change[T](ctx, c, http.MethodPost, path, body)
}

// put replaces a resource or starts an action. If body is nil, the request has no body.
func put[T any](ctx context.Context, c *Client, path string, body any) (answer[T], error) {
	return change[T](ctx, c, http.MethodPut, path, body)
}

// remove deletes the resources that body lists.
func remove[T any](ctx context.Context, c *Client, path string, body any) (answer[T], error) {
	return change[T](ctx, c, http.MethodDelete, path, body)
}

// change sends a request at most once, whatever the response.
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
		c.tokens.drop(token) // so that the next call gets a new one; this call is not repeated
	}
	return a, err
}

func staleToken(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.StatusCode == http.StatusUnauthorized || e.Code == 1000035 || e.Code == 1000036)
}
