package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/ycm"
)

var errConfig = errors.New("the settings can’t work")

// secret prints as "[secret]", wherever it is printed.
type secret string

func (secret) String() string   { return "[secret]" }
func (secret) GoString() string { return "[secret]" }

// LogValue keeps it out of the log.
func (secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// dataConfig is where the portal keeps what it knows, and how it logs.
type dataConfig struct {
	Data      string `env:"CORDBOARD_DATA" default:"./data" help:"Directory of the database and the keys."`
	AuditKey  string `name:"audit-key-file" env:"CORDBOARD_AUDIT_KEY_FILE" help:"File of the audit log's key, 32 bytes, instead of keys/audit in the data directory."`
	LogFormat string `env:"CORDBOARD_LOG_FORMAT" default:"text" help:"How the log is written to standard error: text or json."`
}

// ycmConfig is whose fleet it is. The values are texts, so that all that is wrong with them is said at once.
type ycmConfig struct {
	YCMURL              string `name:"ycm-url" env:"CORDBOARD_YCM_URL" help:"Address of YCM, such as https://ycm.yeastar.com."`
	YCMClientID         string `name:"ycm-client-id" env:"CORDBOARD_YCM_CLIENT_ID" help:"Client ID that YCM shows where its API is switched on."`
	YCMClientSecret     secret `name:"ycm-client-secret" env:"CORDBOARD_YCM_CLIENT_SECRET" help:"Client secret. Better in the environment or a file than among the arguments."`
	YCMClientSecretFile string `name:"ycm-client-secret-file" env:"CORDBOARD_YCM_CLIENT_SECRET_FILE" help:"File with the client secret instead."`
	YCMCreateTimeout    string `name:"ycm-create-timeout" env:"CORDBOARD_YCM_CREATE_TIMEOUT" default:"30s" help:"How long YCM may take to answer a create."`
	YCMRate             string `name:"ycm-rate" env:"CORDBOARD_YCM_RATE" default:"100" help:"Requests to YCM a minute, in bursts of up to 20; 0 for no limit."`
}

// samples are secrets that stand in documents, and so are none.
var samples = []string{"changeme", "secret", "CLIENT-SECRET", "your-client-secret"}

const ycmBurst = 20

// client checks the settings and returns those of a client. It reads the secret's file.
func (c ycmConfig) client() (ycm.Config, []error) {
	var problems []error
	say := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.YCMURL == "" {
		say("CORDBOARD_YCM_URL is missing: the address of YCM, such as https://ycm.yeastar.com")
	} else if err := ycm.CheckURL(c.YCMURL); err != nil {
		say("CORDBOARD_YCM_URL %q %w", c.YCMURL, err)
	}
	if c.YCMClientID == "" {
		say("CORDBOARD_YCM_CLIENT_ID is missing: YCM shows it where its API is switched on")
	}
	clientSecret := string(c.YCMClientSecret)
	switch {
	case c.YCMClientSecretFile != "" && clientSecret != "":
		say("CORDBOARD_YCM_CLIENT_SECRET and CORDBOARD_YCM_CLIENT_SECRET_FILE are both set: use one")
	case c.YCMClientSecretFile != "":
		content, err := os.ReadFile(c.YCMClientSecretFile)
		if err != nil {
			say("CORDBOARD_YCM_CLIENT_SECRET_FILE: %w", err)
		} else if clientSecret = strings.TrimSpace(string(content)); clientSecret == "" {
			say("CORDBOARD_YCM_CLIENT_SECRET_FILE: %s is empty", c.YCMClientSecretFile)
		}
	case clientSecret == "":
		say("CORDBOARD_YCM_CLIENT_SECRET is missing, and CORDBOARD_YCM_CLIENT_SECRET_FILE too")
	}
	for _, sample := range samples {
		if clientSecret == sample {
			say("CORDBOARD_YCM_CLIENT_SECRET is a sample from a document")
		}
	}
	rate, err := strconv.Atoi(c.YCMRate)
	if err != nil || rate < 0 {
		say("CORDBOARD_YCM_RATE %q must be a number of requests a minute, or 0", c.YCMRate)
	}
	createTimeout, err := time.ParseDuration(c.YCMCreateTimeout)
	if err != nil || createTimeout < 100*time.Millisecond {
		say("CORDBOARD_YCM_CREATE_TIMEOUT %q must be a time of at least 100ms, such as 30s", c.YCMCreateTimeout)
	}
	return ycm.Config{URL: c.YCMURL, ClientID: c.YCMClientID, ClientSecret: clientSecret, CreateTimeout: createTimeout, UserAgent: "cordboard/" + version(), RatePerMinute: rate, Burst: ycmBurst}, problems
}

// isSet says whether any of the settings that name an account is there.
func (c ycmConfig) isSet() bool {
	return c.YCMURL != "" || c.YCMClientID != "" || c.YCMClientSecret != "" || c.YCMClientSecretFile != ""
}

// webConfig is how people reach the portal, and for how long.
type webConfig struct {
	Addr              string `env:"CORDBOARD_ADDR" default:"127.0.0.1:8080" help:"Where to listen, host:port."`
	PublicURL         string `env:"CORDBOARD_PUBLIC_URL" help:"The portal's own https address, as people type it."`
	SyncInterval      string `env:"CORDBOARD_SYNC_INTERVAL" default:"60s" help:"From the end of one reading of YCM's list to the start of the next."`
	LookSpan          string `name:"creation-look-span" env:"CORDBOARD_CREATION_LOOK_SPAN" default:"2m" help:"Over how long YCM is asked for a PBX whose creation it didn't answer."`
	MinExtensions     string `name:"ycm-min-extensions" env:"CORDBOARD_YCM_MIN_EXTENSIONS" default:"0" help:"Extensions that the account's PBXs have at the least, which YCM's API doesn't tell; 0: not known."`
	NearlyFull        string `name:"nearly-full" env:"CORDBOARD_NEARLY_FULL" default:"80" help:"Percent of a capacity from which on a PBX is nearly full."`
	Full              string `name:"full" env:"CORDBOARD_FULL" default:"95" help:"Percent of a capacity from which on a PBX is full."`
	ReclaimBelow      string `name:"reclaim-below" env:"CORDBOARD_RECLAIM_BELOW" default:"60" help:"Percent of a capacity that no peak reached, so that some of it could be taken back."`
	PeakDays          string `name:"peak-days" env:"CORDBOARD_PEAK_DAYS" default:"60" help:"Days that peaks are looked for in."`
	StuckDays         string `name:"stuck-days" env:"CORDBOARD_STUCK_DAYS" default:"7" help:"Days after its creation from which on a PBX that isn't at work is stuck."`
	BackupDays        string `name:"backup-days" env:"CORDBOARD_BACKUP_DAYS" default:"7" help:"Days after which a PBX's last backup is old."`
	SessionIdle       string `env:"CORDBOARD_SESSION_IDLE" default:"30m" help:"Signed out after so long without use."`
	SessionMax        string `env:"CORDBOARD_SESSION_MAX" default:"10h" help:"Signed out after so long in any case."`
	TimeZone          string `env:"CORDBOARD_TIME_ZONE" default:"UTC" help:"Zone of dates and times, for people who chose none."`
	TrustedProxies    string `env:"CORDBOARD_TRUSTED_PROXIES" help:"Addresses or networks, with commas, whose X-Forwarded-For counts."`
	MetricsAddr       string `env:"CORDBOARD_METRICS_ADDR" help:"Where to serve /metrics, host:port; not served if empty."`
	AllowInsecureHTTP bool   `help:"Listen beyond this machine without https."`
}

// web is webConfig understood.
type web struct {
	addr, publicURL, metricsAddr string
	interval, idle, longest      time.Duration
	lookSpan                     time.Duration
	minExtensions                int64
	limits                       fleet.Limits
	zone                         *time.Location
	proxies                      []netip.Prefix
}

func (c webConfig) parse() (web, []error) {
	w := web{addr: c.Addr, publicURL: strings.TrimSuffix(c.PublicURL, "/"), metricsAddr: c.MetricsAddr}
	var problems []error
	say := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	duration := func(name, value string, least time.Duration) time.Duration {
		d, err := time.ParseDuration(value)
		if err != nil || d < least {
			say("%s %q must be a time of at least %s, such as 90s, 30m or 10h", name, value, least)
		}
		return d
	}
	w.interval = duration("CORDBOARD_SYNC_INTERVAL", c.SyncInterval, time.Second)
	w.lookSpan = duration("CORDBOARD_CREATION_LOOK_SPAN", c.LookSpan, 100*time.Millisecond)
	w.idle = duration("CORDBOARD_SESSION_IDLE", c.SessionIdle, time.Minute)
	w.longest = duration("CORDBOARD_SESSION_MAX", c.SessionMax, time.Minute)
	var err error
	if w.zone, err = time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "Local" {
		say("CORDBOARD_TIME_ZONE %q must be a name such as Europe/Berlin or UTC", c.TimeZone)
	}
	if w.minExtensions, err = strconv.ParseInt(c.MinExtensions, 10, 64); err != nil || w.minExtensions < 0 || w.minExtensions > 500 {
		say("CORDBOARD_YCM_MIN_EXTENSIONS %q must be a number of extensions up to 500, or 0", c.MinExtensions)
	}
	w.limits = c.limits(say)
	if w.proxies, err = parseProxies(c.TrustedProxies); err != nil {
		say("CORDBOARD_TRUSTED_PROXIES: %w", err)
	}
	if w.publicURL != "" {
		if w.publicURL, err = normalURL(w.publicURL); err != nil {
			say("CORDBOARD_PUBLIC_URL %q must be https:// and a host, and nothing behind it", c.PublicURL)
		}
	}
	loopback, err := isLoopback(c.Addr)
	switch {
	case err != nil:
		say("CORDBOARD_ADDR %q must be host:port, such as 127.0.0.1:8080", c.Addr)
	case !loopback && w.publicURL == "" && !c.AllowInsecureHTTP:
		say("CORDBOARD_ADDR %s can be reached from other machines without https: set CORDBOARD_PUBLIC_URL to the https address of the proxy in front, or say --allow-insecure-http", c.Addr)
	}
	if c.MetricsAddr != "" {
		if _, err := isLoopback(c.MetricsAddr); err != nil {
			say("CORDBOARD_METRICS_ADDR %q must be host:port", c.MetricsAddr)
		}
	}
	return w, problems
}

// normalURL is the portal's public address as browsers spell it: in lower case, in ASCII, and without the port that https has anyway.
func normalURL(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Hostname() == "" || u.Path != "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("not an https address")
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		if host = ip.String(); ip.Is6() {
			host = "[" + host + "]"
		}
	} else if host, err = fold.Host(host); err != nil || host == "" {
		return "", errors.New("not a host name")
	}
	if port := u.Port(); port != "" && port != "443" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", errors.New("not a port")
		}
		host += ":" + port
	}
	return "https://" + host, nil
}

// limits are from where on something is worth a look.
func (c webConfig) limits(say func(string, ...any)) (l fleet.Limits) {
	number := func(name, value string, most int) int {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > most {
			say("%s %q must be a number from 1 to %d", name, value, most)
		}
		return n
	}
	l.NearlyFull = int64(number("CORDBOARD_NEARLY_FULL", c.NearlyFull, 100))
	l.Full = int64(number("CORDBOARD_FULL", c.Full, 100))
	l.ReclaimBelow = int64(number("CORDBOARD_RECLAIM_BELOW", c.ReclaimBelow, 100))
	l.PeakDays = number("CORDBOARD_PEAK_DAYS", c.PeakDays, 400)
	l.StuckDays = number("CORDBOARD_STUCK_DAYS", c.StuckDays, 400)
	l.BackupDays = number("CORDBOARD_BACKUP_DAYS", c.BackupDays, 400)
	if l.ReclaimBelow > l.NearlyFull || l.NearlyFull > l.Full {
		say("CORDBOARD_RECLAIM_BELOW %s, CORDBOARD_NEARLY_FULL %s and CORDBOARD_FULL %s must not fall", c.ReclaimBelow, c.NearlyFull, c.Full)
	}
	return l
}

func parseProxies(list string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		if ip, err := netip.ParseAddr(word); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network", word)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

func isLoopback(addr string) (bool, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false, err
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false, err
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback(), nil
}

func (c dataConfig) logger(w io.Writer) (*slog.Logger, []error) {
	options := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
			a.Value = slog.StringValue(a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z07:00")) // whatever zone the machine is in
		}
		return a
	}}
	switch c.LogFormat {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, []error{fmt.Errorf("CORDBOARD_LOG_FORMAT %q must be text or json", c.LogFormat)}
}

// configError is one message of all that is wrong, or nil.
func configError(problems ...[]error) error {
	var all []error
	for _, p := range problems {
		for _, err := range p {
			all = append(all, fmt.Errorf("  - %w", err))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n%w", errConfig, errors.Join(all...))
}
