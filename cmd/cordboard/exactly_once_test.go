//go:build !race

// The race detector doesn't see the processes that these tests start.

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/ycm/ycmtest"
)

// killRuns is the number of operations in TestKilledPortal. `make soak` sets a higher number.
var killRuns = flag.Int("kill-runs", 30, "number of seeded creates in TestKilledPortal")

// built is the result of building the static binary. All tests of a run share it.
var built struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// buildPortal returns the path of the binary. It builds the binary if no other test has done so.
func buildPortal(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "cordboard"); built.err != nil {
			return
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-o", built.dir, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatalf("build: %v", built.err)
	}
	return filepath.Join(built.dir, "cordboard")
}

// victim is a portal in its own process, which tests can kill.
type victim struct {
	t      *testing.T
	binary string
	dir    string
	ycm    *ycmtest.Server
	cmd    *exec.Cmd
	url    string
	people []*http.Client // several users, because each is rate-limited
	client *http.Client   // the element of people that is in use
	kills  int
	env    []string // more settings
}

// start runs the portal. After a kill, the new process uses the same data.
func (v *victim) start() {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), 30*time.Minute)
	v.t.Cleanup(cancel)
	v.cmd = exec.CommandContext(ctx, v.binary, "serve", "--data", v.dir, "--addr", "127.0.0.1:0")
	v.cmd.Env = append(
		os.Environ(),
		"CORDBOARD_YCM_URL="+v.ycm.URL,
		"CORDBOARD_YCM_CLIENT_ID=client",
		"CORDBOARD_YCM_CLIENT_SECRET=not-in-a-document",
		"CORDBOARD_YCM_RATE=0",
		"CORDBOARD_SYNC_INTERVAL=1h",
		"CORDBOARD_CREATION_LOOK_SPAN=600ms",
		"CORDBOARD_YCM_CREATE_TIMEOUT=400ms",
	)
	v.cmd.Env = append(v.cmd.Env, v.env...)
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if m := address.FindStringSubmatch(line); m != nil {
			v.url = m[1]
			break
		}
		if err != nil {
			v.t.Fatalf("start the portal: %v", err)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the process
}

// kill ends the process with SIGKILL.
func (v *victim) kill() {
	v.t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Fatal(err)
	}
	_ = v.cmd.Wait() // the error only reports that the process was killed
	v.kills++
}

var (
	attemptInput  = regexp.MustCompile(`name="attempt" value="([^"]+)"`)
	creationState = regexp.MustCompile(`data-creation-state="([^"]*)" data-pbx-id="([^"]*)"`)
)

func (v *victim) page(path string) string {
	v.t.Helper()
	r, err := v.client.Get(v.url + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(body)
}

// submit fills in the form and posts it. It returns the operation's ID.
func (v *victim) submit(subDomain string) string {
	v.t.Helper()
	m := attemptInput.FindStringSubmatch(v.page("/pbxs/new"))
	if m == nil {
		v.t.Fatal("the form has no one-time ID")
	}
	r, err := v.client.PostForm(v.url+"/pbxs", url.Values{
		"attempt": {
			m[1],
		},
		"name":                   {"Acme " + subDomain},
		"plan":                   {"Enterprise Plan"},
		"extensionCapacity":      {"20"},
		"concurrentCallCapacity": {"5"},
		"recordingCapacity":      {"0"},
		"regionId": {
			"1",
		},
		"subDomain":   {subDomain},
		"domainId":    {"11"},
		"versionId":   {"788"},
		"type":        {"Commercial"},
		"customerIds": {"50086182"},
	})
	if err != nil {
		v.t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if r.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("POST /pbxs for %s = %d, want 303\n%s", subDomain, r.StatusCode, body)
	}
	return m[1]
}

func (v *victim) state(attempt string) (state, pbx string) {
	v.t.Helper()
	page := v.page("/operations/" + attempt)
	m := creationState.FindStringSubmatch(page)
	if m == nil {
		v.t.Fatalf("the page of %s shows no state:\n%s", attempt, page)
	}
	return m[1], m[2]
}

// settled waits until the operation has an outcome, and returns its state and the PBX's ID.
func (v *victim) settled(attempt string) (state, pbx string) {
	v.t.Helper()
	for tries := 0; ; tries++ {
		if state, pbx = v.state(attempt); state != "submitted" && state != "unknown" {
			return state, pbx
		}
		if tries > 3000 {
			v.t.Fatalf("operation %s is still %s after 3,000 reads", attempt, state)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// arrived waits up to about 200 ms for YCM to receive a create request for the subdomain.
func (v *victim) arrived(subDomain string) {
	for range 200 {
		if v.sent(subDomain) > 0 {
			return
		}
		<-time.After(time.Millisecond)
	}
}

func (v *victim) sent(subDomain string) int {
	n := 0
	for _, r := range v.ycm.Requests("createCloudPbx") {
		var body struct{ SubDomain string }
		if json.Unmarshal(r.Body, &body) == nil && body.SubDomain == subDomain {
			n++
		}
	}
	return n
}

// upsets are the faults that TestKilledPortal injects into create requests; "" means none.
var upsets = []ycmtest.Kind{
	"",
	ycmtest.ResetUnprocessed,
	ycmtest.ResetProcessed,
	ycmtest.HangProcessed,
	ycmtest.HangUnprocessed,
	ycmtest.LateProcessed,
	ycmtest.Error500Processed,
	ycmtest.Error500,
	ycmtest.Gateway502,
	ycmtest.TokenExpired,
	ycmtest.Failed200,
	ycmtest.BrokenJSON,
	ycmtest.WithoutID,
	ycmtest.Redirect307,
	ycmtest.Latency,
	ycmtest.RateLimited,
}

// TestKilledPortal kills the real process while it creates PBXs, up to twice per operation, with every fault in upsets.
// Each operation must be sent to YCM at most once, and must end in a state that matches YCM.
func TestKilledPortal(t *testing.T) {
	v := &victim{
		t:      t,
		binary: buildPortal(t),
		dir:    t.TempDir(),
		ycm: ycmtest.NewServer(
			t,
			ycmtest.Config{
				PBXs:   40,
				Plain:  true,
				Client: ycmtest.Credentials{ID: "client", Secret: "not-in-a-document"},
			},
		),
	}
	v.start()
	defer func() { _ = v.cmd.Process.Kill(); _ = v.cmd.Wait() }()
	for i := range 8 {
		v.signIn(fmt.Sprintf("person%d@example.com", i))
	}
	states := map[string]int{}
	for seed := range *killRuns {
		states[v.run(seed)]++
		if t.Failed() {
			t.Fatalf("stopped at seed %d", seed)
		}
	}
	t.Logf("%d creates, %d kills: %v", *killRuns, v.kills, states)
	if v.kills < *killRuns/3 {
		t.Errorf("got %d kills, want at least a third of the creates", v.kills)
	}
}

// signIn adds a user and signs them in.
func (v *victim) signIn(email string) {
	v.t.Helper()
	if code, _, stderr := cordboard(
		v.t,
		"brass cord switchboard",
		"user",
		"add",
		"--data",
		v.dir,
		"--email",
		email,
		"--name",
		"Ines",
		"--role",
		"operator",
		"--password-stdin",
	); code != 0 {
		v.t.Fatal(stderr)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	c := &http.Client{
		Transport:     client.Transport,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r, err := c.PostForm(v.url+"/signin", url.Values{"email": {email}, "password": {"brass cord switchboard"}})
	if err != nil || r.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("sign-in: response %v, error %v", r, err)
	}
	_ = r.Body.Close()
	v.people = append(v.people, c)
}

func (v *victim) run(seed int) (state string) {
	t := v.t
	r := rand.New(rand.NewPCG(uint64(seed), 6))
	sub := fmt.Sprintf("kill-%d", seed)
	v.client = v.people[seed%len(v.people)]
	v.ycm.Clear()
	v.ycm.ForgetRequests()
	switch r.IntN(3) {
	case 1:
		v.ycm.Inject(ycmtest.Fault{Kind: ycmtest.Lag, Delay: 30 * time.Second})
	case 2:
		v.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Error500})
	}
	kind := upsets[seed%len(upsets)]
	if kind != "" {
		v.ycm.Inject(
			ycmtest.Fault{
				Op:         "createCloudPbx",
				Kind:       kind,
				Delay:      300 * time.Millisecond,
				Code:       1000004,
				RetryAfter: 1,
				Times:      1,
			},
		)
	}
	attempt := v.submit(sub)
	for range r.IntN(3) {
		if r.IntN(2) == 0 {
			v.arrived(sub)
		}
		<-time.After(time.Duration(r.IntN(30)) * time.Millisecond)
		v.kill()
		v.start()
	}
	state, pbx := v.settled(attempt)
	var made int64
	for _, id := range v.ycm.IDs() {
		if v.ycm.Record(id)["url"] == sub+".pbx.example.com" {
			made = id
		}
	}
	if n := v.sent(sub); n > 1 {
		t.Errorf("%s (%s) was sent %d times, want at most once", sub, kind, n)
	}
	if (state == "created") != (made != 0) || made != 0 && pbx != fmt.Sprint(made) {
		t.Errorf("%s (%s) is %s as PBX %q, and YCM has PBX %d", sub, kind, state, pbx, made)
	}
	v.ycm.Delete(made)
	if strings.Contains(state, "unknown") {
		t.Errorf("the outcome of %s is unknown", sub)
	}
	return state
}
