package identity

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestSealedSecrets checks that a secret can't be opened after a bit flip, in another row, or without its key, but can
// be opened with an older key that was kept.
func TestSealedSecrets(t *testing.T) {
	t.Parallel()
	key, other := []byte(strings.Repeat("k", 32)), []byte(strings.Repeat("o", 32))
	old, err := newSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed := old.seal([]byte("the secret"), "factors.secret.7")
	if got, err := old.open(sealed, "factors.secret.7"); err != nil || string(got) != "the secret" {
		t.Fatalf("open = %q, %v", got, err)
	}
	both, err := newSealer(other, key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := both.open(sealed, "factors.secret.7"); err != nil || string(got) != "the secret" {
		t.Errorf("after a change of keys = %q, %v", got, err)
	}
	if again := both.seal([]byte("x"), "p"); strings.Split(again, ".")[1] == strings.Split(sealed, ".")[1] {
		t.Error("the new key isn't used")
	}
	lost, err := newSealer(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lost.open(sealed, "factors.secret.7"); err == nil {
		t.Error("it opens without its key")
	}
	prefix := strings.LastIndex(sealed, ".") + 1
	body, err := rawURL.DecodeString(sealed[prefix:])
	if err != nil {
		t.Fatal(err)
	}
	trials := 0
	for i := range body {
		for bit := range 8 {
			flipped := slices.Clone(body)
			flipped[i] ^= 1 << bit
			if _, err := old.open(sealed[:prefix]+rawURL.EncodeToString(flipped), "factors.secret.7"); err == nil {
				t.Errorf("bit %d of byte %d may be flipped", bit, i)
			}
			trials++
		}
	}
	for id := range 1000 {
		if _, err := old.open(sealed, fmt.Sprintf("factors.secret.%d", id)); (err == nil) != (id == 7) {
			t.Errorf("in row %d: %v", id, err)
		}
		trials++
	}
	if trials < 1000 {
		t.Errorf("%d trials", trials)
	}
}
