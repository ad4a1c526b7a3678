package lists

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet/list"
	"cordboard/handlers/web/display"
	"cordboard/store"
)

// TestBuiltInViews checks that each built-in view is valid, is found by its key, and differs from the other views.
func TestBuiltInViews(t *testing.T) {
	t.Parallel()
	all := Views(nil)
	if len(all) != len(BuiltIn) {
		t.Fatalf("got %d views, want the %d built-in ones", len(all), len(BuiltIn))
	}
	for _, v := range all {
		if _, problems := list.ParseQuery(v.Query); len(problems) > 0 {
			t.Errorf("%s has problems: %+v", v.Key, problems)
		}
		found, ok := Find(all, v.Key)
		if !ok || found.Name != v.Name {
			t.Errorf("Find(%s) = %s, %t", v.Key, found.Name, ok)
		}
		if !v.IsAs(v.Parsed()) {
			t.Errorf("%s isn't as its own query", v.Key)
		}
		for _, other := range all {
			if other.Key != v.Key && v.IsAs(other.Parsed()) {
				t.Errorf("%s is the same as %s", v.Key, other.Key)
			}
		}
		if u := v.URL(); !strings.HasPrefix(u, "/pbxs?") || !strings.Contains(u, "view="+v.Key) {
			t.Errorf("the URL of %s is %s", v.Key, u)
		}
	}
}

// TestSavedViews checks that a saved view can be found, that parsing drops its columns that don't exist, and that a
// view with an invalid query is left out.
func TestSavedViews(t *testing.T) {
	t.Parallel()
	all := Views([]store.Saved{
		{ID: 17, Name: "Stopped", Query: "status=Stopped&cols=name,formerField"},
		{ID: 18, Name: "Broken", Query: "%zz"},
	})
	if len(all) != len(BuiltIn)+1 {
		t.Fatalf("got %d views", len(all))
	}
	v, ok := Find(all, "17")
	if !ok || v.Saved == nil || v.Saved.ID != 17 || v.Name != "Stopped" {
		t.Fatalf("Find(17) = %+v, %t", v, ok)
	}
	q := v.Parsed()
	if q.View != "17" || !slices.Equal(q.Cols, []string{"name"}) {
		t.Errorf("the parsed view is %+v, want the column that exists", q)
	}
	if !strings.Contains(v.URL(), "formerField") {
		t.Errorf("the URL is %s, want the query as it was saved", v.URL())
	}
	if _, ok := Find(all, "18"); ok {
		t.Error("a view that can't be read is found")
	}
	if _, ok := Find(all, ""); ok {
		t.Error("an empty key finds a view")
	}
}

// TestExpandView checks what a view's key expands to, that a query with more than the key isn't expanded, and that an
// unknown key is reported.
func TestExpandView(t *testing.T) {
	t.Parallel()
	all := Views([]store.Saved{{ID: 3, Name: "All", Query: ""}})
	for _, tt := range []struct{ query, to, problem, view string }{
		{"", "", "", ""},
		{"view=trials", "/pbxs?sort=expires&type=Trial&view=trials", "", "trials"},
		{"view=trials&status=Running", "", "", "trials"},
		{"view=3", "", "", "3"},
		{"view=gone-for-good", "", "The view “gone-for-good” no longer exists.", ""},
	} {
		values, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		q, _ := list.ParseQuery(values)
		to, problem := ExpandView(&q, all)
		if to != tt.to || !strings.HasPrefix(problem, tt.problem) || problem != "" && tt.problem == "" || q.View != tt.view {
			t.Errorf("ExpandView(%s) = %q, %q with view %q, want %q, %q with %q",
				tt.query, to, problem, q.View, tt.to, tt.problem, tt.view)
		}
	}
}

// TestColumns checks which columns a list has: the query's, the user's, or the usual ones, always with the name.
func TestColumns(t *testing.T) {
	t.Parallel()
	mine := store.Prefs{Cols: []string{"pbxStatus", "formerField", "sn"}}
	for _, tt := range []struct {
		name  string
		cols  []string
		prefs store.Prefs
		want  []string
	}{
		{"usual", nil, store.Prefs{}, display.UsualColumns},
		{"the user's", nil, mine, []string{"name", "pbxStatus", "sn"}},
		{"the query's", []string{"sn"}, mine, []string{"name", "sn"}},
		{"the query's with the name", []string{"sn", "name"}, mine, []string{"sn", "name"}},
		{"none of the user's exist", nil, store.Prefs{Cols: []string{"formerField"}}, display.UsualColumns},
	} {
		q := list.Query{}
		q.Cols = tt.cols
		if d := cmp.Diff(tt.want, ColumnsOf(q, tt.prefs)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
	if len(mine.Cols) != 3 {
		t.Error("the user's columns were changed")
	}
}

// TestMeantQuery checks that a saved view doesn't depend on defaults that may change.
func TestMeantQuery(t *testing.T) {
	t.Parallel()
	q, _ := list.ParseQuery(url.Values{"status": {"Stopped"}, "page": {"3"}, "view": {"17"}})
	got := MeantQuery(q, store.Prefs{Cols: []string{"sn"}, Density: "compact"})
	want := url.Values{
		"status":   {"Stopped"},
		"presence": {"here"},
		"sort":     {"name"},
		"per":      {"50"},
		"cols":     {"name,sn"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("MeantQuery (-want +got):\n%s", d)
	}
}

// TestShownColumns checks that the field by which a list is sorted has a column.
func TestShownColumns(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                               "name,pbxStatus",
		"sort=-pbxStatus":                "name,pbxStatus",
		"sort=version":                   "name,version,pbxStatus",
		"sort=-createTime":               "name,createTime,pbxStatus",
		"sort=-usage":                    "name,pbxStatus", // has no column
		"sort=version&cols=pbxStatus,sn": "name,pbxStatus,sn",
	} {
		values, _ := url.ParseQuery(raw)
		prefs := store.Prefs{Cols: []string{"name", "pbxStatus"}}
		if got := strings.Join(ShownColumns(list.NewQuery(values), prefs), ","); got != want {
			t.Errorf("%q: %s, want %s", raw, got, want)
		}
		if strings.Join(prefs.Cols, ",") != "name,pbxStatus" {
			t.Errorf("%q changes the preferences: %v", raw, prefs.Cols)
		}
	}
}

// TestLanding checks the URL of the start page for each kind of preference.
func TestLanding(t *testing.T) {
	t.Parallel()
	for landing, want := range map[string]string{
		"":        "/",
		LandOnAll: "/pbxs",
		"trials":  "/pbxs?view=trials",
		"17":      "/pbxs?view=17",
	} {
		if got := Landing(store.User{Prefs: store.Prefs{Landing: landing}}); got != want {
			t.Errorf("Landing(%q) = %s, want %s", landing, got, want)
		}
	}
}

// TestPageAsked checks that anything but a page number means the first page.
func TestPageAsked(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]int{
		"": 1, "1": 1, "7": 7, "0": 1, "-3": 1, "x": 1, "99999999999999999999": 1, "1.5": 1,
	} {
		if got := PageAsked(url.Values{"page": {page}}); got != want {
			t.Errorf("PageAsked(%q) = %d, want %d", page, got, want)
		}
	}
}
