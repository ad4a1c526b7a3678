package front

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificate is a TLS certificate in files. It follows the files: soon after they change, new connections get the new
// certificate.
type Certificate struct {
	cert, key string // paths
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	written [2]time.Time // when the files were changed
	checked time.Time
}

// recheck is the time after which the files are looked at again.
const recheck = 10 * time.Second

// LoadCertificate loads a certificate with its chain, and its key, from PEM files.
func LoadCertificate(cert, key string, log *slog.Logger, now func() time.Time) (*Certificate, error) {
	c := &Certificate{cert: cert, key: key, log: log, now: now}
	return c, c.load()
}

// Config returns the configuration of servers with the certificate.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil },
	}
}

// get returns the current certificate. If the files have changed and can't be loaded, as while they are being written,
// it logs why and returns the previous one.
func (c *Certificate) get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= recheck || now.Before(c.checked) {
		c.checked = now
		if written, err := c.changed(); err != nil || written != c.written {
			if err := c.load(); err != nil {
				c.log.Error("load certificate", "err", err)
			}
		}
	}
	return c.current
}

func (c *Certificate) changed() (written [2]time.Time, err error) {
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return written, err
		}
		written[i] = info.ModTime()
	}
	return written, nil
}

func (c *Certificate) load() error {
	written, err := c.changed()
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	loaded, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("read the certificate %s with its key: %w", c.cert, err)
	}
	c.current, c.written = &loaded, written
	until := loaded.Leaf.NotAfter.UTC()
	if now := c.now(); now.After(until) {
		c.log.Warn("the certificate has expired", "file", c.cert, "until", until)
	} else {
		c.log.Info("certificate loaded", "file", c.cert, "until", until)
	}
	return nil
}
