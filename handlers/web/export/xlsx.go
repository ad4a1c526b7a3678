package export

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
)

// Workbook writes an XLSX file (ECMA-376) row by row and streams it as a ZIP. Strings are stored in their cells instead
// of a shared table, so that they don't have to stay in memory.
type Workbook struct {
	zip     *zip.Writer
	sheets  []string
	out     *bufio.Writer // writes to the current ZIP entry
	row     int
	columns int   // number of cells in the sheet's first row
	Err     error // errors so far; after the first, no more content is written
}

const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace    = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	officeSpace  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageSpace = "http://schemas.openxmlformats.org/package/2006/"
	longestCell  = 32_767 // characters
)

// NewWorkbook returns a workbook that writes to w.
func NewWorkbook(w io.Writer) *Workbook { return &Workbook{zip: zip.NewWriter(w)} }

// Sheet ends the current sheet, if any, and begins a new one. Its first row is frozen and bold, and filters the others.
// If columns are given, they are the first row, and each column is as wide as what it usually contains.
func (b *Workbook) Sheet(name string, columns ...string) {
	b.endSheet()
	b.sheets = append(b.sheets, name)
	b.row, b.columns = 0, 0
	b.part(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(b.sheets)))
	b.print(
		xmlHead,
		`<worksheet xmlns="`,
		mainSpace,
		`"><sheetViews><sheetView workbookViewId="0">`,
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>`,
		`</sheetView></sheetViews><sheetFormatPr defaultColWidth="20" defaultRowHeight="15"/>`,
	)
	if len(columns) == 0 {
		b.print(`<sheetData>`)
		return
	}
	b.print(`<cols>`)
	head := make([]any, len(columns))
	for i, column := range columns {
		head[i] = column
		at := strconv.Itoa(i + 1)
		b.print(`<col min="`, at, `" max="`, at, `" width="`, strconv.Itoa(width(column)), `" customWidth="1"/>`)
	}
	b.print(`</cols><sheetData>`)
	b.Add(head...)
}

// widths are the widths, in characters, of columns that contain more than their names.
var widths = map[string]int{
	"name": 32, "url": 38, "customer": 32, "creator": 34, "contact": 48, "note": 48, "next": 32, "reason": 40, "email": 32,
	"group": 24, "region": 22, "owner": 24, "sn": 20, "company": 32, "remark": 48, "change": 48, "text": 48,
}

// width returns the width of a column in characters: room for the name with the filter's button, and for a time.
func width(column string) int {
	room := len(column) + 4
	if f, ok := fleet.FieldByName(column); ok && f.Kind() == fleet.TimeField || column == "at" {
		room = max(room, len("2026-12-31 23:59:59")+1)
	}
	return max(room, widths[column], 10)
}

// Day is a calendar day, such as 2026-12-31. Sheets show it as a date.
type Day string

func (b *Workbook) endSheet() {
	if len(b.sheets) > 0 {
		b.print(`</sheetData>`)
		if b.columns > 0 {
			b.print(`<autoFilter ref="A1:`, columnName(b.columns-1), strconv.Itoa(b.row), `"/>`)
		}
		b.print(`</worksheet>`)
		b.flush()
	}
}

// Add writes a row of int64, time.Time, Day and string values. "" leaves its cell empty. Other strings become text
// cells, which spreadsheets don't run as formulas.
func (b *Workbook) Add(cells ...any) {
	b.row++
	row := strconv.Itoa(b.row)
	bold := ""
	if b.row == 1 {
		b.columns, bold = len(cells), ` s="2"`
	}
	b.print(`<row r="`, row, `">`)
	for i, cell := range cells {
		switch v := cell.(type) {
		case int64:
			b.print(`<c r="`, columnName(i), row, `"><v>`, strconv.FormatInt(v, 10), `</v></c>`)
		case time.Time:
			days, ok := serialDay(v)
			if !ok {
				b.text(columnName(i)+row, bold, ExportedTime(v.Unix()))
				continue
			}
			b.print(`<c r="`, columnName(i), row, `" s="1"><v>`, strconv.FormatFloat(days, 'f', -1, 64), `</v></c>`)
		case Day:
			if v == "" {
				continue
			}
			day, err := time.Parse(time.DateOnly, string(v))
			days, ok := serialDay(day)
			if err != nil || !ok {
				b.text(columnName(i)+row, bold, string(v))
				continue
			}
			b.print(`<c r="`, columnName(i), row, `" s="3"><v>`, strconv.FormatFloat(days, 'f', -1, 64), `</v></c>`)
		case string:
			if v == "" {
				continue
			}
			b.text(columnName(i)+row, bold, v)
		default:
			b.Err = errors.Join(b.Err, fmt.Errorf("unsupported cell type %T", cell))
		}
	}
	b.print(`</row>`)
}

// text writes a text cell. style is an attribute, or "" for a plain cell.
func (b *Workbook) text(cell, style, v string) {
	b.print(`<c r="`, cell, `"`, style, ` t="inlineStr"><is><t xml:space="preserve">`)
	b.escape(fold.FirstRunes(v, longestCell))
	b.print(`</t></is></c>`)
}

// serialDay returns an instant as spreadsheets represent it: in days since December 30, 1899. Spreadsheets have no time
// zones, so the days are in UTC. ok is false for times before March 1900 or after 9999, which spreadsheets can't
// represent correctly.
func serialDay(at time.Time) (days float64, ok bool) {
	first := time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)
	if at.Before(first) || at.Year() > 9999 {
		return 0, false
	}
	return 61 + float64(at.Unix()-first.Unix())/86400, true
}

// columnName returns the name of the column with the zero-based index i: A, B, ..., Z, AA.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// Close writes the ZIP entries that combine the sheets into a workbook, and finishes the ZIP.
func (b *Workbook) Close() error {
	b.endSheet()
	b.part("xl/workbook.xml")
	b.print(xmlHead, `<workbook xmlns="`, mainSpace, `" xmlns:r="`, officeSpace, `"><sheets>`)
	for i, name := range b.sheets {
		b.print(`<sheet name="`)
		b.escape(name)
		b.print(fmt.Sprintf(`" sheetId="%d" r:id="rId%d"/>`, i+1, i+1))
	}
	b.print(`</sheets></workbook>`)
	b.part("xl/_rels/workbook.xml.rels")
	b.print(xmlHead, `<Relationships xmlns="`, packageSpace, `relationships">`)
	for i := range b.sheets {
		b.print(
			fmt.Sprintf(
				`<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`,
				i+1,
				officeSpace,
				i+1,
			),
		)
	}
	b.print(
		fmt.Sprintf(
			`<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`,
			len(b.sheets)+1,
			officeSpace,
		),
	)
	b.styles()
	b.part("_rels/.rels")
	b.print(
		xmlHead,
		`<Relationships xmlns="`,
		packageSpace,
		`relationships"><Relationship Id="rId1" Type="`,
		officeSpace,
		`/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
	)
	b.part("[Content_Types].xml")
	const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	b.print(
		xmlHead,
		`<Types xmlns="`,
		packageSpace,
		`content-types">`,
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`,
		`<Override PartName="/xl/workbook.xml" ContentType="`,
		kind,
		`sheet.main+xml"/>`,
	)
	for i := range b.sheets {
		b.print(
			fmt.Sprintf(`<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, kind),
		)
	}
	b.print(`<Override PartName="/xl/styles.xml" ContentType="`, kind, `styles+xml"/></Types>`)
	b.flush()
	return errors.Join(b.Err, b.zip.Close())
}

// styles writes the cell styles: 0 is plain, 1 is a date with its time, 2 is bold, and 3 is a date.
func (b *Workbook) styles() {
	b.part("xl/styles.xml")
	b.print(
		xmlHead,
		`<styleSheet xmlns="`,
		mainSpace,
		`"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/>`,
		`<numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts>`,
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>`,
		`<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>`,
		`<fills count="2"><fill><patternFill patternType="none"/></fill>`,
		`<fill><patternFill patternType="gray125"/></fill></fills>`,
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>`,
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>`,
		`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>`,
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`,
		`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>`,
		`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`,
	)
}

func (b *Workbook) part(name string) {
	b.flush()
	w, err := b.zip.Create(name)
	if err != nil {
		b.Err = errors.Join(b.Err, err)
		w = io.Discard
	}
	b.out = bufio.NewWriterSize(w, 32<<10)
}

func (b *Workbook) print(texts ...string) {
	for _, text := range texts {
		if b.Err == nil {
			_, b.Err = b.out.WriteString(text)
		}
	}
}

// escape writes text, escaped for XML. Characters that XML can't contain become U+FFFD.
func (b *Workbook) escape(text string) {
	if b.Err == nil {
		text = characterEscape.ReplaceAllString(strings.ToValidUTF8(text, "\uFFFD"), "_x005F$0")
		_, b.Err = xmlEscapes.WriteString(b.out, strings.Map(xmlRune, text))
	}
}

// characterEscape matches text that spreadsheets would read as an escaped character. Such text must itself be escaped.
var characterEscape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#13;")

// xmlRune returns r, or U+FFFD if r is a character that XML 1.0 can't represent.
func xmlRune(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
		return '\uFFFD'
	}
	return r
}

func (b *Workbook) flush() {
	if b.out != nil && b.Err == nil {
		b.Err = b.out.Flush()
	}
}
