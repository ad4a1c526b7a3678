package ycmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bytesOf returns the whole fleet, the customers and the subscription's capacity as a string.
func bytesOf(y *YCM) string {
	var b strings.Builder
	for _, p := range y.pbxs {
		b.Write(p.record)
		b.WriteByte('\n')
	}
	fmt.Fprint(&b, y.customers, y.total, y.resellers, y.frozen)
	return b.String()
}

func TestSameSeedSameFleet(t *testing.T) {
	t.Parallel()
	config := Config{Seed: 7, PBXs: 300, Now: newClock().Now}
	first := bytesOf(New(config))
	if diff := cmp.Diff(first, bytesOf(New(config))); diff != "" {
		t.Errorf("fleets of the same seed differ (-first +second):\n%s", diff)
	}
	config.Seed = 8
	if first == bytesOf(New(config)) {
		t.Error("fleets of different seeds are equal")
	}
}

func TestSameSeedSameAnswers(t *testing.T) {
	t.Parallel()
	var got [2][]any
	for i := range got {
		a := signIn(t, New(Config{Seed: 7, PBXs: 60, Now: newClock().Now}))
		_, _, id := a.create(order("acme", nil))
		_, list := a.send(http.MethodGet, "v2/cloud_pbx/instances?pageSize=50", nil)
		got[i] = []any{a.token, id, list}
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Errorf("responses of the same seed differ (-first +second):\n%s", diff)
	}
}

func TestFleetSound(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 480, 3000} {
		y := New(Config{Seed: 1, PBXs: n, Now: newClock().Now})
		hosts := map[string]bool{}
		for _, p := range y.pbxs {
			hosts[p.url] = true
		}
		if len(y.pbxs) != n || len(hosts) != n || !slices.IsSorted(y.IDs()) {
			t.Errorf(
				"New(%d PBXs) = %d PBXs with %d hosts, want the same number of each, with ascending IDs",
				n,
				len(y.pbxs),
				len(hosts),
			)
		}
		if left := y.available(); min(
			left.extensions,
			left.calls,
			left.recording,
			left.ultimate,
			left.transcription,
		) < 1 {
			t.Errorf("available after New(%d PBXs) = %+v, want some of each", n, left)
		}
	}
}

// TestOddities checks that a fleet of 480 PBXs has oddities and hostile names of various kinds as well as usual values,
// and that a plain fleet has none of the oddities or hostile names.
func TestOddities(t *testing.T) {
	t.Parallel()
	is := func(name string, v any) func(map[string]any) bool {
		return func(r map[string]any) bool { return r[name] == v }
	}
	number := func(name string) func(map[string]any) bool {
		return func(r map[string]any) bool { _, ok := r[name].(int64); return ok }
	}
	tests := []struct {
		name string
		odd  func(record map[string]any) bool
	}{
		{"members left out", func(r map[string]any) bool { _, ok := r["usedExtensions"]; return !ok }},
		{"group null", func(r map[string]any) bool { v, ok := r["group"]; return ok && v == nil }},
		{"creator null", func(r map[string]any) bool { v, ok := r["creator"]; return ok && v == nil }},
		{"no instead of Disabled", is("allowSuperiorPasswordlessLogin", "no")},
		{"second spelling of a region", is("region", "China(Guangdong)")},
		{"plan upgrading", is("plan", "Upgrading to Ultimate Plan")},
		{"unknown state", is("pbxStatus", "Migrating")},
		{"counter as a number", number("usedExtensions")},
		{"counter no number", is("usedRecording", "n/a")},
		{"name of 255 characters", func(r map[string]any) bool { return len(r["name"].(string)) >= 255 }},
		{"name with markup", func(r map[string]any) bool { return strings.Contains(r["name"].(string), "<script>") }},
		{"name with an image", func(r map[string]any) bool { return strings.Contains(r["name"].(string), "onerror") }},
		{"name of a formula", func(r map[string]any) bool { return strings.HasPrefix(r["name"].(string), "=") }},
		{"name right to left", func(r map[string]any) bool { return strings.Contains(r["name"].(string), "\u202e") }},
		{"name with blanks around", func(r map[string]any) bool { return strings.HasPrefix(r["name"].(string), " ") }},
	}
	clock := newClock()
	odd, plain := New(Config{Seed: 1, PBXs: 480, Now: clock.Now}), New(
		Config{Seed: 1, PBXs: 480, Now: clock.Now, Plain: true},
	)
	for _, tt := range tests {
		if n := count(odd, tt.odd); n == 0 {
			t.Errorf("%s: 0 of 480 records, want some", tt.name)
		}
		if n := count(plain, tt.odd); n != 0 {
			t.Errorf("%s: %d records of a plain fleet, want none", tt.name, n)
		}
	}
	for _, usual := range []func(map[string]any) bool{
		is("region", "China(GuangDong)"), is(
			"allowSuperiorPasswordlessLogin",
			"Disabled",
		), func(r map[string]any) bool { _, ok := r["usedExtensions"].(string); return ok },
	} {
		if count(odd, usual) == 0 {
			t.Error("no record has the usual form of an oddity")
		}
	}
}

func count(y *YCM, is func(map[string]any) bool) (n int) {
	for _, id := range y.IDs() {
		if is(y.Record(id)) {
			n++
		}
	}
	return n
}

func TestListPages(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 120, Now: newClock().Now}))
	all := a.y.IDs()
	tests := []struct {
		query string
		want  []int64
	}{
		{"sort=cloudPbxId", all[:10]},
		{"sort=cloudPbxId&pageSize=50&pageNumber=3", all[100:]},
		{"sort=cloudPbxId&pageSize=500", all[:50]},
		{"sort=cloudPbxId&pageNumber=13", nil},
		{"sort=cloudPbxId&pageSize=50&pageNumber=2147483647", nil},
	}
	for _, tt := range tests {
		got, total := a.list(tt.query)
		if diff := cmp.Diff(tt.want, got); diff != "" || total != 120 {
			t.Errorf("list(%s): total %d, want 120 (-want +got):\n%s", tt.query, total, diff)
		}
	}
	up, _ := a.list("sort=createTime&pageSize=50")
	down, _ := a.list("sort=-createTime&pageSize=50&pageNumber=3")
	slices.Reverse(down)
	if diff := cmp.Diff(up[:20], down); diff != "" {
		t.Errorf("start of createTime differs from the end of -createTime:\n%s", diff)
	}
	for _, query := range []string{
		"pageSize=0",
		"pageNumber=-1",
		"pageNumber=x",
		"sort=name",
		"pageNumber=9223372036854775807",
		"pageSize=99999999999999999999",
	} {
		if status, body := a.send(
			http.MethodGet,
			"v2/cloud_pbx/instances?"+query,
			nil,
		); status != http.StatusBadRequest {
			t.Errorf("list(%s) = %d %v, want 400", query, status, body)
		}
	}
}

// TestSearch checks that a search for a name in use finds a PBX, regardless of case and even if JSON escapes some
// characters of the name, and that a search for an unused name finds none.
func TestSearch(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 480, Now: newClock().Now}))
	for _, name := range append(slices.Clone(hostile), "CLÍNICA") {
		if _, total := a.list("search=" + url.QueryEscape(name)); total == 0 {
			t.Errorf("search for %q found 0, want some", name)
		}
	}
	if _, total := a.list("search=nobody-is-called-this"); total != 0 {
		t.Errorf("search for an unused name found %d, want 0", total)
	}
}

func TestAddAndEdit(t *testing.T) {
	t.Parallel()
	y := New(Config{Seed: 1, PBXs: 3, Now: newClock().Now})
	for _, id := range []any{42, int64(43), 44.0} {
		if got := y.Add(map[string]any{"cloudPbxId": id, "url": fmt.Sprint(id)}); fmt.Sprint(got) != fmt.Sprint(id) {
			t.Errorf("Add(cloudPbxId %v) = %d, want the same", id, got)
		}
	}
	if got := y.Add(map[string]any{"url": "next"}); got != 7718 {
		t.Errorf("Add without an ID = %d, want 7718", got)
	}
	a := signIn(t, y)
	y.Edit(42, func(r map[string]any) { r["url"], r["odd"] = "other", json.RawMessage(`[1]`) })
	if got := a.get("v1/cloud_pbx/instances/get?url=other"); got["cloudPbxId"] != 42.0 || len(got["odd"].([]any)) != 1 {
		t.Errorf("get by the edited URL = %v, want PBX 42 with the odd member", got)
	}
	y.Delete(42)
	if status, _ := a.send(
		http.MethodGet,
		"v1/cloud_pbx/instances/get?url=other",
		nil,
	); status != http.StatusNotFound ||
		y.Record(42) != nil {
		t.Errorf("get of a deleted PBX = %d, %v, want 404 and nil", status, y.Record(42))
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	clock := newClock()
	y := New(Config{Now: clock.Now})
	a := signIn(t, y)
	code := func() string {
		_, body := a.send(http.MethodGet, "v1/subscription", nil)
		return fmt.Sprint(body["errmsg"])
	}
	clock.Add(30*time.Minute - time.Second)
	got := []string{code()}
	clock.Add(time.Second)
	got = append(got, code())
	a = signIn(t, y)
	y.ExpireTokens()
	got = append(got, code())
	if diff := cmp.Diff([]string{"<nil>", "TOKEN_EXPIRED", "INVALID_TOKEN"}, got); diff != "" {
		t.Errorf("errors with a token at 29:59, at 30:00 and invalidated (-want +got):\n%s", diff)
	}
}
