package handlers

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
	"unicode"
)

// csvWriter writes all CSV files: RFC 4180, UTF-8, no cell that a spreadsheet would run as a formula. It begins
// with a byte order mark, without which Excel assumes another encoding.
type csvWriter struct{ rows *csv.Writer }

// newCSV writes the byte order mark and the header, and returns a writer for the rows.
func newCSV(w io.Writer, header []string) (*csvWriter, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	out := &csvWriter{csv.NewWriter(w)}
	out.rows.UseCRLF = true
	return out, out.rows.Write(header)
}

// Write writes a row. It changes cells in place.
func (w *csvWriter) Write(cells []string) error {
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	return w.rows.Write(cells)
}

// Flush writes buffered rows.
func (w *csvWriter) Flush() error {
	w.rows.Flush()
	return w.rows.Error()
}

// plainNumber matches numbers, which may begin with a minus sign.
var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// harmless puts a ' before text that a spreadsheet would run as a formula. It does so at the beginning of a cell
// and after any character at which a spreadsheet may split cells, since the separator isn't known. Numbers stay
// unchanged.
func harmless(text string) string {
	if !strings.ContainsAny(text, "=+-@|＝＋－＠") || plainNumber.MatchString(text) {
		return text
	}
	var b strings.Builder
	start := true // at the beginning of what may become a cell
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
