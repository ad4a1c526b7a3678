package handlers

import (
	"context"
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

	"cordboard/fold"
	"cordboard/store"
)

// The TOTP parameters are those that all apps support: six digits, HMAC-SHA-1, steps of 30 seconds. Codes of one
// step before and after are accepted, which allows for inexact clocks and for the time that typing takes.
const (
	totpStep   = 30 // seconds
	totpSkew   = 1  // steps
	totpDrift  = 20 // steps within which a wrong code is attributed to an inexact clock
	totpSecret = 20 // bytes
)

var totpOptions = totp.ValidateOpts{Period: totpStep, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

var base32NoPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

func newTOTPSecret() []byte {
	secret := make([]byte, totpSecret)
	_, _ = rand.Read(secret) // documented to never fail
	return secret
}

// totpMatch returns the step to which a code belongs. ok is false if none within the given steps of now matches.
func totpMatch(secret []byte, code string, now time.Time, within int64) (step int64, ok bool, err error) {
	at := now.Unix() / totpStep
	for i := -within; i <= within; i++ {
		want, err := totp.GenerateCodeCustom(base32NoPadding.EncodeToString(secret), time.Unix((at+i)*totpStep, 0), totpOptions)
		if err != nil {
			return 0, false, fmt.Errorf("generate TOTP code: %w", err)
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
	recoveryLength = 28 // characters of five bits
)

// newRecoveryCodes returns new recovery codes, which are shown once, and their hashes, which are stored. Each code
// has 140 random bits, so a fast hash is sufficient.
func newRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		text := (rand.Text() + rand.Text())[:recoveryLength]
		codes, hashes = append(codes, inFours(text, "-")), append(hashes, store.HashToken(text))
	}
	return codes, hashes
}

// plainCode normalizes a typed code: it removes separators, converts to upper case and, in recovery codes, replaces
// look-alike characters.
func plainCode(code string) string {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "", "\r", "", "\n", "").Replace(fold.Typed(code)))
	if len(code) == recoveryLength {
		// Recovery codes don't contain these digits.
		code = strings.NewReplacer("0", "O", "1", "I", "8", "B").Replace(code)
	}
	return code
}

// codeForm matches the form of a code: six digits from an app, or a recovery code.
var codeForm = regexp.MustCompile(`^([0-9]{6}|[A-Z2-7]{28})$`)

// isCode reports whether typed has the form of a code. Other input doesn't count as an attempt to guess one.
func isCode(typed string) bool { return codeForm.MatchString(plainCode(typed)) }

const noCode = "This can’t be a code. The app shows six digits; a recovery code has seven groups of four characters. It doesn’t count as a try."

// codeAnswer is the result of checking a code.
type codeAnswer struct {
	proof store.Proof
	door  store.Door
	// problem is "" if the code may be correct. Whether it was used before is known only when it is redeemed.
	problem string
}

const wrongCode = "Incorrect code."

// checkCode checks a code from an app without redeeming it. It accepts any recovery code: those are checked when
// they are redeemed.
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
		return codeAnswer{}, fmt.Errorf("read second factor: %w", err)
	}
	step, problem, err := s.checkTOTP(factor, code)
	return codeAnswer{proof: store.Proof{FactorID: factor.ID, Step: step, Newest: newestStep(s.now())}, door: store.DoorCode, problem: problem}, err
}

// newestStep returns the latest step whose code is accepted now.
func newestStep(now time.Time) int64 { return now.Unix()/totpStep + totpSkew }

// checkTOTP returns the step to which a code belongs, or the problem with the code.
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
	// Only a past code gets this answer. For a future code, the answer would show an attacker when to use it.
	if old, drifted, err := totpMatch(secret, code, s.now(), totpDrift); err == nil && drifted && old < s.now().Unix()/totpStep {
		return 0, "This code is too old. Wait for the next one. If this keeps happening, set the clock of the device that shows it.", nil
	}
	return 0, wrongCode, nil
}

const usedCode = "This code was already used. Wait for the next one."

// usedProof returns the problem with a proof that could not be redeemed.
func usedProof(p store.Proof) string {
	if p.RecoveryHash != "" {
		return "This isn’t one of your recovery codes, or it was already used."
	}
	return usedCode
}

// qrPath returns a QR code of the secret's otpauth address as an SVG path of one unit per module, and the number of
// modules per side.
func qrPath(secret []byte, email, host string) (path string, side int, err error) {
	issuer := "Cordboard"
	if host != "" {
		issuer += " " + host
	}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + email, RawQuery: "secret=" + base32NoPadding.EncodeToString(secret) + "&issuer=" + url.PathEscape(issuer)}
	code, err := qr.Encode(u.String(), qr.M)
	if err != nil {
		return "", 0, fmt.Errorf("encode QR code: %w", err)
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

// inFours splits text into groups of four bytes, which are easier to read and type.
func inFours(text, between string) string {
	var groups []string
	for group := range slices.Chunk([]byte(text), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, between)
}
