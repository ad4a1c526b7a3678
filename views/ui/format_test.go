package ui

import (
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0:       "0",
		7:       "7",
		999:     "999",
		1000:    "1,000",
		1234567: "1,234,567",
		-1000:   "−1,000",
		-5:      "−5",
	} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ used, capacity, want int64 }{
		{0, 10, 0},
		{46, 50, 92},
		{999, 1000, 99},
		{10, 10, 100},
		{11, 10, 110},
		{1, 0, 0},
		{1, 3, 33},
	} {
		if got := Percent(tt.used, tt.capacity); got != tt.want {
			t.Errorf("Percent(%d, %d) = %d, want %d", tt.used, tt.capacity, got, tt.want)
		}
	}
}

func berlin(t *testing.T) Clock {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return Clock{Now: time.Date(2026, 3, 17, 13, 32, 0, 0, time.UTC), Zone: zone}
}

func TestDays(t *testing.T) {
	t.Parallel()
	c := berlin(t)
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 3, 17, 22, 59, 59, 0, time.UTC), "today"},
		{time.Date(2026, 3, 17, 23, 0, 0, 0, time.UTC), "tomorrow"}, // midnight in Berlin
		{time.Date(2026, 3, 16, 23, 0, 0, 0, time.UTC), "today"},
		{time.Date(2026, 3, 16, 22, 59, 59, 0, time.UTC), "yesterday"},
		{time.Date(2026, 3, 24, 12, 0, 0, 0, time.UTC), "in 7 days"},
		{time.Date(2026, 3, 31, 21, 59, 59, 0, time.UTC), "in 14 days"}, // across the start of daylight saving time
		{time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC), "9 days ago"},
		{time.Date(2026, 6, 16, 12, 0, 0, 0, time.UTC), "in 91 days"},
		{time.Date(2026, 6, 18, 12, 0, 0, 0, time.UTC), "in 3 months"},
		{time.Date(2027, 3, 17, 12, 0, 0, 0, time.UTC), "in 12 months"},
		{time.Date(2023, 3, 17, 12, 0, 0, 0, time.UTC), "3 years ago"},
	} {
		if got := c.Days(tt.at); got != tt.want {
			t.Errorf("Days(%v) = %q, want %q", tt.at, got, tt.want)
		}
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	c := berlin(t)
	for d, want := range map[time.Duration]string{
		-time.Second:     "just now",
		0:                "0 s ago",
		59 * time.Second: "59 s ago",
		54 * time.Minute: "54 min ago",
		5 * time.Hour:    "5 h ago",
		30 * time.Hour:   "yesterday",
	} {
		if got := c.Ago(c.Now.Add(-d)); got != want {
			t.Errorf("Ago(%s before) = %q, want %q", d, got, want)
		}
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	c := berlin(t)
	at := time.Date(2026, 3, 17, 13, 31, 48, 0, time.UTC)
	for name, tt := range map[string]struct{ got, want Moment }{
		"Date": {c.Date(at), Moment{"17 Mar 2026", "2026-03-17T14:31:48+01:00", "17 Mar 2026, 14:31:48 " +
			"CET, 13:31:48 UTC"}},
		"DateTime": {
			c.DateTime(at),
			Moment{"17 Mar 2026, 14:31", "2026-03-17T14:31:48+01:00", "17 Mar 2026, 14:31:48 CET, 13:31:48 UTC"},
		},
		"Second of today": {
			c.Second(at),
			Moment{"14:31:48 CET", "2026-03-17T14:31:48+01:00", "17 Mar 2026, 14:31:48 CET, 13:31:48 UTC"},
		},
		"Second of earlier": {
			c.Second(at.AddDate(0, 0, -2)),
			Moment{"15 Mar 2026, 14:31:48 CET", "2026-03-15T14:31:48+01:00", "15 Mar 2026, 14:31:48 CET, 13:31:48 UTC"},
		},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %+v, want %+v", name, tt.got, tt.want)
		}
	}
	if got := (Clock{Now: at, Zone: time.UTC}).Date(at).Title; got != "17 Mar 2026, 13:31:48 UTC" {
		t.Errorf("title of Date in UTC = %q", got)
	}
}

func TestHostURL(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"a.example.com": "https://a.example.com", "A-1.example": "https://A-1.example",
		"":             "",
		"javascript:x": "",
		"a@evil":       "",
		"evil/..":      "",
		"a b":          "",
		"-a.example":   "",
		".a":           "",
		"a:443":        "",
		"ä.example":    "",
		"a?b":          "",
		"a#b":          "",
	} {
		if got := HostURL(host); got != want {
			t.Errorf("HostURL(%q) = %q, want %q", host, got, want)
		}
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ got, want string }{
		{PBXsURL(nil), "/pbxs"},
		{PBXsURL(map[string][]string{"q": {"a&b=c"}}), "/pbxs?q=a%26b%3Dc"},
		{PBXURL(7715), "/pbxs/7715"},
		{AuditSearchURL(""), "/audit"},
		{AuditPageURL("a:b", 2), "/audit?page=2&q=a%3Ab"},
		{BatchURL("a/b"), "/batches/a%2Fb"},
		{BatchesURL(0), "/batches"},
		{BatchesURL(1), "/batches"},
		{BatchesURL(2), "/batches?page=2"},
		{BatchesURL(-1), "/batches"},
		{SignInURL(""), "/signin"},
		{SignInURL("/pbxs?q=1"), "/signin?next=%2Fpbxs%3Fq%3D1"},
	} {
		if tt.got != tt.want {
			t.Errorf("URL = %q, want %q", tt.got, tt.want)
		}
	}
}

func TestBadges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		field, word, class, text string
		unknown                  bool
	}{
		{"pbxStatus", "Running", "badge-running", "Running", false},
		{"activationStatus", "Unactivated", "badge-unactivated", "Not activated", false},
		{"plan", "Upgrading to Ultimate Plan", "badge-upgrading", "Upgrading to Ultimate", false},
		{"im", "Enabled", "badge-plain tone-ok", "Enabled", false},
		{"allowSuperiorPasswordlessLogin", "no", "badge-unknown", "no", true},
		{"pbxStatus", "Migrating", "badge-unknown", "Migrating", true},
		{"pbxStatus", "", "badge-outline", "Not reported", false},
	} {
		if b := BadgeFor(
			tt.field,
			tt.word,
		); b.Class != tt.class || b.Word != tt.text || b.Unknown != tt.unknown ||
			b.Icon == "" {
			t.Errorf("BadgeFor(%s, %q) = %+v", tt.field, tt.word, b)
		}
	}
}
