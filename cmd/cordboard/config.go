package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/front"
	"cordboard/ycm"
)

var errConfig = errors.New("invalid configuration")

// secret is a string that prints as "[secret]".
type secret string

func (secret) String() string   { return "[secret]" }
func (secret) GoString() string { return "[secret]" }

// LogValue keeps the secret out of the log.
func (secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// dataConfig has the settings for the data directory, the audit key and the log.
type dataConfig struct {
	Data      string `env:"CORDBOARD_DATA"           default:"./data" help:"Directory for the database and the keys."`
	AuditKey  string `env:"CORDBOARD_AUDIT_KEY_FILE"                  help:"File with the 32-byte key of the audit log, used instead of keys/audit in the data directory." name:"audit-key-file"`
	LogFormat string `env:"CORDBOARD_LOG_FORMAT"     default:"text"   help:"Format of the log on standard error: text or json."`
}

// ycmConfig has the settings for YCM. Values are strings, so that all problems can be reported together.
type ycmConfig struct {
	YCMURL              string `name:"ycm-url"                env:"CORDBOARD_YCM_URL"                help:"URL of YCM, such as https://ycm.yeastar.com."`
	YCMClientID         string `name:"ycm-client-id"          env:"CORDBOARD_YCM_CLIENT_ID"          help:"YCM API client ID. YCM shows it on the page where you enable the API."`
	YCMClientSecret     secret `name:"ycm-client-secret"      env:"CORDBOARD_YCM_CLIENT_SECRET"      help:"YCM API client secret. Set it in the environment or a file rather than as an argument."`
	YCMClientSecretFile string `name:"ycm-client-secret-file" env:"CORDBOARD_YCM_CLIENT_SECRET_FILE" help:"File with the YCM API client secret, used instead of the secret itself."`
	YCMCreateTimeout    string `name:"ycm-create-timeout"     env:"CORDBOARD_YCM_CREATE_TIMEOUT"     help:"Time limit for YCM's response to a create request."                                     default:"30s"`
	YCMRate             string `name:"ycm-rate"               env:"CORDBOARD_YCM_RATE"               help:"Maximum requests to YCM per minute, in bursts of up to 20; 0 means no limit."           default:"100"`
}

// samples are common placeholders. They are rejected because they aren't secret.
var samples = []string{"changeme", "secret", "CLIENT-SECRET", "your-client-secret"}

const ycmBurst = 20

// client returns the client configuration and the problems with the settings. It reads the client secret from its
// file, if one is set.
func (c ycmConfig) client() (ycm.Config, []error) {
	var problems []error
	say := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.YCMURL == "" {
		say("CORDBOARD_YCM_URL is missing: set it to the URL of YCM, such as https://ycm.yeastar.com")
	} else if err := ycm.CheckURL(c.YCMURL); err != nil {
		say("CORDBOARD_YCM_URL %q %w", c.YCMURL, err)
	}
	if c.YCMClientID == "" {
		say("CORDBOARD_YCM_CLIENT_ID is missing: YCM shows it on the page where you enable the API")
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
		say("CORDBOARD_YCM_CLIENT_SECRET is missing: set it or CORDBOARD_YCM_CLIENT_SECRET_FILE")
	}
	for _, sample := range samples {
		if clientSecret == sample {
			say("the YCM API client secret is a placeholder: set the real one")
		}
	}
	rate, err := strconv.Atoi(c.YCMRate)
	if err != nil || rate < 0 {
		say("CORDBOARD_YCM_RATE %q must be a number of requests per minute, or 0 for no limit", c.YCMRate)
	}
	createTimeout, err := time.ParseDuration(c.YCMCreateTimeout)
	if err != nil || createTimeout < 100*time.Millisecond {
		say("CORDBOARD_YCM_CREATE_TIMEOUT %q must be a duration of at least 100ms, such as 30s", c.YCMCreateTimeout)
	}
	return ycm.Config{
		URL:          c.YCMURL,
		ClientID:     c.YCMClientID,
		ClientSecret: clientSecret,
		Limits: ycm.Limits{
			CreateTimeout: createTimeout,
			RatePerMinute: rate,
			Burst:         ycmBurst,
		},
		UserAgent: "cordboard/" + version(),
	}, problems
}

// isSet reports whether any of the settings that have no default is set.
func (c ycmConfig) isSet() bool {
	return c.YCMURL != "" || c.YCMClientID != "" || c.YCMClientSecret != "" || c.YCMClientSecretFile != ""
}

// thresholdConfig has the settings for the levels at which a PBX is flagged.
type thresholdConfig struct {
	NearlyFull   string `env:"CORDBOARD_NEARLY_FULL"        default:"80"             help:"Usage (percent) at which a PBX counts as nearly full."                                         name:"nearly-full"`
	Full         string `env:"CORDBOARD_FULL"               default:"95"             help:"Usage (percent) at which a PBX counts as full."                                                name:"full"`
	ReclaimBelow string `env:"CORDBOARD_RECLAIM_BELOW"      default:"60"             help:"Peak usage (percent) below which some of the capacity counts as reclaimable."                  name:"reclaim-below"`
	PeakDays     string `env:"CORDBOARD_PEAK_DAYS"          default:"60"             help:"Number of days over which peak usage is measured."                                             name:"peak-days"`
	StuckDays    string `env:"CORDBOARD_STUCK_DAYS"         default:"7"              help:"Age in days at which a new, unused PBX counts as stuck in onboarding."                         name:"stuck-days"`
	BackupDays   string `env:"CORDBOARD_BACKUP_DAYS"        default:"7"              help:"Age in days at which a PBX's last backup counts as old."                                       name:"backup-days"`
}

// webConfig has the portal's other settings, such as its URL, session timeouts and the sync interval.
type webConfig struct {
	PublicURL       string `env:"CORDBOARD_PUBLIC_URL"                                  help:"Public HTTPS URL of the portal."`
	SyncInterval    string `env:"CORDBOARD_SYNC_INTERVAL"      default:"60s"            help:"Delay between the end of one sync and the start of the next."`
	ReconcileWindow string `env:"CORDBOARD_CREATION_LOOK_SPAN" default:"2m"             help:"How long to keep checking YCM for a PBX whose create request got no response."          name:"creation-look-span"`
	MinExtensions   string `env:"CORDBOARD_YCM_MIN_EXTENSIONS" default:"0"              help:"Account's minimum extensions per PBX, which YCM's API doesn't report; 0 means unknown." name:"ycm-min-extensions"`
	SessionIdle     string `env:"CORDBOARD_SESSION_IDLE"       default:"30m"            help:"Idle session timeout."`
	SessionMax      string `env:"CORDBOARD_SESSION_MAX"        default:"10h"            help:"Maximum session lifetime."`
	TimeZone        string `env:"CORDBOARD_TIME_ZONE"          default:"UTC"            help:"Default time zone, for users who haven't chosen one."`
	TrustedProxies  string `env:"CORDBOARD_TRUSTED_PROXIES"                             help:"Comma-separated IPs or CIDRs of proxies whose X-Forwarded-For is trusted."`

	Front      frontConfig     `embed:""`
	Thresholds thresholdConfig `embed:""`
}

// settings has the parsed values of webConfig.
type settings struct {
	front                   front.Config
	publicURL               string
	webhookSecret           secret
	interval, idle, longest time.Duration
	reconcileWindow         time.Duration
	minExtensions           int64
	limits                  fleet.Thresholds
	zone                    *time.Location
	proxies                 []netip.Prefix
}

func (c webConfig) parse() (settings, []error) {
	w := settings{front: front.Config(c.Front), publicURL: strings.TrimSuffix(c.PublicURL, "/")}
	var problems []error
	say := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	duration := func(name, value string, least time.Duration) time.Duration {
		d, err := time.ParseDuration(value)
		if err != nil || d < least {
			say("%s %q must be a duration of at least %s, such as 90s, 30m or 10h", name, value, least)
		}
		return d
	}
	w.interval = duration("CORDBOARD_SYNC_INTERVAL", c.SyncInterval, time.Second)
	w.reconcileWindow = duration("CORDBOARD_CREATION_LOOK_SPAN", c.ReconcileWindow, 100*time.Millisecond)
	w.idle = duration("CORDBOARD_SESSION_IDLE", c.SessionIdle, time.Minute)
	w.longest = duration("CORDBOARD_SESSION_MAX", c.SessionMax, time.Minute)
	var err error
	if w.zone, err = time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "Local" {
		say("CORDBOARD_TIME_ZONE %q must be a time zone name, such as Europe/Berlin or UTC", c.TimeZone)
	}
	if w.minExtensions, err = strconv.ParseInt(c.MinExtensions, 10, 64); err != nil || w.minExtensions < 0 ||
		w.minExtensions > 500 {
		say("CORDBOARD_YCM_MIN_EXTENSIONS %q must be a number from 0 to 500", c.MinExtensions)
	}
	w.limits = c.Thresholds.parse(say)
	if w.proxies, err = parseProxies(c.TrustedProxies); err != nil {
		say("CORDBOARD_TRUSTED_PROXIES: %w", err)
	}
	if w.publicURL != "" {
		if w.publicURL, err = normalURL(w.publicURL); err != nil {
			say("CORDBOARD_PUBLIC_URL %q must be https://HOST or https://HOST:PORT", c.PublicURL)
		}
	}
	w.front.Check(w.publicURL, say)
	return w, problems
}

// normalURL returns the portal's public URL as browsers spell it: lowercase ASCII, without the default HTTPS port.
func normalURL(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Hostname() == "" || u.Path != "" || u.User != nil ||
		u.RawQuery != "" ||
		u.ForceQuery ||
		u.Fragment != "" {
		return "", errors.New("not an HTTPS URL")
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

// parse returns the thresholds. It reports each problem by calling say.
func (c thresholdConfig) parse(say func(string, ...any)) (l fleet.Thresholds) {
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
		say(
			"CORDBOARD_RECLAIM_BELOW %s, CORDBOARD_NEARLY_FULL %s and CORDBOARD_FULL %s must be in ascending order",
			c.ReclaimBelow,
			c.NearlyFull,
			c.Full,
		)
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
			return nil, fmt.Errorf("%q is neither an IP address nor a CIDR network", word)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

func (c dataConfig) logger(w io.Writer) (*slog.Logger, []error) {
	options := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
			// Times are in UTC, regardless of the machine's time zone.
			a.Value = slog.StringValue(a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z07:00"))
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
