package renewals

import "cordboard/views/ui"

// Board is the model of the expiry board.
type Board struct {
	Buckets []Bucket
	Empty   bool // whether there are neither PBXs nor subscription dates to show
	Months  []Month
	Beyond  ui.Link // number of PBXs that expire after the last month in Months
	None    ui.Link // number of PBXs without an expiration date
}

// Bucket is a section of the board, for a range of dates or for malformed dates.
type Bucket struct {
	Key, Title, Tone, Icon string
	PBXs                   string  // number of PBXs
	Count                  string  // number of PBXs and subscription dates, including those not in Entries
	All                    ui.Link // link to the bucket's PBXs; its URL is "" if there are none
	Entries                []ui.ExpiryEntry
}

// Month has the number of PBXs that expire in a month.
type Month struct {
	Label, URL, Count string
	Width             string // width of the month's bar, out of 100
}
