// Package capacity renders the subscription and the expiry board.
package capacity

import "cordboard/views/ui"

// ExpiriesPage is the model of the expiry board.
type ExpiriesPage struct {
	Snapshot string
	Fresh    ui.Freshness
	Zone     string // "UTC", "CET (Europe/Berlin)"
	Today    ui.Moment
	Buckets  []ExpiryBucket
	Empty    bool // nothing has been synced yet
	Months   []ExpiryMonth
	Beyond   ui.Link // after the last month
	None     ui.Link // without a date
}

// ExpiryBucket is a range of expiry dates on the board.
type ExpiryBucket struct {
	Key, Title, Tone, Icon string
	Count                  string  // entries, including the subscription
	All                    ui.Link // list of its PBXs; its URL is "" if there are none
	Entries                []ui.ExpiryEntry
}

// ExpiryMonth is the number of PBXs that expire in a month.
type ExpiryMonth struct {
	Label, URL, Count string
	Width             string // of its bar, out of 100
}
