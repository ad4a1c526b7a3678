package main

import (
	"context"

	"cordboard/front"
)

type healthcheckCmd struct {
	Addr    string `env:"CORDBOARD_ADDR"     default:"127.0.0.1:8080" help:"Address of the portal, as host:port or unix:PATH."`
	TLSCert string `env:"CORDBOARD_TLS_CERT"                          help:"Set if the portal itself serves HTTPS."            name:"tls-cert"`
}

// Run returns an error unless the portal answers.
func (c *healthcheckCmd) Run(ctx context.Context, _ streams) error {
	return front.Check(ctx, c.Addr, c.TLSCert != "")
}
