package fold

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestPlain checks which strings can be names.
func TestPlain(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"Acme":                 true,
		"Müller & Söhne":       true,
		"مكتب القاهرة":         true,
		"👩🏽‍💻":                 true,
		"a\u200bb":             true, // invisible characters are allowed among visible ones
		"":                     false,
		"   ":                  false,
		"\u200b":               false,
		"two\nlines":           false,
		"two\u2028lines":       false,
		"a\tb":                 false,
		"\u202egnp.exe":        false,
		"a\u2066b\u2069":       false,
		"bad \xff bytes":       false, // shown as the replacement character
		"\x7f":                 false,
		"\u0085":               false,
		strings.Repeat("x", 9): true,
	} {
		if got := Plain(s); got != want {
			t.Errorf("Plain(%q) = %t, want %t", s, got, want)
		}
	}
}

// TestFirstRunes checks that FirstRunes returns at most n runes from the start of the string, and splits none.
func TestFirstRunes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"äöüß", 3, "äöü"}, {"東京都庁", 2, "東京"}, {"abc", 0, ""},
	} {
		if got := FirstRunes(tt.s, tt.n); got != tt.want {
			t.Errorf("FirstRunes(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(0, 20).Draw(t, "n")
		got := FirstRunes(s, n)
		if !strings.HasPrefix(s, got) || utf8.RuneCountInString(got) > n || !utf8.ValidString(got) {
			t.Fatalf("FirstRunes(%q, %d) = %q", s, n, got)
		}
	})
}

// TestVisible checks that only characters that display nothing are removed.
func TestVisible(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"plain":                "plain",
		"a\u200bb\u00adc":      "abc",
		"\ufeffMüller":         "Müller",
		"a b\tc":               "a b\tc",
		"x\ufe0f\u3164\u2800y": "xy",
		"":                     "",
	} {
		if got := Visible(s); got != want {
			t.Errorf("Visible(%q) = %q, want %q", s, got, want)
		}
	}
	for _, r := range "aé東 \t\n🙂" {
		if Invisible(r) {
			t.Errorf("Invisible(%q) = true", r)
		}
	}
}

// TestMixedAddress checks that mixed scripts are found in the local part and in both spellings of the domain.
func TestMixedAddress(t *testing.T) {
	t.Parallel()
	cyrillic, err := Host("exаmple.com") // with a Cyrillic а
	if err != nil || !strings.HasPrefix(cyrillic, "xn--") {
		t.Fatalf("Host = %q, %v", cyrillic, err)
	}
	for address, want := range map[string]bool{
		"ann@example.com":         false,
		"ann@exаmple.com":         true,
		"ann@" + cyrillic:         true,
		"аnn@example.com":         true,
		"ann@xn--exmple-cua.de":   false, // exämple
		"ann@xn--invalid--.com":   false,
		"админ@пример.рф":         false,
		"no address":              false,
		"a@b@exаmple.com":         true,
		"ann@sub.пример.com":      false, // one script per word
		"ann@example.com\u200b":   false,
		"ΑΒΓ@example.com":         false,
		"ann.Αsh@example.com":     true,
		"ann@example.com, аsh@x.": true,
	} {
		if got := MixedAddress(address); got != want {
			t.Errorf("MixedAddress(%q) = %t, want %t", address, got, want)
		}
	}
}

// TestHost checks the DNS form of host names, and which names have none.
func TestHost(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Example.COM":   "example.com",
		"example.com.":  "example.com",
		"exämple.de":    "xn--exmple-cua.de",
		"STRASSE.de":    "strasse.de",
		"a-b.c":         "a-b.c",
		"10.0.0.1":      "10.0.0.1",
		"東京.example":    "xn--1lqs71d.example",
		"EXÄMPLE.DE.":   "xn--exmple-cua.de",
		"sub.exämple.d": "sub.xn--exmple-cua.d",
	} {
		if got, err := Host(name); err != nil || got != want {
			t.Errorf("Host(%q) = %q, %v, want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"a b.com", "-a.com", "xn--a.com", "a_b.com"} {
		if got, err := Host(name); err == nil {
			t.Errorf("Host(%q) = %q, want an error", name, got)
		}
	}
}

// TestKeysAgreeWithCompare checks that sort keys give the same order as comparing two strings at a time.
func TestKeysAgreeWithCompare(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom([]string{
		"a", "A", "ä", "b", "PBX 2", "PBX 10", "", "\u200ba", "é", "e\u0301", "ß", "ss", "9.8", "9.10", "ж", "東", " ",
	})
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(word, 2, 8).Draw(t, "texts")
		keys := Keys(texts)
		for i := range texts {
			for j := range texts {
				if got, want := strings.Compare(keys[i], keys[j]), Compare(texts[i], texts[j]); got != want {
					t.Fatalf("%q against %q: by key %d, compared %d", texts[i], texts[j], got, want)
				}
			}
		}
		sorted := slices.Clone(texts)
		Sort(sorted)
		if !slices.IsSortedFunc(sorted, Compare) {
			t.Fatalf("Sort(%q) = %q", texts, sorted)
		}
	})
}

// TestDigits checks that digits in various scripts become the ASCII digits with the same values.
func TestDigits(t *testing.T) {
	t.Parallel()
	for _, zero := range []rune{'0', '٠', '۰', '०', '০', '๐', '０', '𝟎', '𝟘', '𞥐'} {
		for n := range rune(10) {
			if got := Typed(string(zero + n)); got != string('0'+n) {
				t.Errorf("Typed(%q) = %q, want %d", zero+n, got, n)
			}
			if !unicode.Is(unicode.Nd, zero+n) {
				t.Errorf("%q is no digit", zero+n)
			}
		}
	}
}

// TestShown checks that characters that turn text around are shown, and that text in any script stays as it is.
func TestShown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\u202egnp.eciovni\u202c Ltd": "\uFFFDgnp.eciovni\uFFFD Ltd",
		"a\u2066b\u2069\x00":          "a\uFFFDb\uFFFD\uFFFD",
		"שלום, Łódź 🙂":                "שלום, Łódź 🙂",
		"":                            "",
	} {
		if got := Shown(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
