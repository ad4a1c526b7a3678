package sheet

import (
	"archive/zip"
	"cmp"
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
	maxSheets   = 100       // that are looked into
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
	Sheets []sheetEntry `xml:"sheets>sheet"`
}

// sheetEntry is the entry of a sheet in that list.
type sheetEntry struct {
	Name  string     `xml:"name,attr"`
	State string     `xml:"state,attr"`
	Attrs []xml.Attr `xml:",any,attr"`
}

// id returns the ID of the reference to the sheet's part. No reference has the ID " ".
func (e *sheetEntry) id() string {
	for _, a := range e.Attrs {
		if a.Name.Local == "id" && a.Value != "" {
			return a.Value
		}
	}
	return " "
}

// readWorkbook reads the first visible sheet of an XLSX file that isn't empty.
func (t *reader) readWorkbook(file io.ReaderAt, size int64) error {
	book, err := openWorkbook(file, size)
	if err != nil {
		return err
	}
	root, err := book.relations("")
	if err != nil {
		return err
	}
	name := cmp.Or(root.part("", "officeDocument", ""), "xl/workbook.xml")
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
	related, err := book.relations(name)
	if err != nil {
		return err
	}
	c := cellReader{table: t}
	if texts := related.part(name, "sharedStrings", ""); book[texts] != nil {
		if err := book.read(texts, maxUnpacked, c.readShared); err != nil {
			return err
		}
	}
	for _, one := range list.Sheets[:min(len(list.Sheets), maxSheets)] {
		part := related.part(name, "worksheet", one.id())
		if one.State != "" && one.State != "visible" || part == "" { // a hidden sheet, or a chart
			continue
		}
		t.Format.Sheet = one.Name
		if err := book.read(part, maxUnpacked, c.readRows); err != nil || t.Header != nil {
			return err
		}
	}
	if t.Format.Sheet == "" {
		return ErrNoSheet
	}
	return nil
}

// relations returns the parts that a part refers to. The part "" is the whole workbook.
func (b workbook) relations(from string) (all relations, err error) {
	dir, file := path.Split(from)
	if name := dir + "_rels/" + file + ".rels"; b[name] != nil {
		err = b.decode(name, &all)
	}
	return all, err
}

// part returns the name of the first part of a kind that the part from refers to, or "". Unless id is "", the reference
// must have that ID.
func (r *relations) part(from, kind, id string) string {
	for _, one := range r.All {
		switch {
		case !strings.HasSuffix(one.Type, "/"+kind) || id != "" && one.ID != id:
		case strings.HasPrefix(one.Target, "/"):
			return partName(one.Target)
		default:
			return partName(path.Dir(from) + "/" + one.Target)
		}
	}
	return ""
}

// decode decodes a small part.
func (b workbook) decode(name string, into any) error {
	return b.read(name, maxOther, func(d *xml.Decoder) error { return d.Decode(into) })
}

// read calls decode with the XML of a part, of at most limit bytes. It is an error of the file if decode fails, or if
// the checksum of the part is wrong.
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
