package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/fleet/sheet"
	"cordboard/handlers"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/store"
)

// TestRoutes checks that each route is well formed, and that the router serves exactly the listed routes and static
// files.
func TestRoutes(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	listed := map[string]bool{}
	for _, r := range b.Server.Routes() {
		if listed[r.Name()] {
			t.Errorf("%s is listed twice", r.Name())
		}
		listed[r.Name()] = true
		if r.Method == http.MethodPost && (r.Action == "") == (r.Unrecorded == "") {
			t.Errorf(
				"%s has the action %q and the reason %q for none, want one of them",
				r.Name(),
				r.Action,
				r.Unrecorded,
			)
		}
		if r.Role == handlers.Everybody && (r.Recent || r.Rate != web.RateNone) {
			t.Errorf("%s needs a user for a recent sign-in or a limit, and is for everybody", r.Name())
		}
	}
	b.Must(
		chi.Walk(
			b.Server.Router(),
			func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
				if path != "/static/*" && !listed[method+" "+path] {
					t.Errorf("the router serves %s %s, which is not in the table", method, path)
				}
				delete(listed, method+" "+path)
				return nil
			},
		),
	)
	if len(listed) > 0 {
		t.Errorf("the router doesn't serve %v", listed)
	}
}

// TestEveryRouteAsEveryRole checks access to each route that requires a role, and to the health checks. It requests
// pages and fragments with every role and signed out.
func TestEveryRouteAsEveryRole(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 10)
	id := b.YCM.IDs()[0]
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	customer := fmt.Sprint(b.YCM.CustomerIDs()[0])
	browsers := map[string]*portaltest.Browser{}
	for _, role := range append([]string{""}, store.Roles...) {
		browsers[role] = b.As(role)
	}
	attempt := b.Submit(browsers[store.RoleOperator], portaltest.GoodForm("acme"))
	batch := strings.TrimPrefix(browsers[store.RoleOperator].Post("/batches", url.Values{
		"action": {"stop"}, "ids": {fmt.Sprint(id)},
	}).Header.Get("Location"), "/batches/")
	packed, err := (&sheet.Table{Header: []string{"name"}}).Pack()
	b.Must(err)
	for _, role := range store.Roles {
		b.Must(b.Store.PutDraft(t.Context(), store.Draft{
			ID: "draft-" + role, Account: mirror.DefaultAccount, UserID: b.User(role).ID, Content: packed,
		}))
	}
	colleague, err := b.Store.AddUser(
		t.Context(),
		store.Actor{Email: "test"},
		store.User{
			Email:        "colleague@example.com",
			Name:         "Colleague",
			Role:         store.RoleViewer,
			PasswordHash: "x",
		},
	)
	b.Must(err)
	for _, route := range b.Server.Routes() {
		if route.Path == "/events" { // a stream doesn't end by itself, so its own test requests it with a session
			if got := browsers[""].Get(route.Path); got.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s signed out = %d, want 401", route.Name(), got.StatusCode)
			}
			continue
		}
		if route.Role == handlers.Everybody && route.Path != "/healthz" && route.Path != "/readyz" {
			continue // these have their own tests
		}
		it := attempt
		if strings.HasPrefix(route.Path, "/batches/") {
			it = batch
		}
		if strings.HasPrefix(route.Path, "/team/") {
			it = fmt.Sprint(colleague.ID)
		}
		path := strings.NewReplacer("{cloudPbxId}", fmt.Sprint(id), "{customerId}", customer, "{taskId}", "1",
			"{id}", it).
			Replace(route.Path)
		path += map[string]string{
			"/batches/new": "?action=stop",
			"/renewals":    "?ids=" + fmt.Sprint(id),
			"/snoozes/new": "?cloudPbxId=" + fmt.Sprint(id),
		}[path]
		for role, br := range browsers {
			for _, htmx := range []bool{false, true} {
				var headers []string
				if htmx {
					headers = []string{"HX-Request", "true"}
				}
				got := br.Send(route.Method, strings.ReplaceAll(path, "{draft}", "draft-"+role), nil, headers...)
				checkAccess(t, route.Name(), role, string(route.Role), htmx, got)
			}
		}
	}
}

func checkAccess(t *testing.T, route, role, need string, htmx bool, got portaltest.Response) {
	t.Helper()
	allowed := need == "" || role != "" && slices.Index(store.Roles, role) >= slices.Index(store.Roles, need)
	switch {
	case allowed:
		answered := got.StatusCode < 400 ||
			strings.HasPrefix(route, "POST ") &&
				slices.Contains(
					[]int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusConflict},
					got.StatusCode,
				)
		if !answered { // a rejection of the empty form by the handler counts as access
			t.Errorf("%s as %q (htmx %v) = %d, want access", route, role, htmx, got.StatusCode)
		}
	case role != "":
		if got.StatusCode != http.StatusForbidden {
			t.Errorf("%s as %q (htmx %v) = %d, want 403", route, role, htmx, got.StatusCode)
		}
	case htmx:
		if got.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(got.Header.Get("HX-Redirect"), "/signin") {
			t.Errorf(
				"%s signed out with htmx = %d to %q, want 401 to /signin",
				route,
				got.StatusCode,
				got.Header.Get("HX-Redirect"),
			)
		}
	default:
		if got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/signin") {
			t.Errorf("%s signed out = %d to %q, want 303 to /signin", route, got.StatusCode, got.Header.Get("Location"))
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 10)
	viewer := b.As(store.RoleViewer)
	for _, path := range []string{"/pbxs", "/signin", "/pbxs/999999", "/readyz", "/nowhere", "/subscription"} {
		h := viewer.Get(path).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": handlers.CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store", "Strict-Transport-Security": "",
			"Access-Control-Allow-Origin": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("GET %s: %s = %q, want %q", path, name, got, want)
			}
		}
	}
	if got := viewer.Get("/pbxs").Header.Values("Vary"); !slices.Contains(got, "HX-Request") {
		t.Errorf("Vary = %q, want it to contain HX-Request", got)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	admin := b.As(store.RoleAdmin)
	big := strings.Repeat("x", 1<<20+1)
	for _, tt := range []struct {
		name, method, path, body string
		headers                  []string
		want                     int
	}{
		{"another site's form", "POST", "/signout", "a=b", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another site's origin", "POST", "/sync", "a=b", []string{"Origin", "https://evil.example"}, 403},
		{"another site's sign-in", "POST", "/signin", "a=b", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"a body over 1 MiB", "POST", "/signin", "email=" + big, nil, 413},
		{"JSON", "POST", "/signin", `{"email":"a"}`, []string{"Content-Type", "application/json"}, 415},
		{"text", "POST", "/sync", "next=/", []string{"Content-Type", "text/plain"}, 415},
		{"a broken form", "POST", "/signin", "%zz", nil, 400},
		{"another method", "DELETE", "/pbxs", "", nil, 405},
		{"TRACE", "TRACE", "/pbxs", "", nil, 405},
		{"a PBX id that isn't one", "GET", "/pbxs/abc", "", nil, 404},
		{"a negative one", "GET", "/pbxs/-1", "", nil, 404},
		{"one in another writing", "GET", "/pbxs/00" + fmt.Sprint(b.YCM.IDs()[0]), "", nil, 404},
		{"a huge one", "GET", "/pbxs/99999999999999999999", "", nil, 404},
		{"one that isn't there", "GET", "/pbxs/1", "", nil, 404},
		{"a path below a page", "GET", "/pbxs/1/x.css", "", nil, 404},
		{"version control", "GET", "/.git/config", "", nil, 404},
		{"a listing", "GET", "/static/", "", nil, 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, b.Web.URL+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.body != "" {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			for i := 0; i < len(tt.headers); i += 2 {
				r.Header.Set(tt.headers[i], tt.headers[i+1])
			}
			resp, err := admin.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != tt.want {
				t.Errorf("%s %s = %d, want %d", tt.method, tt.path, resp.StatusCode, tt.want)
			}
		})
	}
	if got := admin.Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs after the requests = %d, want 200: the session is gone", got)
	}
}

func TestHeadWorksWhereGetDoes(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	for _, path := range []string{"/pbxs", "/subscription", "/signin", "/readyz"} {
		if got, want := viewer.Send(http.MethodHead, path, nil).StatusCode, viewer.Get(path).StatusCode; got != want {
			t.Errorf("HEAD %s = %d, GET = %d", path, got, want)
		}
	}
}

// TestPanicIsAPage checks that a panic gives the user an error page without the panic's text, and that the text is
// logged.
func TestPanicIsAPage(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.Web.Config.Handler = b.Server.RequestID(
		b.Server.Recoverer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })),
	)
	r := b.Browser().Get("/pbxs")
	if r.StatusCode != http.StatusInternalServerError || strings.Contains(r.Text, "boom") ||
		!strings.Contains(r.Text, "Something went wrong") {
		t.Errorf("response to a panic = %d %s", r.StatusCode, r.Text)
	}
	if !strings.Contains(b.Log.String(), "boom") {
		t.Error("the log lacks the panic's text")
	}
}
