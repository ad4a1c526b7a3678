package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// KnownBrowserTTL is how long a browser stays known after a sign-in.
const KnownBrowserTTL = 180 * 24 * time.Hour

var rawURL = base64.RawURLEncoding

// Browsers recognizes the browsers in which a user has signed in. In these browsers, other people's failed attempts
// don't lock the user out. A browser's mark is "user.since.nonce.mac"; the MAC covers the rest, so the mark can't
// be forged. A mark alone doesn't sign anyone in.
type Browsers struct {
	key []byte
	now func() time.Time
}

// Mark returns a mark for a browser in which a user has just signed in.
func (b *Browsers) Mark(userID int64) string {
	value := fmt.Sprintf("%d.%d.%s", userID, b.now().Unix(), rand.Text())
	return value + "." + b.mac(value)
}

func (b *Browsers) mac(value string) string {
	mac := hmac.New(sha256.New, b.key)
	mac.Write([]byte("kb " + value))
	return rawURL.EncodeToString(mac.Sum(nil))
}

// Known returns the mark's nonce if the mark is valid for the user. Otherwise, it returns "".
func (b *Browsers) Known(mark string, userID int64) string {
	if len(mark) > 200 {
		return ""
	}
	at := strings.LastIndexByte(mark, '.')
	if at < 0 || !hmac.Equal([]byte(mark[at+1:]), []byte(b.mac(mark[:at]))) {
		return ""
	}
	parts := strings.Split(mark[:at], ".")
	if len(parts) != 3 || parts[0] != strconv.FormatInt(userID, 10) {
		return ""
	}
	since, err := strconv.ParseInt(parts[1], 10, 64)
	if age := b.now().Sub(time.Unix(since, 0)); err != nil || age > KnownBrowserTTL || age < -clockTolerance {
		return ""
	}
	return parts[2]
}
