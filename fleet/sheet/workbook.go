package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits on what an XLSX file may contain when it is unpacked.
const (
	maxUnpacked = 200 << 20 // all parts
	maxOther    = 1 << 20   // one of them that isn't a sheet or its texts, such as the list of sheets
)

// workbook is an XLSX file: a ZIP file with parts in XML. excelize isn't used, because it takes an error in the XML for
// the end of a sheet, and doesn't tell a formula without a result from an empty cell.
type workbook map[string]*zip.File // by lower-case name

// openWorkbook returns the parts of an XLSX file. They aren't unpacked yet.
func openWorkbook(file io.ReaderAt, size int64) (workbook, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadWorkbook, err)
	}
	book := workbook{}
	var all uint64
	for _, part := range archive.File {
		if all += part.UncompressedSize64; all > maxUnpacked || part.UncompressedSize64 > maxUnpacked {
			return nil, ErrTooLarge
		}
		book[partName(part.Name)] = part
	}
	return book, nil
}

// partName returns the name of a part as the keys of a workbook have it.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/"))
}

// relations are the parts that a part of a workbook refers to.
type relations struct {
	All []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// bookPart is the part of a workbook that lists its sheets.
type bookPart struct {
	Properties struct {
		Date1904 string `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		Name  string     `xml:"name,attr"`
		State string     `xml:"state,attr"`
		Attrs []xml.Attr `xml:",any,attr"`
	} `xml:"sheets>sheet"`
}

// readWorkbook reads the first visible sheet of an XLSX file that isn't empty.
func (t *reader) readWorkbook(file io.ReaderAt, size int64) error {
	book, err := openWorkbook(file, size)
	if err != nil {
		return err
	}
	name, err := book.related("", func(kind, _ string) bool { return strings.HasSuffix(kind, "/officeDocument") })
	if err != nil {
		return err
	}
	if name == "" {
		name = "xl/workbook.xml"
	}
	if book[name] == nil || !strings.HasSuffix(name, ".xml") { // another kind of file, or an XLSB file
		return ErrBinary
	}
	var list bookPart
	if err := book.decode(name, &list); err != nil {
		return err
	}
	if on := list.Properties.Date1904; on == "1" || on == "true" {
		return ErrDates1904
	}
	t.Format = Format{Workbook: true, Encoding: UTF8}
	for _, one := range list.Sheets {
		if one.State != "" && one.State != "visible" {
			continue
		}
		id := ""
		for _, a := range one.Attrs {
			if a.Name.Local == "id" {
				id = a.Value
			}
		}
		part, err := book.related(name, func(kind, is string) bool {
			return is == id && strings.HasSuffix(kind, "/worksheet")
		})
		if err != nil {
			return err
		}
		if part == "" {
			continue // a sheet that is a chart
		}
		t.Format.Sheet = one.Name
		if err := t.readSheet(book, name, part); err != nil || t.Header != nil {
			return err
		}
	}
	if t.Format.Sheet == "" {
		return ErrNoSheet
	}
	return nil
}

// related returns the name of the first part that a part refers to, and that is wanted by the type and ID of the
// reference. It returns "" if there is none. The part "" is the whole workbook.
func (b workbook) related(from string, wanted func(kind, id string) bool) (string, error) {
	dir, file := path.Split(from)
	var all relations
	name := dir + "_rels/" + file + ".rels"
	if b[name] == nil {
		return "", nil
	}
	if err := b.decode(name, &all); err != nil {
		return "", err
	}
	for _, r := range all.All {
		if !wanted(r.Type, r.ID) {
			continue
		}
		if strings.HasPrefix(r.Target, "/") {
			return partName(r.Target), nil
		}
		return partName(dir + r.Target), nil
	}
	return "", nil
}

// decode decodes a small part.
func (b workbook) decode(name string, into any) error {
	return b.read(name, maxOther, func(d *xml.Decoder) error { return d.Decode(into) })
}

// read calls decode with the XML of a part, of at most limit bytes. It is an error of the file if decode fails, if the
// XML is malformed or if the rest of the part is damaged.
func (b workbook) read(name string, limit uint64, decode func(*xml.Decoder) error) (err error) {
	part := b[name]
	if part == nil {
		return fmt.Errorf("%w: %s is missing", ErrBadWorkbook, name)
	}
	if part.UncompressedSize64 > limit {
		return ErrTooLarge
	}
	file, err := part.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadWorkbook, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	in := &plain{in: io.LimitReader(file, int64(limit)+1), left: int64(limit)} //nolint:gosec // limit is a constant
	err = decode(xml.NewDecoder(in))
	if err == nil {
		_, err = io.Copy(io.Discard, in.in) // which checks the checksum
	}
	switch {
	case err == nil, errors.Is(err, ErrTooLarge), errors.Is(err, ErrTooLong), errors.Is(err, ErrTooWide):
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrBadWorkbook, name, err)
}
