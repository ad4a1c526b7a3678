package newpbx_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet"
	"cordboard/fleet/account"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm/ycmtest"
)

// shown returns the values in the page's form, as a browser would post them.
func shown(d *goquery.Document) url.Values { return portaltest.ShownIn(d, "#new-pbx") }

// formRule is a change to portaltest.GoodForm that breaks one rule, and the field that reports the problem or warning.
type formRule struct {
	Name    string
	Set     map[string]string
	Long    map[string]int
	Field   string
	Warning bool
}

// formRules returns the rules that the tests of package create also use.
func formRules(t *testing.T) []formRule {
	t.Helper()
	content, err := os.ReadFile("../../fleet/operations/create/testdata/rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []formRule
	if err := json.Unmarshal(content, &all); err != nil || len(all) < 50 {
		t.Fatalf("got %d rules (error %v), want at least 50", len(all), err)
	}
	for i := range all {
		for name, n := range all[i].Long {
			all[i].Set[name] = strings.Repeat("x", n)
		}
	}
	return all
}

// TestInvalidForms checks that a form breaking one or two rules gets 422 and is shown again. Each value that its input
// can contain must be kept, the summary must have the focus, and no create request may be sent.
func TestInvalidForms(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	operator := b.As(store.RoleOperator)
	attempt := operator.NewForm()
	rules := formRules(t)
	look := func(broken []string, form url.Values, firm bool, field string) {
		t.Helper()
		form.Set("attempt", attempt)
		b.Clock.Add(2 * time.Second) // stay within the rate limit
		r := operator.Post("/pbxs", form)
		d := r.Doc(t)
		focused, _ := d.Find("[autofocus]").Attr("id")
		want := "problems"
		if !firm {
			want = "warnings"
		}
		if r.StatusCode != http.StatusUnprocessableEntity || focused != want ||
			d.Find("#"+want+` a[href="#`+anchorOf(field)+`"]`).Length() == 0 {
			t.Errorf(
				"%q: status = %d, focus on %q, problems: %s",
				broken,
				r.StatusCode,
				focused,
				d.Find("#"+want).Text(),
			)
		}
		back := shown(d)
		for name := range form {
			got, typed := back[name], form[name]
			if slices.Contains([]string{"im", "upgradeInPbx", "recordingStatus"}, name) && typed[0] != "Enabled" {
				continue // A switch can't show a value that YCM doesn't define, so its problem quotes the value.
			}
			if name == "name" && strings.ContainsAny(typed[0], "\x00\r\n") {
				continue // A single-line input can't contain these characters.
			}
			if !slices.Equal(got, typed) && strings.TrimSpace(typed[0]) != "" {
				t.Errorf("%q: %s changed from %.40q to %.40q", broken, name, typed, got)
			}
		}
	}
	for i, rule := range rules {
		if rule.Name == "fewer extensions than the account's least" {
			continue // This portal has no minimum.
		}
		look([]string{rule.Name}, portaltest.With(portaltest.GoodForm("acme"), rule.Set), !rule.Warning, rule.Field)
		for j, other := range rules[:i] {
			if other.Warning && rule.Warning || overlap(rule.Set, other.Set) || testing.Short() && (i+j)%10 != 0 {
				continue
			}
			first := rule
			if first.Warning {
				first = other
			}
			form := portaltest.With(portaltest.GoodForm("acme"), other.Set, rule.Set)
			look([]string{rule.Name, other.Name}, form, true, first.Field)
		}
	}
	if n := b.Creates(); n != 0 {
		t.Errorf("%d creates were sent, want 0", n)
	}
}

// overlap reports whether two rules change the same field, or whether one rule's problem may hide the other's.
func overlap(a, b map[string]string) bool {
	has := func(m map[string]string, names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { _, ok := m[n]; return ok })
	}
	for name := range a {
		if has(b, name) {
			return true
		}
	}
	place := []string{"regionId", "versionId", "domainId"}
	return has(a, place...) && has(b, place...)
}

// TestTooManyForms checks that form submissions are limited per user, that a rejected form is shown again, and that the
// user can submit it a minute later.
func TestTooManyForms(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	operator, admin := b.As(store.RoleOperator), b.As(store.RoleAdmin)
	form := portaltest.With(portaltest.GoodForm("acme"), map[string]string{"plan": "", "attempt": operator.NewForm()})
	var got []int
	for range web.RateCreate.PerMinute() + 1 {
		got = append(got, operator.Post("/pbxs", form).StatusCode)
	}
	r := operator.Post("/pbxs", form)
	if got[web.RateCreate.PerMinute()-1] != http.StatusUnprocessableEntity ||
		got[web.RateCreate.PerMinute()] != http.StatusTooManyRequests ||
		r.Header.Get("Retry-After") == "" ||
		shown(r.Doc(t)).Get("subDomain") != "acme" {
		t.Errorf("statuses = %v, Retry-After = %q", got[web.RateCreate.PerMinute()-2:], r.Header.Get("Retry-After"))
	}
	if r := admin.Post(
		"/pbxs",
		portaltest.With(form, map[string]string{"attempt": admin.NewForm()}),
	); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another user's form meanwhile = %d, want 422", r.StatusCode)
	}
	b.Clock.Add(time.Minute)
	if r := operator.Post("/pbxs", form); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a form a minute later = %d, want 422", r.StatusCode)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Work()
	operator := b.As(store.RoleOperator)
	form := portaltest.GoodForm("acme")
	form.Set("reason", "CB-2297")
	id := b.Submit(operator, form)
	page := operator.UntilShows(id, "Open the PBX")
	pbx, _ := page.Find("#operation").Attr("data-pbx-id")
	if pbx == "" || page.Find(`a[href="/pbxs/`+pbx+`"]`).Length() == 0 || b.Creates() != 1 {
		t.Errorf("PBX = %q, %d creates: %s", pbx, b.Creates(), page.Find("#operation").Text())
	}
	for _, want := range []string{
		"The operator",
		"CB-2297",
		"acme.pbx.example.com",
		"Europe(Frankfurt)",
		"84.21.0.66",
		"requestId",
	} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page doesn't contain %q", want)
		}
	}
	var sent map[string]any
	if err := json.Unmarshal(
		b.YCM.Requests("createCloudPbx")[0].Body,
		&sent,
	); err != nil || sent["subDomain"] != "acme" || sent["recordingStatus"] != "Disabled" ||
		sent["regionId"] != 1.0 {
		t.Errorf("sent: %v (error %v)", sent, err)
	}
	if got := b.Events("pbx", "creation"); !slices.Equal(got, []string{"pbx.create asked", "pbx.create done"}) {
		t.Errorf("events = %q", got)
	}
	log := b.As(store.RoleOperator).Get("/audit").Text
	if !strings.Contains(log, "→") || !strings.Contains(log, "CB-2297") {
		t.Error("the audit log lacks the capacity before and after, or the reason")
	}
	// The same form is sent again, as if the user had gone back. This must not start another operation.
	form.Set("attempt", id)
	if r := operator.Post("/pbxs", form); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != "/operations/"+id {
		t.Errorf("the same form again = %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if got := operator.Get("/operations").
		Doc(t).
		Find(`tr[data-creation-state="created"]`).
		AttrOr("data-pbx-id", ""); got != pbx {
		t.Errorf("the list of operations has PBX %q", got)
	}
	if got := operator.Get("/pbxs/" + pbx).Doc(t).Find(`a[href="/operations/` + id + `"]`).Length(); got != 1 {
		t.Error("the PBX's page doesn't link to its operation")
	}
	if b.Creates() != 1 {
		t.Errorf("%d creates were sent, want 1", b.Creates())
	}
}

// TestDoubleSubmit checks that 50 simultaneous posts of one form result in one operation and one create request, and
// that all get the same response.
func TestDoubleSubmit(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Work()
	operator := b.As(store.RoleOperator)
	form := portaltest.GoodForm("acme")
	id := operator.NewForm()
	form.Set("attempt", id)
	var posting sync.WaitGroup
	answers := make([]string, 50)
	for i := range answers {
		posting.Go(func() {
			r := operator.Post("/pbxs", form)
			answers[i] = fmt.Sprintf("%d %s", r.StatusCode, r.Header.Get("Location"))
		})
	}
	posting.Wait()
	for _, a := range answers {
		if a != "303 /operations/"+id {
			t.Errorf("a response = %q", a)
		}
	}
	operator.Until(id, store.StateDone)
	if n := b.Creates(); n != 1 {
		t.Errorf("%d creates were sent, want 1", n)
	}
	if p, err := b.Fleet.Operations.List(t.Context(), store.OperationFilter{}, 1, 10); err != nil || p.Total != 1 {
		t.Errorf("got %d operations (error %v), want 1", p.Total, err)
	}
}

// TestTakenAmongOthers checks that a taken host name is reported along with another problem, and that the preview shows
// the host name as taken.
func TestTakenAmongOthers(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	b.YCM.Add(map[string]any{"name": "Acme", "url": "acme.pbx.example.com"})
	if _, err := b.Fleet.Mirror.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	form := portaltest.With(portaltest.GoodForm("acme"), map[string]string{"name": ""})
	operator := b.As(store.RoleOperator)
	form.Set("attempt", operator.NewForm())
	r := operator.Post("/pbxs", form)
	d := r.Doc(t)
	for _, field := range []string{"name", "subDomain"} {
		if r.StatusCode != http.StatusUnprocessableEntity || d.Find(`#problems a[href="#`+field+`"]`).Length() != 1 {
			t.Errorf("status = %d without %s among the problems: %s", r.StatusCode, field, d.Find("#problems").Text())
		}
	}
	if host := d.Find("#host").Text(); !strings.Contains(host, "taken") {
		t.Errorf("the host name's state = %s, want taken", host)
	}
}

// TestOneTimeIDs checks that a form without a valid one-time ID gets 409 and is shown again with its values and a new
// ID. It also checks that operators can open other users' operations, and that unknown operations get 404.
func TestOneTimeIDs(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	operator, admin := b.As(store.RoleOperator), b.As(store.RoleAdmin)
	stale, others := operator.NewForm(), admin.NewForm()
	used := b.Submit(admin, portaltest.GoodForm("used"))
	b.Clock.Add(25 * time.Hour)
	operator = b.As(store.RoleOperator)
	fresh := operator.NewForm()
	first := "A"
	if fresh[:1] == first {
		first = "B"
	}
	for name, id := range map[string]string{
		"none":                        "",
		"made up":                     "attempt-1",
		"cut":                         fresh[:20],
		"longer":                      fresh + "A",
		"changed":                     first + fresh[1:],
		"stale":                       stale,
		"somebody else's":             others,
		"one that somebody else used": used,
	} {
		form := portaltest.With(portaltest.GoodForm("acme"), map[string]string{"name": "Kept", "attempt": id})
		r := operator.Post("/pbxs", form)
		back := shown(r.Doc(t))
		if r.StatusCode != http.StatusConflict || back.Get("name") != "Kept" || back.Get("subDomain") != "acme" ||
			back.Get("attempt") == id ||
			back.Get("attempt") == "" {
			t.Errorf("%s: status = %d, form = %v", name, r.StatusCode, back)
		}
	}
	if p, err := b.Fleet.Operations.List(t.Context(), store.OperationFilter{}, 1, 10); err != nil || p.Total != 1 {
		t.Errorf("got %d operations, want only the admin's (error %v)", p.Total, err)
	}
	// Access to an operation depends only on the user's role.
	if r := operator.Get("/operations/" + used); r.StatusCode != http.StatusOK {
		t.Errorf("another user's operation = %d, want 200", r.StatusCode)
	}
	for _, path := range []string{
		"/operations/nobody",
		"/operations/" + fresh,
		"/operations/%00",
		"/operations/" + strings.Repeat("x", 5000),
	} {
		if r := operator.Get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET %.40s = %d, want 404", path, r.StatusCode)
		}
	}
}

// TestNotAudited checks that no create request is sent if the operation can't be stored or audited, and that the
// response reports an error.
func TestNotAudited(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"audit_events", "operations"} {
		b := portaltest.New(t, 20)
		b.Work()
		operator := b.As(store.RoleOperator)
		form := portaltest.GoodForm("acme")
		form.Set("attempt", operator.NewForm())
		storetest.Break(t, b.Dir, table)
		r := operator.Post("/pbxs", form)
		if table == "audit_events" &&
			(r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.Text, "nothing was sent")) {
			t.Errorf("without %s: status = %d, want 503", table, r.StatusCode)
		}
		if r.StatusCode < 500 || b.Creates() != 0 ||
			shown(r.Doc(t)).Get("subDomain") != "acme" && table == "audit_events" {
			t.Errorf("without %s: status = %d with %d creates", table, r.StatusCode, b.Creates())
		}
	}
}

// TestYCMCantBeAsked checks that, if YCM can't be read, the response is 502 or 504 with the form unchanged, and no
// operation is stored.
func TestYCMCantBeAsked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault func(*ycmtest.Server)
		want  int
	}{
		{"refuses connections", func(y *ycmtest.Server) { y.Refuse() }, http.StatusBadGateway},
		{
			"says 503",
			func(y *ycmtest.Server) { y.Inject(ycmtest.Fault{Op: "getCloudPbxByUrl", Kind: ycmtest.Unavailable503}) },
			http.StatusBadGateway,
		},
		{"answers with HTML", func(y *ycmtest.Server) {
			y.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte("<html>")})
		}, http.StatusBadGateway},
		{"is silent", func(y *ycmtest.Server) {
			y.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.HangUnprocessed})
		}, http.StatusGatewayTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := portaltest.NewFor(t, 20, func(c *account.Config) {
				if tt.want == http.StatusGatewayTimeout {
					c.PrecheckTimeout = time.Second
				}
			})
			b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
			operator := b.As(store.RoleOperator)
			id := operator.NewForm()
			tt.fault(b.YCM)
			r := operator.Post(
				"/pbxs", portaltest.With(portaltest.GoodForm("acme"), map[string]string{"attempt": id, "name": "Kept"}),
			)
			d := r.Doc(t)
			back := shown(d)
			if r.StatusCode != tt.want || back.Get("name") != "Kept" || back.Get("attempt") != id ||
				d.Find("#notice[autofocus]").Length() != 1 {
				t.Errorf("status = %d, want %d: %s", r.StatusCode, tt.want, d.Find("#notice").Text())
			}
			p, err := b.Fleet.Operations.List(t.Context(), store.OperationFilter{}, 1, 10)
			if err != nil || p.Total != 0 || b.Creates() != 0 {
				t.Errorf("got %d operations and %d creates (error %v), want none", p.Total, b.Creates(), err)
			}
			b.YCM.Clear()
		})
	}
}

// TestWarnings checks that a form with warnings is submitted only after confirmation with a separate button, and that
// the operation's page and the audit log have the accepted warning.
func TestWarnings(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	operator := b.As(store.RoleOperator)
	form := portaltest.With(portaltest.GoodForm("acme"), map[string]string{"type": "Trial", "attempt": operator.NewForm()})
	r := operator.Post("/pbxs", form)
	if d := r.Doc(t); r.StatusCode != http.StatusUnprocessableEntity ||
		d.Find(`button[name="sendAnyway"][value="yes"]`).Length() == 0 {
		t.Errorf("status = %d: %s", r.StatusCode, d.Find("#warnings").Text())
	}
	form.Set("sendAnyway", "yes")
	if r := operator.Post("/pbxs", form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("confirmed form = %d, want 303", r.StatusCode)
	} else if page := operator.Get(r.Header.Get("Location")).Text; !strings.Contains(page, "A trial without an "+
		"expiration date") {
		t.Error("the operation doesn't show the accepted warning")
	}
	const detail = "warnings accepted: A trial without an expiration date doesn’t end automatically."
	asked, err := b.Store.AuditEvents(t.Context(), 1, 100, store.AuditQuery{})
	b.Must(err)
	if !slices.ContainsFunc(asked.Events, func(e store.Event) bool { return strings.HasSuffix(e.Detail(), detail) }) {
		t.Errorf("the audit log lacks %q", detail)
	}
}

// TestAnsweredFigures checks that the acknowledgment of a warning covers only the figure that was shown.
func TestAnsweredFigures(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	operator := b.As(store.RoleOperator)
	form := portaltest.With(
		portaltest.GoodForm("acme"),
		map[string]string{"concurrentCallCapacity": "4000", "attempt": operator.NewForm()},
	)
	warned := shown(operator.Post("/pbxs", form).Doc(t)).Get("warned")
	if warned == "" {
		t.Fatal("the form has no warning")
	}
	more := portaltest.With(
		form, map[string]string{"concurrentCallCapacity": "99999", "sendAnyway": "yes", "warned": warned},
	)
	if r := operator.Post("/pbxs", more); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("more than the accepted figure = %d, want 422", r.StatusCode)
	}
	if r := operator.Post(
		"/pbxs",
		portaltest.With(more, map[string]string{"concurrentCallCapacity": "4000"}),
	); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the accepted figure = %d, want 303", r.StatusCode)
	}
}

// TestLinksThatFillIn checks that a form filled in from a link says so. Somebody else may have chosen the values.
func TestLinksThatFillIn(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	operator := b.As(store.RoleOperator)
	for query, want := range map[string]string{
		"name=Evil":           "Filled in from a link",
		"attempt=x&name=Evil": "Filled in from a link",
		"attempt=" + operator.NewForm() + "&name=Own": "Your values were restored",
	} {
		if got := operator.Get("/pbxs/new?" + query).Doc(t).Find("#notice").Text(); !strings.Contains(got, want) {
			t.Errorf("%s: notice = %q, want %q", query, got, want)
		}
	}
}

// TestSignedOutFormsComeBack checks that the form's values and its one-time ID are restored after sign-in.
func TestSignedOutFormsComeBack(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	operator := b.As(store.RoleOperator)
	id := operator.NewForm()
	form := portaltest.With(
		portaltest.GoodForm("acme"), map[string]string{"attempt": id, "name": "Größe & Söhne <b>", "im": "Enabled"},
	)
	form.Add("customerIds", "50086219")
	b.Clock.Add(time.Hour) // longer than the idle timeout
	for _, path := range []string{"/pbxs", "/pbxs/new", "/presets"} {
		br := b.Browser()
		r := br.Post(path, form)
		next, err := url.Parse(r.Header.Get("Location"))
		if err != nil || r.StatusCode != http.StatusSeeOther || next.Path != "/signin" {
			t.Fatalf(
				"POST %s signed out = %d to %q, want 303 to the sign-in page",
				path,
				r.StatusCode,
				r.Header.Get("Location"),
			)
		}
		r = br.Post(
			"/signin",
			url.Values{
				"email":    {"operator@example.com"},
				"password": {portaltest.Password},
				"next":     {next.Query().Get("next")},
			},
		)
		back := shown(br.Get(r.Header.Get("Location")).Doc(t))
		for name := range form {
			if !slices.Equal(back[name], form[name]) {
				t.Errorf("%s: %s changed from %q to %q", path, name, form[name], back[name])
			}
		}
	}
	if r := b.Browser().
		Post("/pbxs/new", form, "HX-Request", "true"); r.StatusCode != http.StatusUnauthorized ||
		!strings.Contains(r.Header.Get("HX-Redirect"), "acme") {
		t.Errorf("htmx request signed out = %d to %q", r.StatusCode, r.Header.Get("HX-Redirect"))
	}
}

func TestPresets(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	operator := b.As(store.RoleOperator)
	form := portaltest.With(portaltest.GoodForm("acme"), map[string]string{
		"attempt":                     operator.NewForm(),
		"presetName":                  "Trial, 30 days",
		"presetShared":                "yes",
		"type":                        "Trial",
		"expirationDate":              "2026-04-16",
		"allowRunAfterExpirationDate": "false",
		"extensionCapacity":           "40",
	})
	r := operator.Post("/presets", form)
	if back := shown(r.Doc(t)); r.StatusCode != http.StatusOK || back.Get("subDomain") != "acme" ||
		back.Get("attempt") != form.Get("attempt") {
		t.Errorf("saving a preset = %d with %v, want 200 with the form unchanged", r.StatusCode, back)
	}
	b.Clock.Add(10 * 24 * time.Hour)
	operator, admin := b.As(store.RoleOperator), b.As(store.RoleAdmin)
	link, _ := admin.Get("/pbxs/new").Doc(t).Find(`a[href^="/pbxs/new?preset="]`).Attr("href")
	filled := shown(admin.Get(link).Doc(t))
	for name, want := range map[string]string{
		"type":                        "Trial",
		"extensionCapacity":           "40",
		"expirationDate":              "2026-04-26",
		"allowRunAfterExpirationDate": "false",
		"name":                        "",
		"subDomain":                   "",
		"customerIds":                 "50086182",
	} {
		if got := filled.Get(name); got != want {
			t.Errorf("from the preset: %s = %q, want %q", name, got, want)
		}
	}
	key := strings.TrimPrefix(link, "/pbxs/new?preset=")
	if got := shown(admin.Get(link + "&name=Theirs&subDomain=theirs").Doc(t)); got.Get("name") != "" ||
		got.Get("subDomain") != "" {
		t.Errorf("values of a link are mixed with a preset without a notice: %v", got)
	}
	half := url.Values{
		"attempt":           {admin.NewForm()},
		"name":              {"Half"},
		"subDomain":         {"half-way"},
		"reason":            {"CB-7"},
		"extensionCapacity": {"99"},
		"do":                {"preset-" + key},
	}
	over := shown(admin.Post("/pbxs/new", half).Doc(t))
	for name, want := range map[string]string{
		"name":              "Half",
		"subDomain":         "half-way",
		"reason":            "CB-7",
		"extensionCapacity": "40",
		"attempt":           half.Get("attempt"),
	} {
		if got := over.Get(name); got != want {
			t.Errorf("preset over a partly filled form: %s = %q, want %q", name, got, want)
		}
	}
	half.Set("do", "preset-99999")
	if r := admin.Post("/pbxs/new", half); r.StatusCode != http.StatusNotFound {
		t.Errorf("a preset that never existed = %d, want 404", r.StatusCode)
	}
	if r := admin.Post("/presets/delete", url.Values{"preset": {key}}); r.StatusCode != http.StatusNotFound {
		t.Errorf("deleting another user's preset = %d, want 404", r.StatusCode)
	}
	if r := operator.Post(
		"/presets",
		portaltest.With(form, map[string]string{"presetName": "", "name": "Kept"}),
	); r.StatusCode != http.StatusUnprocessableEntity ||
		shown(r.Doc(t)).Get("name") != "Kept" {
		t.Errorf("saving a preset without a name = %d, want 422", r.StatusCode)
	}
	for _, name := range []string{"\x01", "\u202e\u202e", "\u200b", strings.Repeat("n", 61)} {
		if r := operator.Post(
			"/presets",
			portaltest.With(form, map[string]string{"presetName": name}),
		); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("saving a preset named %q = %d, want 422", name, r.StatusCode)
		}
	}
	if r := operator.Post("/presets/delete", url.Values{"preset": {key}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("deleting your own preset = %d, want 303", r.StatusCode)
	}
	if r := admin.Get(link); r.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted preset = %d, want 404", r.StatusCode)
	}
	id := b.Submit(operator, portaltest.GoodForm("made"))
	if r := operator.Post(
		"/presets",
		url.Values{"operation": {id}, "presetName": {"As made"}},
	); r.StatusCode != http.StatusSeeOther ||
		!strings.Contains(operator.Get("/presets").Text, "As made") {
		t.Errorf("saving a preset from an operation = %d, want 303", r.StatusCode)
	}
	if strings.Contains(admin.Get("/presets").Text, "As made") {
		t.Error("other users see a private preset")
	}
}

// TestClone checks that names are mapped back to IDs regardless of case, and that the notice lists the values that
// can't be copied unchanged.
func TestClone(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	ids := b.YCM.IDs()
	whole := map[string]any{
		"region":                  "China(Guangdong)",
		"url":                     "acme.cn.pbx.example.com",
		"version":                 "84.20.0.32",
		"plan":                    "Ultimate Plan",
		"type":                    "Commercial",
		"extensionCapacity":       75,
		"concurrentCallCapacity":  18,
		"recordingStatus":         "Enabled",
		"recordingCapacity":       2000,
		"im":                      "Enabled",
		"provisioningViaTemplate": "Enabled",
		"lastUsedTemplate":        "Law firm",
	}
	b.YCM.Edit(ids[0], func(r map[string]any) { clear(r); maps.Copy(r, whole); r["cloudPbxId"] = ids[0] })
	b.YCM.Edit(ids[1], func(r map[string]any) {
		clear(r)
		maps.Copy(
			r,
			map[string]any{
				"cloudPbxId":                     ids[1],
				"region":                         "Atlantis",
				"plan":                           "Upgrading to Ultimate Plan",
				"allowSuperiorPasswordlessLogin": "no",
				"version":                        "1.2.3.4",
				"url":                            "x.y.z",
			},
		)
	})
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	operator := b.As(store.RoleOperator)
	link, _ := operator.Get(fmt.Sprintf("/pbxs/%d", ids[0])).Doc(t).Find(`a[href^="/pbxs/new?clone="]`).Attr("href")
	filled := shown(operator.Get(link).Doc(t))
	for name, want := range map[string]string{
		"regionId":               "4",
		"domainId":               "41",
		"versionId":              "781",
		"plan":                   "Ultimate Plan",
		"extensionCapacity":      "75",
		"concurrentCallCapacity": "18",
		"recordingStatus":        "Enabled",
		"recordingCapacity":      "2000",
		"im":                     "Enabled", "provisionTemplateId": "311", "name": "", "subDomain": "",
	} {
		if got := filled.Get(name); got != want {
			t.Errorf("clone: %s = %q, want %q", name, got, want)
		}
	}
	d := operator.Get(fmt.Sprintf("/pbxs/new?clone=%d", ids[1])).Doc(t)
	for _, want := range []string{"Atlantis", "Upgrading to Ultimate Plan", "“no”", "Customers"} {
		if !strings.Contains(d.Find("#notice").Text(), want) {
			t.Errorf("the notice doesn't mention %s: %s", want, d.Find("#notice").Text())
		}
	}
	if got := shown(d).Get("plan"); got != "Ultimate Plan" {
		t.Errorf("plan = %q, want Ultimate Plan", got)
	}
	for _, path := range []string{
		"/pbxs/new?clone=1",
		"/pbxs/new?clone=x",
		"/pbxs/new?from=nobody",
		"/pbxs/new?preset=99",
	} {
		if r := operator.Get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", path, r.StatusCode)
		}
	}
}

// TestOutcomes checks that the page explains the outcome and offers the next step, both for requests that YCM refused
// and for one that it carried out but didn't answer.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault ycmtest.Fault
		state store.OperationState
		wants []string
		way   string
	}{
		{
			"refused",
			ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000007},
			store.StateRefused,
			[]string{"1000007", "No PBX was created", "fault-failed-200"},
			"Edit and try again",
		},
		{
			"too many requests",
			ycmtest.Fault{Kind: ycmtest.RateLimited},
			store.StateRefused,
			[]string{"1000040", "No PBX was created"},
			"Try again with these values",
		},
		{
			"no longer our token",
			ycmtest.Fault{Kind: ycmtest.TokenExpired},
			store.StateRefused,
			[]string{"1000035", "No PBX was created"},
			"Try again with these values",
		},
		{
			"not answered, but created",
			ycmtest.Fault{Kind: ycmtest.ResetProcessed},
			store.StateDone,
			[]string{"the PBX exists", "sent once"},
			"Open the PBX",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := portaltest.New(t, 20)
			b.Work()
			operator := b.As(store.RoleOperator)
			tt.fault.Op = "createCloudPbx"
			b.YCM.Inject(tt.fault)
			id := b.Submit(operator, portaltest.GoodForm("acme"))
			d := operator.UntilShows(id, tt.way)
			if got := d.Find("#operation").AttrOr("data-operation-state", ""); got != string(tt.state) {
				t.Errorf("state = %q, want %q", got, tt.state)
			}
			for _, want := range tt.wants {
				if !strings.Contains(d.Text(), want) {
					t.Errorf("the page doesn't contain %q: %s", want, d.Find("#operation").Text())
				}
			}
			if d.Find("#operation a").
				FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.TrimSpace(s.Text()) == tt.way }).
				Length() !=
				1 {
				t.Errorf("the page doesn't have one link named %q", tt.way)
			}
			if b.Creates() != 1 {
				t.Errorf("%d creates were sent, want 1", b.Creates())
			}
			again := shown(operator.Get("/pbxs/new?from=" + id).Doc(t))
			if want := map[bool]string{true: "", false: "acme"}[tt.state == store.StateDone]; again.Get(
				"subDomain",
			) != want ||
				again.Get("extensionCapacity") != "20" {
				t.Errorf("the form filled from the operation = %v", again)
			}
		})
	}
}

// TestUnknownIsSettled covers a create request that gets no response. The checks find no PBX, so the operation ends as
// not done. Once the PBX appears, a check that the user requests finds it.
func TestUnknownIsSettled(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Work()
	operator := b.As(store.RoleOperator)
	b.YCM.Inject(ycmtest.Fault{Op: "createCloudPbx", Kind: ycmtest.ResetUnprocessed})
	id := b.Submit(operator, portaltest.GoodForm("acme"))
	operator.Until(id, store.StateUnknown)
	if r := operator.Post(
		"/pbxs",
		portaltest.With(portaltest.GoodForm("acme"), map[string]string{"attempt": operator.NewForm()}),
	); r.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Text, "which creates a PBX with this host name, is still open") {
		t.Errorf("the same host name meanwhile = %d, want 422", r.StatusCode)
	}
	for tries := 0; ; tries++ {
		c, err := b.Fleet.Operations.Operation(t.Context(), id)
		b.Must(err)
		if c.State != store.StateUnknown || tries > 1000 {
			break
		}
		b.Clock.Add(5 * time.Second)
		operator.Post("/operations/"+id+"/check", nil) // This also wakes the reconciler.
	}
	d := operator.Until(id, store.StateNotDone)
	if !strings.Contains(d.Text(), "safe to try again") {
		t.Errorf("the page shows: %s", d.Find("#operation").Text())
	}
	b.Clock.Add(5 * time.Second)
	b.YCM.Refuse()
	if r := operator.Post("/operations/"+id+"/check", nil); r.StatusCode != http.StatusBadGateway {
		t.Errorf("checking while YCM refuses connections = %d, want 502", r.StatusCode)
	}
	b.Must(b.YCM.Accept())
	b.YCM.Add(map[string]any{"name": "Acme", "url": "acme.pbx.example.com", "createTime": b.Clock.Now().Unix()})
	if r := operator.Post("/operations/"+id+"/check", nil); r.StatusCode != http.StatusSeeOther {
		t.Errorf("checking again = %d, want 303", r.StatusCode)
	}
	operator.Until(id, store.StateDone)
	if got := b.Events("pbx", "creation"); !slices.Equal(
		got,
		[]string{
			"pbx.create asked",
			"pbx.create unknown",
			"pbx.create refused",
			"pbx.create failed",
			"pbx.create done",
		},
	) {
		t.Errorf("events = %q", got)
	}
}

// TestNewPBXPageIsLight checks that thousands of customers don't make the form's page large.
func TestNewPBXPageIsLight(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.YCM.SetCustomers(5000)
	operator := b.As(store.RoleOperator)
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	if n := len(b.Fleet.Catalog.Options(fleet.Customers).All); n != 5000 {
		t.Fatalf("got %d customers, want 5000", n)
	}
	r := operator.Get("/pbxs/new", "Accept-Encoding", "gzip")
	if n := len(r.Text); r.Header.Get("Content-Encoding") != "gzip" || n > 30_000 {
		t.Errorf("the form has %d bytes of %q, want at most 30,000 of gzip", n, r.Header.Get("Content-Encoding"))
	}
	found := operator.Get("/pbxs/new/customers?q=varga").Doc(t)
	if n := found.Find("[role=option]").Length(); n == 0 || n > 20 {
		t.Errorf("the search finds %d customers", n)
	}
}

// TestLookUpsFail checks that a failure to read options is reported, and that the rest of the form still works.
func TestLookUpsFail(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.YCM.Inject(ycmtest.Fault{Op: "listCustomers", Kind: ycmtest.Failed200, Code: 1000043})
	operator := b.As(store.RoleOperator)
	d := operator.Get("/pbxs/new").Doc(t)
	if !strings.Contains(d.Find("#customerIds").Text(), "YCM denied access") ||
		d.Find("#regionId option").Length() < 4 ||
		d.Find("#versionId option").Length() < 3 {
		t.Errorf("customers: %s; regions: %d", d.Find("#customerIds").Text(), d.Find("#regionId option").Length())
	}
	form := portaltest.With(
		portaltest.GoodForm("acme"), map[string]string{"attempt": shown(d).Get("attempt"), "name": "Kept"},
	)
	if r := operator.Post("/pbxs", form); r.StatusCode != http.StatusBadGateway ||
		shown(r.Doc(t)).Get("customerIds") != "50086182" {
		t.Errorf("a form whose customers can't be checked = %d, want 502", r.StatusCode)
	}
	b.YCM.Clear()
	d = operator.Post("/pbxs/new", portaltest.With(form, map[string]string{"do": "reload-customers"})).Doc(t)
	if !strings.Contains(d.Find("#customerIds").Text(), "137 customers") || shown(d).Get("name") != "Kept" {
		t.Errorf("customers after a reload: %s", d.Find("#customerIds").Text())
	}
	before := len(b.YCM.Requests("listRegions"))
	d = operator.Post("/pbxs/new", portaltest.With(form, map[string]string{"do": "reload"})).Doc(t)
	if n := len(b.YCM.Requests("listRegions")); n != before+1 {
		t.Errorf("reloading all choices reads the regions %d times", n-before)
	}
	if shown(d).Get("name") != "Kept" || d.Find(`button[name=do][value^="reload"]`).Length() != 1 {
		t.Errorf("after reloading all choices: %s", d.Find("#new-pbx").Text())
	}
	d = operator.Post(
		"/pbxs/new", portaltest.With(form, map[string]string{"do": "find", "customerSearch": "varga"}),
	).Doc(t)
	if n := d.Find(`#customers-chosen input`).Length(); n < 3 {
		t.Errorf("without JavaScript, %d customers are found, want at least 3", n)
	}
}

// TestPreflight covers the parts of the page that are updated while a user fills in the form.
func TestPreflight(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	operator := b.As(store.RoleOperator)
	live := func(changes ...map[string]string) *goquery.Document {
		t.Helper()
		r := operator.Post(
			"/pbxs/new",
			portaltest.With(portaltest.With(portaltest.GoodForm("acme"), map[string]string{"shownRegion": "1"}), changes...),
			"HX-Request",
			"true",
		)
		if r.StatusCode != http.StatusOK {
			t.Fatalf("status = %d\n%s", r.StatusCode, r.Text)
		}
		return r.Doc(t)
	}
	b.Fleet.Catalog.Reload(t.Context(), fleet.OptionKinds...)
	d := live()
	if !strings.Contains(d.Find("#host").Text(), "acme.pbx.example.com") ||
		!strings.Contains(d.Find("#host").Text(), "available") ||
		d.Find("#firmware-field").Length() != 0 {
		t.Errorf("host name = %s, want free", d.Find("#host").Text())
	}
	left := d.Find(`[data-resource="extensionCapacity"] [data-col="available"]`).AttrOr("data-value", "")
	id := b.Submit(operator, portaltest.GoodForm("first"))
	after := live().Find(`[data-resource="extensionCapacity"] [data-col="available"]`).AttrOr("data-value", "")
	var was, is int
	if _, err := fmt.Sscan(left+" "+after, &was, &is); err != nil {
		t.Fatal(err)
	}
	if was-is != 20 {
		t.Errorf("available = %d, then %d while %s is open; want 20 less", was, is, id)
	}
	taken := b.YCM.Record(b.YCM.IDs()[0])["url"].(string)
	sub, domain, _ := strings.Cut(taken, ".")
	entry, _ := b.Fleet.Catalog.Options(fleet.Domains).Named(domain, 0)
	d = live(
		map[string]string{
			"subDomain": sub,
			"domainId":  fmt.Sprint(entry.ID),
			"regionId":  fmt.Sprint(entry.Regions[0]),
			"versionId": "",
		},
	)
	if !strings.Contains(d.Find("#host").Text(), "taken") {
		t.Errorf("a host name in the fleet = %s, want taken", d.Find("#host").Text())
	}
	b.YCM.Add(map[string]any{"name": "elsewhere", "url": "elsewhere.pbx.example.com"})
	if d = live(map[string]string{"subDomain": "elsewhere"}); !strings.Contains(d.Find("#host").Text(), "taken: YCM") {
		t.Errorf("a host name that only YCM has = %s, want taken", d.Find("#host").Text())
	}
	if d = live(map[string]string{"regionId": "2"}); d.Find("#domain-field option[value='21']").Length() != 1 ||
		d.Find("#domain-field option[value='11']").Length() != 0 {
		t.Errorf("domains of another region = %s", d.Find("#domain-field").Text())
	}
	if d = live(
		map[string]string{"recordingStatus": "Enabled", "recordingCapacity": "700"},
	); !strings.Contains(
		d.Text(),
		"not confirmed",
	) {
		t.Error("the free minutes aren't marked as not confirmed")
	}
	b.YCM.Refuse()
	if d = live(map[string]string{"subDomain": "unasked"}); !strings.Contains(
		d.Find("#host").Text(),
		"couldn’t be checked with YCM",
	) {
		t.Errorf("a host name while YCM is unreachable = %s", d.Find("#host").Text())
	}
}

// TestMovedAddresses checks that URLs in old bookmarks and scripts, which call operations "creations", still work.
func TestMovedAddresses(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	operator := b.As(store.RoleOperator)
	for from, to := range map[string]string{
		"/creations":                      "/operations",
		"/creations?state=created&page=2": "/operations?page=2&state=created",
		"/creations?other=1":              "/operations",
		"/creations/abc":                  "/operations/abc",
	} {
		if r := operator.Get(from); r.StatusCode != http.StatusPermanentRedirect || r.Header.Get("Location") != to {
			t.Errorf("GET %s = %d to %q, want 308 to %q", from, r.StatusCode, r.Header.Get("Location"), to)
		}
	}
	if r := operator.Post("/creations/abc/look", nil); r.StatusCode != http.StatusPermanentRedirect ||
		r.Header.Get("Location") != "/operations/abc/check" {
		t.Errorf("POST = %d to %q, want 308 to the check", r.StatusCode, r.Header.Get("Location"))
	}
	if r := operator.Get("/operations?state=created"); r.Doc(t).Find(`.tab[aria-current]`).Text() != "Done" {
		t.Error("state=created doesn't show the operations that are done")
	}
}

// anchorOf returns the ID of a field's input element.
func anchorOf(field string) string {
	if field == "customerIds" {
		return "customerSearch"
	}
	return field
}
