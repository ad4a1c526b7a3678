// Package token makes the opaque values that forms carry: one-time IDs, and data that users can't make up.
package token

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// A form's one-time ID consists of 16 random bytes, the time of its creation in Unix seconds, and the first 16 bytes of
// a MAC over the random bytes, the time and the user's ID. Cordboard can therefore recognize its own IDs, even after a
// restart, without storing the IDs of forms that are never submitted. Another user can't use the ID.

const (
	attemptNonce = 16 // bytes
	attemptMAC   = 16
	attemptTTL   = 24 * time.Hour

	// clockTolerance is how far in the future an ID's creation time may be. A later time means a wrong clock.
	clockTolerance = time.Minute
)

// Tokens creates and checks tokens. They stay valid across restarts.
type Tokens struct {
	key []byte // of the HMAC
	now func() time.Time
}

// With returns Tokens with the given secret key and clock.
func With(key []byte, now func() time.Time) Tokens { return Tokens{key, now} }

// New returns a one-time ID for a user's form.
func (a Tokens) New(userID int64) string {
	b := make([]byte, attemptNonce, attemptNonce+8+attemptMAC)
	_, _ = rand.Read(b)                                          // documented to never fail
	b = binary.BigEndian.AppendUint64(b, uint64(a.now().Unix())) //nolint:gosec // the time is after 1970
	return base64.RawURLEncoding.EncodeToString(append(b, a.mac(b, userID)...))
}

func (a Tokens) mac(b []byte, userID int64) []byte {
	mac := hmac.New(sha256.New, a.key)
	mac.Write(b)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(userID))) //nolint:gosec // this only distinguishes users
	return mac.Sum(nil)[:attemptMAC]
}

// Valid reports whether Cordboard created id for this user and id has not expired.
func (a Tokens) Valid(id string, userID int64) bool {
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(b) != attemptNonce+8+attemptMAC || base64.RawURLEncoding.EncodeToString(b) != id {
		return false
	}
	signed, mac := b[:attemptNonce+8], b[attemptNonce+8:]
	made := time.Unix(int64(binary.BigEndian.Uint64(signed[attemptNonce:])), 0) //nolint:gosec // Cordboard signed it
	age := a.now().Sub(made)
	return hmac.Equal(mac, a.mac(signed, userID)) && age < attemptTTL && age >= -clockTolerance
}

// Renew returns id if it is valid for a user, and otherwise a new ID.
func (a Tokens) Renew(id string, userID int64) string {
	if a.Valid(id, userID) {
		return id
	}
	return a.New(userID)
}

// Seal returns data in a form that Open reads, and that only Cordboard can make. It isn't encrypted. purpose says what
// the data is for; Open needs the same purpose.
func (a Tokens) Seal(purpose string, data []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(a.seal(purpose, data), data...))
}

// Open returns the data of a sealed value, and whether Seal made it for the same purpose.
func (a Tokens) Open(purpose, sealed string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(b) < sha256.Size {
		return nil, false
	}
	data := b[sha256.Size:]
	return data, hmac.Equal(b[:sha256.Size], a.seal(purpose, data))
}

func (a Tokens) seal(purpose string, data []byte) []byte {
	mac := hmac.New(sha256.New, a.key)
	mac.Write(bytes.Join([][]byte{[]byte("seal"), []byte(purpose), data}, []byte{0}))
	return mac.Sum(nil)
}
