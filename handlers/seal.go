package handlers

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"cordboard/store"
)

// sealer keeps secrets that must be read back: AES-256-GCM under a key beside the database, bound to the row that they stand in. A sealed text is
// "v1.<key id>.<nonce and ciphertext>", so that keys can be changed: a further key opens what it has sealed.
type sealer struct {
	current string // key id
	keys    map[string]cipher.AEAD
}

var errSealed = errors.New("a sealed secret can't be opened: its key is not the one in keys/, or it was changed")

// newSealer seals with the first key.
func newSealer(keys ...[]byte) (*sealer, error) {
	s := &sealer{keys: map[string]cipher.AEAD{}}
	for i, key := range keys {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("the key of sealed secrets: %w", err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("the key of sealed secrets: %w", err)
		}
		sum := sha256.Sum256(key)
		id := hex.EncodeToString(sum[:4])
		s.keys[id] = aead
		if i == 0 {
			s.current = id
		}
	}
	return s, nil
}

// sealerOf reads keys/secrets, and keys/secrets.old if there is one. A key is made only while nothing is sealed; what these can't open stops the start.
func sealerOf(ctx context.Context, db *store.Store) (*sealer, error) {
	sealed, err := db.SealedSecrets(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the second factors: %w", err)
	}
	if len(sealed) > 0 && !db.HasKey("secrets") {
		return nil, errLostKey
	}
	key, err := db.Key("secrets")
	if err != nil {
		return nil, err
	}
	keys := [][]byte{key}
	if db.HasKey("secrets.old") {
		old, err := db.Key("secrets.old")
		if err != nil {
			return nil, err
		}
		keys = append(keys, old)
	}
	s, err := newSealer(keys...)
	if err != nil {
		return nil, err
	}
	for _, text := range sealed {
		if parts := strings.Split(text, "."); len(parts) != 3 || s.keys[parts[1]] == nil {
			return nil, errLostKey
		}
	}
	return s, nil
}

var errLostKey = errors.New("the key that second factors are under is not in keys/secrets or keys/secrets.old of the data directory: put it back from where the keys are kept")

// seal binds a secret to a place, such as "factors.secret.7".
func (s *sealer) seal(secret []byte, place string) string {
	aead := s.keys[s.current]
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails, says its documentation
	return "v1." + s.current + "." + rawURL.EncodeToString(aead.Seal(nonce, nonce, secret, []byte(place)))
}

func (s *sealer) open(sealed, place string) ([]byte, error) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != "v1" {
		return nil, errSealed
	}
	aead, ok := s.keys[parts[1]]
	if !ok {
		return nil, errSealed
	}
	text, err := rawURL.DecodeString(parts[2])
	if err != nil || len(text) < aead.NonceSize() {
		return nil, errSealed
	}
	secret, err := aead.Open(nil, text[:aead.NonceSize()], text[aead.NonceSize():], []byte(place))
	if err != nil {
		return nil, errSealed
	}
	return secret, nil
}
