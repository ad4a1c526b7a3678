package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits on what an XLSX file may contain when it is unpacked. A larger part that is a sheet or its texts is unpacked
// to a temporary file.
const (
	maxUnpacked = 200 << 20
	maxPart     = 4 << 20
	maxInMemory = 8 << 20 // all parts that aren't unpacked to a file
	maxOther    = 1 << 20 // one of them that isn't a sheet or its texts, such as the list of styles
)

// readWorkbook reads the first visible sheet of an XLSX file.
func (t *reader) readWorkbook(file io.ReaderAt, size int64) (err error) {
	if err := checkParts(file, size); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "cordboard-sheet-") // excelize leaves files behind if it fails
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	packed := filepath.Join(dir, "book.xlsx") // of a reader, excelize would make a copy in memory
	if err := write(packed, io.NewSectionReader(file, 0, size)); err != nil {
		return err
	}
	book, err := excelize.OpenFile(packed, excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxPart, RawCellValue: true, TmpDir: dir,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadWorkbook, err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		return ErrDates1904
	}
	t.Format = Format{Workbook: true, Encoding: UTF8}
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err == nil && visible {
			t.Format.Sheet = name
			return t.readSheet(book, name)
		}
	}
	return ErrNoSheet
}

// write writes a new file.
func write(name string, content io.Reader) (err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in our own directory
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = io.Copy(file, content)
	return err
}

// readSheet reads the rows of a sheet.
func (t *reader) readSheet(book *excelize.File, name string) (err error) {
	rows, err := book.Rows(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadWorkbook, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBadWorkbook, err)
		}
		if err := t.add(line, cells); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return fmt.Errorf("%w: %w", ErrBadWorkbook, err)
	}
	return nil
}

// checkParts checks, before anything is unpacked, that the parts of an XLSX file aren't too large.
func checkParts(file io.ReaderAt, size int64) error {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadWorkbook, err)
	}
	var all, inMemory uint64
	isBook := false
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		isBook = isBook || strings.HasSuffix(name, "workbook.xml")
		all += part.UncompressedSize64
		toFile := strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml"
		if !toFile || part.UncompressedSize64 <= maxPart {
			inMemory += part.UncompressedSize64
		}
		tooLarge := !toFile && part.UncompressedSize64 > maxOther
		if tooLarge || all > maxUnpacked || inMemory > maxInMemory {
			return ErrTooLarge
		}
	}
	if !isBook {
		return ErrBinary
	}
	return nil
}
