//go:build !race

// The race detector doesn't see the processes that these tests start.

package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"cordboard/store/storetest"
	"cordboard/views/parts"
	"cordboard/ycm/ycmtest"
)

var largeFleets = flag.String("large-fleets", "", "numbers of PBXs to measure, such as 10000,100000")

// largeLimits are the limits of a number of PBXs: resident memory after the first reads and at most during the first
// read, in MB; CPU seconds of a pass without changes; and the time from start to the first list, in seconds.
var largeLimits = map[int]struct{ resident, peak, pass, start float64 }{
	10_000:  {resident: 60, peak: 90, pass: 0.4, start: 0.5},
	100_000: {resident: 220, peak: 330, pass: 2, start: 0.5},
}

// TestLargeFleet reads a fleet into the real process, reads it again without a change, exports it, and starts the
// process again. With -large-fleets, the test limits memory and times.
func TestLargeFleet(t *testing.T) {
	sizes := strings.Split(*largeFleets, ",")
	if *largeFleets == "" {
		t.Parallel() // nothing is measured
		sizes = []string{"200"}
	}
	for _, size := range sizes {
		t.Run(size, func(t *testing.T) {
			n, err := strconv.Atoi(size)
			if err != nil {
				t.Fatal(err)
			}
			measureFleet(t, n)
		})
	}
}

func measureFleet(t *testing.T, n int) {
	v := &victim{
		t: t, binary: buildPortal(t), dir: t.TempDir(),
		ycm: ycmtest.NewServer(t, ycmtest.Config{
			PBXs: n, Plain: true, Client: ycmtest.Credentials{ID: "client", Secret: "not-in-a-document"},
		}),
	}
	// The user signs in while YCM refuses, because hashing a password takes 64 MB that would be measured.
	v.ycm.Inject(ycmtest.Fault{Kind: ycmtest.Unavailable503})
	v.start()
	t.Cleanup(func() { _ = v.cmd.Process.Kill(); _ = v.cmd.Wait() })
	v.signIn("viewer@example.com")
	v.client = v.people[0]
	v.kill()
	v.ycm.Clear()
	cookies := v.client.Jar.Cookies(v.address())
	v.start()
	v.client.Jar.SetCookies(v.address(), cookies)
	v.current(n)
	peak := v.memory("VmHWM")
	for range 20 {
		v.page("/pbxs")
		v.page("/pbxs?q=a&sort=-createTime")
	}
	resident := v.memory("VmRSS")

	before := v.cpu()
	v.pass(n)
	pass := v.cpu() - before
	steady := v.memory("VmRSS")
	began := time.Now()
	r, err := v.client.Get(v.url + "/pbxs.csv")
	if err != nil {
		t.Fatal(err)
	}
	exported, err := io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("export: status %d, %v", r.StatusCode, err)
	}
	speed := float64(exported) / 1e6 / time.Since(began).Seconds()
	extra := v.memory("VmRSS") - steady

	tabs, update := v.tabs(n)

	v.kill()
	began = time.Now()
	v.start()
	v.client.Jar.SetCookies(v.address(), cookies)
	if page := v.page("/pbxs"); !strings.Contains(page, "data-pbx-id") {
		t.Errorf("after a start, the list has no rows:\n%s", page)
	}
	start := time.Since(began).Seconds()
	t.Logf("%d PBXs: %.0f MB, at most %.0f; pass %.2f s CPU; start %.2f s; CSV %.1f MB, %.0f MB/s, %.1f MB more; "+
		"100 tabs %.2f s CPU, %.0f bytes each",
		n, resident, peak, pass, start, float64(exported)/1e6, speed, extra, tabs, update)
	if limits, ok := largeLimits[n]; ok && *largeFleets != "" {
		name := fmt.Sprintf("%d PBXs: ", n)
		storetest.Figure(t, name+"resident memory (MB)", resident, limits.resident, storetest.AtMost)
		storetest.Figure(t, name+"memory at most (MB)", peak, limits.peak, storetest.AtMost)
		storetest.Figure(t, name+"CPU of a pass without changes (s)", pass, limits.pass, storetest.AtMost)
		storetest.Figure(t, name+"start until the list answers (s)", start, limits.start, storetest.AtMost)
		storetest.Figure(t, name+"CSV (MB/s)", speed, 40, storetest.AtLeast)
		storetest.Figure(t, name+"memory of a CSV export (MB more)", extra, 10, storetest.AtMost)
		storetest.Figure(t, name+"CPU of 100 tabs after a pass with changes (s)", tabs, 0.3, storetest.AtMost)
		storetest.Figure(t, name+"update of a tab (bytes)", update, 3000, storetest.AtMost)
	}
}

var here = regexp.MustCompile(`data-sync-state="current"[\s\S]*data-count="(\d+)"`)

// current waits until the list has n PBXs and is current.
func (v *victim) current(n int) {
	v.t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
		if m := here.FindStringSubmatch(v.page("/pbxs")); m != nil && m[1] == strconv.Itoa(n) {
			return
		}
	}
	v.t.Fatalf("the list doesn't have %d PBXs after 5 minutes", n)
}

var freshAt = regexp.MustCompile(`data-fresh>[\s\S]*?<time datetime="([^"]+)"`)

// pass reads the list again, and waits until all pages were read and the list is as of a later second.
func (v *victim) pass(n int) {
	v.t.Helper()
	before, seen := freshAt.FindString(v.page("/pbxs")), len(v.ycm.Requests("listCloudPbxs"))
	<-time.After(time.Second)
	v.sync()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); <-time.After(100 * time.Millisecond) {
		read := len(v.ycm.Requests("listCloudPbxs")) - seen
		if read >= n/50 && freshAt.FindString(v.page("/pbxs")) != before {
			return
		}
	}
	v.t.Fatal("the pass didn't end within 5 minutes")
}

var partsName = regexp.MustCompile(`data-parts="([^"]+)"`)

// tabs lets a pass change 50 PBXs, and then 100 open lists ask for their updates at once. It returns the CPU seconds of
// the process for all of them, and the average size of an update in bytes.
func (v *victim) tabs(n int) (cpu, size float64) {
	v.t.Helper()
	const tabs, changed = 100, 50
	updates := make([]*http.Request, tabs)
	for i := range updates {
		path := fmt.Sprint("/pbxs?sort=cloudPbxId&page=", 1+i*n/50/tabs)
		name := partsName.FindStringSubmatch(v.page(path))
		r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.url+path, nil)
		if err != nil || name == nil {
			v.t.Fatalf("%s has no parts: %v", path, err)
		}
		for header, value := range map[string]string{
			"HX-Request": "true", "Cordboard-Background": "1", parts.Header: name[1], "Accept-Encoding": "gzip",
		} {
			r.Header.Set(header, value)
		}
		updates[i] = r
	}
	ids := v.ycm.IDs()
	for i := range min(changed, len(ids)) {
		v.ycm.Edit(ids[i*len(ids)/changed], func(r map[string]any) { r["extensionCapacity"] = 7777 })
	}
	v.pass(n)
	before := v.cpu()
	sizes := make(chan int64, tabs)
	for _, r := range updates {
		go func() {
			answer, err := v.client.Do(r)
			if err != nil || answer.StatusCode != http.StatusOK {
				v.t.Errorf("%s: %v", r.URL, err)
				sizes <- 0
				return
			}
			n, _ := io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			sizes <- n
		}()
	}
	var total int64
	for range updates {
		total += <-sizes
	}
	return v.cpu() - before, float64(total) / tabs
}

func (v *victim) address() *url.URL {
	v.t.Helper()
	u, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}

// memory returns a line of the process's status, in MB.
func (v *victim) memory(line string) float64 {
	v.t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(v.cmd.Process.Pid), "status"))
	if err != nil {
		v.t.Skipf("reading memory needs Linux: %v", err)
	}
	m := regexp.MustCompile(line + `:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		v.t.Fatalf("no %s in\n%s", line, status)
	}
	kB, _ := strconv.Atoi(string(m[1]))
	return float64(kB) / 1000
}

// cpu returns the CPU time of the process so far, in seconds.
func (v *victim) cpu() float64 {
	v.t.Helper()
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(v.cmd.Process.Pid), "stat"))
	if err != nil {
		v.t.Skipf("reading CPU times needs Linux: %v", err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return float64(user+system) / 100 // Linux counts in hundredths of a second for all programs
}
