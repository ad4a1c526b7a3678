// Package capacity renders the capacity page and the expiry board.
package capacity

import "cordboard/views/ui"

// ExpiriesPage is the model of the expiry board.
type ExpiriesPage struct {
	Snapshot string
	Fresh    ui.Freshness
	Zone     string // such as "UTC" or "CET (Europe/Berlin)"
	Today    ui.Moment
	Buckets  []ExpiryBucket
	Empty    bool // whether there are neither PBXs nor subscription dates to show
	Months   []ExpiryMonth
	Beyond   ui.Link // number of PBXs that expire after the last month in Months
	None     ui.Link // number of PBXs without an expiration date
}

// ExpiryBucket is a section of the board, for a range of dates or for malformed dates.
type ExpiryBucket struct {
	Key, Title, Tone, Icon string
	Count                  string  // number of PBXs and subscription dates, including those not in Entries
	All                    ui.Link // link to the bucket's PBXs; its URL is "" if there are none
	Entries                []ui.ExpiryEntry
}

// ExpiryMonth has the number of PBXs that expire in a month.
type ExpiryMonth struct {
	Label, URL, Count string
	Width             string // width of the month's bar, out of 100
}
