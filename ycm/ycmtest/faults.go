package ycmtest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Kind is a kind of fault. A request that is "executed" takes effect before the failure; one that is "not executed"
// changes nothing.
type Kind string

// Kinds of faults. To make all connections of a server fail, use [Server.Refuse] or [Server.ResetConnections].
const (
	ResetUnprocessed  Kind = "reset-unprocessed"   // not executed; the connection breaks after the request
	ResetProcessed    Kind = "reset-processed"     // executed; the connection breaks after the request
	HangUnprocessed   Kind = "hang-unprocessed"    // not executed; no response until the client disconnects
	HangProcessed     Kind = "hang-processed"      // executed; no response until the client disconnects
	LateProcessed     Kind = "late-processed"      // executed; the response comes after Delay
	Error500Processed Kind = "error-500-processed" // executed; 500
	Error500          Kind = "error-500"           // not executed; 500
	Gateway502        Kind = "gateway-502"         // executed; a gateway's HTML page with 502
	Unavailable503    Kind = "unavailable-503"     // not executed; a gateway's HTML page with 503
	RateLimited       Kind = "rate-limited"        // not executed; 429 and 1000040, with RetryAfter if set
	TokenExpired      Kind = "token-expired"       // not executed; 401 and 1000035
	Failed200         Kind = "failed-200"          // not executed; 200 with status Failed and Code
	BrokenJSON        Kind = "broken-json"         // executed; 200 with a truncated body
	WithoutID         Kind = "without-id"          // executed; 200 and Success with empty data
	Redirect307       Kind = "redirect-307"        // not executed; 307 to another path
	Body              Kind = "body"                // not executed; Status (or 200) and the bytes in Body
	Latency           Kind = "latency"             // waits for Delay, then responds normally
	Lag               Kind = "lag"                 // listCloudPbxs omits PBXs that were created less than Delay ago
	Total             Kind = "total"               // lists of PBXs and customers report Body (JSON) as the total

	// Drift makes listCloudPbxs delete the PBX with the lowest ID and add a new one before each page except the first.
	Drift Kind = "drift"
)

// Fault makes an operation fail or misbehave.
type Fault struct {
	Op         string // operationId; "" means every operation except the token call
	Kind       Kind
	Times      int // number of affected requests; 0 means all until Clear; ignored for Lag and Drift
	Delay      time.Duration
	RetryAfter int // seconds
	Status     int
	Code       int // for Failed200; 0 means 1000001, SERVER_ERROR
	Body       []byte
	Header     http.Header // sent with Body
}

// Inject adds a fault. If an operation has several faults, the first one that isn't used up applies.
func (y *YCM) Inject(f Fault) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if f.Times == 0 {
		f.Times = -1
	}
	y.faults = append(y.faults, &f)
}

// Clear removes all faults and the rate limit.
func (y *YCM) Clear() {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.faults, y.limiter = nil, nil
}

// LimitRate sets a rate limit with a burst, as a parent account can. Requests beyond the limit get RATE_LIMIT_EXCEEDED.
func (y *YCM) LimitRate(perMinute, burst int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.limiter = &bucket{rate: float64(perMinute) / 60, size: float64(burst), level: float64(burst), at: y.config.Now()}
}

type bucket struct {
	rate, size, level float64
	at                time.Time
}

func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.level = min(b.size, b.level+b.rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.level < 1 {
		return false
	}
	b.level--
	return true
}

// fault returns the next fault for op and counts one use of it, or returns nil if op has none. It skips Lag, Total and
// Drift, which the list calls handle.
func (y *YCM) fault(op string) *Fault {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, f := range y.faults {
		if f.Times == 0 || f.Kind == Lag || f.Kind == Total || f.Kind == Drift ||
			f.Op != op && (f.Op != "" || op == "requestToken") {
			continue
		}
		f.Times--
		played := *f
		return &played
	}
	return nil
}

func (y *YCM) lag() time.Duration {
	for _, f := range y.faults {
		if f.Kind == Lag {
			return f.Delay
		}
	}
	return 0
}

// claim returns the total to report for a list of n records: the total from a Total fault, or n. The caller holds
// the lock.
func (y *YCM) claim(op string, n int) json.RawMessage {
	for _, f := range y.faults {
		if f.Kind == Total && f.Times != 0 && (f.Op == "" || f.Op == op) {
			f.Times--
			return f.Body
		}
	}
	return json.RawMessage(strconv.Itoa(n))
}

func (y *YCM) drift(pageNumber int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if pageNumber < 2 || !slices.ContainsFunc(y.faults, func(f *Fault) bool { return f.Kind == Drift }) ||
		len(y.pbxs) == 0 {
		return
	}
	oldest := y.pbxs[0]
	delete(y.byURL, oldest.url)
	y.pbxs = slices.Delete(y.pbxs, 0, 1)
	record := y.newRecord(map[string]int{})
	record["url"] = fmt.Sprintf("drift-%d.pbx.example.com", y.nextID)
	y.add(record)
}

// before applies the part of the fault that precedes the operation. It reports whether the request is done, in which
// case the operation must not be executed.
func (f *Fault) before(w http.ResponseWriter, r *http.Request) (done bool) {
	if f == nil {
		return false
	}
	switch f.Kind {
	case Latency:
		hold(r, f.Delay)
		return false
	case ResetUnprocessed:
		reset(w)
	case HangUnprocessed:
		<-r.Context().Done()
		reset(w)
	case Error500:
		f.fail(w, http.StatusInternalServerError, 1000001, "SERVER_ERROR")
	case Unavailable503:
		page(w, http.StatusServiceUnavailable)
	case RateLimited:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		f.fail(w, http.StatusTooManyRequests, 1000040, "RATE_LIMIT_EXCEEDED")
	case TokenExpired:
		f.fail(w, http.StatusUnauthorized, 1000035, "TOKEN_EXPIRED")
	case Failed200:
		code := f.Code
		if code == 0 {
			code = 1000001
		}
		f.fail(w, http.StatusOK, code, "SERVER_ERROR")
	case Redirect307:
		w.Header().Set("Location", "/dm/open_api/v1/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	case Body:
		for name, values := range f.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = w.Write(f.Body)
	default:
		return false
	}
	return true
}

// after applies the part of the fault that follows the operation. It reports whether it replaced the operation's
// response.
func (f *Fault) after(w http.ResponseWriter, r *http.Request) (done bool) {
	if f == nil {
		return false
	}
	switch f.Kind {
	case ResetProcessed:
		reset(w)
	case HangProcessed:
		<-r.Context().Done()
		reset(w)
	case LateProcessed:
		hold(r, f.Delay)
		return false
	case Error500Processed:
		f.fail(w, http.StatusInternalServerError, 1000001, "SERVER_ERROR")
	case Gateway502:
		page(w, http.StatusBadGateway)
	case BrokenJSON:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":{"cloudPbxId":4`))
	case WithoutID:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":{},"requestId":"0","status":"Success","time":1664450755}`))
	default:
		return false
	}
	return true
}

func (f *Fault) fail(w http.ResponseWriter, status, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).
		Encode(map[string]any{
			"Status":    "Failed",
			"requestId": "fault-" + string(f.Kind),
			"time":      1664450755,
			"errno":     code,
			"errmsg":    message,
		})
}

func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html><head><title>%d %s</title></head></html>", status, http.StatusText(status))
}

func hold(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}

// reset closes the connection with a TCP reset instead of a clean shutdown, so that the client gets an error.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	breakOff(conn)
}

func breakOff(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
