package handlers

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"cordboard/store"
)

// stream is an open page's event stream.
type stream struct {
	b     *bench
	lines *bufio.Scanner
}

func (br *browser) stream() *stream {
	br.b.t.Helper()
	ctx, cancel := context.WithTimeout(br.b.t.Context(), 20*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, br.b.web.URL+"/events", nil)
	br.b.must(err)
	resp, err := br.Do(r)
	br.b.must(err)
	br.b.t.Cleanup(func() { cancel(); _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		br.b.t.Fatalf("GET /events = %d, %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	return &stream{br.b, bufio.NewScanner(resp.Body)}
}

// next returns the next message. If the stream has ended, it returns "signedout" or "end".
func (s *stream) next() (news, string) {
	s.b.t.Helper()
	for s.lines.Scan() {
		line := s.lines.Text()
		if line == "event: signedout" {
			return news{}, "signedout"
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var n news
			s.b.must(json.Unmarshal([]byte(data), &n))
			return n, ""
		}
	}
	return news{}, "end"
}

func TestEventsTellOfWhatIsNew(t *testing.T) {
	t.Parallel()
	b := newBench(t, 60)
	viewer := b.as(store.RoleViewer)
	page := viewer.get("/pbxs").doc(t)
	s := viewer.stream()
	first, _ := s.next()
	if shown, _ := page.Find("#pbxs").
		Attr("data-snapshot"); first.Snapshot != shown || first.State != "current" ||
		first.Here != "60" {
		t.Errorf("the first message is %+v, and the page shows snapshot %s", first, shown)
	}
	if !strings.Contains(first.Fresh, "0 s ago") {
		t.Errorf("freshness = %s", first.Fresh)
	}
	b.ycm.Edit(b.ycm.IDs()[5], func(r map[string]any) { r["name"] = "Changed" })
	_, err := b.fleet.Mirror.Sync(t.Context())
	b.must(err)
	for {
		n, over := s.next()
		if over != "" {
			t.Fatal("the stream ended without a message about the pass")
		}
		if n.Snapshot != first.Snapshot {
			break
		}
	}
	if resp := viewer.get(
		"/pbxs",
		"HX-Request",
		"true",
		"Cordboard-Background",
		"1",
	); resp.Header.Get("HX-Push-Url") != "" ||
		!strings.Contains(resp.body, "Changed") {
		t.Errorf(
			"the page's background request pushes %q, want no URL and the changed list",
			resp.Header.Get("HX-Push-Url"),
		)
	}
}

// TestEventsOfOperations checks that users who may create PBXs get events about open operations, and that viewers
// don't.
func TestEventsOfOperations(t *testing.T) {
	t.Parallel()
	b := newBench(t, 20)
	operator, viewer := b.as(store.RoleOperator), b.as(store.RoleViewer)
	mine, theirs := operator.stream(), viewer.stream()
	before, _ := mine.next()
	if n, _ := theirs.next(); n.Operations != "" || n.Open != "" {
		t.Errorf("a viewer gets %+v, want no operations", n)
	}
	b.attempt(operator, goodForm("acme"))
	if after, _ := mine.next(); after.Open != "1 open" || after.Operations == before.Operations {
		t.Errorf("an operator gets %+v, want 1 open operation", after)
	}
	if n, _ := theirs.next(); n.Operations != "" || n.Open != "" {
		t.Errorf("a viewer gets %+v, want no operations", n)
	}
}

func TestEventsEndWithTheSession(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	if got := b.browser().get("/events"); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("GET /events signed out = %d, want 401", got.StatusCode)
	}
	viewer := b.as(store.RoleViewer)
	s := viewer.stream()
	s.next()
	viewer.post("/signout", nil)
	_, err := b.fleet.Mirror.Sync(t.Context())
	b.must(err)
	over := ""
	for over == "" {
		_, over = s.next()
	}
	if over != "signedout" {
		t.Errorf("the stream after signing out ends with %s, want signedout", over)
	}
}

func TestEventsEndWhenWeStop(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	s := b.as(store.RoleViewer).stream()
	s.next()
	b.server.Stopping()
	if _, over := s.next(); over != "end" {
		t.Errorf("the stream after stopping ends with %q, want end", over)
	}
}

// TestAPageAloneIsNoUse checks that a page's background requests don't prevent its session from becoming idle.
func TestAPageAloneIsNoUse(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	viewer := b.as(store.RoleViewer)
	viewer.get("/pbxs")
	for range 4 {
		b.clock.add(10 * time.Minute)
		viewer.get("/pbxs", "HX-Request", "true", "Cordboard-Background", "1")
	}
	if got := viewer.get("/events"); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("GET /events of an idle session = %d, want 401", got.StatusCode)
	}
	if got := viewer.get("/pbxs"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("GET /pbxs of an idle session = %d, want 303", got.StatusCode)
	}
}

func TestStreamsOfASessionAreFew(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	viewer := b.as(store.RoleViewer)
	for range 8 {
		viewer.stream().next()
	}
	if got := viewer.get("/events"); got.StatusCode != http.StatusTooManyRequests {
		t.Errorf("GET /events with one stream too many = %d, want 429", got.StatusCode)
	}
}

// news is a message in the event stream.
type news struct {
	Snapshot   string `json:"snapshot"`   // differs from the page's value if the rows have changed
	Operations string `json:"operations"` // likewise for the pages about operations
	Package    string `json:"package"`    // likewise for the subscription page
	Overview   string `json:"overview"`   // likewise for the overview
	State      string `json:"state"`
	Tone       string `json:"tone"`
	Fresh      string `json:"fresh"`   // HTML: the age of the data
	Trouble    string `json:"trouble"` // HTML: the reason why YCM can't be read
	Here       string `json:"here"`
	Open       string `json:"open"` // the number of open operations
}
