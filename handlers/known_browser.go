package handlers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A known browser's cookie is "user.since.nonce.mac". The MAC covers the rest, so the cookie can't be forged. It
// exempts its owner from the throttles on names and addresses and applies its own. It doesn't sign anyone in.

func (s *Server) knownBrowserValue(userID int64) string {
	value := fmt.Sprintf("%d.%d.%s", userID, s.now().Unix(), rand.Text())
	return value + "." + s.knownBrowserMAC(value)
}

func (s *Server) knownBrowserMAC(value string) string {
	mac := hmac.New(sha256.New, s.kbKey)
	mac.Write([]byte("kb " + value))
	return rawURL.EncodeToString(mac.Sum(nil))
}

// knownBrowser returns the nonce of a browser that user has signed in with, or "".
func (s *Server) knownBrowser(r *http.Request, userID int64) string {
	cookie, err := r.Cookie(s.cookieName("kb"))
	if err != nil || len(cookie.Value) > 200 {
		return ""
	}
	at := strings.LastIndexByte(cookie.Value, '.')
	if at < 0 || !hmac.Equal([]byte(cookie.Value[at+1:]), []byte(s.knownBrowserMAC(cookie.Value[:at]))) {
		return ""
	}
	parts := strings.Split(cookie.Value[:at], ".")
	if len(parts) != 3 || parts[0] != strconv.FormatInt(userID, 10) {
		return ""
	}
	since, err := strconv.ParseInt(parts[1], 10, 64)
	if age := s.now().Sub(time.Unix(since, 0)); err != nil || age > knownFor || age < -clockTolerance {
		return ""
	}
	return parts[2]
}
