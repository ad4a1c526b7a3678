package export

import (
	"strings"
	"testing"
	"time"
)

func TestHarmless(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Semi;=1+1":                     "Semi;'=1+1",
		"a;=cmd|'/C calc'!A0;b":         "a;'=cmd|'/C calc'!A0;b",
		"=1":                            "'=1",
		"a\n=1":                         "a\n'=1",
		"a\r\n+1":                       "a\r\n'+1",
		"a\t@x":                         "a\t'@x",
		"a,-b":                          "a,'-b",
		"a; =1":                         "a; '=1",
		`a;"=1"`:                        `a;"'=1"`,
		"-5":                            "-5",
		"-5.25":                         "-5.25",
		"-5a":                           "'-5a",
		"+5":                            "'+5",
		"a-b = c":                       "a-b = c",
		"2026-03-17T13:32:00Z":          "2026-03-17T13:32:00Z",
		"ann@example.com":               "ann@example.com",
		"＝1":                            "'＝1",
		`{"before":"a;=1","after":"b"}`: `{"before":"a;'=1","after":"b"}`,
	} {
		if got := Harmless(in); got != want {
			t.Errorf("Harmless(%q) = %q, want %q", in, got, want)
		}
		if again := Harmless(want); strings.TrimPrefix(again, "'") != strings.TrimPrefix(want, "'") {
			t.Errorf("Harmless(%q) = %q", want, again)
		}
	}
}

// TestSerialDay checks the numbers that spreadsheets store for dates.
func TestSerialDay(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]float64{-2203891200: 61, 0: 25569, 1796083200: 46357, 1796126400: 46357.5} {
		if got, ok := serialDay(time.Unix(at, 0).UTC()); !ok || got != want {
			t.Errorf("serialDay(%d) = %v, want %v", at, got, want)
		}
	}
}
