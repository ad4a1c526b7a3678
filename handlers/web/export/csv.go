// Package export writes CSV and XLSX files whose cells spreadsheets don't run as formulas.
package export

import (
	"bufio"
	"encoding/csv"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// CSVWriter writes Cordboard's CSV files. They follow RFC 4180, are encoded in UTF-8 and have no cell that a
// spreadsheet would run as a formula. Each file begins with a byte order mark, because Excel otherwise assumes
// another encoding.
type CSVWriter struct{ rows *csv.Writer }

// buffered is how many bytes are written at once.
const buffered = 32 << 10

// NewCSV writes the byte order mark and the header, and returns a writer for the rows.
func NewCSV(w io.Writer, header []string) (*CSVWriter, error) { return NewSeparated(w, ',', header) }

// NewSeparated is like NewCSV, but separates the cells with the given character.
func NewSeparated(w io.Writer, separator rune, header []string) (*CSVWriter, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	out := &CSVWriter{csv.NewWriter(bufio.NewWriterSize(w, buffered))}
	out.rows.Comma, out.rows.UseCRLF = separator, true
	return out, out.Write(slices.Clone(header))
}

// Write applies Harmless to the cells, in place, and writes them as a row.
func (w *CSVWriter) Write(cells []string) error {
	for i := range cells {
		cells[i] = Harmless(cells[i])
	}
	return w.rows.Write(cells)
}

// Flush writes the buffered rows.
func (w *CSVWriter) Flush() error {
	w.rows.Flush()
	return w.rows.Error()
}

// plainNumber matches decimal numbers, with or without a minus sign.
var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// Harmless puts an apostrophe before text that a spreadsheet would run as a formula. It does so at the beginning of a
// cell and after any character at which a spreadsheet may split cells, because the separator that the spreadsheet uses
// isn't known. It doesn't change a cell that consists of a number.
func Harmless(text string) string {
	first := nextFormula(text, 0, true)
	if first < 0 || plainNumber.MatchString(text) {
		return text
	}
	var b strings.Builder
	from := 0
	for at := first; at >= 0; at = nextFormula(text, at, false) {
		b.WriteString(text[from:at])
		b.WriteByte('\'')
		from = at
	}
	b.WriteString(text[from:])
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// nextFormula returns the position of the first character, from the given one on, that would begin a formula, or -1.
// start is true if the given one is at the beginning of text that may become a cell.
func nextFormula(text string, from int, start bool) int {
	for i, r := range text[from:] {
		switch r {
		case ',', ';', '\t', '\r', '\n':
			start = true
			continue
		}
		switch {
		case !start || unicode.IsSpace(r) || r == '"':
		case beginsFormula(r):
			return from + i
		default:
			start = false
		}
	}
	return -1
}

func beginsFormula(r rune) bool {
	switch r {
	case '=', '+', '-', '@', '|', '＝', '＋', '－', '＠':
		return true
	}
	return false
}
