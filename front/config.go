package front

import (
	"crypto/tls"
	"time"
)

// Config has the settings of the portal's addresses, as they were typed.
type Config struct {
	Addr            string // host:port or unix:PATH
	TLSCert, TLSKey string // paths of PEM files, or "" for plain HTTP
	Drain           string // time between the beginning of a stop and the closing of the listeners
	MetricsAddr     string // like Addr; "": metrics aren't served

	AllowInsecureHTTP bool // also at addresses that other machines can reach
}

// DrainTime returns the time between the beginning of a stop and the closing of the listeners. Call Check first.
func (c Config) DrainTime() time.Duration {
	d, _ := time.ParseDuration(c.Drain)
	return d
}

// Check reports each problem with the settings by calling say. The portal's public URL may be "".
func (c Config) Check(publicURL string, say func(format string, args ...any)) {
	local, err := IsLocal(c.Addr)
	switch {
	case err != nil:
		say("CORDBOARD_ADDR %q must be host:port, such as 127.0.0.1:8080, or unix: and an absolute path", c.Addr)
	case c.TLSCert != "" && publicURL == "":
		say("CORDBOARD_TLS_CERT needs CORDBOARD_PUBLIC_URL, the HTTPS URL of the portal")
	case !local && publicURL == "" && !c.AllowInsecureHTTP:
		say(
			"CORDBOARD_ADDR %s is reachable from other machines over plain HTTP: set CORDBOARD_PUBLIC_URL to the "+
				"HTTPS URL of the portal or of its reverse proxy, or pass --allow-insecure-http",
			c.Addr,
		)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		say("CORDBOARD_TLS_CERT and CORDBOARD_TLS_KEY need each other: set both or neither")
	} else if c.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			say("CORDBOARD_TLS_CERT with CORDBOARD_TLS_KEY: %w", err)
		}
	}
	if c.MetricsAddr != "" {
		if _, err := IsLocal(c.MetricsAddr); err != nil {
			say("CORDBOARD_METRICS_ADDR %q must be host:port", c.MetricsAddr)
		}
	}
	if d, err := time.ParseDuration(c.Drain); err != nil || d < 0 || d > 10*time.Minute {
		say("CORDBOARD_DRAIN %q must be a duration from 0s to 10m, such as 5s", c.Drain)
	}
}
