// Package sheet reads tables from CSV and XLSX files, as spreadsheets in several countries and of several makers write
// them.
package sheet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits on a file.
const (
	MaxBytes   = 20 << 20
	MaxLines   = 10_000 // with the header
	MaxColumns = 500
	maxCells   = 500_000       // that aren't empty, in all lines
	maxBlank   = 10 * MaxLines // blank lines
	maxText    = 4 << 20       // bytes of all cells
	maxCell    = 2000          // bytes of a cell; longer ones are cut off
)

// Table is the content of a file.
type Table struct {
	Header []string // cells of the first line that isn't blank
	Line   int      // of the header
	Rows   []Row    // the other lines, without blank ones
	Format Format
}

// Row is one line of a file.
type Row struct {
	Line  int // as a text editor or a spreadsheet counts, from 1
	Cells []string
	// Failed has the columns whose cell isn't a value: an error, such as #REF!, or a formula whose result isn't in the
	// file.
	Failed []int `json:",omitempty"`
}

// Cell returns a cell without surrounding space, or "" if the row is shorter.
func (r Row) Cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}

// Format is how a file was read.
type Format struct {
	Workbook  bool   // an XLSX file, in which dates are numbers of days
	Sheet     string // name of the XLSX file's sheet
	Separator string // of the CSV file: comma, semicolon, tab, or what its first line says
	Encoding  Encoding
}

// Encoding is the encoding of a CSV file.
type Encoding string

// Encodings. A file that is neither UTF-8 nor UTF-16 is read as Windows-1252, which nothing in the file confirms.
const (
	UTF8        Encoding = "UTF-8"
	UTF16       Encoding = "UTF-16"
	Windows1252 Encoding = "Windows-1252"
)

// Errors about a file as a whole. A *QuoteError is another one.
var (
	ErrEmpty       = errors.New("the file has no lines")
	ErrNoRows      = errors.New("the file has no lines below its header")
	ErrTooLarge    = errors.New("the file is too large")
	ErrTooLong     = errors.New("the file has too many lines")
	ErrTooWide     = errors.New("the file has too many columns")
	ErrBinary      = errors.New("the file is neither CSV nor XLSX")
	ErrMixed       = errors.New("the file says that it is in UTF-8, but isn't")
	ErrOldWorkbook = errors.New("the file is an XLS file, or an encrypted XLSX file")
	ErrBadWorkbook = errors.New("the XLSX file can't be read")
	ErrDates1904   = errors.New("the XLSX file counts days from 1904")
	ErrNoSheet     = errors.New("the XLSX file has no visible sheet")
)

// QuoteError means that the quotation marks of a CSV file don't match, so it isn't clear where its cells end.
type QuoteError struct{ Line int }

func (e *QuoteError) Error() string {
	return fmt.Sprintf("line %d: the quotation marks don't match", e.Line)
}

// Read reads a file of the given size.
func Read(file io.ReaderAt, size int64) (Table, error) {
	if size > MaxBytes {
		return Table{}, ErrTooLarge
	}
	start := make([]byte, min(size, 8))
	if _, err := file.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return Table{}, err
	}
	var t reader
	var err error
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		err = t.readWorkbook(file, size)
	case bytes.HasPrefix(start, []byte("\xd0\xcf\x11\xe0")): // XLS, which is also what encrypting makes of XLSX
		err = ErrOldWorkbook
	default:
		err = t.readCSV(io.NewSectionReader(file, 0, size))
	}
	switch {
	case err == nil && t.Header == nil:
		err = ErrEmpty
	case err == nil && len(t.Rows) == 0:
		err = ErrNoRows
	}
	return t.Table, err
}

// Digest identifies the content of a file of the given size.
func Digest(file io.ReaderAt, size int64) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, size)); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// reader reads a table.
type reader struct {
	Table

	cells, blank, text int // how much was read
}

// add adds a line to the table: the header, if it is the first one that isn't blank. Empty cells at its end are left
// out.
func (t *reader) add(row Row) error {
	cells := row.Cells
	for len(cells) > 0 && (len(cells) > MaxColumns || t.Header != nil) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > MaxColumns {
		return ErrTooWide
	}
	blank := true
	for i, c := range cells {
		cells[i] = trim(c)
		if len(cells[i]) > maxCell {
			cells[i] = cut(cells[i])
		}
		blank = blank && cells[i] == ""
		t.text += len(cells[i])
	}
	if t.cells += len(cells); t.cells > maxCells || t.text > maxText {
		return ErrTooLarge
	}
	switch {
	case blank:
		if t.blank++; t.blank > maxBlank {
			return ErrTooLong
		}
		return nil
	case t.Header == nil:
		t.Header, t.Line = cells, row.Line
		return nil
	case len(t.Rows)+1 >= MaxLines:
		return ErrTooLong
	}
	row.Cells = cells
	t.Rows = append(t.Rows, row)
	return nil
}

// cut shortens a cell. The ellipsis at its end keeps a list from losing its last values unnoticed. The result doesn't
// keep the rest of its line in memory.
func cut(cell string) string {
	return strings.ToValidUTF8(cell[:maxCell], "") + "…"
}
