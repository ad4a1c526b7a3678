package handlers

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
	"unicode"
)

// csvWriter is the one writer of all CSV files: RFC 4180, UTF-8 with a byte order mark, without which Excel takes it for another encoding, and no cell that a spreadsheet
// would run.
type csvWriter struct{ rows *csv.Writer }

// newCSV begins a file with its header.
func newCSV(w io.Writer, header []string) (*csvWriter, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	out := &csvWriter{csv.NewWriter(w)}
	out.rows.UseCRLF = true
	return out, out.rows.Write(header)
}

// Write adds a row. It changes cells in place.
func (w *csvWriter) Write(cells []string) error {
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	return w.rows.Write(cells)
}

// Flush sends what is left.
func (w *csvWriter) Flush() error {
	w.rows.Flush()
	return w.rows.Error()
}

// plainNumber is what may begin with a minus.
var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// harmless puts a ' before what a spreadsheet would take for a formula: at the beginning of a cell, and behind whatever a spreadsheet may cut cells at, since nobody knows
// by which sign it does. Numbers are numbers.
func harmless(text string) string {
	if !strings.ContainsAny(text, "=+-@|＝＋－＠") || plainNumber.MatchString(text) {
		return text
	}
	var b strings.Builder
	start := true // of what may become a cell
	for _, r := range text {
		switch {
		case strings.ContainsRune(",;\t\r\n", r):
			start = true
		case start && (unicode.IsSpace(r) || r == '"'):
		case start && strings.ContainsRune("=+-@|＝＋－＠", r):
			b.WriteByte('\'')
			start = false
		default:
			start = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
