package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/handlers"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// change describes a request to a route that changes something.
type change struct {
	route  string
	role   string
	form   func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values)
	bad    url.Values
	badAs  string
	rows   []string
	status int
}

func fixed(path string, pairs ...string) func(*portaltest.Portal, *portaltest.Browser) (string, url.Values) {
	return func(*portaltest.Portal, *portaltest.Browser) (string, url.Values) {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		return path, form
	}
}

func colleague(path string, pairs ...string) func(*portaltest.Portal, *portaltest.Browser) (string, url.Values) {
	return func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
		_, page := b.AddColleague(store.RoleViewer)
		return fixed(page+path, pairs...)(b, br)
	}
}

// action opens a form that changes a PBX, which first gets the given status.
func action(name, status string, pairs ...string) func(*portaltest.Portal, *portaltest.Browser) (string, url.Values) {
	return func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
		id := b.YCM.IDs()[0]
		b.YCM.Edit(id, func(record map[string]any) { record["pbxStatus"], record["activeCalls"] = status, "0" })
		b.Fleet.Mirror.ReadOne(b.T.Context(), id)
		path := fmt.Sprintf("/pbxs/%d/%s", id, name)
		form := portaltest.ShownIn(br.Get(path).Doc(b.T), "#action form")
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return path, form
	}
}

// customerForm opens a form of a customer who has no PBX.
func customerForm(
	post, get string,
	pairs ...string,
) func(*portaltest.Portal, *portaltest.Browser) (string, url.Values) {
	return func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
		b.Fleet.Catalog.Reload(b.T.Context(), fleet.Customers)
		path := fmt.Sprintf("/customers/%d", b.YCM.CustomerIDs()[5])
		form := portaltest.ShownIn(br.Get(path+get).Doc(b.T), "#customer-form form")
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return path + post, form
	}
}

// batchStep makes a plan for a PBX, brings it into a state, and returns the form of a step.
func batchStep(
	kind string,
	state store.BatchState,
	step string,
	pairs ...string,
) func(*portaltest.Portal, *portaltest.Browser) (string, url.Values) {
	return func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
		id := b.YCM.IDs()[0]
		b.YCM.Edit(id, func(record map[string]any) { record["pbxStatus"], record["activeCalls"] = "Running", "0" })
		b.Fleet.Mirror.ReadOne(b.T.Context(), id)
		path := br.Post("/batches", url.Values{"action": {kind}, "ids": {fmt.Sprint(id)}}).Header.Get("Location")
		_, err := b.Store.ChangeBatch(b.T.Context(), mirror.DefaultAccount, strings.TrimPrefix(path, "/batches/"),
			store.Actor{}, func(one *store.Batch, _ store.Pending) (store.Event, error) {
				one.State, one.By.ID = state, 0 // somebody else made it
				return store.Event{}, nil
			})
		b.Must(err)
		return fixed(path+"/"+step, pairs...)(b, br)
	}
}

var stateChanges = []change{
	{
		route: "POST /batches/{id}/apply",
		role:  "operator",
		form:  batchStep("delete", store.BatchPlanned, "apply", "sendAnyway", "yes"),
		bad:   url.Values{"sendAnyway": {""}},
		rows:  []string{"batch.apply done"},
	},
	{
		route: "POST /batches/{id}/approve",
		role:  "operator",
		form:  batchStep("delete", store.BatchWaiting, "approve"),
		rows:  []string{"batch.approve done"},
	},
	{
		route: "POST /batches/{id}/pause",
		role:  "operator",
		form:  batchStep("stop", store.BatchRunning, "pause"),
		rows:  []string{"batch.pause done"},
	},
	{
		route: "POST /batches/{id}/resume",
		role:  "operator",
		form:  batchStep("stop", store.BatchPaused, "resume"),
		rows:  []string{"batch.resume done"},
	},
	{
		route: "POST /batches/{id}/stop",
		role:  "operator",
		form:  batchStep("stop", store.BatchRunning, "stop"),
		rows:  []string{"batch.stop done"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/start",
		role:  "operator",
		form:  action("start", "Stopped"),
		bad:   url.Values{"asOf": {"made up"}},
		rows:  []string{"pbx.start asked"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/stop",
		role:  "operator",
		form:  action("stop", "Running"),
		bad:   url.Values{"attempt": {"made up"}},
		rows:  []string{"pbx.stop asked"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/resize",
		role:  "operator",
		form:  action("resize", "Running", "extensionCapacity", "499", "sendAnyway", "yes"),
		bad:   url.Values{"recordingCapacity": {"-1"}},
		rows:  []string{"pbx.resize asked"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/update",
		role:  "operator",
		form:  action("update", "Running", "name", "Another name"),
		bad:   url.Values{"name": {""}},
		rows:  []string{"pbx.update asked"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/customers",
		role:  "operator",
		form:  action("customers", "Running", "customerIds", "50086182"),
		bad:   url.Values{"customerIds": {"x"}},
		rows:  []string{"pbx.customers asked"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/activation-email",
		role:  "operator",
		form: func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
			b.YCM.SetOwners(b.YCM.IDs()[0], 50086182)
			return action("activation-email", "Running")(b, br)
		},
		bad:  url.Values{"customerIds": {"50086219"}},
		rows: []string{"pbx.activation-email asked"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/delete",
		role:  "operator",
		form: func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
			path, form := action("delete", "Running")(b, br)
			form.Set("confirmName", fmt.Sprint(b.YCM.Record(b.YCM.IDs()[0])["name"]))
			return path, form
		},
		bad:  url.Values{"confirmName": {"Another name"}},
		rows: []string{"pbx.delete asked"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/suspend",
		role:  "operator",
		form:  action("suspend", "Running", "note", "Unpaid", "reviewOn", "2027-01-01"),
		bad:   url.Values{"reviewOn": {""}},
		rows:  []string{"pbx.stop asked"},
	},
	{
		route: "POST /customers",
		role:  "operator",
		form: func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
			form := portaltest.ShownIn(br.Get("/customers/new").Doc(b.T), "#customer-form form")
			form.Set("firstName", "Ann")
			form.Set("company", "Amber Bakery")
			form.Set("email", "ann@amber.example")
			return "/customers", form
		},
		bad:  url.Values{"email": {"x"}},
		rows: []string{"customer.create asked"},
	},
	{
		route: "POST /customers/{customerId}",
		role:  "operator",
		form:  customerForm("", "/edit", "company", "Another name"),
		bad:   url.Values{"company": {""}},
		rows:  []string{"customer.update asked"},
	},
	{
		route: "POST /customers/{customerId}/delete",
		role:  "operator",
		form:  customerForm("/delete", "/delete"),
		bad:   url.Values{"attempt": {"made up"}},
		rows:  []string{"customer.delete asked"},
	},
	{
		route: "POST /customers/{customerId}/notes",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			b.Fleet.Catalog.Reload(b.T.Context(), fleet.Customers)
			return fmt.Sprintf("/customers/%d/notes", b.YCM.CustomerIDs()[0]), url.Values{"note": {"Called them."}}
		},
		bad: url.Values{"note": {""}},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/notes",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			return fmt.Sprintf("/pbxs/%d/notes", b.YCM.IDs()[0]), url.Values{"note": {"Called them."}}
		},
		bad: url.Values{"note": {""}},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/tasks",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			return fmt.Sprintf("/pbxs/%d/tasks", b.YCM.IDs()[0]), url.Values{"what": {"other"}, "value": {"Call them."}}
		},
		bad: url.Values{"what": {"hue"}},
	},
	{
		route: "POST /tasks/{taskId}/close",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			id, err := b.Store.AddTask(b.T.Context(), "default", "", store.Task{
				CloudPBXID: b.YCM.IDs()[0], Goal: store.Goal{What: store.OtherTask, Value: "Call them."},
			})
			b.Must(err)
			return fmt.Sprintf("/tasks/%d/close", id), nil
		},
	},
	{
		route: "POST /overview/settings",
		role:  "viewer",
		form:  fixed("/overview/settings", "block", "news", "do", "hide"),
		bad:   url.Values{"block": {"nonsense"}},
	},
	{route: "POST /pbxs/settings", role: "viewer", form: fixed("/pbxs/settings", "cols", "name", "density", "compact")},
	{
		route: "POST /customers/{customerId}/owner",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			b.Fleet.Catalog.Reload(b.T.Context(), fleet.Customers)
			path := fmt.Sprintf("/customers/%d/owner", b.YCM.CustomerIDs()[0])
			return path, url.Values{"owner": {"admin@example.com"}}
		},
		bad:  url.Values{"owner": {"nobody"}},
		rows: []string{"owner.update done"},
	},
	{
		route: "POST /pbxs/{cloudPbxId}/renewal",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			return fmt.Sprintf("/pbxs/%d/renewal", b.YCM.IDs()[0]), url.Values{"state": {"asked"}}
		},
		bad:  url.Values{"state": {"won"}},
		rows: []string{"renewal.update done"},
	},
	{
		route: "POST /renewals",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			ids := b.YCM.IDs()
			return "/renewals", url.Values{"ids": {fmt.Sprint(ids[1]), fmt.Sprint(ids[2])}, "state": {"quoted"}}
		},
		bad:  url.Values{"state": {"won"}},
		rows: []string{"renewal.update done", "renewal.update done"},
	},
	{
		route: "POST /snoozes",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			return "/snoozes", url.Values{
				"cloudPbxId": {fmt.Sprint(b.YCM.IDs()[0])}, "what": {"over"}, "reason": {"later"}, "until": {"2026-05-01"},
			}
		},
		bad:  url.Values{"reason": {""}},
		rows: []string{"attention.snooze done"},
	},
	{
		route: "POST /operations/{id}/dismiss",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			_, err := b.Store.AddOperation(b.T.Context(), store.Operation{
				ID: "refused", Account: "default", Kind: "rename", Target: store.Target{Key: "x", Name: "x"},
				Request: store.OperationRequest{Body: []byte(`{}`)},
			}, func(*store.Operation, store.Pending) error { return nil }, func(*store.Operation) store.Event {
				return store.Event{Action: "pbx.rename", Outcome: store.OutcomeAsked}
			})
			b.Must(err)
			refuse := func(o *store.Operation) (store.Event, error) {
				o.State = store.StateRefused
				return store.Event{}, nil
			}
			_, err = b.Store.ChangeOperation(b.T.Context(), "refused", store.Actor{}, refuse)
			b.Must(err)
			return "/operations/refused/dismiss", nil
		},
		rows: []string{"operation.dismiss done"},
	},
	{
		route: "POST /changes/views",
		role:  "viewer",
		form:  fixed("/changes/views", "name", "Firmware", "query", "field=version"),
		bad:   url.Values{"name": {""}},
		rows:  []string{"view.save done"},
	},
	{
		route: "POST /changes/views/delete",
		role:  "viewer",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			v, err := b.Store.PutSaved(
				b.T.Context(),
				store.Actor{},
				store.ChangeViews,
				store.Saved{OwnerID: b.User("viewer").ID, Name: "Going", Query: "field=version"},
			)
			b.Must(err)
			return "/changes/views/delete", url.Values{"view": {fmt.Sprint(v.ID)}}
		},
		bad:  url.Values{"view": {"999999"}},
		rows: []string{"view.delete done"},
	},
	{
		route: "POST /views",
		role:  "viewer",
		form:  fixed("/views", "name", "Mine", "query", "type=Trial"),
		bad:   url.Values{"name": {""}},
	},
	{
		route: "POST /views/delete",
		role:  "viewer",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			v, err := b.Store.PutSaved(
				b.T.Context(),
				store.Actor{},
				store.ListViews,
				store.Saved{OwnerID: b.User("viewer").ID, Name: "Going", Query: "type=Trial"},
			)
			b.Must(err)
			return "/views/delete", url.Values{"view": {fmt.Sprint(v.ID)}}
		},
		bad: url.Values{"view": {"999999"}},
	},
	{
		route: "POST /views/landing",
		role:  "viewer",
		form:  fixed("/views/landing", "view", "expiring"),
		bad:   url.Values{"view": {"999999"}},
	},
	{
		route:  "POST /presets",
		role:   "operator",
		form:   fixed("/presets", "presetName", "Small", "extensionCapacity", "5"),
		bad:    url.Values{"presetName": {""}},
		status: http.StatusOK,
	},
	{
		route: "POST /presets/delete",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			v, err := b.Store.PutSaved(
				b.T.Context(),
				store.Actor{},
				store.Presets,
				store.Saved{OwnerID: b.User("operator").ID, Name: "Going", Query: "extensionCapacity=5"},
			)
			b.Must(err)
			return "/presets/delete", url.Values{"preset": {fmt.Sprint(v.ID)}}
		},
		bad: url.Values{"preset": {"999999"}},
	},
	// The worker would write the outcome, but it isn't running here.
	{route: "POST /pbxs", role: "operator", form: func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
		form := portaltest.GoodForm(fmt.Sprintf("acme%d", b.Clock.Now().Unix()))
		b.Clock.Add(time.Second)
		form.Set("attempt", br.NewForm())
		return "/pbxs", form
	}, bad: url.Values{"name": {""}}, rows: []string{"pbx.create asked"}},

	{
		route: "POST /account",
		role:  "viewer",
		form:  fixed("/account", "theme", "dark", "timeZone", "Europe/Berlin", "dates", "iso"),
		bad:   url.Values{"timeZone": {"Mars/Olympus"}},
	},
	{
		route: "POST /account/theme",
		role:  "viewer",
		form:  fixed("/account/theme", "theme", "dark"),
	},
	{
		route: "POST /account/told",
		role:  "viewer",
		form:  fixed("/account/told", "upTo", "1"),
		bad:   url.Values{"upTo": {""}},
	},
	{
		route: "POST /account/password",
		role:  "viewer",
		form:  fixed("/account/password", "oldPassword", portaltest.Password, "newPassword", "lantern orchard gravel"),
		bad:   url.Values{"newPassword": {"short"}},
		rows:  []string{"user.password done"},
	},
	{
		route: "POST /account/sessions",
		role:  "operator",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			b.As("operator")
			return "/account/sessions", url.Values{"end": {"others"}}
		},
		bad: url.Values{"end": {"nonsense"}},
	},
	{route: "POST /account/factor", role: "operator", form: fixed("/account/factor")},
	{
		route: "POST /account/factor/confirm",
		role:  "operator",
		form: func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
			br.Post("/account/factor", nil)
			return "/account/factor/confirm", url.Values{"code": {b.Code(b.User("operator").ID, false, 0)}}
		},
		bad: url.Values{"code": {"000000"}},
	},
	{route: "POST /account/factor/codes", role: "operator", form: fixed("/account/factor/codes")},
	{route: "POST /account/factor/remove", role: "operator", form: fixed("/account/factor/remove")},

	{
		route: "POST /team",
		role:  "admin",
		form:  fixed("/team", "email", "new@example.com", "role", "viewer", "reason", "CB-1"),
		bad:   url.Values{"role": {"owner"}},
	},
	{
		route: "POST /team/withdraw",
		role:  "admin",
		form: func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
			r := br.Post("/team", url.Values{"email": {"gone@example.com"}, "role": {"viewer"}}).Followed()
			var id string
			for _, n := range r.Doc(b.T).Find("button[name=invitation]").EachIter() {
				id, _ = n.Attr("value")
			}
			return "/team/withdraw", url.Values{"invitation": {id}}
		},
		bad: url.Values{"invitation": {"999999"}},
	},
	{
		route: "POST /team/policy",
		role:  "admin",
		form:  fixed("/team/policy", "required", "all", "from", "2099-01-01"),
		bad:   url.Values{"required": {"some"}},
	},
	{
		route: "POST /team/{id}/role",
		role:  "admin",
		form:  colleague("/role", "role", "operator"),
		bad:   url.Values{"role": {"owner"}},
	},
	{route: "POST /team/{id}/disable", role: "admin", form: colleague("/disable")},
	{
		route: "POST /team/{id}/enable",
		role:  "admin",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			u, page := b.AddColleague("viewer")
			b.Must(b.Store.DisableUser(b.T.Context(), store.Actor{}, u.ID))
			return page + "/enable", nil
		},
	},
	{route: "POST /team/{id}/password", role: "admin", form: colleague("/password")},
	{
		route: "POST /team/{id}/factor",
		role:  "admin",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			u, page := b.AddColleague("viewer")
			br := b.Browser()
			br.SignIn(u.Email, portaltest.Password)
			br.Enroll(u.ID)
			return page + "/factor", nil
		},
	},
	{
		route: "POST /team/{id}/sessions",
		role:  "admin",
		form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
			u, page := b.AddColleague("viewer")
			b.Browser().SignIn(u.Email, portaltest.Password)
			return page + "/sessions", url.Values{"end": {"others"}}
		},
		bad: url.Values{"end": {"nonsense"}},
	},

	{route: "POST /link", form: func(b *portaltest.Portal, _ *portaltest.Browser) (string, url.Values) {
		u, _ := b.AddColleague("viewer")
		token := "token" + fmt.Sprint(u.ID)
		b.Must(
			b.Store.OfferPassword(
				b.T.Context(),
				store.Actor{},
				u.ID,
				store.HashToken(token),
				b.Clock.Now().Add(time.Hour),
			),
		)
		return "/link", url.Values{"token": {token}, "newPassword": {"lantern orchard gravel"}}
	}, bad: url.Values{"newPassword": {"short"}}, rows: []string{"user.password done"}},
	{
		route: "POST /signin",
		form:  fixed("/signin", "email", "operator@example.com", "password", portaltest.Password),
		bad:   url.Values{"password": {"wrong"}},
		badAs: "session.signin failed",
	},
	{route: "POST /signin/code", form: func(b *portaltest.Portal, br *portaltest.Browser) (string, url.Values) {
		u, _ := b.AddColleague("viewer")
		first := b.Browser()
		first.SignIn(u.Email, portaltest.Password)
		first.Enroll(u.ID)
		br.SignIn(u.Email, portaltest.Password)
		return "/signin/code", url.Values{"code": {b.Code(u.ID, true, 0)}}
	}, bad: url.Values{"code": {"000000"}}, badAs: "session.signin failed", rows: []string{"session.signin done"}},
	{
		route: "POST /confirm",
		role:  "viewer",
		form:  fixed("/confirm", "confirmPassword", portaltest.Password, "next", "/account"),
		bad:   url.Values{"confirmPassword": {"wrong"}},
		badAs: "session.confirm failed",
	},
	{route: "POST /signout", role: "viewer", form: fixed("/signout")},
}

// TestEachChangeLeavesItsRows checks every route that changes something. Each must write exactly the expected rows when
// it succeeds, is refused or is denied. If the log can't be written, only the revoking routes may succeed. The effects
// of YCM faults and kill -9 on a create operation are tested in exactly_once_test.go in fleet/operations/create and in
// cmd/cordboard.
func TestEachChangeLeavesItsRows(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{"POST /setup": true} // tested in TestSetupLeavesItsRows, on a portal without users
	for _, c := range stateChanges {
		tested[c.route] = true
		t.Run(c.route, func(t *testing.T) { testRows(t, c) })
	}
	for _, r := range portaltest.New(t, 0).Server.Routes() {
		selfRecorded := r.Method == http.MethodPost && r.Path == "/signin/code"
		if r.Method == http.MethodPost && (r.Action != "" || selfRecorded) && !tested[r.Name()] {
			t.Errorf("%s changes something, and isn't tested", r.Name())
		}
	}
}

// revoking lists the routes that only end sessions or disable users. They work even while nothing can be written, and
// their audit rows are written once writing is possible again.
var revoking = map[string]bool{
	"POST /signout":            true,
	"POST /account/sessions":   true,
	"POST /team/{id}/sessions": true,
	"POST /team/{id}/disable":  true,
}

func testRows(t *testing.T, c change) {
	b := portaltest.New(t, 3)
	routes := b.Server.Routes()
	at := slices.IndexFunc(routes, func(r handlers.Route) bool { return r.Name() == c.route })
	if at < 0 {
		t.Fatalf("there is no route %s", c.route)
	}
	route := routes[at]
	action := route.Action
	b.As("operator").Enroll(b.User("operator").ID) // needed by the routes that change the operator's second factor
	if c.route == "POST /signin" {
		b.Must(b.Store.RemoveFactor(t.Context(), store.Actor{}, b.User("operator").ID, "test", ""))
	}
	br := b.Browser()
	if c.role != "" {
		br.SignInFully(c.role)
	}
	expect := func(what string, path string, form url.Values, status func(int) bool, want ...string) {
		t.Helper()
		_, before := b.RowsSince(0)
		r := br.Post(path, form)
		rows, _ := b.RowsSince(before)
		if !status(r.StatusCode) || !slices.Equal(rows, want) {
			t.Errorf(
				"%s: status = %d with rows %q, want %q\n%.2000s",
				what,
				r.StatusCode,
				rows,
				want,
				r.Doc(t).Find("#error, #problem, .problem").Text(),
			)
		}
	}
	is := func(want int) func(int) bool { return func(got int) bool { return got == want } }
	refused := func(got int) bool { return got >= 400 && got < 500 }

	if route.Role == handlers.Operator || route.Role == handlers.Admin { // users with a lower role are denied
		path, form := c.form(b, br)
		viewer := b.As("viewer")
		_, before := b.RowsSince(0)
		r := viewer.Post(path, form)
		if rows, _ := b.RowsSince(before); r.StatusCode != http.StatusForbidden ||
			!slices.Equal(rows, []string{action + " denied"}) {
			t.Errorf("denied: status = %d with rows %q, want 403 with one denied row", r.StatusCode, rows)
		}
	}
	if c.bad != nil {
		path, form := c.form(b, br)
		for k, v := range c.bad {
			form[k] = v
		}
		want := c.badAs
		if want == "" {
			want = action + " refused"
		}
		expect("refused", path, form, refused, want)
	}
	path, form := c.form(b, br)
	unbreak := b.BreakAudit()
	_, before := b.RowsSince(0)
	r := br.Post(path, form)
	if revoking[c.route] {
		rows, _ := b.RowsSince(before)
		unbreak()
		b.Identity.Sessions.Flush(t.Context())
		if later, _ := b.RowsSince(before); r.StatusCode != http.StatusSeeOther || len(rows) > 0 ||
			!slices.Equal(later, []string{action + " done"}) {
			t.Errorf(
				"without a log: status = %d with rows %q, then %q; want 303 and one row once the log can be written",
				r.StatusCode,
				rows,
				later,
			)
		}
		if c.route == "POST /signout" {
			br.SignInFully(c.role)
		} else {
			path, form = c.form(b, br)
		}
		expect("done", path, form, is(http.StatusSeeOther), action+" done")
		return
	}
	if r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a log: status = %d, want 503", r.StatusCode)
	}
	unbreak()
	// On these two routes, the request is repeated with a new code, because the first one may have used up its code.
	if c.route != "POST /account/factor/confirm" && c.route != "POST /signin/code" {
		status := c.status
		if status == 0 {
			status = http.StatusSeeOther
		}
		want := c.rows
		if want == nil {
			want = []string{action + " done"}
		}
		if c.route == "POST /confirm" || c.route == "POST /signin" || c.role == "" {
			br = b.Browser() // the previous response replaced the cookie
			if c.role != "" {
				br.SignInFully(c.role)
			}
		}
		expect("done", path, form, is(status), want...)
		return
	}
	br = b.Browser()
	if c.role != "" {
		br.SignInFully(c.role)
	}
	path, form = c.form(b, br)
	want := c.rows
	if want == nil {
		want = []string{action + " done"}
	}
	expect("done", path, form, func(got int) bool { return got == 200 || got == 303 }, want...)
}

func TestSetupLeavesItsRows(t *testing.T) {
	t.Parallel()
	b := portaltest.NewEmpty(t)
	form := url.Values{
		"token": {"wrong"}, "email": {"ines@example.com"}, "name": {"Ines"}, "password": {portaltest.Password},
	}
	b.Browser().Post("/setup", form)
	form.Set("token", b.Server.SetupToken())
	b.Browser().Post("/setup", form)
	if rows, _ := b.RowsSince(0); !slices.Equal(
		rows,
		[]string{"user.add refused", "user.add done", "session.signin done"},
	) {
		t.Errorf("set-up wrote rows %q", rows)
	}
}

// TestRefusalsDontFillTheLog checks that one user's denied requests write a limited number of rows per minute.
func TestRefusalsDontFillTheLog(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.As("viewer")
	for range 60 + 20 {
		viewer.Get("/team")
	}
	rows := b.Events("page")
	if len(rows) != 60 || rows[0] != "page.open denied" {
		t.Errorf("got %d rows, the first %q", len(rows), rows[:1])
	}
	if !strings.Contains(b.Log.String(), "refusal not recorded") {
		t.Error("the log doesn't mention the omitted refusals")
	}
}
