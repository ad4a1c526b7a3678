//go:build !race

// The race detector doesn't see the processes that these tests start.

package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cordboard/store/storetest"
	"cordboard/ycm/ycmtest"
)

var soakFor = flag.Duration("soak-for", 2*time.Second, "how long to attack the real process")

var soakTimed = flag.Bool("soak-timed", false, "check times and memory of the real process against their limits")

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident returns the process's resident memory in bytes.
func (v *victim) resident() int64 {
	v.t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(v.cmd.Process.Pid), "status"))
	if err != nil {
		v.t.Skipf("reading memory needs Linux: %v", err)
	}
	m := residentLine.FindSubmatch(status)
	if m == nil {
		v.t.Fatalf("no VmRSS in\n%s", status)
	}
	kB, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		v.t.Fatal(err)
	}
	return kB << 10
}

// watchResident measures resident memory until the returned function is called. That function returns the maximum.
func (v *victim) watchResident() (most func() int64) {
	var top atomic.Int64
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				top.Store(max(top.Load(), v.resident()))
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-ended
		return top.Load()
	}
}

func newVictim(t *testing.T, pbxs int) *victim {
	t.Helper()
	v := &victim{
		t:      t,
		binary: buildPortal(t),
		dir:    t.TempDir(),
		ycm: ycmtest.NewServer(
			t,
			ycmtest.Config{
				PBXs:   pbxs,
				Plain:  true,
				Client: ycmtest.Credentials{ID: "client", Secret: "not-in-a-document"},
			},
		),
	}
	v.start()
	t.Cleanup(func() { _ = v.cmd.Process.Kill(); _ = v.cmd.Wait() })
	v.signIn("viewer@example.com")
	v.client = v.people[0]
	for range 20 { // allocates memory that the process always needs, such as sorted lists and templates
		v.page("/pbxs")
		v.page("/pbxs?q=a&sort=-createTime")
		v.sync()
	}
	return v
}

// sync requests a sync and waits for the response. The sync may still be running then.
func (v *victim) sync() {
	v.t.Helper()
	r, err := v.client.PostForm(v.url+"/sync", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
}

// TestEndlessBodies sends endless request bodies to the real process over twenty connections at a time, on many routes,
// without signing in. Nearly all requests must get a response that isn't a server error. With -soak-timed, the test
// also limits the response times, the memory that the process uses, and the load times of another client's pages.
func TestEndlessBodies(t *testing.T) {
	v := newVictim(t, 480)
	if *soakTimed {
		for range 500 { // lets the garbage collector adapt to page requests alone
			v.page("/pbxs?q=a")
		}
	}
	before := v.resident()
	most := v.watchResident()
	heads := []string{
		"POST /signin",
		"POST /setup",
		"POST /pbxs",
		"PUT /nowhere",
		"GET /pbxs",
		"GET /healthz",
		"GET /readyz",
		"GET /events",
		"POST /static/css/app.css",
		"DELETE /team/1",
		"POST /link",
		"POST /signin/code",
		"OPTIONS /",
		"PATCH /account",
		"POST /views",
		"GET /pbxs.csv",
		"POST /audit",
		"HEAD /pbxs",
		"POST /pbxs/new",
		"QUERY /pbxs",
	}
	part := strings.Repeat("x", 32<<10)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(part), part)
	stop := make(chan struct{})
	var attackers sync.WaitGroup
	var answered, slow, broken atomic.Int64
	var slowest atomic.Int64
	for _, head := range heads {
		attackers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				length, piece := "Transfer-Encoding: chunked\r\n", chunk
				if n%2 == 1 {
					length, piece = "Content-Length: 4000000000\r\n", part
				}
				took, err := sendEndless(
					v.url,
					head+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(
						v.url,
						"http://",
					)+"\r\nContent-Type: application/x-www-form-urlencoded\r\n"+length+"\r\n",
					piece,
				)
				if err != nil {
					broken.Add(1)
					continue
				}
				answered.Add(1)
				for seen := slowest.Load(); int64(took) > seen; seen = slowest.Load() {
					slowest.CompareAndSwap(seen, int64(took))
				}
				if took > time.Second {
					slow.Add(1)
				}
			}
		})
	}
	var took []time.Duration
	for deadline := time.Now().Add(*soakFor); time.Now().Before(deadline); {
		start := time.Now()
		v.page("/pbxs?q=a")
		took = append(took, time.Since(start))
	}
	close(stop)
	attackers.Wait()
	grown := most() - before
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	t.Logf(
		"%d endless bodies answered, %d aborted, slowest %v; %d pages, p99 %v; %d kB more",
		answered.Load(),
		broken.Load(),
		time.Duration(slowest.Load()),
		len(took),
		p99,
		grown>>10,
	)
	if answered.Load() < int64(len(heads)) || broken.Load() > answered.Load()/10 {
		t.Errorf("%d connections were answered and %d were aborted before an answer", answered.Load(), broken.Load())
	}
	if *soakTimed {
		storetest.Figure(
			t,
			"endless bodies, 20 connections: memory (MB more)",
			float64(grown)/1e6,
			20,
			storetest.AtMost,
		)
		storetest.Figure(
			t,
			"endless bodies: slowest answer (s)",
			time.Duration(slowest.Load()).Seconds(),
			1,
			storetest.AtMost,
		)
		storetest.Figure(
			t,
			"endless bodies: list p99 of others meanwhile (ms)",
			float64(p99.Microseconds())/1000,
			100,
			storetest.AtMost,
		)
	}
}

// sendEndless sends a request head and then pieces of a body until a response arrives. It returns the time that this
// took.
func sendEndless(base, head, piece string) (time.Duration, error) {
	start := time.Now()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(start.Add(20 * time.Second))
	ended := make(chan struct{})
	defer func() { _ = conn.Close(); <-ended }()
	go func() {
		defer close(ended)
		_, err := io.WriteString(conn, head)
		for err == nil {
			_, err = io.WriteString(conn, piece)
		}
	}()
	method, _, _ := strings.Cut(head, " ")
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return 0, err
	}
	if r.StatusCode >= 500 {
		return 0, fmt.Errorf("response status %s", r.Status)
	}
	return time.Since(start), nil
}

// TestTotalsTakeNoMemory checks that, regardless of the total that YCM reports, the real process sends only a few list
// requests and doesn't check whether PBXs were removed. With -soak-timed, the test also limits the memory that the
// process uses.
func TestTotalsTakeNoMemory(t *testing.T) {
	v := newVictim(t, 120)
	before := v.resident()
	most := v.watchResident()
	for _, total := range []string{
		"-1",
		"100000",
		"1000000000",
		"1000000000000",
		"9223372036854775808",
		"1.5",
		`"many"`,
		"null",
	} {
		for range 3 {
			v.ycm.Clear()
			v.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Total, Body: []byte(total)})
			seen := len(v.ycm.Requests("listCloudPbxs"))
			n, passes := 0, 1 // a pass may be running
			for ; n == 0; passes++ {
				v.sync()
				n = len(v.ycm.Requests("listCloudPbxs")) - seen
			}
			if n > passes*(3+2) {
				t.Errorf("total %s: got %d requests for 3 pages in at most %d passes", total, n, passes)
			}
		}
	}
	if n := len(v.ycm.Requests("getCloudPbx")); n > 0 {
		t.Errorf("%d PBXs were nominated as removed, want 0", n)
	}
	grown := most() - before
	t.Logf("the process uses %d kB more", grown>>10)
	if *soakTimed {
		storetest.Figure(t, "hostile totals: memory (MB more)", float64(grown)/1e6, 20, storetest.AtMost)
	}
}
