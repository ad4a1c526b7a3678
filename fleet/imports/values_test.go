package imports

import (
	"fmt"
	"strings"
	"testing"

	"cordboard/fleet"
	"cordboard/fleet/sheet"
)

// TestWholeNumber checks which spellings of whole numbers are understood. Any other text stays as it is.
func TestWholeNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"20":          "20",
		" 20 ":        "20",
		"1,234":       "1234",
		"1.234":       "1234",
		"1 234 567":   "1234567",
		"1'234":       "1234",
		"1’234":       "1234",
		"1\u00a0234":  "1234",
		"1\u202f234":  "1234",
		"20.0":        "20",
		"20,00":       "20",
		"12,34":       "12,34",
		"1,23":        "1,23",
		"1234,567":    "1234,567",
		"2e3":         "2e3",
		"-5":          "-5",
		"":            "",
		"twenty":      "twenty",
		"1,234.567":   "1,234.567",
		"1,234.0":     "1234",
		"1.000,00":    "1000",
		"1,234.000":   "1234",
		"1.0.0":       "1.0.0",
		"1,,000":      "1,,000",
		"2.3750":      "2.3750",
		"1,234 users": "1,234 users",
	} {
		if got := wholeNumber(text); got != want {
			t.Errorf("wholeNumber(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestText checks that only the days of an XLSX file change.
func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ field, cell, want string }{
		{"expirationDate", "46477", "2027-03-31"},
		{"expirationDate", "46477.7500", "2027-03-31"},
		{"expirationDate", "31.3.2027", "31.3.2027"},
		{"expirationDate", "someday", "someday"},
		{"extensionCapacity", "46477", "46477"},
		{"", "46477", "46477"},
	} {
		if got := Text(tt.cell, tt.field, &sheet.Table{Format: sheet.Format{Workbook: true}}); got != tt.want {
			t.Errorf("Text of %s (%q) = %q, want %q", tt.field, tt.cell, got, tt.want)
		}
	}
}

// TestSplitHost checks where host names are split. The longest domain wins.
func TestSplitHost(t *testing.T) {
	t.Parallel()
	domains := []string{"example.com", "pbx.example.com"}
	for host, want := range map[string][2]string{
		"acme.pbx.example.com":              {"acme", "pbx.example.com"},
		"ACME.PBX.Example.com.":             {"acme", "pbx.example.com"},
		"acme.example.com":                  {"acme", "example.com"},
		"https://acme.pbx.example.com/path": {"acme", "pbx.example.com"},
		"a.b.example.com":                   {"a.b", "example.com"},
	} {
		if sub, domain, ok := splitHost(host, domains); !ok || sub != want[0] || domain != want[1] {
			t.Errorf("splitHost(%q) = %q, %q, %t, want %q", host, sub, domain, ok, want)
		}
	}
	for _, host := range []string{"", "acme", "acme.example.org", "example.com", "acmeexample.com"} {
		if sub, domain, ok := splitHost(host, domains); ok {
			t.Errorf("splitHost(%q) = %q, %q, want no domain", host, sub, domain)
		}
	}
}

// TestOptionsOfARegion checks that of options with the same name, the one that the region offers is found.
func TestOptionsOfARegion(t *testing.T) {
	t.Parallel()
	same := newNames(fleet.NewOptions(noon, []fleet.Option{
		{ID: 1, Name: "84.19", Regions: []int64{1}},
		{ID: 2, Name: "84.19", Regions: []int64{2}},
		{ID: 3, Name: "7", Regions: []int64{2}},
		{ID: 7, Name: "old", Regions: []int64{1}},
	}))
	for _, tt := range []struct {
		text   string
		region int64
		want   string
	}{
		{"84.19", 2, "2"},
		{"84.19", 0, ""}, // ambiguous
		{"84.19", 9, ""},
		{"7", 2, "3"},
		{"7", 0, ""}, // a name and another option's ID
		{"1", 0, "1"},
		{"old", 2, "7"}, // which the form then refuses for this region
		{"8", 0, ""},
	} {
		if got, problem := same.find("versionId", tt.text, tt.region); got != tt.want || (problem == nil) != (tt.want != "") {
			t.Errorf("find(%q) in region %d = %q, %+v, want %q", tt.text, tt.region, got, problem, tt.want)
		}
	}
}

// TestToggle checks the words for on and off.
func TestToggle(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Enabled": "Enabled", "YES": "Enabled", "1": "Enabled", "True": "Enabled", "x": "Enabled", "Disabled": "", "no": "",
		"0": "", "FALSE": "", "-": "",
	} {
		if got, problem := toggle("im", text); got != want || problem != nil {
			t.Errorf("toggle(%q) = %q, %+v, want %q", text, got, problem, want)
		}
	}
	if _, problem := toggle("im", "2"); problem == nil {
		t.Error("2 is a switch")
	}
}

// TestSuggestions checks that the first mistyped names get suggestions, and that a column with thousands of names that
// nobody has, or with a very long one, doesn't.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	var options []fleet.Option
	for i := range 3000 {
		options = append(options, fleet.Option{ID: int64(i + 1), Name: fmt.Sprintf("Customer number %04d", i)})
	}
	all := newNames(fleet.NewOptions(noon, options))
	suggested, lines := 0, 5000
	if testing.Short() {
		lines = 500
	}
	for i := range lines {
		text := fmt.Sprintf("Custmer number %04d", i%3000)
		_, problem := all.find("customerIds", text, 0)
		if problem == nil {
			t.Fatalf("%q was found", text)
		}
		if len(problem.Names) > 0 {
			suggested++
		}
	}
	if suggested < maxSuggested || suggested > 2*maxSuggested { // the first 200 occur twice
		t.Errorf("%d texts have suggestions, want %d, each as often as it occurs", suggested, maxSuggested)
	}
	fresh := newNames(fleet.NewOptions(noon, options))
	if _, problem := fresh.find("customerIds", strings.Repeat("Customer ", 200_000), 0); len(problem.Names) > 0 {
		t.Errorf("a very long name has suggestions: %q", problem.Names)
	}
}
