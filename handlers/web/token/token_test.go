package token

import (
	"strings"
	"testing"
	"time"

	"cordboard/clocktest"
)

// TestOneTimeIDs checks that a one-time ID is valid only for its user, only for one day, and only if it is unchanged.
func TestOneTimeIDs(t *testing.T) {
	t.Parallel()
	c := clocktest.New(time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC))
	ids := With([]byte("0123456789abcdef0123456789abcdef"), c.Now)
	id := ids.New(7)
	if !ids.Valid(id, 7) || ids.Valid(id, 8) {
		t.Errorf("Valid of its user = %t, of another = %t", ids.Valid(id, 7), ids.Valid(id, 8))
	}
	if renewed := ids.Renew(id, 8); ids.Renew(id, 7) != id || renewed == id || !ids.Valid(renewed, 8) {
		t.Error("a valid ID is renewed, or another user's isn't")
	}
	if ids.New(7) == id {
		t.Error("two IDs are the same")
	}
	other := With([]byte("another key"), c.Now)
	if other.Valid(id, 7) {
		t.Error("an ID of another key is valid")
	}
	for i := range id {
		changed := []byte(id)
		if changed[i]++; changed[i] > 'z' {
			changed[i] = 'A'
		}
		if ids.Valid(string(changed), 7) {
			t.Errorf("the ID is valid with character %d changed", i)
		}
	}
	for _, bad := range []string{"", "x", id + "=", id + id, strings.Repeat("A", len(id))} {
		if ids.Valid(bad, 7) {
			t.Errorf("Valid(%.20q) = true", bad)
		}
	}
	c.Add(attemptTTL - time.Second)
	if !ids.Valid(id, 7) {
		t.Error("the ID expired within its day")
	}
	c.Add(time.Second)
	if ids.Valid(id, 7) {
		t.Error("the ID is still valid after a day")
	}
	c.Add(-attemptTTL - time.Hour)
	if ids.Valid(id, 7) {
		t.Error("an ID of the future is valid")
	}
}

// TestSeal checks that sealed data can be read only for its purpose, and only if it is unchanged.
func TestSeal(t *testing.T) {
	t.Parallel()
	c := clocktest.New(time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC))
	tokens := With([]byte("0123456789abcdef0123456789abcdef"), c.Now)
	for _, data := range []string{"", `{"pbxStatus":"Running"}`, strings.Repeat("x", 10_000)} {
		sealed := tokens.Seal("stop 7715", []byte(data))
		if got, ok := tokens.Open("stop 7715", sealed); !ok || string(got) != data {
			t.Errorf("Open of %.20q = %.20q, %t", data, got, ok)
		}
		if _, ok := tokens.Open("stop 7716", sealed); ok {
			t.Errorf("%.20q can be read for another purpose", data)
		}
		if _, ok := With([]byte("another key"), c.Now).Open("stop 7715", sealed); ok {
			t.Errorf("%.20q can be read with another key", data)
		}
		for _, bad := range []string{"", "x", sealed + "A", sealed[1:], strings.Repeat("A", len(sealed)), sealed + "=="} {
			if _, ok := tokens.Open("stop 7715", bad); ok {
				t.Errorf("Open(%.20q) reads what wasn't sealed", bad)
			}
		}
	}
	if tokens.Seal("a", []byte("b\x00c")) == tokens.Seal("a\x00b", []byte("c")) {
		t.Error("purpose and data can be confused")
	}
	if id := tokens.New(7); tokens.Valid(tokens.Seal("", []byte("data")), 7) {
		t.Errorf("sealed data passes for a one-time ID such as %s", id)
	}
}
