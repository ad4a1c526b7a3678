package pbxs_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"cordboard/handlers/portaltest"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
)

func TestViewExpandsToItsParameters(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 60)
	viewer := b.As(store.RoleViewer)
	for _, v := range lists.BuiltIn {
		to := viewer.Get("/pbxs?view=" + v.Key)
		if to.StatusCode != http.StatusSeeOther {
			t.Fatalf("GET view %s = %d, want 303", v.Key, to.StatusCode)
		}
		page := viewer.Get(to.Header.Get("Location")).Doc(t)
		if tab := page.Find(".tab[aria-current]").
			Text(); !strings.Contains(tab, v.Name) ||
			strings.Contains(tab, "modified") {
			t.Errorf("view %s shows the tab %q", v.Key, tab)
		}
		if n := page.Find(".ignored").Length(); n > 0 {
			t.Errorf("view %s has ignored parts: %s", v.Key, page.Find(".ignored").Text())
		}
		modified := viewer.Get(to.Header.Get("Location") + "&region=none").Doc(t)
		if tab := modified.Find(".tab[aria-current]").
			Text(); !strings.Contains(tab, v.Name) ||
			!strings.Contains(tab, "modified") {
			t.Errorf("view %s, modified, shows the tab %q", v.Key, tab)
		}
	}
}

func TestViewsThatAreNoLongerWhole(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	viewer := b.As(store.RoleViewer)
	said := func(path string) string { return viewer.Get(path).Doc(t).Find(".ignored").Text() }
	if got := said("/pbxs?view=999"); !strings.Contains(got, `The view “999” no longer exists`) {
		t.Errorf("notice for a deleted view = %q", got)
	}
	user, err := b.Store.UserByEmail(t.Context(), "viewer@example.com")
	b.Must(err)
	old, err := b.Store.PutSaved(
		t.Context(),
		store.Actor{},
		store.ListViews,
		store.Saved{OwnerID: user.ID, Name: "Old", Query: "cols=name,formerField,sn&wasFilter=1"},
	)
	b.Must(err)
	to := viewer.Get(fmt.Sprintf("/pbxs?view=%d", old.ID)).Header.Get("Location")
	if got := said(to); !strings.Contains(got, `“formerField” isn’t a column, so it was ignored.`) ||
		!strings.Contains(got, `“wasFilter” isn’t a filter`) {
		t.Errorf("notice for a view with old columns = %q", got)
	}
	orphan, err := b.Store.PutSaved(
		t.Context(),
		store.Actor{},
		store.ListViews,
		store.Saved{OwnerID: 999, Name: "Left behind", Shared: true, Query: "type=Trial"},
	)
	b.Must(err)
	row := viewer.Get("/views").Doc(t).Find(fmt.Sprintf(`[data-view="%d"]`, orphan.ID))
	if !strings.Contains(row.Text(), "Shared by a former team member") ||
		row.Find(`form[action="/views/delete"]`).Length() > 0 {
		t.Errorf("row of a view whose owner has left = %q", row.Text())
	}
	b.Must(b.Store.SetPrefs(t.Context(), store.Actor{ID: user.ID}, "test", func(u *store.User) {
		u.Prefs.Cols = []string{"formerField"}
		u.Prefs.Landing = "999"
	}))
	if n := viewer.Get("/pbxs").Doc(t).Find("thead th").Length(); n != len(display.UsualColumns)+1 {
		t.Errorf("with old columns, the list shows %d", n)
	}
	if to := b.Browser().
		SignIn("viewer@example.com", portaltest.Password).
		Header.Get("Location"); !strings.Contains(said(to), "no longer exists") {
		t.Errorf("a deleted start page leads to %s", to)
	}
}

func TestViewsOfOthers(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	operator, viewer := b.As(store.RoleOperator), b.As(store.RoleViewer)
	save := func(br *portaltest.Browser, name, shared string) portaltest.Response {
		return br.Post("/views", url.Values{"name": {name}, "shared": {shared}, "query": {"type=Trial&view=3&page=2"}})
	}
	save(operator, "Mine", "")
	save(operator, "Ours", "yes")
	names := func(br *portaltest.Browser) string {
		return strings.Join(
			br.Get("/views").
				Doc(t).
				Find("[data-view] .grow a").
				Map(func(_ int, s *goquery.Selection) string { return s.Text() }),
			", ",
		)
	}
	if got := names(viewer); strings.Contains(got, "Mine") || !strings.Contains(got, "Ours") {
		t.Errorf("another user sees views %s", got)
	}
	id, _ := operator.Get("/views").Doc(t).Find("[data-view]").Last().Attr("data-view")
	if got := viewer.Post("/views/delete", url.Values{"view": {id}}); got.StatusCode != http.StatusNotFound {
		t.Errorf("deleting another user's view = %d, want 404", got.StatusCode)
	}
	for name, want := range map[string]string{
		"":                      "Enter a name for the view.",
		strings.Repeat("x", 61): "60 characters",
		"expiring":              "built-in",
	} {
		if got := save(viewer, name, ""); got.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(got.Text, want) {
			t.Errorf("saving a view named %q = %d, want 422", name, got.StatusCode)
		}
	}
	if got := save(
		viewer,
		"<script>",
		"",
	); got.StatusCode != http.StatusSeeOther || !strings.Contains(got.Header.Get("Location"), "type=Trial") ||
		strings.Contains(got.Header.Get("Location"), "page") {
		t.Errorf("saving a view = %d to %s", got.StatusCode, got.Header.Get("Location"))
	}
	save(viewer, "<SCRIPT>", "yes") // the same name in another case
	if got := names(viewer); strings.Count(strings.ToLower(got), "<script>") != 1 {
		t.Errorf("the views are %s, want one of that name", got)
	}
}

func TestListSettings(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	viewer := b.As(store.RoleViewer)
	form := url.Values{
		"cols":       {"name", "sn", "plan", "bogus"},
		"place-plan": {"1"},
		"place-name": {"2"},
		"place-sn":   {"x"},
		"density":    {"comfortable"},
		"times":      {"absolute"},
		"query":      {"type=Trial&cols=url"},
	}
	once := form
	if got := viewer.Post("/pbxs/settings", mergeForm(once, "do", "once")).Header.Get(
		"Location",
	); got != "/pbxs?cols=plan%2Cname%2Csn&density=comfortable&type=Trial" {
		t.Errorf("applying once leads to %s", got)
	}
	if page := viewer.Get("/pbxs").Doc(t); page.Find("thead th").Length() != len(display.UsualColumns)+1 {
		t.Error("settings applied once were saved")
	}
	if got := viewer.Post("/pbxs/settings", mergeForm(form, "do", "keep")).Header.Get(
		"Location",
	); got != "/pbxs?type=Trial" {
		t.Errorf("saving the settings leads to %s, want /pbxs?type=Trial", got)
	}
	page := viewer.Get("/pbxs?type=").Doc(t)
	heads := page.Find("thead th .sort").
		Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
	if fmt.Sprint(heads) != "[Plan PBX Serial number]" {
		t.Errorf("columns = %v, want [Plan PBX Serial number]", heads)
	}
	if d, _ := page.Find("#pbxs").Attr("data-density"); d != "comfortable" || !page.Find("#pbxs").HasClass("list-loose") {
		t.Errorf("density = %q, class = %s", d, page.Find("#pbxs").AttrOr("class", ""))
	}
	if keys, _ := page.Find("html").Attr("data-keys"); keys != "off" {
		t.Errorf("data-keys = %q, want off", keys)
	}
	viewer.Post("/pbxs/settings", url.Values{"do": {"columns"}, "cols": {"sn", "name"}})
	page = viewer.Get("/pbxs").Doc(t)
	density, _ := page.Find("#pbxs").Attr("data-density")
	if n := page.Find("thead th .sort").Length(); n != 2 || density != "comfortable" {
		t.Errorf("do=columns shows %d columns with the density %s", n, density)
	}
	viewer.Post("/pbxs/settings", mergeForm(form, "do", "reset"))
	if page := viewer.Get("/pbxs").
		Doc(t); page.Find("thead th").Length() != len(display.UsualColumns)+1 ||
		page.Find("#pbxs").AttrOr("data-density", "") != "compact" {
		t.Error("the reset list doesn't have the default settings")
	}
}

func mergeForm(form url.Values, key, value string) url.Values {
	merged := url.Values{key: {value}}
	for k, v := range form {
		merged[k] = v
	}
	return merged
}
