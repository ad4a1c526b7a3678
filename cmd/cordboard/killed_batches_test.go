//go:build !race

// The race detector doesn't see the processes that these tests start.

package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"cordboard/ycm/ycmtest"
)

// batchKillRuns is the number of kills in TestKilledBatches. `make soak` sets a higher number.
var batchKillRuns = flag.Int("batch-kill-runs", 6, "number of kills in TestKilledBatches")

var (
	batchState = regexp.MustCompile(`data-batch-state="([^"]*)" data-batch-done="([0-9]*)" data-batch-total="([0-9]*)"`)
	pbxInPath  = regexp.MustCompile(`/instances/([0-9]+)/`)
)

// TestKilledBatches kills the real process while it carries out batches of 100 PBXs, or of 40 in a short run, with
// faults. No row may be sent twice or lost, each must end as YCM has it, and the batch must go on by itself after each
// start.
func TestKilledBatches(t *testing.T) {
	size := 100
	if *batchKillRuns < size { // enough for that many kills
		size = 40
	}
	v := &victim{
		t:      t,
		binary: buildPortal(t),
		dir:    t.TempDir(),
		ycm: ycmtest.NewServer(t, ycmtest.Config{
			PBXs: size, Plain: true, Client: ycmtest.Credentials{ID: "client", Secret: "not-in-a-document"},
		}),
		env: []string{"CORDBOARD_BATCH_MAX_FAILURES=1000"},
	}
	for _, id := range v.ycm.IDs() {
		v.ycm.Edit(id, func(record map[string]any) {
			record["pbxStatus"], record["activeCalls"], record["usedExtensions"] = "Running", "0", 3
			record["extensionCapacity"] = 20
		})
	}
	v.start()
	defer func() { _ = v.cmd.Process.Kill(); _ = v.cmd.Wait() }()
	v.signIn("person@example.com")
	v.client = v.people[0]
	runs := *batchKillRuns
	batches := 0
	for ; v.kills < runs; batches++ {
		v.batch(batches, runs)
		if t.Failed() {
			t.Fatalf("stopped at batch %d, after %d kills", batches, v.kills)
		}
	}
	t.Logf("%d batches, %d kills", batches, v.kills)
}

// post posts a form and returns where it leads.
func (v *victim) post(path string, form url.Values) string {
	v.t.Helper()
	response, err := v.client.PostForm(v.url+path, form)
	if err != nil {
		v.t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("POST %s = %d, want 303\n%s", path, response.StatusCode, body)
	}
	return response.Header.Get("Location")
}

// batch resizes all PBXs, and kills the portal meanwhile as long as there have been fewer kills than runs.
func (v *victim) batch(n, runs int) {
	t, r := v.t, rand.New(rand.NewPCG(uint64(n), 15))
	t.Helper()
	v.ycm.ForgetRequests()
	before, after := map[int64]string{}, fmt.Sprint(21+n)
	for _, id := range v.ycm.IDs() {
		before[id] = fmt.Sprint(v.ycm.Record(id)["extensionCapacity"])
	}
	path := v.post("/batches", url.Values{"action": {"resize"}, "query": {""}, "extensionCapacity": {after}})
	v.post(path+"/apply", url.Values{"sendAnyway": {"yes"}})
	state, done, total := "", "", ""
	for tries := 0; state != "done"; tries++ {
		if kind := upsets[r.IntN(len(upsets))]; kind != "" && v.kills < runs {
			v.ycm.Inject(ycmtest.Fault{
				Op: "resizeCloudPbx", Kind: kind, Delay: 100 * time.Millisecond, Code: 1000004, RetryAfter: 1, Times: 1,
			})
		}
		<-time.After(time.Duration(20+r.IntN(60)) * time.Millisecond)
		if v.kills < runs {
			v.kill()
			v.start()
		}
		m := batchState.FindStringSubmatch(strings.Join(strings.Fields(v.page(path)), " "))
		if m == nil || tries > 1000 || m[1] != "running" && m[1] != "done" {
			t.Fatalf("after %d tries, the batch is %q", tries, m)
		}
		state, done, total = m[1], m[2], m[3]
	}
	if done != total {
		t.Errorf("batch %d is done with %s of %s rows", n, done, total)
	}
	sent := map[string]int{}
	for _, request := range v.ycm.Requests("resizeCloudPbx") {
		id := pbxInPath.FindStringSubmatch(request.Path)[1]
		if sent[id]++; sent[id] > 1 {
			t.Errorf("batch %d: PBX %s was sent %d times", n, id, sent[id])
		}
	}
	v.compare(path, before, after)
}

var doneRow = regexp.MustCompile(`data-row-state="([^"]*)" data-pbx-id="([0-9]+)"`)

// compare compares each row of a batch with YCM.
func (v *victim) compare(path string, before map[int64]string, after string) {
	v.t.Helper()
	rows := 0
	for _, page := range []string{"", "?page=2"}[:1+min(1, len(before)/51)] {
		html := strings.Join(strings.Fields(v.page(path+page)), " ")
		for _, m := range doneRow.FindAllStringSubmatch(html, -1) {
			rows++
			var id int64
			if _, err := fmt.Sscan(m[2], &id); err != nil {
				v.t.Fatal(err)
			}
			want := before[id]
			if m[1] == "done" || m[1] == "unchanged" {
				want = after
			}
			if got := fmt.Sprint(v.ycm.Record(id)["extensionCapacity"]); got != want {
				v.t.Errorf("PBX %d is %s, but YCM has %s extensions, want %s", id, m[1], got, want)
			}
		}
	}
	if rows != len(before) {
		v.t.Errorf("the batch has %d rows, want %d", rows, len(before))
	}
}
