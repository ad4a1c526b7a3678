package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"cordboard/fold"
	"cordboard/store"
)

// The TOTP parameters are those that authenticator apps use by default: six digits, HMAC-SHA-1 and 30-second steps.
// Codes from the previous and next steps are also accepted, to allow for inaccurate clocks and for typing time.
const (
	totpStep   = 30 // seconds
	totpSkew   = 1  // steps
	totpDrift  = 20 // rejected codes up to this many steps old are reported as too old
	totpSecret = 20 // bytes
)

var totpOptions = totp.ValidateOpts{Period: totpStep, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

var base32NoPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

func newTOTPSecret() []byte {
	secret := make([]byte, totpSecret)
	_, _ = rand.Read(secret) // documented to never fail
	return secret
}

// totpMatch returns the step that a code belongs to. within is the maximum distance from now, in steps. ok is false
// if no step within that distance matches.
func totpMatch(secret []byte, code string, now time.Time, within int64) (step int64, ok bool, err error) {
	at := now.Unix() / totpStep
	for i := -within; i <= within; i++ {
		want, err := totp.GenerateCodeCustom(
			base32NoPadding.EncodeToString(secret),
			time.Unix((at+i)*totpStep, 0),
			totpOptions,
		)
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
	recoveryLength = 28 // characters of five bits each
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

// plainCode normalizes a typed code: it removes separators, converts letters to uppercase and, in recovery codes,
// replaces digits that look like letters.
func plainCode(code string) string {
	code = strings.ToUpper(
		strings.NewReplacer(" ", "", "-", "", "\t", "", "\r", "", "\n", "").Replace(fold.Typed(code)),
	)
	if len(code) == recoveryLength {
		// Recovery codes don't contain these digits.
		code = strings.NewReplacer("0", "O", "1", "I", "8", "B").Replace(code)
	}
	return code
}

// codeForm matches a normalized code: six digits from an app, or a recovery code.
var codeForm = regexp.MustCompile(`^([0-9]{6}|[A-Z2-7]{28})$`)

// IsCode reports whether typed has the form of a code. Other input doesn't count as an attempt to guess a code.
func IsCode(typed string) bool { return codeForm.MatchString(plainCode(typed)) }

// Factors manages second factors: TOTP secrets and recovery codes.
type Factors struct {
	store  factorStore
	sealer *sealer
	now    func() time.Time
}

// CodeResult is the result of checking a code.
type CodeResult struct {
	proof  store.MFAProof
	Method store.AuthMethod // authentication method that the code is part of
	// Problem is the reason that the code is rejected, or "" if there is none. Until the code is redeemed, "" only means
	// that the code may be correct.
	Problem Problem
}

// checkCode checks a code from an app without redeeming it. It accepts any other input as a recovery code, because
// recovery codes are checked only when they are redeemed.
func (f *Factors) checkCode(ctx context.Context, user store.User, typed string) (CodeResult, error) {
	code := plainCode(typed)
	if len(code) != 6 {
		return CodeResult{proof: store.MFAProof{RecoveryHash: store.HashToken(code)}, Method: store.AuthRecoveryCode}, nil
	}
	factor, err := f.store.ActiveFactor(ctx, user.ID)
	if errors.Is(err, store.ErrNotFound) {
		return CodeResult{Problem: ProblemCodeWrong}, nil
	}
	if err != nil {
		return CodeResult{}, fmt.Errorf("read second factor: %w", err)
	}
	step, problem, err := f.checkTOTP(factor, code)
	return CodeResult{
		proof:   store.MFAProof{FactorID: factor.ID, Step: step, Newest: newestStep(f.now())},
		Method:  store.AuthCode,
		Problem: problem,
	}, err
}

// newestStep returns the latest step whose code is accepted now.
func newestStep(now time.Time) int64 { return now.Unix()/totpStep + totpSkew }

// checkTOTP returns the step that a code belongs to, or the problem with the code.
func (f *Factors) checkTOTP(factor store.Factor, code string) (step int64, problem Problem, err error) {
	secret, err := f.sealer.open(factor.Secret, factorPlace(factor.ID))
	if err != nil {
		return 0, "", err
	}
	step, ok, err := totpMatch(secret, code, f.now(), totpSkew)
	switch {
	case err != nil:
		return 0, "", err
	case ok && (step == factor.Step || step < factor.Step && factor.Step <= newestStep(f.now())):
		return 0, ProblemCodeUsed, nil
	case ok:
		return step, "", nil
	}
	// Only a past code has its own problem. One for a future code would show an attacker when the code becomes valid.
	if old, drifted, err := totpMatch(secret, code, f.now(), totpDrift); err == nil && drifted &&
		old < f.now().Unix()/totpStep {
		return 0, ProblemCodeOld, nil
	}
	return 0, ProblemCodeWrong, nil
}

// usedProof returns the problem with a proof that could not be redeemed.
func usedProof(p store.MFAProof) Problem {
	if p.RecoveryHash != "" {
		return ProblemCodeRecovery
	}
	return ProblemCodeUsed
}

// inFours splits text into groups of four bytes, separated by between, to make it easier to read and type.
func inFours(text, between string) string {
	var groups []string
	for group := range slices.Chunk([]byte(text), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, between)
}

// Use checks a code and, if it is valid, marks it as used. Otherwise, the result's Problem is the reason.
func (f *Factors) Use(ctx context.Context, user store.User, typed string) (answer CodeResult, err error) {
	answer, err = f.checkCode(ctx, user, typed)
	if err != nil || answer.Problem != "" {
		return answer, err
	}
	err = f.store.UseProof(ctx, user.ID, answer.proof)
	if errors.Is(err, store.ErrCodeUsed) {
		answer.Problem, err = usedProof(answer.proof), nil
	}
	return answer, err
}

// Factor is a user's TOTP factor. Its secret is sealed; see Factors.Secret.
type Factor struct{ store.Factor }

// Pending returns the factor that a user is setting up, or store.ErrNotFound.
func (f *Factors) Pending(ctx context.Context, userID int64) (Factor, error) {
	factor, err := f.store.PendingFactor(ctx, userID)
	return Factor{factor}, err
}

// Active returns the factor that a user signs in with, or store.ErrNotFound.
func (f *Factors) Active(ctx context.Context, userID int64) (Factor, error) {
	factor, err := f.store.ActiveFactor(ctx, userID)
	return Factor{factor}, err
}

// Secret returns the unsealed secret of a factor, to be shown to the factor's owner.
func (f *Factors) Secret(of Factor) ([]byte, error) {
	return f.sealer.open(of.Secret, factorPlace(of.ID))
}

// SecretText returns a secret in the form that people type: base32 in groups of four characters.
func SecretText(secret []byte) string { return inFours(base32NoPadding.EncodeToString(secret), " ") }

// SecretParam returns a secret in the form that otpauth URLs use.
func SecretParam(secret []byte) string { return base32NoPadding.EncodeToString(secret) }

// Begin creates a pending factor with a new secret for the actor. Confirm activates it.
func (f *Factors) Begin(ctx context.Context, by store.Actor) error {
	secret := newTOTPSecret()
	return f.store.BeginFactor(
		ctx,
		by,
		func(id int64) (string, error) { return f.sealer.seal(secret, factorPlace(id)), nil },
	)
}

// Confirm activates a pending factor if the code is correct. It then ends all of the actor's sessions except the one
// with the token hash keep, and returns recovery codes, which are shown only once. problem is the reason that the code
// was rejected, or "" if it was accepted.
func (f *Factors) Confirm(
	ctx context.Context,
	by store.Actor,
	pending Factor,
	typed, keep string,
) (codes []string, problem Problem, err error) {
	step, problem, err := f.checkTOTP(pending.Factor, plainCode(typed))
	if err != nil || problem != "" {
		return nil, problem, err
	}
	codes, hashes := newRecoveryCodes()
	return codes, "", f.store.ConfirmFactor(ctx, by, pending.Factor, step, hashes, keep)
}

// NewCodes replaces the actor's recovery codes and returns the new ones, which are shown only once. It ends all of the
// actor's sessions except the one with the token hash keep.
func (f *Factors) NewCodes(ctx context.Context, by store.Actor, keep string) ([]string, error) {
	codes, hashes := newRecoveryCodes()
	return codes, f.store.NewCodes(ctx, by, hashes, keep)
}
