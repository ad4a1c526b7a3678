package fold

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"Müller", "muller"},
		{"CAFÉ", "cafe"},
		{"Straße", "strasse"},
		{"Søren", "soren"},
		{"Łódź", "lodz"},
		{"İstanbul", "istanbul"},
		{"ﬁx", "fix"},
		{"東京", "東京"},
		{"", ""},
		{"\xff", "\uFFFD"},
		// Invisible characters.
		{"Müller\u200b", "muller"},
		{"\ufeffMüller", "muller"},
		{"Mül\u00adler", "muller"},
		{"a\u2060b\u200db\u180ec", "abbc"},
		{"x\ufe0f\u3164\u115f", "x"},
		// Quotes and dashes.
		{"o’brien", "o'brien"},
		{"o‘brien o´brien oʼbrien o＇brien", "o'brien o'brien o'brien o'brien"},
		{"“müller gmbh”", `"muller gmbh"`},
		{"«a» „b“ ″c″", `"a" "b" "c"`},
		{"A–B", "a-b"},
		{"A—B A‐B A−B A‑B A﹣B A－B", "a-b a-b a-b a-b a-b a-b"},
		// Digits, final forms and spaces.
		{"٣٤٥", "345"},
		{"१२", "12"},
		{"１２３", "123"},
		{"𝟙𝟚", "12"},
		{"ΑΛΕΞΑΝΔΡΟΣ Αλέξανδρος", "αλεξανδροσ αλεξανδροσ"},
		{"a\u00a0b\u2009c\u3000d", "a b c d"},
	} {
		if got := Text(tt.in); got != tt.want {
			t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestTextIsStable checks that folding a string twice is the same as folding it once, so that folded strings in the
// database can be found. Text folds each character by itself, so it is enough to check all characters.
func TestTextIsStable(t *testing.T) {
	t.Parallel()
	step := rune(1)
	if testing.Short() {
		step = 17
	}
	for r := rune(0); r <= unicode.MaxRune; r += step {
		s := string(r)
		if once := Text(s); Text(once) != once {
			t.Errorf("Text(%q) = %q, and folded again %q, want no change", s, once, Text(once))
		}
	}
}

func TestTyped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"“müller gmbh”", `"müller gmbh"`},
		{"–status:Running", "-status:Running"},
		{"status：Running", "status:Running"},
		{"１２３ ٤٥٦", "123 456"},
		{"\ufeffABC\u200b", "ABC"},
		{"Plain \"text\" - as it is", "Plain \"text\" - as it is"},
	} {
		if got := Typed(tt.in); got != tt.want {
			t.Errorf("Typed(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestMark(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text  string
		words []string
		want  []Part
	}{
		{"Alder Street", nil, []Part{{"Alder Street", false}}},
		{"Alder Street", []string{"str"}, []Part{{"Alder ", false}, {"Str", true}, {"eet", false}}},
		{"Alder Street", []string{"alder", "der s"}, []Part{{"Alder S", true}, {"treet", false}}},
		{"Zürich Straße", []string{"zur", "sse"}, []Part{{"Zür", true}, {"ich Stra", false}, {"ße", true}}},
		{"Straße", []string{"stras"}, []Part{{"Straß", true}, {"e", false}}},
		{"aaa", []string{"aa"}, []Part{{"aaa", true}}},
		{"none", []string{"x"}, []Part{{"none", false}}},
		{"Mül\u00adler–Co", []string{"muller-co"}, []Part{{"Mül\u00adler–Co", true}}},
	} {
		if diff := cmp.Diff(tt.want, Mark(tt.text, tt.words)); diff != "" {
			t.Errorf("Mark(%q, %q) (-want +got):\n%s", tt.text, tt.words, diff)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for _, want := range [][]string{
		{"PBX 1", "PBX 2", "PBX 10", "PBX 10b", "PBX 100"},
		{"pbx-1.example.com", "pbx-2.example.com", "pbx-11.example.com"},
		{"alder", "Alder", "Älder", "Beech", "zebra", "Zürich"},
		{"Group 02", "Group 3", "Group 003b", "Group 20"},
		{"A\u200b", "B", "\ufeffC"},
		{"9.8.7", "9.10.1", "84.19.0.110", "84.21.0.66"},
	} {
		got := slices.Clone(want)
		slices.Reverse(got)
		Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Sort (-want +got):\n%s", diff)
		}
		keys := Keys(want)
		if !slices.IsSorted(keys) {
			t.Errorf("Keys(%q) are not sorted, want sorted", want)
		}
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"hans@exämple.de", "hans@xn--exmple-cua.de"},
		{"Hans@XN--EXMPLE-CUA.DE", "hans@xn--exmple-cua.de"},
		{"hans@EXÄMPLE.de", "hans@xn--exmple-cua.de"},
		{"hans@exa\u0308mple.de", "hans@xn--exmple-cua.de"},
		{" ines@example.com\u200b", "ines@example.com"},
		{"\ufeffines@example.com", "ines@example.com"},
		{"in\u00ades@example.com", "ines@example.com"},
		{"ines@例え.jp", "ines@xn--r8jz45g.jp"},
		{"ines@example.com.", "ines@example.com"},
		{"no address", "no address"},
		{"a@b@c..d", "a@b@c..d"},
	} {
		if got := Email(tt.in); got != tt.want || Email(got) != got {
			t.Errorf("Email(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ set, typed string }{
		{"Schlüssel für München", "Schlu\u0308ssel fu\u0308r Mu\u0308nchen"},
		{"café au lait noir", "cafe\u0301 au lait noir"},
		{"가나다 라마바사", "\u1100\u1161\u1102\u1161\u1103\u1161 \u1105\u1161\u1106\u1161\u1107\u1161\u1109\u1161"},
		{"two words here", "two\u00a0words\u2003here"},
		{"tab\there\x01", "tab\there\x01"},
	} {
		if Password(tt.set) != Password(tt.typed) {
			t.Errorf("Password(%q) != Password(%q), want equal", tt.set, tt.typed)
		}
	}
	for _, different := range [][2]string{{"Password", "password"}, {"a b", "ab"}, {"１２３", "124"}} {
		if Password(different[0]) == Password(different[1]) {
			t.Errorf("Password(%q) == Password(%q), want different", different[0], different[1])
		}
	}
	if got := Password("plain old password"); got != "plain old password" {
		t.Errorf("Password of plain text = %q, want it unchanged", got)
	}
}

func TestWhatShows(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"a":            true,
		"東":            true,
		"!":            true,
		"🙂":            true,
		"":             false,
		" \t":          false,
		"\ufe0f":       false,
		"\ufe0f\ufe0f": false,
		"\u3164":       false,
		"\u115f\u1160": false,
		"\u200b\u00ad": false,
		"\u0301":       false, "\u2800": false, "\u00a0": false, "a\u0301": true,
	} {
		if got := Shows(s); got != want {
			t.Errorf("Shows(%q) = %v, want %v", s, got, want)
		}
	}
	for s, want := range map[string]bool{
		"аdmin@example.com": true,
		"admin@exаmple.com": true,
		"admin@example.com": false,
		"админ@пример.рф":   false,
		"admin@пример.рф":   false,
		"Αdmin":             true,
		"Müller":            false, "Иван Smith": false, "東京tower": false, "ΑΒΓ-abc": false,
	} {
		if got := Mixed(s); got != want {
			t.Errorf("Mixed(%q) = %v, want %v", s, got, want)
		}
	}
}

// TestNothingBreaks checks that no input causes a panic, and that Text returns valid UTF-8.
func TestNothingBreaks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		for name, got := range map[string]string{
			"Text":  Text(s),
			"Typed": strings.ToValidUTF8(Typed(s), ""),
			"Email": strings.ToValidUTF8(Email(s), ""),
		} {
			if !utf8.ValidString(got) {
				t.Errorf("%s(%q) = %q, want valid UTF-8", name, s, got)
			}
		}
		Keys([]string{s})
		Shows(s)
		Mixed(s)
		Password(s)
	})
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0:             "0",
		7:             "7",
		999:           "999",
		1000:          "1,000",
		12345:         "12,345",
		1234567:       "1,234,567",
		-1:            "−1",
		-397:          "−397",
		-3603:         "−3,603",
		-100:          "−100",
		-999999:       "−999,999",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "−9,223,372,036,854,775,808",
	} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}
