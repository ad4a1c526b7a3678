package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// TestNumber checks how the numbers of XLSX cells read. One that isn't whole can't be taken for thousands.
func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"20":                    "20",
		" 20 ":                  "20",
		"-7":                    "-7",
		"20.0":                  "20",
		"2.0E1":                 "20",
		"1E2":                   "100",
		"5.008707E7":            "50087070",
		"19.999999999999996":    "20",
		"46477.75":              "46477.75",
		"1.234":                 "1.2340",
		"0.1":                   "0.1",
		"3.14159":               "3.14159",
		"999999999999999":       "999999999999999",
		"1e16":                  "1e16",
		"-1e16":                 "-1e16",
		"many":                  "many",
		"":                      "",
		"NaN":                   "NaN",
		"99999999999999999999x": "99999999999999999999x",
	} {
		if got := number(text); got != want {
			t.Errorf("number(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestColumn checks which column a reference names.
func TestColumn(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]int{"A1": 0, "Z9": 25, "AA10": 26, "XFD1048576": 16383, "B": 1} {
		if got, err := column(ref); got != want || err != nil {
			t.Errorf("column(%q) = %d, %v, want %d", ref, got, err, want)
		}
	}
	for _, ref := range []string{"", "7", "a1", "$A$1", "A1B2", "ÄB1", strings.Repeat("Z", 9) + "1"} {
		if got, err := column(ref); err == nil {
			t.Errorf("column(%q) = %d, want an error", ref, got)
		}
	}
}

// TestUnescaped checks which escapes of characters are replaced.
func TestUnescaped(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":        "plain",
		"a_x000D_b":    "a\rb",
		"_x005F_x000a": "_x000a",
		"_x00e9_":      "é",
		"_x12_":        "_x12_",
		"_xZZZZ_":      "_xZZZZ_",
	} {
		if got := unescaped(text); got != want {
			t.Errorf("unescaped(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestPlain checks what is refused before an XML decoder sees it, also if it is read one byte at a time.
func TestPlain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want error
	}{
		{"<?xml version=\"1.0\"?><a>b</a>", nil},
		{"\xef\xbb\xbf<?xml version=\"1.0\"?><a/>", nil},
		{"<a>! ? - [CDATA[</a>", nil},
		{"<a><!-- b --></a>", errMarkup},
		{"<!DOCTYPE a><a/>", errMarkup},
		{"<a><![CDATA[<b>]]></a>", errMarkup},
		{"<a><?b?></a>", errMarkup},
		{"<a>" + strings.Repeat("b", maxToken+1), ErrTooLarge},
		{"<a>" + strings.Repeat("<b/>", 1000), ErrTooLarge},
	} {
		for _, in := range []io.Reader{strings.NewReader(tt.text), iotest.OneByteReader(strings.NewReader(tt.text))} {
			left := int64(maxToken * 2)
			if strings.Contains(tt.text, "<b/>") {
				left = 2000
			}
			if _, err := io.Copy(io.Discard, &plain{in: in, left: left}); !errors.Is(err, tt.want) {
				t.Errorf("%.40q: %v, want %v", tt.text, err, tt.want)
			}
		}
	}
}

// TestPartNames checks that parts are found whichever way they are named and referred to.
func TestPartNames(t *testing.T) {
	t.Parallel()
	const rows = `<row><c t="s"><v>0</v></c></row><row><c><v>7</v></c></row>`
	moved := func(from, to, target, other string) map[string]string {
		p := parts(rows, "<si><t>name</t></si>")
		content := p[from]
		delete(p, from)
		p[to] = content
		for name := range maps.Clone(p) {
			p[name] = strings.ReplaceAll(p[name], `"`+target+`"`, `"`+other+`"`)
		}
		return p
	}
	for name, book := range map[string]map[string]string{
		"as usual":           parts(rows, "<si><t>name</t></si>"),
		"an absolute target": moved("xl/texts.xml", "other/t.xml", "texts.xml", "/other/t.xml"),
		"a parent":           moved("xl/texts.xml", "other/t.xml", "texts.xml", "../other/t.xml"),
		"capital letters":    moved("xl/texts.xml", "XL/Texts.XML", "texts.xml", "TEXTS.xml"),
		"backslashes":        moved("xl/worksheets/a.xml", `xl\worksheets\a.xml`, "", ""),
		"a sheet elsewhere":  moved("xl/worksheets/a.xml", "s.xml", "/xl/worksheets/a.xml", "/s.xml"),
	} {
		got, err := read(zipped(t, book))
		if err != nil || len(got.Header) != 1 || got.Header[0] != "name" || got.Rows[0].Cell(0) != "7" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	chart := parts(rows, "")
	const list = "xl/_rels/workbook.xml.rels"
	chart[list] = strings.ReplaceAll(chart[list], "/worksheet", "/chartsheet")
	if _, err := read(zipped(t, chart)); !errors.Is(err, ErrNoSheet) {
		t.Errorf("a chart: %v", err)
	}
	old := parts(rows, "")
	old["xl/workbook.xml"] = strings.Replace(old["xl/workbook.xml"], "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)
	if _, err := read(zipped(t, old)); !errors.Is(err, ErrDates1904) {
		t.Errorf("days since 1904: %v", err)
	}
	binary := map[string]string{
		"_rels/.rels": strings.Replace(old["_rels/.rels"], ".xml", ".bin", 1), "xl/workbook.bin": "",
	}
	if _, err := read(zipped(t, binary)); !errors.Is(err, ErrBinary) {
		t.Errorf("an XLSB file: %v", err)
	}
}

// TestAnyWorkbook checks that the texts and numbers that another program writes are read as they were, in their places.
func TestAnyWorkbook(t *testing.T) {
	t.Parallel()
	text := rapid.StringOf(rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.Zs, unicode.Sm, unicode.Po))
	cell := rapid.OneOf(
		rapid.Map(text, func(s string) any { return "a" + s }),
		rapid.Map(rapid.IntRange(-1e9, 1e9), func(n int) any { return n }),
		rapid.Just[any](nil),
	)
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 1, 6), 1, 8).Draw(rt, "rows")
		content := bookOf(t, func(book *excelize.File) error {
			err := book.SetCellValue("Sheet1", "A1", "header")
			for i, row := range rows {
				err = errors.Join(err, book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &row))
			}
			return err
		})
		got, err := read(content)
		if err != nil && !errors.Is(err, ErrNoRows) {
			rt.Fatal(err)
		}
		found := map[string]string{}
		for _, row := range got.Rows {
			for i, text := range row.Cells {
				found[fmt.Sprint(row.Line, " ", i)] = text
			}
		}
		want := map[string]string{}
		for i, row := range rows {
			for j, value := range row {
				if value != nil {
					want[fmt.Sprint(i+2, " ", j)] = strings.TrimSpace(fmt.Sprint(value))
				}
			}
		}
		maps.DeleteFunc(found, func(_, text string) bool { return text == "" })
		if diff := cmp.Diff(want, found); diff != "" {
			rt.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestAnySheet checks that no change of a sheet's XML causes a panic, and that rows stay in order and within limits.
func TestAnySheet(t *testing.T) {
	t.Parallel()
	const rows = `<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="3"><c r="B3"><f>A1</f><v>7</v></c></row>`
	book := parts(rows, "<si><r><t>na</t></r><r><t>me</t></r></si>")
	rapid.Check(t, func(rt *rapid.T) {
		changed := maps.Clone(book)
		part := rapid.SampledFrom([]string{"xl/worksheets/a.xml", "xl/texts.xml", "xl/workbook.xml"}).Draw(rt, "part")
		content := []byte(book[part])
		for range rapid.IntRange(1, 3).Draw(rt, "changes") {
			at := rapid.IntRange(0, len(content)-1).Draw(rt, "at")
			with := rapid.SampledFrom([]string{"", "<", ">", "/", `"`, "&", "9", "Z", "<c>", "</c>", "<row>"}).Draw(rt, "with")
			content = bytes.Join([][]byte{content[:at], content[at+1:]}, []byte(with))
		}
		changed[part] = string(content)
		table, err := read(zipped(t, changed))
		last := table.Line
		for _, row := range table.Rows {
			if row.Line <= last || len(row.Cells) > MaxColumns {
				rt.Errorf("row %d after %d with %d cells", row.Line, last, len(row.Cells))
			}
			last = row.Line
		}
		if err == nil && len(table.Rows) == 0 {
			rt.Error("neither rows nor an error")
		}
	})
}
