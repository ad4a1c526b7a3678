package input

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// codes returns the fields and codes of findings.
func codes(findings []Finding) (all []string) {
	for _, f := range findings {
		all = append(all, f.Field+" "+string(f.Code))
	}
	return all
}

// TestGet checks that values are trimmed, and that all but the name lose what a keyboard can't type.
func TestGet(t *testing.T) {
	t.Parallel()
	form := url.Values{
		"name":    {" Café\u200b ", "second"},
		"minutes": {"\u00a0１２０\u200b"},
	}
	for field, want := range map[string]string{"name": "Café\u200b", "minutes": "120", "none": ""} {
		if got := Get(form, field); got != want {
			t.Errorf("Get(%s) = %q, want %q", field, got, want)
		}
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	form := url.Values{"customerIds": {" 7", "", "8", "7", " "}}
	if diff := cmp.Diff([]string{"7", "8"}, All(form, "customerIds")); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
	if got := All(form, "none"); got != nil {
		t.Errorf("All of an absent field = %q, want nil", got)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, field, value, want string
		problem                  []string
	}{
		{"short", "reason", " CB-12 ", "CB-12", nil},
		{"empty", "reason", "", "", nil},
		{"longest", "reason", strings.Repeat("é", 200), strings.Repeat("é", 200), nil},
		{"too long", "reason", strings.Repeat("x", 201), strings.Repeat("x", 201), []string{"reason too-long"}},
		{"control", "reason", "a\x07b", "a\x07b", []string{"reason control-character"}},
		{"name", "name", "Alder", "Alder", nil},
		{"no name", "name", " ", "", []string{"name missing"}},
		{"invisible name", "name", "\u200b", "\u200b", []string{"name missing"}},
		{"long name", "name", strings.Repeat("x", 10_000), strings.Repeat("x", 10_000), []string{"name too-long"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c Check
			form := url.Values{tt.field: {tt.value}}
			got := ""
			if tt.field == "name" {
				got = c.Name(form)
			} else {
				got = c.Text(form, tt.field, MaxReason)
			}
			if diff := cmp.Diff(tt.problem, codes(c.Problems)); got != tt.want || diff != "" {
				t.Errorf("got %q, want %q; problems (-want +got):\n%s", got, tt.want, diff)
			}
		})
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value, word, toggle string
		problems            []string
	}{
		{"", "", Off, []string{"f missing"}},
		{"Enabled", "Enabled", On, nil},
		{"Disabled", "Disabled", Off, []string{"f not-one-of"}},
		{"on", "on", Off, []string{"f not-one-of", "f not-a-switch"}},
	} {
		var c Check
		form := url.Values{"f": {tt.value}}
		word, toggle := c.Word(form, "f", "Enabled", "Trial"), c.Switch(form, "f")
		if diff := cmp.Diff(tt.problems, codes(c.Problems)); word != tt.word || toggle != tt.toggle || diff != "" {
			t.Errorf("%q: Word = %q, Switch = %q; problems (-want +got):\n%s", tt.value, word, toggle, diff)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                      "f missing",
		"0":                     "f too-low",
		"-3":                    "f too-low",
		"-99999999999999999999": "f too-low",
		"501":                   "f too-high",
		"99999999999999999999":  "f too-high",
		"1.5":                   "f not-a-number",
		"1e3":                   "f not-a-number",
		"ten":                   "f not-a-number",
	} {
		var c Check
		if n, ok := c.Number(url.Values{"f": {value}}, "f", Required, Range{1, 500}); ok || n != 0 ||
			!cmp.Equal(codes(c.Problems), []string{want}) {
			t.Errorf("Number(%q) = %d, %t, problems %q, want %q", value, n, ok, codes(c.Problems), want)
		}
	}
	var c Check
	if _, ok := c.Number(url.Values{}, "f", Optional, Range{1, 500}); ok || c.Problems != nil {
		t.Errorf("an empty optional field: %t, problems %q, want none", ok, codes(c.Problems))
	}
}

// TestNumberRange checks that a number is accepted exactly if it is in the range.
func TestNumberRange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		in := Range{rapid.Int64().Draw(t, "from"), rapid.Int64().Draw(t, "to")}
		var c Check
		got, ok := c.Number(url.Values{"f": {strconv.FormatInt(n, 10)}}, "f", Required, in)
		if want := in.From <= n && n <= in.To; ok != want || ok && got != n || ok != (c.Problems == nil) {
			t.Errorf("Number(%d) in %v = %d, %t, problems %q", n, in, got, ok, codes(c.Problems))
		}
	})
}

func TestRecording(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status, minutes string
		want            int64
		problems        []string
	}{
		{"", "", 0, nil},
		{"", "0", 0, nil},
		{"", "600", 600, []string{"recordingStatus recording-off"}},
		{On, "600", 600, nil},
		{On, "0", 0, []string{"recordingCapacity no-minutes"}},
		{On, "", 0, []string{"recordingCapacity missing"}},
		{On, "-1", 0, []string{"recordingCapacity too-low"}},
	} {
		var c Check
		form := url.Values{"recordingStatus": {tt.status}, "recordingCapacity": {tt.minutes}}
		status, minutes := c.Recording(form)
		if (status == On) != (tt.status == On) || minutes != tt.want || !cmp.Equal(codes(c.Problems), tt.problems) {
			t.Errorf("%q, %q: %s, %d, problems %q, want %q", tt.status, tt.minutes, status, minutes,
				codes(c.Problems), tt.problems)
		}
	}
}
