package imports

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/sheet"
	"cordboard/fold"
)

// grouped matches a whole number with separators between groups of three digits.
var grouped = regexp.MustCompile(`^[0-9]{1,3}([,.' ’\x{a0}\x{202f}][0-9]{3})+$`)

// decimalZeros matches a number with decimals that are 0, as spreadsheets write it.
var decimalZeros = regexp.MustCompile(`^(.+)([.,])0+$`)

// digits matches a number without separators.
var digits = regexp.MustCompile(`^[0-9]+$`)

// wholeNumber returns a number without separators, which must all be the same, and without decimals that are 0. Any
// other text is returned as it is.
func wholeNumber(text string) string {
	text = strings.TrimSpace(text)
	if grouped.MatchString(text) {
		rest := strings.TrimLeft(text, "0123456789")
		separator, _ := utf8.DecodeRuneInString(rest)
		if plain := strings.ReplaceAll(text, string(separator), ""); digits.MatchString(plain) {
			return plain
		}
	}
	if m := decimalZeros.FindStringSubmatch(text); m != nil && !strings.Contains(m[1], m[2]) {
		if whole := wholeNumber(m[1]); digits.MatchString(whole) {
			return whole
		}
	}
	return text
}

// truths are the words for on and off, folded.
var truths = map[string]bool{
	"enabled": true, "yes": true, "true": true, "1": true, "on": true, "x": true, "ja": true, "oui": true, "si": true,
	"disabled": false, "no": false, "false": false, "0": false, "off": false, "-": false, "nein": false, "non": false,
}

// toggle returns the value of a switch: Enabled, or "" for off.
func toggle(field, text string) (string, *input.Finding) {
	on, known := truths[fold.Text(text)]
	switch {
	case !known:
		return "", &input.Finding{Field: field, Code: input.NotASwitch, Value: list.Shorten(text)}
	case on:
		return input.On, nil
	}
	return "", nil
}

// word returns one of the words, if text is it or the beginning of it, whatever the case.
func word(field, text string, words ...string) (string, *input.Finding) {
	for _, w := range words {
		if folded := fold.Text(text); folded != "" && strings.HasPrefix(fold.Text(w), folded) {
			return w, nil
		}
	}
	return "", &input.Finding{Field: field, Code: input.NotOneOf, Value: list.Shorten(text), Names: words}
}

// layouts are the spellings of a day that have one meaning.
var layouts = []string{
	"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2 Jan 2006", "2 January 2006", "2 Jan, 2006", "2 January, 2006",
	"Jan 2, 2006", "January 2, 2006", "Jan 2 2006", "January 2 2006", "2-Jan-2006", "2-Jan-06", "2. Jan 2006",
	"2. January 2006", time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
	time.DateTime, "2006-01-02 15:04",
}

// threeNumbers matches a day that is spelled with its year last.
var threeNumbers = regexp.MustCompile(`^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4}|[0-9]{2})$`)

// serialDays is the range of the days that a number in a workbook may mean: 1997 to 2118.
const (
	firstSerial = 35_500
	lastSerial  = 80_000
)

// day returns a day as YYYY-MM-DD. In a workbook, a number counts days since the end of 1899. A time with an offset
// from UTC, such as those in Cordboard's exports, is a day in zone.
func day(text string, workbook bool, zone *time.Location) (string, *input.Finding) {
	const field = "expirationDate"
	if n, err := strconv.ParseFloat(text, 64); err == nil && workbook && n >= firstSerial && n <= lastSerial {
		return time.Date(1899, 12, 30+int(n), 0, 0, 0, 0, time.UTC).Format(time.DateOnly), nil
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			if strings.Contains(layout, "Z07") {
				at = at.In(zone)
			}
			return at.Format(time.DateOnly), nil
		}
	}
	unclear := &input.Finding{Field: field, Code: input.NotADate, Value: list.Shorten(text)}
	m := threeNumbers.FindStringSubmatch(text)
	if m == nil {
		return "", unclear
	}
	year := m[3]
	if len(year) == 2 {
		year = "20" + year
	}
	var days []string
	for _, order := range [][2]string{{m[2], m[1]}, {m[1], m[2]}} { // the month, the day
		at, err := time.Parse("2006-1-2", year+"-"+order[0]+"-"+order[1])
		if err == nil && !slices.Contains(days, at.Format(time.DateOnly)) {
			days = append(days, at.Format(time.DateOnly))
		}
	}
	switch {
	case len(days) == 0:
		return "", unclear
	case len(days) == 1 || strings.Contains(text, "."): // with periods, the day comes first everywhere
		return days[0], nil
	}
	return "", &input.Finding{Field: field, Code: input.AmbiguousDate, Value: list.Shorten(text), Names: days}
}

// Text returns a cell as people read it, and as a CSV file has it: in XLSX files, days are numbers.
func Text(cell, field string, table *sheet.Table) string {
	if _, err := strconv.ParseFloat(cell, 64); err != nil || field != "expirationDate" || !table.Format.Workbook {
		return cell
	}
	if text, problem := day(cell, true, time.UTC); problem == nil {
		return text
	}
	return cell
}

// splitHost splits a host name at the end that is one of the domains.
func splitHost(host string, domains []string) (subDomain, domain string, ok bool) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if _, rest, found := strings.Cut(host, "://"); found {
		host = rest
	}
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	for _, d := range domains {
		if sub, found := strings.CutSuffix(host, "."+strings.ToLower(d)); found && len(d) > len(domain) {
			subDomain, domain, ok = sub, d, true
		}
	}
	return subDomain, domain, ok
}

// describe formats an option for a suggestion.
func describe(name string, id int64) string { return fmt.Sprintf("%s (%d)", name, id) }
