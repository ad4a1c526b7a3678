package pbxs_test

import (
	"net/url"
	"slices"
	"testing"

	"golang.org/x/text/unicode/norm"

	"cordboard/fold"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestSearchAsTyped checks that a search finds a PBX even if the text is typed differently, such as without accents or
// with full-width letters.
func TestSearchAsTyped(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(t,
		map[string]any{"name": "Straße Café №5", "pbxStatus": "Running", "extensionCapacity": 10},
		map[string]any{"name": "O'Brien", "pbxStatus": "Stopped", "extensionCapacity": 50})
	br := b.As(store.RoleViewer)
	for _, tt := range []struct{ search, want string }{
		{"strasse", "1"},
		{"STRASSE", "1"},
		{"STRAẞE", "1"},
		{"cafe", "1"},
		{"CAFÉ", "1"},
		{norm.NFD.String("café"), "1"},
		{"ca\u00adfé", "1"},
		{"\u200bcafé\u2060", "1"},
		{"ｃａｆé", "1"},
		{"straße\u00a0café", "1"},
		{"“Straße café”", "1"},
		{"o’brien", "2"},
		{"o'brien", "2"},
		{"status：running", "1"},
		{"ｓｔａｔｕｓ:running", "1"},
		{"–status:running", "2"},
		{"−status:running", "2"},
		{"ext≥50", "2"},
		{"ext:４０..６０", "2"},
		{"ext:40…60", "2"},
	} {
		r := br.Get("/pbxs.csv?cols=name&q=" + url.QueryEscape(tt.search))
		got := lastCells(r.Text)
		if want := []string{
			"name",
			map[string]string{"1": "Straße Café №5", "2": "O'Brien"}[tt.want],
		}; !slices.Equal(got, want) {
			t.Errorf("search %q finds %q, want %q", tt.search, got, want)
		}
	}
}

// TestPastedNames checks that a name pasted from the list is found even if it contains special characters.
func TestPastedNames(t *testing.T) {
	t.Parallel()
	names := []string{"Lobby…East", "A–B “quoted”", "Café\u00a0Nord", "Müller & Söhne", "group <vip>", "50 < 60"}
	var records []map[string]any
	for _, name := range names {
		records = append(records, map[string]any{"name": name})
	}
	br := portaltest.NewWithRecords(t, records...).As(store.RoleViewer)
	for _, name := range names {
		got := portaltest.Lines(br.Get("/pbxs.csv?cols=sn,name&" + url.Values{"q": {name}}.Encode()).Text)
		if len(got) != 2 {
			t.Errorf("search %q finds %q, want the header and one PBX", name, got)
		}
	}
}

// TestOrderAsExpected checks that the list is sorted as in a dictionary, but with numbers sorted by value.
func TestOrderAsExpected(t *testing.T) {
	t.Parallel()
	want := []string{"Ähre", "Apfel", "école", "Ecole 2", "ecole 10", "Žižkov", "zoo"}
	var records []map[string]any
	for _, name := range slices.Backward(want) {
		records = append(records, map[string]any{"name": name})
	}
	b := portaltest.NewWithRecords(t, records...)
	r := b.As(store.RoleViewer).Get("/pbxs.csv?cols=name&sort=name")
	got := lastCells(r.Text)[1:]
	sorted := slices.Clone(want)
	fold.Sort(sorted)
	if !slices.Equal(got, sorted) {
		t.Errorf("the list = %q, want %q", got, sorted)
	}
	for _, pair := range [][2]string{
		{"Ähre", "Apfel"},
		{"Apfel", "école"},
		{"Ecole 2", "ecole 10"},
		{"ecole 10", "Žižkov"},
		{"Žižkov", "zoo"},
	} {
		if slices.Index(got, pair[0]) > slices.Index(got, pair[1]) {
			t.Errorf("%q comes after %q", pair[0], pair[1])
		}
	}
}
