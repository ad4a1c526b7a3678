package ycmtest

import (
	"fmt"
	"net/http"
	"strings"
)

func (y *YCM) requestToken(r *http.Request) (any, *failure) {
	if err := r.ParseForm(); err != nil {
		return nil, invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
		if r.PostForm.Get("client_id") != y.config.Client.ID || r.PostForm.Get("client_secret") != y.secret {
			return nil, wrongSecret
		}
	default:
		return nil, invalidParameter
	}
	y.issued++
	token := fmt.Sprintf("access-%d-%016x", y.issued, y.rand.Uint64())
	y.tokens[token] = y.config.Now().Add(y.config.TokenLife)
	return flat{
		"access_token": token, "refresh_token": fmt.Sprintf("refresh-%d", y.issued), "token_type": "Bearer",
		"expires_in": int64(y.config.TokenLife.Seconds()), "jti": fmt.Sprintf("jti-%d", y.issued),
	}, nil
}

// withToken returns a handler that requires a valid token and then calls h.
func (y *YCM) withToken(h func(*http.Request) (any, *failure)) func(*http.Request) (any, *failure) {
	return func(r *http.Request) (any, *failure) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		y.mu.Lock()
		end, known := y.tokens[token]
		expired := known && !y.config.Now().Before(end)
		y.mu.Unlock()
		switch {
		case !ok || !known:
			return nil, invalidToken
		case expired:
			return nil, tokenExpired
		}
		return h(r)
	}
}
