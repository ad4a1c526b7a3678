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
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/handlers/portaltest"
	"cordboard/ycm/ycmtest"
)

// changeKillRuns is the number of operations in TestKilledChanges. `make soak` sets a higher number.
var changeKillRuns = flag.Int("change-kill-runs", 20, "number of seeded operations in TestKilledChanges")

// killable is a kind of operation that TestKilledChanges starts and kills.
type killable struct {
	name, call string // the kind, and the operationId of its request
	path       string // of the form; %d is the ID
	post       string // where it is posted, if that isn't path
	typed      map[string]string
	is         func(y *ycmtest.Server, id int64) bool // whether YCM has the change
}

func hasMember(name, value string) func(*ycmtest.Server, int64) bool {
	return func(y *ycmtest.Server, id int64) bool { return fmt.Sprint(y.Record(id)[name]) == value }
}

var killables = []killable{
	{"start", "startCloudPbx", "/pbxs/%d/start", "", nil, hasMember("pbxStatus", "Running")},
	{"stop", "stopCloudPbx", "/pbxs/%d/stop", "", nil, hasMember("pbxStatus", "Stopped")},
	{
		"resize", "resizeCloudPbx", "/pbxs/%d/resize", "",
		map[string]string{"extensionCapacity": "33"},
		hasMember("extensionCapacity", "33"),
	},
	{
		"update",
		"updateCloudPbx",
		"/pbxs/%d/update",
		"",
		map[string]string{"name": "Renamed"},
		hasMember("name", "Renamed"),
	},
	{
		"customers", "setCloudPbxCustomers", "/pbxs/%d/customers", "",
		map[string]string{"customerIds": "50086219"},
		func(y *ycmtest.Server, id int64) bool { return slices.Equal(y.Owners(id), []int64{50086219}) },
	},
	{"activation-email", "sendActivationEmails", "/pbxs/%d/activation-email", "", nil, nil},
	{
		"delete", "deleteCloudPbxs", "/pbxs/%d/delete", "",
		map[string]string{"confirmName": "Alder"},
		func(y *ycmtest.Server, id int64) bool { return y.Record(id) == nil },
	},
	{
		"customer-create", "createCustomer", "/customers/new", "/customers",
		map[string]string{"firstName": "Ann", "company": "Amber", "email": "%d@amber.example"},
		func(y *ycmtest.Server, seed int64) bool {
			return slices.ContainsFunc(y.CustomerIDs(), func(id int64) bool {
				return y.Customer(id)["email"] == fmt.Sprintf("%d@amber.example", seed)
			})
		},
	},
	{
		"customer-update", "updateCustomer", "/customers/%d/edit", "/customers/%d",
		map[string]string{"company": "Renamed"},
		func(y *ycmtest.Server, id int64) bool { return y.Customer(id)["company"] == "Renamed" },
	},
	{
		"customer-delete", "deleteCustomers", "/customers/%d/delete", "", nil,
		func(y *ycmtest.Server, id int64) bool { return y.Customer(id) == nil },
	},
}

// TestKilledChanges kills the real process while it changes PBXs and customers, up to twice per operation, with every
// fault in upsets. Each operation must be sent to YCM at most once, and must end in a state that matches YCM.
func TestKilledChanges(t *testing.T) {
	v := &victim{
		t:      t,
		binary: buildPortal(t),
		dir:    t.TempDir(),
		ycm: ycmtest.NewServer(t, ycmtest.Config{
			PBXs: *changeKillRuns, Plain: true, Client: ycmtest.Credentials{ID: "client", Secret: "not-in-a-document"},
		}),
	}
	v.ycm.SetCustomers(*changeKillRuns)
	subjects := v.subjects()
	v.start()
	defer func() { _ = v.cmd.Process.Kill(); _ = v.cmd.Wait() }()
	for i := range 4 {
		v.signIn(fmt.Sprintf("person%d@example.com", i))
	}
	states := map[string]int{}
	runs := *changeKillRuns
	for seed := range runs {
		k := killables[seed%len(killables)]
		states[k.name+" "+v.change(seed, subjects[seed], k)]++
		if t.Failed() {
			t.Fatalf("stopped at seed %d: %s", seed, k.name)
		}
	}
	t.Logf("%d changes, %d kills: %v", runs, v.kills, states)
	if v.kills < runs/3 {
		t.Errorf("got %d kills, want at least a third of the changes", v.kills)
	}
}

// filled returns the form at a path with what is typed. It waits until the portal knows the PBX or customer.
func (v *victim) filled(path string, typed map[string]string) url.Values {
	v.t.Helper()
	for range 500 {
		d, err := goquery.NewDocumentFromReader(strings.NewReader(v.page(path)))
		if err != nil {
			v.t.Fatal(err)
		}
		for _, form := range []string{"#action form", "#customer-form form"} {
			if shown := portaltest.ShownIn(d, form); shown.Get("attempt") != "" {
				return portaltest.With(shown, typed)
			}
		}
		<-time.After(20 * time.Millisecond)
	}
	v.t.Fatalf("there is no form at %s:\n%s", path, v.page(path))
	return nil
}

var operationState = regexp.MustCompile(`data-operation-state="([^"]*)"`)

// ended waits until an operation has an outcome, and returns its state. One that leaves no trace stays unknown.
func (v *victim) ended(attempt string, traceless bool) (state string) {
	v.t.Helper()
	for range 3000 {
		page := v.page("/operations/" + attempt)
		if m := operationState.FindStringSubmatch(page); m != nil {
			state = m[1]
		}
		if state != "submitted" && (state != "unknown" || traceless) {
			return state
		}
		<-time.After(10 * time.Millisecond)
	}
	v.t.Fatalf("operation %s is still %s", attempt, state)
	return ""
}

// change starts one operation, kills the portal up to twice, and returns the operation's state.
func (v *victim) change(seed int, id int64, k killable) (state string) {
	t, r := v.t, rand.New(rand.NewPCG(uint64(seed), 7))
	v.client = v.people[seed%len(v.people)]
	v.ycm.Clear()
	path, post := k.path, k.post
	if strings.Contains(path, "%d") {
		path = fmt.Sprintf(path, id)
	}
	if post = strings.Replace(post, "%d", fmt.Sprint(id), 1); post == "" {
		post = path
	}
	form := v.filled(path, k.typed)
	if k.name == "customer-create" {
		id = int64(seed)
		form.Set("email", fmt.Sprintf(k.typed["email"], id))
	}
	form.Set("sendAnyway", "yes")
	form.Del("reviewed")
	v.ycm.ForgetRequests()
	kind := upsets[r.IntN(len(upsets))]
	if kind != "" {
		v.ycm.Inject(ycmtest.Fault{
			Op: k.call, Kind: kind, Delay: 300 * time.Millisecond, Code: 1000004, RetryAfter: 1, Times: 1,
		})
	}
	response, err := v.client.PostForm(v.url+post, form)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST %s = %d, want 303\n%s", post, response.StatusCode, body)
	}
	for range seed % 3 {
		if r.IntN(2) == 0 {
			for tries := 0; tries < 200 && len(v.ycm.Requests(k.call)) == 0; tries++ {
				<-time.After(time.Millisecond)
			}
		}
		<-time.After(time.Duration(r.IntN(30)) * time.Millisecond)
		v.kill()
		v.start()
	}
	state = v.ended(form.Get("attempt"), k.is == nil)
	if n := len(v.ycm.Requests(k.call)); n > 1 {
		t.Errorf("%s (%s) was sent %d times, want at most once", k.name, kind, n)
	}
	if k.is != nil && k.is(v.ycm, id) != (state == "done") {
		t.Errorf("%s (%s) is %s, but the change is in YCM: %t", k.name, kind, state, k.is(v.ycm, id))
	}
	return state
}

// subjects returns, for each seed, the ID of a PBX in the state that its kind needs, or of a customer without a PBX.
func (v *victim) subjects() (ids []int64) {
	pbxs, customers := v.ycm.IDs(), v.ycm.CustomerIDs()
	for seed, id := range pbxs {
		k := killables[seed%len(killables)]
		if strings.HasPrefix(k.name, "customer-") {
			ids = append(ids, customers[seed])
			continue
		}
		ids = append(ids, id)
		v.ycm.Edit(id, func(record map[string]any) {
			record["name"], record["pbxStatus"], record["activeCalls"] = "Alder", "Running", "0"
			record["activationStatus"], record["extensionCapacity"] = "Unactivated", 20
			if k.name == "start" {
				record["pbxStatus"] = "Stopped"
			}
		})
		v.ycm.SetOwners(id, customers[0])
	}
	return ids
}
