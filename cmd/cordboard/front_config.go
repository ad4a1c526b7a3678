package main

// frontConfig is front.Config with its flags.
type frontConfig struct {
	Addr        string `env:"CORDBOARD_ADDR"         default:"127.0.0.1:8080" help:"Address to listen on, as host:port or unix:PATH."`
	TLSCert     string `env:"CORDBOARD_TLS_CERT"                              help:"PEM file with the portal's certificate and its chain, for HTTPS without a proxy." name:"tls-cert"`
	TLSKey      string `env:"CORDBOARD_TLS_KEY"                               help:"PEM file with the certificate's key."                                             name:"tls-key"`
	Drain       string `env:"CORDBOARD_DRAIN"        default:"0s"             help:"When stopping, time for which /readyz says so before the portal stops listening."`
	MetricsAddr string `env:"CORDBOARD_METRICS_ADDR"                          help:"Address for /metrics, as host:port; empty means that metrics aren't served."`

	AllowInsecureHTTP bool `                                                      help:"Allow plain HTTP on non-loopback addresses."`
}
