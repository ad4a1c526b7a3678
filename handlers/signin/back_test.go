package signin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestFormsComeBack checks that signing in leads to the page of a form that was posted without a session, that the page
// says that nothing was sent and has what was typed, and that it sends it.
func TestFormsComeBack(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 6)
	for _, id := range b.YCM.IDs() {
		b.YCM.Edit(id, func(record map[string]any) {
			record["name"], record["pbxStatus"], record["extensionCapacity"] = "Alder", "Running", 20
		})
		b.Fleet.Mirror.ReadOne(t.Context(), id)
	}
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	customer := b.YCM.CustomerIDs()[0]
	for i, tt := range []struct {
		form, posted string // the paths of the form's page, and that to which it is posted
		typed        map[string]string
		lost         string // a field that isn't restored
		done         int    // status when it is sent in the end
	}{
		{"/pbxs/%d/resize", "", map[string]string{"extensionCapacity": "77", "reason": "T-78"}, "", http.StatusSeeOther},
		{"/pbxs/%d/update", "", map[string]string{"name": "Größe & Söhne"}, "", http.StatusSeeOther},
		{"/pbxs/%d/delete", "", map[string]string{"reason": "T-79", "confirmName": "Alder"}, "confirmName", 422},
		{"/pbxs/%d/tasks", "", map[string]string{"value": "Call them", "what": "other"}, "", http.StatusSeeOther},
		{"/customers/new", "/customers", map[string]string{"company": "Amber", "email": "a@amber.example"}, "", 422},
		{"/customers/%d/edit", "/customers/%d", map[string]string{"city": "Graz"}, "", http.StatusSeeOther},
	} {
		id := b.YCM.IDs()[i]
		if strings.HasPrefix(tt.form, "/customers") {
			id = customer
		}
		at := func(path string) string { return strings.Replace(path, "%d", fmt.Sprint(id), 1) }
		if tt.posted == "" {
			tt.posted = tt.form
		}
		form := portaltest.With(portaltest.ShownIn(b.As(store.RoleOperator).Get(at(tt.form)).Doc(t), "main form"), tt.typed)
		b.Clock.Add(time.Hour) // longer than the idle timeout
		br := b.Browser()
		signIn, err := url.Parse(br.Post(at(tt.posted), form).Header.Get("Location"))
		b.Must(err)
		r := br.Post("/signin", url.Values{
			"email": {"operator@example.com"}, "password": {portaltest.Password}, "next": {signIn.Query().Get("next")},
		})
		to := r.Header.Get("Location")
		if path, _, _ := strings.Cut(to, "?"); path != at(tt.form) {
			t.Errorf("%s: signing in leads to %q, want %s", tt.posted, to, tt.form)
			continue
		}
		d := br.Get(to).Doc(t)
		back := portaltest.ShownIn(d, "main form")
		for name, typed := range tt.typed {
			if got := back.Get(name); (got == typed) == (name == tt.lost) {
				t.Errorf("%s: %s is %q, want %q", tt.form, name, got, typed)
			}
		}
		if tt.form == "/pbxs/%d/tasks" && !strings.Contains(d.Find("main").Text(), "You were signed out before") {
			t.Error("the form of a task doesn't say that it wasn't added")
		}
		if form.Has("attempt") && (back.Get("attempt") != form.Get("attempt") || !says(d, "Nothing was sent.")) {
			t.Errorf("%s: the page has another one-time ID, or doesn't say that nothing was sent", tt.form)
		}
		if r := br.Post(at(tt.posted), back); r.StatusCode != tt.done {
			t.Errorf("%s: sending it = %d, want %d", tt.form, r.StatusCode, tt.done)
		}
	}
	pbx := b.YCM.IDs()[0]
	for _, page := range []string{fmt.Sprintf("/pbxs/%d", pbx), fmt.Sprintf("/customers/%d", customer)} {
		br := b.Browser()
		signedOut := br.Post(page+"/notes", url.Values{"note": {"They <b>called</b>."}})
		to, err := url.Parse(signedOut.Header.Get("Location"))
		b.Must(err)
		r := br.Post("/signin", url.Values{
			"email": {"operator@example.com"}, "password": {portaltest.Password}, "next": {to.Query().Get("next")},
		})
		d := br.Get(r.Header.Get("Location")).Doc(t)
		if got := d.Find("#note").Text(); got != "They <b>called</b>." ||
			!strings.Contains(d.Find("#notes").Text(), "signed out") {
			t.Errorf("%s: the note is %q, or nothing says that it wasn't added", page, got)
		}
	}
	long := url.Values{"attempt": {"x"}, "note": {strings.Repeat("x", 20_000)}}
	signedOut := b.Browser().Post(fmt.Sprintf("/pbxs/%d/suspend", pbx), long)
	if got := signedOut.Header.Get("Location"); !strings.HasSuffix(got, url.QueryEscape("/suspend?signedOut=yes")) {
		t.Errorf("a long form leads to %q, want its page without the values", got)
	}
}

func says(d *goquery.Document, text string) bool {
	return strings.Contains(d.Find("#notice").Text(), text)
}
