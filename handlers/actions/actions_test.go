package actions_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// portal has a portal with a PBX in a given state, and an operator's browser.
type portal struct {
	*portaltest.Portal

	operator *portaltest.Browser
	id       int64
}

// with returns a portal whose PBX has the given members.
func with(t *testing.T, members map[string]any) *portal {
	t.Helper()
	b := &portal{Portal: portaltest.New(t, 5)}
	b.operator = b.As("operator")
	b.id = b.YCM.IDs()[2]
	b.YCM.SetOwners(b.id, 50086182, 50086219)
	b.edit(members)
	b.Fleet.Mirror.ReadOne(t.Context(), b.id)
	return b
}

// edit changes the PBX in YCM only.
func (b *portal) edit(members map[string]any) {
	b.YCM.Edit(b.id, func(record map[string]any) {
		record["name"] = "Alder Dental"
		for name, v := range members {
			record[name] = v
		}
	})
}

// path returns the URL of a form.
func (b *portal) path(form string) string { return fmt.Sprintf("/pbxs/%d/%s", b.id, form) }

// open returns the values of a form as its page shows it.
func (b *portal) open(form string) url.Values {
	b.T.Helper()
	r := b.operator.Get(b.path(form))
	if r.StatusCode != http.StatusOK {
		b.T.Fatalf("GET %s = %d, want 200\n%s", b.path(form), r.StatusCode, r.Text)
	}
	return portaltest.ShownIn(r.Doc(b.T), "#action form")
}

// sent returns the number of changes that YCM got.
func (b *portal) sent() int {
	n := 0
	for _, call := range []string{
		"startCloudPbx", "stopCloudPbx", "resizeCloudPbx", "updateCloudPbx", "deleteCloudPbxs",
		"setCloudPbxCustomers", "sendActivationEmails",
	} {
		n += len(b.YCM.Requests(call))
	}
	return n
}

var (
	running = map[string]any{"pbxStatus": "Running", "activeCalls": "0"}
	stopped = map[string]any{"pbxStatus": "Stopped", "activeCalls": "0"}
	sized   = map[string]any{
		"pbxStatus": "Running", "activeCalls": "0", "extensionCapacity": 20, "concurrentCallCapacity": 5,
		"recordingStatus": "Enabled", "recordingCapacity": 600, "upgradeInPbx": "Disabled", "im": "Enabled",
		"passwordlessLogin": "Enabled", "allowSuperiorPasswordlessLogin": "Disabled", "usedExtensions": "12",
		"transcriptionCapacity": 180, "transcriptionCapacityPlan": 120, "transcriptionCapacityAddon": 60,
	}
)

// actions has a good form for each kind of change.
var actions = []struct {
	form    string
	members map[string]any // of the PBX before
	typed   map[string]string
	kind    store.OperationKind
	change  string // as the page announces it
}{
	{"start", stopped, nil, "start", "pbxStatus: Stopped becomes Running"},
	{"stop", running, map[string]string{"reason": "CB-7"}, "stop", "pbxStatus: Running becomes Stopped"},
	{
		"suspend", running,
		map[string]string{"note": "Unpaid since May", "reviewOn": "2026-04-01"},
		"stop",
		"pbxStatus: Running becomes Stopped",
	},
	{
		"resize", sized,
		map[string]string{"extensionCapacity": "30"},
		"resize",
		"extensionCapacity: 20 becomes 30",
	},
	{
		"update", sized,
		map[string]string{"name": "Birch & Sons", "im": ""},
		"update",
		"name: Alder Dental becomes Birch & Sons | im: Enabled becomes Disabled",
	},
	{
		"customers", sized,
		map[string]string{"customerIds": "50086256"},
		"customers",
		"customerIds: Blacklight Supplies; Elmside Solicitors becomes Elmbridge Care Home",
	},
	{
		"activation-email", sized, nil,
		"activation-email",
		"activationEmail: none becomes Blacklight Supplies; Elmside Solicitors",
	},
	{
		"delete", sized,
		map[string]string{"confirmName": "Alder Dental"},
		"delete",
		"presence: In YCM becomes Removed",
	},
}

// changesOn returns the changes that a page announces.
func changesOn(d *goquery.Document) string {
	var changes []string
	for _, row := range d.Find("#review .items [data-field]").EachIter() {
		text := strings.Join(strings.Fields(row.Find(".change").Text()), " ")
		changes = append(changes, row.AttrOr("data-field", "")+": "+text)
	}
	return strings.Join(changes, " | ")
}

// TestActions makes each change by its page: what the page announces is what YCM has afterward. The operation's page
// says what was done.
func TestActions(t *testing.T) {
	t.Parallel()
	for _, a := range actions {
		t.Run(a.form, func(t *testing.T) {
			t.Parallel()
			b := with(t, a.members)
			b.Work()
			shown := b.operator.Get(b.path(a.form)).Doc(t)
			editable := slices.Contains([]string{"resize", "update", "customers"}, a.form)
			if got := changesOn(shown); got != a.change && !editable || got != "" && editable {
				t.Errorf("the page announces %q, want %q", got, a.change)
			}
			form := portaltest.With(portaltest.ShownIn(shown, "#action form"), a.typed)
			preview := b.operator.Post(b.path(a.form), portaltest.With(form, map[string]string{"preview": "yes"}))
			if got := changesOn(preview.Doc(t)); preview.StatusCode != http.StatusOK || got != a.change {
				t.Errorf("the preview is %d and announces %q, want %q", preview.StatusCode, got, a.change)
			}
			if n := b.sent(); n != 0 {
				t.Errorf("the preview sent %d changes", n)
			}
			r := b.operator.Post(b.path(a.form), form)
			if want := "/operations/" + form.Get("attempt"); r.StatusCode != http.StatusSeeOther ||
				r.Header.Get("Location") != want {
				t.Fatalf("POST = %d to %q, want 303 to %q\n%s", r.StatusCode, r.Header.Get("Location"), want, r.Text)
			}
			page := b.operator.Until(form.Get("attempt"), store.StateDone).Find("#operation")
			if kind := page.AttrOr("data-operation-kind", ""); kind != string(a.kind) {
				t.Errorf("the operation's kind is %s, want %s", kind, a.kind)
			}
			for change := range strings.SplitSeq(a.change, " | ") {
				field, values, _ := strings.Cut(change, ": ")
				_, want, _ := strings.Cut(values, " becomes ")
				got := fmt.Sprint(b.YCM.Record(b.id)[field])
				switch {
				case field == "presence" && b.YCM.Record(b.id) == nil:
					got = "Removed"
				case field == "customerIds" && slices.Equal(b.YCM.Owners(b.id), []int64{50086256}):
					got = "Elmbridge Care Home"
				case field == "activationEmail":
					got = want
				}
				if got != want {
					t.Errorf("YCM's %s is %s, want %s", field, got, want)
				}
				if text := page.Text(); strings.Contains(text, "→ "+want) == (field == "activationEmail") ||
					!strings.Contains(text, want) || !strings.Contains(text, a.typed["note"]) {
					t.Errorf("the operation's page doesn't show the change or the note:\n%s", text)
				}
			}
			if again := b.operator.Post(b.path(a.form), form); again.StatusCode != http.StatusSeeOther || b.sent() != 1 {
				t.Errorf("the second submission = %d, and %d changes were sent", again.StatusCode, b.sent())
			}
		})
	}
}

// TestBadForms checks what doesn't start an operation: the status, a sentence, and that nothing is sent and nothing
// that was typed is lost.
func TestBadForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		form    string
		members map[string]any
		change  map[string]string
		status  int
		says    string
	}{
		{"no one-time ID", "stop", running, map[string]string{"attempt": ""}, 409, "This form has expired"},
		{"a made-up one-time ID", "stop", running, map[string]string{"attempt": "AAAA"}, 409, "This form has expired"},
		{"a made-up copy", "stop", running, map[string]string{"asOf": "AAAA"}, 409, "This form can’t be read"},
		{"running already", "start", running, nil, 422, "The PBX is running already."},
		{"stopped already", "stop", stopped, nil, 422, "The PBX is stopped already."},
		{
			"upgrading", "stop",
			map[string]any{"pbxStatus": "Upgrading"},
			nil, 422,
			"The PBX is upgrading. Wait until this is over.",
		},
		{
			"calls in progress", "stop",
			map[string]any{"pbxStatus": "Running", "activeCalls": "2"},
			nil, 422,
			"The PBX has 2 calls in progress, which may be cut off.",
		},
		{
			"no date of review", "suspend", running,
			map[string]string{"note": "Unpaid"},
			422,
			"Review on: Enter the day on which to review this.",
		},
		{
			"a long reason", "stop", running,
			map[string]string{"reason": strings.Repeat("x", 10_000)},
			422,
			"Reason: Use at most 200 characters.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := with(t, tt.members)
			form := url.Values{"attempt": {b.Site.Tokens.New(b.User("operator").ID)}, "reason": {"CB-99"}}
			r := b.operator.Post(b.path(tt.form), portaltest.With(form, tt.change))
			text := strings.Join(strings.Fields(r.Doc(t).Find("#action").Text()), " ")
			if r.StatusCode != tt.status || !strings.Contains(text, tt.says) {
				t.Errorf("POST = %d, want %d with %q:\n%s", r.StatusCode, tt.status, tt.says, text)
			}
			page, err := b.Store.Operations(t.Context(), "default", store.OperationFilter{}, 1, 10)
			if err != nil || page.Total != 0 || b.sent() != 0 {
				t.Errorf("%d operations were stored and %d changes sent, %v", page.Total, b.sent(), err)
			}
			want := portaltest.With(form, tt.change)
			input := r.Doc(t).Find("#reason")
			if input.Length() > 0 && input.AttrOr("value", "") != want.Get("reason") {
				t.Errorf("the reason is lost: %.20q", input.AttrOr("value", ""))
			}
			next := r.Doc(t).Find("[name=attempt]").AttrOr("value", "")
			if !b.Site.Tokens.Valid(next, b.User("operator").ID) {
				t.Errorf("the form has the one-time ID %q, want a valid one", next)
			}
		})
	}
}

// TestUnknownPBX checks the URLs of forms for PBXs that don't exist.
func TestUnknownPBX(t *testing.T) {
	t.Parallel()
	b := with(t, running)
	for _, id := range []string{"999999", "0", "x", fmt.Sprintf("+%d", b.id)} {
		path := "/pbxs/" + id + "/stop"
		form := url.Values{"attempt": {b.Site.Tokens.New(b.User("operator").ID)}}
		if get, post := b.operator.Get(path), b.operator.Post(path, form); get.StatusCode != http.StatusNotFound ||
			post.StatusCode != http.StatusNotFound {
			t.Errorf("%s: GET = %d, POST = %d, want 404", path, get.StatusCode, post.StatusCode)
		}
	}
}

// TestWarningIsAccepted checks that the page offers to stop a PBX with calls in progress anyway.
func TestWarningIsAccepted(t *testing.T) {
	t.Parallel()
	b := with(t, map[string]any{"pbxStatus": "Running", "activeCalls": "2"})
	form := b.open("stop")
	form.Set("sendAnyway", "yes") // the button
	if r := b.operator.Post(b.path("stop"), form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("POST = %d, want 303\n%s", r.StatusCode, r.Text)
	}
}

// TestWarnedRefusal checks that Enter in a field doesn't accept a warning, and that the page of an operation that YCM
// refused says so if the form had warned of too little capacity.
func TestWarnedRefusal(t *testing.T) {
	t.Parallel()
	b := with(t, sized)
	form := portaltest.With(b.open("resize"), map[string]string{"recordingCapacity": "900000", "reviewed": ""})
	r := b.operator.Post(b.path("resize"), form)
	first := r.Doc(t).Find("#action form button").First()
	if portaltest.Attr(first, "name") != "preview" || r.Doc(t).Find("#warnings").Length() != 1 {
		t.Errorf("POST = %d; Enter presses the button %q", r.StatusCode, first.Text())
	}
	form.Set("sendAnyway", "yes")
	b.operator.Post(b.path("resize"), form)
	b.Fleet.Operations.Send(t.Context(), form.Get("attempt"))
	text := b.operator.Get("/operations/" + form.Get("attempt")).Doc(t).Find("#operation .tone-bad").Text()
	if !strings.Contains(text, "the subscription has too little left, as the form warned.") {
		t.Errorf("the page of the refused operation says %q", text)
	}
}

// TestChangedMeanwhile checks that a change in YCM after the form was opened needs a second confirmation.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	b := with(t, stopped)
	form := b.open("start")
	b.edit(map[string]any{"pbxStatus": "Migrating"})
	r := b.operator.Post(b.path("start"), form)
	said := r.Doc(t).Find("#meanwhile")
	if text := strings.Join(strings.Fields(said.Text()), " "); r.StatusCode != http.StatusConflict ||
		!strings.Contains(text, "Status: Stopped → Migrating") {
		t.Fatalf("POST = %d with %q, want 409 with the change", r.StatusCode, text)
	}
	if rows := b.Events("pbx"); len(rows) != 1 || !strings.Contains(rows[0], "refused") {
		t.Errorf("the audit log has %q, want one refused row", rows)
	}
	again := portaltest.ShownIn(r.Doc(t), "#action form")
	if r := b.operator.Post(b.path("start"), again); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the second confirmation = %d, want 303\n%s", r.StatusCode, r.Text)
	}
}

// TestTwoPeople checks that the second of two people learns who is changing the PBX, and what.
func TestTwoPeople(t *testing.T) {
	t.Parallel()
	b := with(t, running)
	form := b.open("stop")
	admin := b.As("admin")
	second := portaltest.ShownIn(admin.Get(b.path("suspend")).Doc(t), "#action form")
	if r := b.operator.Post(b.path("stop"), form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST = %d, want 303\n%s", r.StatusCode, r.Text)
	}
	second.Set("note", "Unpaid")
	second.Set("reviewOn", "2026-04-01")
	r := admin.Post(b.path("suspend"), second)
	notice := strings.Join(strings.Fields(r.Doc(t).Find("#notice").Text()), " ")
	if r.StatusCode != http.StatusConflict || !strings.Contains(notice, "The operator is changing this PBX") ||
		!strings.Contains(notice, "Operation 1 (Stop PBX) has no outcome yet.") {
		t.Errorf("POST = %d with %q, want 409 with the winner", r.StatusCode, notice)
	}
	get := admin.Get(b.path("stop"))
	if get.StatusCode != http.StatusOK || get.Doc(t).Find("#action button").Length() > 0 {
		t.Errorf("GET = %d with a button, want none while an operation is open", get.StatusCode)
	}
}

// TestYCMDown checks that a PBX that can't be read isn't changed, and that the form still shows what the mirror has.
func TestYCMDown(t *testing.T) {
	t.Parallel()
	b := with(t, running)
	form := b.open("stop")
	form.Set("reason", "CB-5")
	b.YCM.Inject(ycmtest.Fault{Op: "getCloudPbx", Kind: ycmtest.Failed200, Code: 1000043})
	r := b.operator.Post(b.path("stop"), form)
	d := r.Doc(t)
	if r.StatusCode != http.StatusBadGateway || d.Find("#reason").AttrOr("value", "") != "CB-5" ||
		!strings.Contains(d.Find("#notice").Text(), "Nothing was sent.") {
		t.Errorf("POST = %d:\n%s", r.StatusCode, d.Find("#action").Text())
	}
	if get := b.operator.Get(b.path("stop")); get.StatusCode != http.StatusOK {
		t.Errorf("GET = %d, want 200 from the mirror", get.StatusCode)
	}
	b.YCM.Clear()
	mend := b.BreakAudit()
	r = b.operator.Post(b.path("stop"), form)
	mend()
	if r.StatusCode != http.StatusServiceUnavailable || b.sent() != 0 {
		t.Errorf("POST without a database = %d, and %d changes were sent, want 503 and none", r.StatusCode, b.sent())
	}
	if r = b.operator.Post(b.path("stop"), form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("POST after all is well again = %d, want 303", r.StatusCode)
	}
}

// TestTooMany checks that one person can't start more than 60 operations in a minute.
func TestTooMany(t *testing.T) {
	t.Parallel()
	b := with(t, running)
	form := b.open("stop")
	form.Del("attempt")
	for range 60 {
		b.operator.Post(b.path("stop"), form)
	}
	form.Set("attempt", b.Site.Tokens.New(b.User("operator").ID))
	r := b.operator.Post(b.path("stop"), form)
	if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" || b.sent() != 0 {
		t.Errorf("the 61st form = %d, want 429 with a wait", r.StatusCode)
	}
	b.Clock.Add(time.Minute)
	if r := b.operator.Post(b.path("stop"), form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("a minute later: %d, want 303", r.StatusCode)
	}
}

// TestButtonsOfThePBX checks that a PBX's page offers what its status and the user's role allow.
func TestButtonsOfThePBX(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status string
		want   []string
	}{
		{"Running", []string{"stop", "suspend", "resize", "update", "customers", "delete"}},
		{"Stopped", []string{"start", "resize", "update", "customers", "delete"}},
		{"Upgrading", nil},
		{"Migrating", []string{"start", "stop", "suspend", "resize", "update", "customers", "delete"}},
	} {
		b := with(t, map[string]any{"pbxStatus": tt.status})
		for role, want := range map[string][]string{"operator": tt.want, "viewer": nil} {
			var got []string
			d := b.As(role).Get(fmt.Sprintf("/pbxs/%d", b.id)).Doc(t)
			for _, a := range d.Find("#pbx header a.btn, #more a").EachIter() {
				if last := a.AttrOr("href", "")[strings.LastIndex(a.AttrOr("href", ""), "/")+1:]; !strings.Contains(last, "?") {
					got = append(got, last)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, as %s: %q, want %q", tt.status, role, got, want)
			}
		}
	}
}

// TestGoldenPages compares the forms with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := with(t, map[string]any{"pbxStatus": "Running", "activeCalls": "2"})
	b.GoldenPages(t, "operator", map[string]string{
		"stop":    b.path("stop"),
		"suspend": b.path("suspend"),
		"start":   b.path("start"),
	})
	b.edit(sized)
	b.Fleet.Mirror.ReadOne(t.Context(), b.id)
	b.GoldenPages(t, "operator", map[string]string{
		"resize": b.path("resize"),
		"update": b.path("update"),
		"delete": b.path("delete"),

		"customers":        b.path("customers"),
		"activation-email": b.path("activation-email"),
	})
	form := b.open("stop")
	b.edit(map[string]any{"pbxStatus": "Migrating"})
	portaltest.Golden(t, "changed", b.operator.Post(b.path("stop"), form))
}

// TestOldPreview checks that a preview compares with what the form showed, and that made-up values are refused.
func TestOldPreview(t *testing.T) {
	t.Parallel()
	b := with(t, stopped)
	form := b.open("start")
	form.Set("preview", "yes")
	b.edit(map[string]any{"pbxStatus": "Migrating"})
	r := b.operator.Post(b.path("start"), form)
	if d := r.Doc(t); r.StatusCode != http.StatusOK || d.Find("#meanwhile li").Length() != 1 ||
		changesOn(d) != "pbxStatus: Migrating (not recognized by this version) becomes Running" {
		t.Errorf("preview = %d, announces %q", r.StatusCode, changesOn(d))
	}
	form.Set("asOf", "made up")
	if r := b.operator.Post(b.path("start"), form); r.StatusCode != http.StatusConflict {
		t.Errorf("preview with a made-up copy = %d, want 409", r.StatusCode)
	}
	other := b.open("stop").Get("asOf")
	form.Set("asOf", other)
	if r := b.operator.Post(b.path("start"), form); r.StatusCode != http.StatusConflict {
		t.Errorf("preview with the copy of another form = %d, want 409", r.StatusCode)
	}
	form.Del("asOf")
	form.Del("attempt")
	r = b.operator.Post(b.path("start"), form)
	if d := r.Doc(t); r.StatusCode != http.StatusOK || d.Find("[name=attempt]").AttrOr("value", "") == "" {
		t.Errorf("preview without a copy or a one-time ID = %d, want 200 and a form that can be sent", r.StatusCode)
	}
	if b.sent() != 0 {
		t.Error("a preview sent something")
	}
}

// TestRemovedPBX checks that the forms of a removed PBX say so, and offer nothing.
func TestRemovedPBX(t *testing.T) {
	t.Parallel()
	b := with(t, running)
	form := b.open("stop")
	b.YCM.Delete(b.id)
	r := b.operator.Post(b.path("stop"), form)
	for what, r := range map[string]portaltest.Response{"POST": r, "GET": b.operator.Get(b.path("stop"))} {
		d := r.Doc(t)
		if text := d.Find("#problems").Text(); !strings.Contains(text, "YCM no longer has this PBX") ||
			d.Find("#action button").Length() > 0 {
			t.Errorf("%s = %d with %q, want the sentence and no button", what, r.StatusCode, text)
		}
	}
	if r.StatusCode != http.StatusUnprocessableEntity || b.sent() != 0 {
		t.Errorf("POST = %d, want 422", r.StatusCode)
	}
}

// TestCustomerForm searches customers, adds one, and is warned when none is left.
func TestCustomerForm(t *testing.T) {
	t.Parallel()
	b := with(t, sized)
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	form := b.open("customers")
	if got := form["customerIds"]; !slices.Equal(got, []string{"50086182", "50086219"}) {
		t.Errorf("the form has the customers %q, want those of the PBX", got)
	}
	form.Set("customerSearch", "elmbridge")
	form.Set("preview", "yes")
	d := b.operator.Post(b.path("customers"), form).Doc(t)
	if d.Find(`#customerIds input[value="50086256"]:not([checked])`).Length() != 1 || d.Find(".problem").Length() > 0 {
		t.Errorf("the search found nothing:\n%s", d.Find("#customerIds").Text())
	}
	b.YCM.ForgetRequests()
	r := b.operator.Post(b.path("customers"), form, "HX-Request", "true", "HX-Target", "review")
	live := r.Doc(t)
	if box := live.Find(`#customerIds[hx-swap-oob]`); box.Find(`input[value="50086256"]`).Length() != 1 ||
		box.Find("input[checked]").Length() != 2 || live.Find("#review").Length() != 1 ||
		!strings.Contains(box.Text(), "1 customer found.") {
		t.Errorf("while the user types, the response is:\n%s", r.Text)
	}
	if n := len(b.YCM.Requests("getCloudPbxCustomers")); n != 0 {
		t.Errorf("while the user types, YCM gets %d requests", n)
	}
	form.Add("customerIds", "50086256")
	r = b.operator.Post(b.path("customers"), form, "HX-Request", "true", "HX-Target", "review")
	if got := changesOn(r.Doc(t)); !strings.Contains(got, "; Elmbridge Care Home") {
		t.Errorf("while the user types, the panel announces %q, want another customer", got)
	}
	ticked := portaltest.With(form, map[string]string{"searched": "elmbridge"})
	r = b.operator.Post(b.path("customers"), ticked, "HX-Request", "true", "HX-Target", "review")
	if d := r.Doc(t); d.Find("#review").Length() != 1 || d.Find("#customerIds").Length() != 0 {
		t.Error("a tick replaces the boxes, so it loses the focus")
	}
	d = b.operator.Post(b.path("customers"), form).Doc(t)
	if got := changesOn(d); !strings.HasSuffix(got, "Elmbridge Care Home") {
		t.Errorf("the page announces %q, want another customer", got)
	}
	form.Del("customerIds")
	d = b.operator.Post(b.path("customers"), form).Doc(t)
	if text := d.Find("#warnings").Text(); !strings.Contains(text, "The PBX would have no customer.") {
		t.Errorf("no warning about a PBX without customers: %q", text)
	}
	b.YCM.SetOwners(b.id, 50086219)
	form = portaltest.ShownIn(d, "#action form")
	if r := b.operator.Post(b.path("customers"), form); r.StatusCode != http.StatusConflict ||
		r.Doc(t).Find("#meanwhile li").Length() != 1 {
		t.Errorf("POST after a change in YCM = %d, want 409 with the change", r.StatusCode)
	}
	b.YCM.Inject(ycmtest.Fault{Op: "getCloudPbxCustomers", Kind: ycmtest.Failed200, Code: 1000043})
	r = b.operator.Get(b.path("customers"))
	text := r.Doc(t).Find("#problems").Text()
	if r.StatusCode != http.StatusOK || !strings.Contains(text, "can’t be read now") ||
		r.Doc(t).Find("#customerIds, .form-foot button").Length() != 0 ||
		r.Doc(t).Find(`.form-foot a[href="`+b.path("customers")+`"]`).Length() != 1 {
		t.Errorf("GET while YCM can't be read = %d with %q:\n%s", r.StatusCode, text, r.Doc(t).Find("#action").Text())
	}
	if age := r.Doc(t).Find("#review .card-head").Text(); !strings.Contains(age, "13:32") {
		t.Errorf("GET while YCM can't be read says %q, want the time of the last sync", age)
	}
	form["customerIds"] = []string{"50086219", "50086256"}
	r = b.operator.Post(b.path("customers"), form)
	kept := portaltest.ShownIn(r.Doc(t), "#action form")["customerIds"]
	if r.StatusCode != http.StatusBadGateway || !slices.Equal(slices.Sorted(slices.Values(kept)), form["customerIds"]) {
		t.Errorf("POST while YCM can't be read = %d with %q, want 502 with what was chosen", r.StatusCode, kept)
	}
}

// TestEmailIsLost checks that an activation email without a response stays unknown, and that its page offers another.
func TestEmailIsLost(t *testing.T) {
	t.Parallel()
	b := with(t, sized)
	b.YCM.Inject(ycmtest.Fault{Op: "sendActivationEmails", Kind: ycmtest.ResetProcessed, Times: 1})
	form := b.open("activation-email")
	b.operator.Post(b.path("activation-email"), form)
	b.Fleet.Operations.Send(t.Context(), form.Get("attempt"))
	b.Clock.Add(3 * time.Minute)
	b.Fleet.Operations.Reconcile(t.Context())
	page := b.operator.Get("/operations/" + form.Get("attempt")).Doc(t).Find("#operation")
	again := page.Find(`a[href="` + b.path("activation-email") + `?from=` + form.Get("attempt") + `"]`)
	if state := portaltest.Attr(page, "data-operation-state"); state != "unknown" ||
		again.Length() != 1 || page.Find("form").Length() != 0 {
		t.Errorf("the operation is %s; its page:\n%s", state, page.Text())
	}
	none := b.open("activation-email")
	none.Del("customerIds")
	if r := b.operator.Post(b.path("activation-email"), none); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an email to nobody = %d, want 422", r.StatusCode)
	}
	if r := b.operator.Post(b.path("activation-email"), b.open("activation-email")); r.StatusCode != http.StatusSeeOther {
		t.Errorf("another email = %d, want 303", r.StatusCode)
	}
}

// TestTriedAgain checks that an operation that YCM refused leads to a form with its values, and that no other form has
// them.
func TestTriedAgain(t *testing.T) {
	t.Parallel()
	b := with(t, sized)
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	others := b.YCM.CustomerIDs()[5:7]
	email := fmt.Sprint(b.YCM.Owners(b.id)[0])
	for kind, tt := range map[string]struct {
		op   string
		form map[string]string
	}{
		"resize":           {"resizeCloudPbx", map[string]string{"extensionCapacity": "37", "transcriptionCapacity": "60"}},
		"update":           {"updateCloudPbx", map[string]string{"name": "Disabled", "im": "", "reason": "CB-7"}},
		"customers":        {"setCloudPbxCustomers", map[string]string{"customerIds": fmt.Sprint(others[0])}},
		"activation-email": {"sendActivationEmails", map[string]string{"customerIds": email}},
		"stop":             {"stopCloudPbx", nil},
		"suspend":          {"stopCloudPbx", map[string]string{"note": "Unpaid", "reviewOn": "2026-05-01"}},
	} {
		b.YCM.Inject(ycmtest.Fault{Op: tt.op, Kind: ycmtest.Failed200, Code: 1000043, Times: 1})
		form := portaltest.With(b.open(kind), tt.form, map[string]string{"sendAnyway": "yes", "reviewed": ""})
		if r := b.operator.Post(b.path(kind), form); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s = %d\n%s", kind, r.StatusCode, r.Text)
		}
		id := form.Get("attempt")
		b.Fleet.Operations.Send(t.Context(), id)
		again := b.path(kind) + "?from=" + id
		page := b.operator.Get("/operations/" + id).Doc(t).Find("#operation")
		if page.Find(`a[href="`+again+`"]`).Length() != 1 {
			t.Fatalf("%s: the operation's page has no link to %s:\n%s", kind, again, page.Text())
		}
		d := b.operator.Get(again).Doc(t)
		shown := portaltest.ShownIn(d, "#action form")
		for name, want := range tt.form {
			if got := shown.Get(name); got != want {
				t.Errorf("%s: another try has %s %q, want %q", kind, name, got, want)
			}
		}
		if strings.Contains(d.Text(), "Filled in from operation ") != (len(tt.form) > 0) || shown.Get("attempt") == id {
			t.Errorf("%s: another try has the one-time ID %s", kind, shown.Get("attempt"))
		}
		for _, other := range []string{
			strings.Replace(b.path(kind), fmt.Sprint(b.id), fmt.Sprint(b.YCM.IDs()[1]), 1) + "?from=" + id,
			b.path("delete") + "?from=" + id, b.path(kind) + "?from=x",
		} {
			if text := b.operator.Get(other).Text; strings.Contains(text, "Filled in from operation") {
				t.Errorf("%s is filled in", other)
			}
		}
	}
	timeline := b.operator.Get(fmt.Sprintf("/pbxs/%d", b.id)).Doc(t).Find("#timeline").Text()
	for _, want := range []string{"Customers: Blacklight Supplies; Elmside Solicitors → ", "Internal chat (IM)"} {
		if !strings.Contains(timeline, want) {
			t.Errorf("the timeline lacks %q: %s", want, timeline)
		}
	}
}

// TestLive checks the fragment that the form gets while its user types. It needs no request to YCM.
func TestLive(t *testing.T) {
	t.Parallel()
	b := with(t, sized)
	form := b.open("resize")
	form.Set("preview", "yes")
	b.YCM.ForgetRequests()
	for typed, want := range map[string]string{"30": "extensionCapacity: 20 becomes 30", "x": "", "20": ""} {
		form.Set("extensionCapacity", typed)
		r := b.operator.Post(b.path("resize"), form, "HX-Request", "true")
		d := r.Doc(t)
		if r.StatusCode != http.StatusOK || changesOn(d) != want || d.Find("#review").Length() != 1 ||
			d.Find("form, main, [autofocus]").Length() > 0 || typed == "20" && d.Find("#problems").Length() > 0 {
			t.Errorf("%q: %d, announces %q, want the panel with %q", typed, r.StatusCode, changesOn(d), want)
		}
	}
	if n := len(b.YCM.Requests("")); n != 0 {
		t.Errorf("%d requests to YCM, want none", n)
	}
}

// TestUnreviewed checks that values that were changed after the review are shown again before they are sent.
func TestUnreviewed(t *testing.T) {
	t.Parallel()
	b := with(t, sized)
	form := b.open("resize")
	form.Set("extensionCapacity", "30")
	form.Set("preview", "yes")
	reviewed := portaltest.ShownIn(b.operator.Post(b.path("resize"), form).Doc(t), "#action form")
	reviewed.Set("extensionCapacity", "40")
	r := b.operator.Post(b.path("resize"), reviewed)
	d := r.Doc(t)
	if r.StatusCode != http.StatusUnprocessableEntity || changesOn(d) != "extensionCapacity: 20 becomes 40" ||
		!strings.Contains(d.Find("#notice").Text(), "You changed the values after reviewing them") {
		t.Errorf("POST = %d, announces %q", r.StatusCode, changesOn(d))
	}
	if r := b.operator.Post(b.path("resize"), portaltest.ShownIn(d, "#action form")); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the second confirmation = %d, want 303", r.StatusCode)
	}
}

// TestDeleteNeedsARecentSignIn checks that the form to delete a PBX asks for the password some time after the sign-in.
func TestDeleteNeedsARecentSignIn(t *testing.T) {
	t.Parallel()
	b := with(t, sized)
	form := b.open("delete")
	form.Set("confirmName", "Alder Dental")
	b.Clock.Add(11 * time.Minute)
	if r := b.operator.Get(b.path("delete")); r.StatusCode != http.StatusSeeOther {
		t.Errorf("GET = %d, want 303 to the confirmation", r.StatusCode)
	}
	r := b.operator.Post(b.path("delete"), form)
	if r.StatusCode != http.StatusForbidden || b.sent() != 0 {
		t.Fatalf("POST = %d, want 403 with a form that asks for the password", r.StatusCode)
	}
	ask := b.operator.Get("/confirm?next=" + url.QueryEscape(b.path("delete")+"?from=x"))
	if text := ask.Doc(t).Find("main").Text(); !strings.Contains(text, "This deletes a PBX.") {
		t.Errorf("the page that leads back to the form says %q", text)
	}
	if text := r.Doc(t).Find("main").Text(); !strings.Contains(text, "It will be deleted when you have confirmed") ||
		r.Doc(t).Find(`main a[href="/pbxs/`+fmt.Sprint(b.id)+`"]`).Length() != 1 {
		t.Errorf("the page doesn't say what will happen, or Cancel leads elsewhere: %q", text)
	}
	confirmed := portaltest.ShownIn(r.Doc(t), "main form")
	confirmed.Set("confirmPassword", portaltest.Password)
	if r := b.operator.Post(b.path("delete"), confirmed); r.StatusCode != http.StatusSeeOther ||
		!strings.HasPrefix(r.Header.Get("Location"), "/operations/") {
		t.Errorf("POST with the password = %d to %s, want the operation", r.StatusCode, r.Header.Get("Location"))
	}
}

// TestStanding checks what the PBX's page says first: while an operation is open, while the PBX is suspended, when it
// was started elsewhere, and after it was deleted.
func TestStanding(t *testing.T) {
	t.Parallel()
	b := with(t, sized)
	page := fmt.Sprintf("/pbxs/%d", b.id)
	expect := func(when, want string) {
		t.Helper()
		var texts []string
		for _, part := range b.operator.Get(page).Doc(t).Find("#standing .flash-title, #standing p").EachIter() {
			texts = append(texts, part.Text())
		}
		if text := strings.Join(texts, " "); text != want {
			t.Errorf("%s, the page says %q, want %q", when, text, want)
		}
	}
	do := func(form string, typed ...string) {
		t.Helper()
		values := b.open(form)
		for i := 0; i+1 < len(typed); i += 2 {
			values.Set(typed[i], typed[i+1])
		}
		if r := b.operator.Post(b.path(form), values); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s = %d\n%s", form, r.StatusCode, r.Doc(t).Find("#review").Text())
		}
		if form == "suspend" {
			expect("before it is sent", "Suspend PBX is in progress, by The operator. Operation 1")
		}
		b.Fleet.Operations.Send(t.Context(), values.Get("attempt"))
	}
	expect("at first", "")
	do("suspend", "note", "Unpaid since May", "reviewOn", "2026-04-01")
	expect("suspended", "Suspended by The operator on 17 Mar 2026. Review on 1 Apr 2026. Unpaid since May Operation 1")
	b.edit(map[string]any{"pbxStatus": "Running"})
	b.Fleet.Mirror.ReadOne(t.Context(), b.id)
	expect("started elsewhere", "This PBX is suspended but isn’t stopped. The operator suspended it on 17 Mar 2026. "+
		"Unpaid since May Operation 1")
	do("stop")
	expect("stopped again", "Suspended by The operator on 17 Mar 2026. Review on 1 Apr 2026. Unpaid since May Operation 2")
	notice := strings.Join(strings.Fields(b.operator.Get(b.path("start")).Doc(t).Find("#notice").Text()), " ")
	if want := "Suspended by The operator on 17 Mar 2026Note: “Unpaid since May”. Review on 1 Apr 2026. " +
		"If you start the PBX, the suspension is lifted."; notice != want {
		t.Errorf("the form to start it says %q, want %q", notice, want)
	}
	do("start")
	expect("started here", "")
	do("delete", "confirmName", "Alder Dental", "reason", "CB-3")
	expect("deleted", "Deleted by The operator on 17 Mar 2026. The capacity that this freed hasn’t been measured yet. "+
		"Operation 4")
	if n := b.As("viewer").Get(page).Doc(t).Find("#standing a").Length(); n != 0 {
		t.Error("a viewer gets a link to an operation")
	}
	done := b.operator.Get("/operations?state=done").Doc(t).Find("tbody a").First().AttrOr("href", "")
	clone := b.operator.Get(done).Doc(t).Find(`#operation a[href^="/pbxs/new?clone="]`)
	if clone.Length() != 1 || strings.TrimSpace(clone.Text()) != "Create one like it" {
		t.Errorf("the operation's page has %d links to create one like it", clone.Length())
	}
	if r := b.operator.Get(clone.AttrOr("href", "")); r.StatusCode != http.StatusOK {
		t.Errorf("the form = %d, want 200", r.StatusCode)
	}
}
