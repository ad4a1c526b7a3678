package ui

// Chart is a chart of one number over time. Its paths are SVG paths in a box of Width x Height, which is stretched to
// fit the page. A script reads the values at a point in time from Series.
type Chart struct {
	Width, Height int
	Summary       string // for screen readers
	Paths         ChartPaths
	Axes          ChartAxes
	Series        ChartSeries
}

// ChartPaths has the SVG paths of a chart. All but Line may be "".
type ChartPaths struct {
	Line  string
	Limit string // the capacity
	Range string // the forecast's range
	Mid   string // the forecast at the median growth rate
	Now   string // a vertical line at the current day, if the chart shows a forecast
}

// ChartAxes has the labels of a chart. All may be "".
type ChartAxes struct {
	Top, Middle, Low string // of the y axis
	From, Now, To    string // of the x axis; To is in the future if Now isn't ""
	LimitLabel       string // such as "Capacity 10"
	LimitAt          string // y coordinate of the baseline of LimitLabel, such as "12%"
}

// ChartSeries has the numbers of a chart for the script that shows them. A time without a number is "-".
type ChartSeries struct {
	Values string // separated by spaces
	Limits string // like Values, or one number for all times, or "" for none
	// Scale has the x coordinate of the first value, the distance between two values, the numbers at the lower and the
	// upper edge, and the y coordinates of these edges, separated by spaces.
	Scale string
}

// Ranges lets the user choose the time that charts show.
type Ranges struct {
	Tabs     []Tab
	Action   string // of the form for an own range, such as "/pbxs/7#samples"
	From, To string // days such as 2026-03-01, if the range is the user's own
	Problem  string // what was ignored or changed; "" for nothing
	Other    Link   // link to the same values as a table, or from there to the charts; empty for none
}
