package identity

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"
)

// TestStepsOfACode checks that, at any time, only the codes of the previous, the current and the next step are
// accepted.
func TestStepsOfACode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), totpSecret, totpSecret).Draw(t, "secret")
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0)
		off := rapid.Int64Range(-4, 4).Draw(t, "steps")
		at := now.Unix()/totpStep + off
		if at < 0 {
			return
		}
		code := codeAt(t, secret, at)
		step, ok, err := totpMatch(secret, code, now, totpSkew)
		if err != nil {
			t.Fatal(err)
		}
		near := off >= -1 && off <= 1
		if near && (!ok || codeAt(t, secret, step) != code) {
			t.Fatalf("the code of %d steps off isn't taken", off)
		}
		if !near && ok && codeAt(t, secret, step) != code {
			t.Fatalf("a code is taken for another step's")
		}
		if !near && ok && step == at {
			t.Fatalf("the code of %d steps off is taken", off)
		}
	})
}

func codeAt(t *rapid.T, secret []byte, step int64) string {
	code, err := totp.GenerateCodeCustom(
		base32NoPadding.EncodeToString(secret),
		time.Unix(step*totpStep, 0),
		totpOptions,
	)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
