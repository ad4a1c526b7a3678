package views

// ExpiriesPage is who ends when.
type ExpiriesPage struct {
	Snapshot string
	Fresh    Freshness
	Zone     string // "UTC", "CET (Europe/Berlin)"
	Today    Moment
	Buckets  []ExpiryBucket
	Empty    bool // nothing was read yet
	Months   []ExpiryMonth
	Beyond   Link // after the last month
	None     Link // without a date
}

// ExpiryBucket is a part of the board.
type ExpiryBucket struct {
	Key, Title, Tone, Icon string
	Count                  string // entries, the package included
	All                    Link   // the list of its PBXs; URL "" for none
	Entries                []ExpiryEntry
}

// ExpiryEntry is a PBX, or the package.
type ExpiryEntry struct {
	ID    string // of the PBX; "" for the package
	Name  string
	URL   string
	Which string // "PBX date 24 Feb 2026"
	Badge Badge  // how far off
}

// ExpiryMonth counts the PBXs that end in a month.
type ExpiryMonth struct {
	Label, URL, Count string
	Width             string // of its bar, in a box of 100
}

// ExpiryBadge says how far off an end is.
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

// capital writes the first letter of a sentence large.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
