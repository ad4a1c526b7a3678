package views

// ExpiriesPage is the model of the expiry board.
type ExpiriesPage struct {
	Snapshot string
	Fresh    Freshness
	Zone     string // "UTC", "CET (Europe/Berlin)"
	Today    Moment
	Buckets  []ExpiryBucket
	Empty    bool // nothing has been synced yet
	Months   []ExpiryMonth
	Beyond   Link // after the last month
	None     Link // without a date
}

// ExpiryBucket is a range of expiry dates on the board.
type ExpiryBucket struct {
	Key, Title, Tone, Icon string
	Count                  string // entries, including the subscription
	All                    Link   // list of its PBXs; its URL is "" if there are none
	Entries                []ExpiryEntry
}

// ExpiryEntry is a PBX or the subscription.
type ExpiryEntry struct {
	ID    string // of the PBX; "" for the subscription
	Name  string
	URL   string
	Which string // "PBX date 24 Feb 2026"
	Badge Badge  // time until expiry
}

// ExpiryMonth is the number of PBXs that expire in a month.
type ExpiryMonth struct {
	Label, URL, Count string
	Width             string // of its bar, out of 100
}

// ExpiryBadge returns the badge for an expiry date that is days away. words is its text.
func ExpiryBadge(days int64, words string) Badge {
	b := Badge{Class: "badge-outline", Icon: "calendar-clock", Word: capital(words)}
	switch {
	case days < 0:
		b.Class, b.Icon = "badge-overdue", "circle-alert"
	case days <= 30:
		b.Class, b.Icon = "badge-soon", "clock"
	}
	return b
}

// capital returns s with its first letter in upper case.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
