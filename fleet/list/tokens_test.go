package list

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fold"
)

// TestTokens checks where a search text is split, and which tokens are joined again because they are one qualifier.
func TestTokens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"  ", nil},
		{"alder birch", []string{"alder", "birch"}},
		{`"alder birch" cedar`, []string{`"alder birch"`, "cedar"}},
		{`name:"alder birch"`, []string{`name:"alder birch"`}},
		{`a "b c`, []string{"a", `"b`, "c"}}, // a quote that is never closed
		{`a" b`, []string{`a"`, "b"}},
		{"a\tb\u00a0c\nd", []string{"a", "b", "c", "d"}},
		{"ext > 50", []string{"ext>50"}},
		{"ext >= 50 status : running", []string{"ext>=50", "status:running"}},
		{"status: running", []string{"status:running"}},
		{"status :running", []string{"status:running"}},
		{"status running", []string{"status", "running"}},
		{"created: 2022 .. 2023", []string{"created:2022..2023"}},
		{"ext:50 - 100 alder", []string{"ext:50 - 100", "alder"}},
		{"ext:1 000", []string{"ext:1 000"}},
		{"ext:1 000 000", []string{"ext:1 000 000"}},
		{"ext: 1 000..2 000 alder", []string{"ext:1 000..2 000", "alder"}},
		{"ext:1 000 - 2 000 000", []string{"ext:1 000 - 2 000 000"}},
		{"ext:1000 000", []string{"ext:1000", "000"}},
		{"ext:1 0000", []string{"ext:1", "0000"}},
		{"expires:7 days", []string{"expires:7days"}},
		{"status: -region:london", []string{"status:", "-region:london"}},
		{"name > 50", []string{"name", ">", "50"}}, // a text field can't be used with ">"
		{"alder > 50", []string{"alder", ">", "50"}},
		{"status != stopped", []string{"status!=stopped"}},
		{"see https://x.example", []string{"see", "https://x.example"}},
	} {
		if diff := cmp.Diff(tt.want, joined(tokens(tt.text))); diff != "" {
			t.Errorf("tokens of %q (-want +got):\n%s", tt.text, diff)
		}
	}
}

// TestSplitQualifier checks how qualifiers are split, and which tokens aren't qualifiers.
func TestSplitQualifier(t *testing.T) {
	t.Parallel()
	type parts struct{ name, op, value string }
	for token, want := range map[string]parts{
		"status:running":    {"status", ":", "running"},
		"status:":           {"status", ":", ""},
		"-status:running":   {"-status", ":", "running"},
		"!status:running":   {"!status", ":", "running"},
		"ext>50":            {"ext", ">", "50"},
		"ext>=50":           {"ext", ">=", "50"},
		"ext<50":            {"ext", "<", "50"},
		"ext<=50":           {"ext", "<=", "50"},
		"ext=50":            {"ext", "=", "50"},
		"ext==50":           {"ext", "=", "50"},
		"ext!=50":           {"-ext", ":", "50"},
		"ext<>50":           {"-ext", ":", "50"},
		"name:a:b":          {"name", ":", "a:b"},
		"größe:5":           {"größe", ":", "5"},
		"host:https://x.io": {"host", ":", "https://x.io"},
	} {
		name, op, value, ok := splitQualifier(token)
		if got := (parts{name, op, value}); !ok || got != want {
			t.Errorf("splitQualifier(%q) = %+v, %t, want %+v", token, got, ok, want)
		}
	}
	for _, token := range []string{
		"", "word", ":x", "10:30", "https://x.example", "2001:db8::1", "a1:b", "--status:x", "-!status:x", "-ext!=5", "!=5",
		"a b:c", "=5", "(x):y",
	} {
		if name, op, value, ok := splitQualifier(token); ok {
			t.Errorf("splitQualifier(%q) = %q %q %q, want a word", token, name, op, value)
		}
	}
}

// TestTokensLoseNothing checks that only white space is lost when a text is split and joined.
func TestTokensLoseNothing(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{
		"ext", "status", "created", ":", ">", "=", "!", "-", " ", "  ", `"`, "50", "000", "..", "2026-01-01",
		"days", "é", "://",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		plain := strings.NewReplacer(" ", "").Replace
		if got := plain(strings.Join(joined(tokens(text)), "")); got != plain(text) {
			t.Fatalf("tokens of %q = %q, want the same characters", text, got)
		}
	})
}

// TestQuoteFindsTheText checks that a value from Quote is read as one qualifier whose value is part of the text.
func TestQuoteFindsTheText(t *testing.T) {
	t.Parallel()
	x := testFleet()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune(`ab "'<>=:-!.é,`)), 1, 12, -1).Draw(t, "text")
		if strings.TrimSpace(strings.ReplaceAll(text, `"`, "")) == "" || !utf8.ValidString(text) {
			t.Skip("nothing to find")
		}
		b := x.parseBox("name:" + Quote(text))
		if len(b.filters) != 1 || len(b.words) != 0 || len(b.problems) != 0 {
			t.Fatalf("name:%s = %+v, want one filter", Quote(text), b)
		}
		if value := b.filters[0].value; !strings.Contains(fold.Text(fold.Typed(text)), value) || value == "" {
			t.Fatalf("name:%s looks for %q, want a part of %q", Quote(text), value, text)
		}
	})
}

// TestFilterValuesKeepTheirAddress checks that a value written to a URL is read back as the same value, and that the
// text "none" is distinguished from None.
func TestFilterValuesKeepTheirAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.SampledFrom([]string{None, "!", "=", "!x", "=x", "!=x", "=!x", "!!", "==", "none ", "Running"}),
			rapid.StringN(1, 12, -1),
		).Draw(t, "text")
		want := LiteralFilterValue(text)
		want.Not = rapid.Bool().Draw(t, "not")
		if got := ParseFilterValue(want.String()); got != want {
			t.Fatalf("ParseFilterValue(%q) = %+v, want %+v", want.String(), got, want)
		}
		if want.IsNone() {
			t.Fatalf("%+v matches absent fields, want only the text", want)
		}
	})
	for text, want := range map[string]FilterValue{
		None:    {Value: None},
		"!none": {Value: None, Not: true},
		"=none": {Value: None, Literal: true},
	} {
		if got := ParseFilterValue(text); got != want || got.IsNone() == want.Literal {
			t.Errorf("ParseFilterValue(%q) = %+v, none %t, want %+v", text, got, got.IsNone(), want)
		}
	}
}
