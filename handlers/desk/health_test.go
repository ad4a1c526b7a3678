package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm/ycmtest"
)

// ready returns the status and the body of /readyz.
func ready(b *portaltest.Portal) (int, map[string]string) {
	b.T.Helper()
	r := b.Browser().Get("/readyz")
	var body map[string]string
	if err := json.Unmarshal([]byte(r.Text), &body); err != nil {
		b.T.Fatalf("GET /readyz = %d %s: %v", r.StatusCode, r.Text, err)
	}
	return r.StatusCode, body
}

// TestHealth checks that the process is healthy in every state, and ready only if it can serve.
func TestHealth(t *testing.T) {
	t.Parallel()
	var free uint64 = 1 << 40
	var broken error
	b := portaltest.New(t, 3, func(c *web.Config) {
		c.DiskFree = func() (uint64, error) { return free, broken }
	})
	check := func(when string, status int, want string) {
		t.Helper()
		b.Clock.Add(2 * time.Second) // the previous probe's result is cached for a second
		if code, body := ready(b); code != status || body["status"] != want || body["sync"] == "" {
			t.Errorf("%s: GET /readyz = %d %v, want %d and %s", when, code, body, status, want)
		}
		if r := b.Browser().Get("/healthz"); r.StatusCode != http.StatusOK || !strings.Contains(r.Text, `"ok"`) {
			t.Errorf("%s: GET /healthz = %d %s, want 200", when, r.StatusCode, r.Text)
		}
	}
	check("at first", 200, "ok")
	free = 50<<20 - 1
	check("with a full disk", 503, "disk")
	broken = errors.New("no such file system")
	check("without a figure for the disk", 200, "ok")
	broken, free = nil, 1<<40
	release := storetest.Hold(t, b.Dir)
	check("with a locked database", 503, "database")
	release()
	check("once the lock is gone", 200, "ok")
	b.YCM.Inject(ycmtest.Fault{Kind: ycmtest.Error500})
	if _, err := b.Fleet.Mirror.Sync(t.Context()); err == nil {
		t.Fatal("the sync succeeded")
	}
	check("while YCM is down", 200, "ok")
	if _, body := ready(b); body["sync"] != "failing" {
		t.Errorf("sync = %s while YCM is down, want failing", body["sync"])
	}
}

// TestReadinessIsKeptForASecond checks that frequent probes share one result per second.
func TestReadinessIsKeptForASecond(t *testing.T) {
	t.Parallel()
	asked := 0
	b := portaltest.New(t, 0, func(c *web.Config) {
		c.DiskFree = func() (uint64, error) { asked++; return 1 << 40, nil }
	})
	for range 5 {
		ready(b)
	}
	if asked != 1 {
		t.Errorf("5 probes at once looked %d times, want once", asked)
	}
	b.Clock.Add(time.Second)
	ready(b)
	if asked != 2 {
		t.Errorf("a probe a second later: looked %d times in all, want twice", asked)
	}
}

// TestRefreshLeadsBack checks that the refresh button leads back to the page, but never to another site, and that
// clicks over the limit get a redirect, too.
func TestRefreshLeadsBack(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	for next, want := range map[string]string{
		"/pbxs?q=a%20b": "/pbxs?q=a%20b", "": "/", "https://evil.example": "/", "//evil.example": "/",
	} {
		r := viewer.Post("/sync", url.Values{"next": {next}})
		if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != want {
			t.Errorf("refresh of %q = %d to %q, want 303 to %q", next, r.StatusCode, r.Header.Get("Location"), want)
		}
	}
	var clicks sync.WaitGroup
	for range 70 { // more than the limit per minute
		clicks.Go(func() {
			if r := viewer.Post("/sync", url.Values{"next": {"/pbxs"}}); r.StatusCode != http.StatusSeeOther {
				t.Errorf("an impatient refresh = %d, want 303", r.StatusCode)
			}
		})
	}
	clicks.Wait()
}

// overview returns a block's count, the IDs of its PBXs and its text, as the overview shows them.
func overview(br *portaltest.Browser, block string) (count string, ids []string, text string) {
	br.Portal.T.Helper()
	s := br.Get("/").Doc(br.Portal.T).Find("[data-block=" + block + "]")
	for _, li := range s.Find("li[data-pbx]").EachIter() {
		ids = append(ids, portaltest.Attr(li, "data-pbx"))
	}
	return portaltest.Attr(s, "data-count"), ids, strings.Join(strings.Fields(s.Text()), " ")
}

// TestReasonsForAttention checks, block by block, which PBXs need attention and what the block says about them.
func TestReasonsForAttention(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 13, 32, 0, 0, time.UTC)
	calm := map[string]any{
		"pbxStatus": "Running", "activationStatus": "Activated", "type": "Commercial", "expirationDate": nil,
		"planExpirationDate": now.AddDate(1, 0, 0).Unix(), "extensionCapacity": 100, "usedExtensions": "10",
		"concurrentCallCapacity": 20, "activeCalls": "1", "recordingCapacity": 1000, "usedRecording": "10",
		"createTime": now.AddDate(-1, 0, 0).Unix(), "initialStartUpTime": now.AddDate(-1, 0, 0).Unix(),
		"lastBackupTime": now.Add(-time.Hour).Unix(), "version": "84.21.0.66", "name": "Calm",
	}
	changes := []map[string]any{
		{"name": "Overdue", "expirationDate": now.AddDate(0, 0, -3).Unix()},
		{"name": "Soon", "planExpirationDate": now.AddDate(0, 0, 20).Unix()},
		{"name": "Full", "usedExtensions": "97"},
		{"name": "Over", "activeCalls": "25"},
		{"name": "Stuck", "activationStatus": "Unactivated", "createTime": now.AddDate(0, 0, -20).Unix()},
		{"name": "Down", "pbxStatus": "Stopped"},
		{"name": "Trial", "type": "Trial", "createTime": now.AddDate(0, 0, -40).Unix()},
		{"name": "Unsaved", "lastBackupTime": now.AddDate(0, 0, -9).Unix()},
		{"name": "Odd", "pbxStatus": "Migrating"},
		{"name": "Calm"},
	}
	var records []map[string]any
	for _, change := range changes {
		r := map[string]any{}
		for _, m := range []map[string]any{calm, change} {
			for name, v := range m {
				r[name] = v
			}
		}
		records = append(records, r)
	}
	b := portaltest.NewWithRecords(t, records...)
	id := func(i int) string { return fmt.Sprint(b.YCM.IDs()[i]) }
	operator := b.As(store.RoleOperator)
	for _, tt := range []struct {
		block string
		ids   []string
		words []string
	}{
		{"expiring", []string{id(0)}, []string{"Overdue: 1", "Within 30 days: 1", "Expiry board"}},
		{"nearly-full", []string{id(3), id(2)}, []string{"Over capacity: 1", "95 to 100% full: 1", "At least 80% used: 2"}},
		{"stuck", []string{id(4)}, []string{"Not activated", "More than 7 days after creation"}},
		{"stopped", []string{id(5)}, []string{"Down"}},
		{"trials", []string{id(6)}, []string{"Older than 30 days: 1"}},
		{"backups", []string{id(7)}, []string{"More than 7 days old: 1"}},
	} {
		count, ids, text := overview(operator, tt.block)
		if count != fmt.Sprint(len(tt.ids)) || strings.Join(ids, " ") != strings.Join(tt.ids, " ") {
			t.Errorf("%s: %s PBXs, %v, want %v\n%s", tt.block, count, ids, tt.ids, text)
		}
		for _, words := range tt.words {
			if !strings.Contains(text, words) {
				t.Errorf("%s lacks %q: %s", tt.block, words, text)
			}
		}
	}
	_, _, text := overview(operator, "status")
	for _, words := range []string{"80.0% of the fleet", "1 of them activated", "“Migrating”", "34 calls"} {
		if !strings.Contains(text, words) {
			t.Errorf("the status block lacks %q: %s", words, text)
		}
	}
}
