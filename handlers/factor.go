package handlers

import (
	"context"
	"cordboard/fold"
	"cordboard/store"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"rsc.io/qr"
)

// TOTP as all apps know it: six digits, HMAC-SHA-1, steps of 30 seconds. One step of skew either way is taken, for clocks that are a little off and
// for the time that typing takes.
const (
	totpStep   = 30 // seconds
	totpSkew   = 1  // steps
	totpDrift  = 20 // steps within which a wrong code is told to come from a clock that is off
	totpSecret = 20 // bytes
)

var totpOptions = totp.ValidateOpts{Period: totpStep, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

var base32NoPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

func newTOTPSecret() []byte {
	secret := make([]byte, totpSecret)
	_, _ = rand.Read(secret) // never fails, says its documentation
	return secret
}

// totpMatch returns the step that a code is of, within a number of steps from now.
func totpMatch(secret []byte, code string, now time.Time, within int64) (step int64, ok bool, err error) {
	at := now.Unix() / totpStep
	for i := -within; i <= within; i++ {
		want, err := totp.GenerateCodeCustom(base32NoPadding.EncodeToString(secret), time.Unix((at+i)*totpStep, 0), totpOptions)
		if err != nil {
			return 0, false, fmt.Errorf("work out a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = at+i, true
		}
	}
	return step, ok, nil
}

func factorPlace(id int64) string { return fmt.Sprintf("factors.secret.%d", id) }

const (
	recoveryCodes  = 10
	recoveryLength = 28 // signs of five bits
)

// newRecoveryCodes are shown once; what is kept are their hashes. Each is 140 random bits, so that a fast hash will do.
func newRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		text := (rand.Text() + rand.Text())[:recoveryLength]
		codes, hashes = append(codes, inFours(text, "-")), append(hashes, store.HashToken(text))
	}
	return codes, hashes
}

// plainCode is a code without what people put between its parts.
func plainCode(code string) string {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "", "\r", "", "\n", "").Replace(fold.Typed(code)))
	if len(code) == recoveryLength {
		code = strings.NewReplacer("0", "O", "1", "I", "8", "B").Replace(code) // which recovery codes don't have
	}
	return code
}

// codeForm is what a code can look like: six digits of an app, or a recovery code.
var codeForm = regexp.MustCompile(`^([0-9]{6}|[A-Z2-7]{28})$`)

// isCode reports whether what was typed can be a code at all. What can't is no attempt at guessing one.
func isCode(typed string) bool { return codeForm.MatchString(plainCode(typed)) }

const noCode = "This can’t be a code: the app shows six digits, and a recovery code has seven groups of four. It doesn’t count as a try."

// codeAnswer is what came of checking a code.
type codeAnswer struct {
	proof   store.Proof
	door    store.Door
	problem string // "": the code may be right; whether it was used before shows when it is used up
}

const wrongCode = "That code is not right."

// checkCode looks at a code of an app, or a recovery code, without using it up.
func (s *Server) checkCode(ctx context.Context, user store.User, typed string) (codeAnswer, error) {
	code := plainCode(typed)
	if len(code) != 6 {
		return codeAnswer{proof: store.Proof{RecoveryHash: store.HashToken(code)}, door: store.DoorRecovery}, nil
	}
	factor, err := s.store.TOTPFactor(ctx, user.ID, true)
	if errors.Is(err, store.ErrNotFound) {
		return codeAnswer{problem: wrongCode}, nil
	}
	if err != nil {
		return codeAnswer{}, fmt.Errorf("read the factor: %w", err)
	}
	step, problem, err := s.checkTOTP(factor, code)
	return codeAnswer{proof: store.Proof{FactorID: factor.ID, Step: step, Newest: newestStep(s.now())}, door: store.DoorCode, problem: problem}, err
}

// newestStep is the last step whose code is taken now.
func newestStep(now time.Time) int64 { return now.Unix()/totpStep + totpSkew }

// checkTOTP says which step a code is of, or what is wrong with it.
func (s *Server) checkTOTP(factor store.Factor, code string) (step int64, problem string, err error) {
	secret, err := s.sealer.open(factor.Secret, factorPlace(factor.ID))
	if err != nil {
		return 0, "", err
	}
	step, ok, err := totpMatch(secret, code, s.now(), totpSkew)
	switch {
	case err != nil:
		return 0, "", err
	case ok && (step == factor.Step || step < factor.Step && factor.Step <= newestStep(s.now())):
		return 0, usedCode, nil
	case ok:
		return step, "", nil
	}
	// Only of a code that is past: what is said of one to come would tell a guesser what to wait for.
	if old, drifted, err := totpMatch(secret, code, s.now(), totpDrift); err == nil && drifted && old < s.now().Unix()/totpStep {
		return 0, "That code is too old. Wait for the next one; if it goes on, set the clock of the device that shows it.", nil
	}
	return 0, wrongCode, nil
}

const usedCode = "That code was used before. Wait for the next one."

// usedProof says why a proof couldn't be used up.
func usedProof(p store.Proof) string {
	if p.RecoveryHash != "" {
		return "That is none of your recovery codes, or it was used before."
	}
	return usedCode
}

// qrPath draws the otpauth address of a secret: an SVG path of one unit a module, and how many modules the code has on a side.
func qrPath(secret []byte, email, host string) (path string, side int, err error) {
	issuer := "Cordboard"
	if host != "" {
		issuer += " " + host
	}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + email, RawQuery: "secret=" + base32NoPadding.EncodeToString(secret) + "&issuer=" + url.PathEscape(issuer)}
	code, err := qr.Encode(u.String(), qr.M)
	if err != nil {
		return "", 0, fmt.Errorf("draw the QR code: %w", err)
	}
	var b strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String(), code.Size, nil
}

// inFours writes a text in groups of four, to be read and typed.
func inFours(text, between string) string {
	var groups []string
	for group := range slices.Chunk([]byte(text), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, between)
}
