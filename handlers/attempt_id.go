package handlers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// A form's one-time id is 16 random bytes, the second it was made in, and 16 bytes of a MAC over both and the user. So we know our own without
// keeping those of all the forms that nobody sends, also after a restart, and none is of use to somebody else.

const (
	attemptNonce = 16 // bytes
	attemptMAC   = 16
	attemptGood  = 24 * time.Hour
)

func (s *Server) newAttemptID(userID int64) string {
	b := make([]byte, attemptNonce, attemptNonce+8+attemptMAC)
	_, _ = rand.Read(b)                                          // never fails, says its documentation
	b = binary.BigEndian.AppendUint64(b, uint64(s.now().Unix())) //nolint:gosec // after 1970
	return rawURL.EncodeToString(append(b, s.attemptMAC(b, userID)...))
}

func (s *Server) attemptMAC(b []byte, userID int64) []byte {
	mac := hmac.New(sha256.New, s.attemptKey)
	mac.Write(b)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(userID))) //nolint:gosec // only to be told apart
	return mac.Sum(nil)[:attemptMAC]
}

// isAttemptID says whether id is one of ours, made for this user, and not too old.
func (s *Server) isAttemptID(id string, userID int64) bool {
	b, err := rawURL.DecodeString(id)
	if err != nil || len(b) != attemptNonce+8+attemptMAC || rawURL.EncodeToString(b) != id {
		return false
	}
	signed, mac := b[:attemptNonce+8], b[attemptNonce+8:]
	made := time.Unix(int64(binary.BigEndian.Uint64(signed[attemptNonce:])), 0) //nolint:gosec // signed by us
	age := s.now().Sub(made)
	return hmac.Equal(mac, s.attemptMAC(signed, userID)) && age < attemptGood && age >= -clockTolerance
}
