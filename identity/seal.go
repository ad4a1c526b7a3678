package identity

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
)

// sealer encrypts secrets that must be read back. It uses AES-256-GCM with a key stored beside the database and binds
// each secret to its row. A sealed secret is "v1.<key id>.<nonce and ciphertext>", so that keys can be rotated: an
// older key can still open the secrets that it sealed.
type sealer struct {
	current string // key ID
	keys    map[string]cipher.AEAD
}

var errSealed = errors.New("open a sealed secret: its key is not in keys/, or the secret was changed")

// newSealer returns a sealer that seals with the first key and opens with any of them.
func newSealer(keys ...[]byte) (*sealer, error) {
	s := &sealer{keys: map[string]cipher.AEAD{}}
	for i, key := range keys {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("create a sealer from a key: %w", err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("create a sealer from a key: %w", err)
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

// sealerOf returns a sealer with the keys in keys/secrets and, if it exists, keys/secrets.old. It creates a key
// only if nothing is sealed yet. It returns errLostKey if the key of a sealed secret is missing.
func sealerOf(ctx context.Context, db keyStore) (*sealer, error) {
	sealed, err := db.SealedSecrets(ctx)
	if err != nil {
		return nil, fmt.Errorf("read second factors: %w", err)
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

var errLostKey = errors.New(
	"the key that encrypts second factors is not in keys/secrets or keys/secrets.old of the data directory: restore " +
		"it from your backup of the keys",
)

// seal encrypts a secret and binds it to a place, such as "factors.secret.7".
func (s *sealer) seal(secret []byte, place string) string {
	aead := s.keys[s.current]
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails, according to its documentation
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
