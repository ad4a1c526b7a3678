package account

import (
	"fmt"
	"net/url"
	"strings"

	"rsc.io/qr"

	"cordboard/identity"
)

// qrPath returns a QR code of the secret's otpauth URL as an SVG path, and the number of modules per side. Each
// module is one unit wide.
func qrPath(secret []byte, email, host string) (path string, side int, err error) {
	issuer := "Cordboard"
	if host != "" {
		issuer += " " + host
	}
	u := url.URL{
		Scheme:   "otpauth",
		Host:     "totp",
		Path:     "/" + issuer + ":" + email,
		RawQuery: "secret=" + identity.SecretParam(secret) + "&issuer=" + url.PathEscape(issuer),
	}
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
