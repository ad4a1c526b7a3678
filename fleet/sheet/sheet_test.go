package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func read(content []byte) (Table, error) { return Read(bytes.NewReader(content), int64(len(content))) }

// utf16of returns text in UTF-16, with the high byte of each unit first or last.
func utf16of(text string, highFirst bool) (b []byte) {
	for _, unit := range utf16.Encode([]rune(text)) {
		pair := []byte{byte(unit), byte(unit >> 8)}
		if highFirst {
			pair[0], pair[1] = pair[1], pair[0]
		}
		b = append(b, pair...)
	}
	return b
}

// TestDialects checks that the same table is read from each dialect of CSV.
func TestDialects(t *testing.T) {
	t.Parallel()
	const plain = "name,region\nCafé Zürich,Frankfurt\n\n\"A, \"\"B\"\"\",\"two\nlines\"\n"
	want := Table{
		Header: []string{"name", "region"},
		Line:   1,
		Rows: []Row{
			{Line: 2, Cells: []string{"Café Zürich", "Frankfurt"}},
			{Line: 4, Cells: []string{`A, "B"`, "two\nlines"}},
		},
	}
	other := func(separator string) string { return strings.NewReplacer(",", separator, "A,", "A,").Replace(plain) }
	for _, tt := range []struct {
		name      string
		content   []byte
		separator string
		encoding  Encoding
		firstLine int
	}{
		{"comma, UTF-8", []byte(plain), ",", UTF8, 0},
		{"byte order mark", []byte("\xef\xbb\xbf" + plain), ",", UTF8, 0},
		{"CR LF", []byte(strings.ReplaceAll(plain, "\n", "\r\n")), ",", UTF8, 0},
		{"semicolon", []byte(other(";")), ";", UTF8, 0},
		{"tab", []byte(other("\t")), "\t", UTF8, 0},
		{"sep=", []byte("sep=;\r\n" + other(";")), ";", UTF8, 1},
		{"UTF-16, little", append([]byte{0xff, 0xfe}, utf16of(other("\t"), false)...), "\t", UTF16, 0},
		{"UTF-16, big", append([]byte{0xfe, 0xff}, utf16of(plain, true)...), ",", UTF16, 0},
		{"UTF-16 without a mark", utf16of(other(";"), false), ";", UTF16, 0},
		{"UTF-16, big, without a mark", utf16of(plain, true), ",", UTF16, 0},
		{
			"Windows-1252", []byte(strings.NewReplacer("é", "\xe9", "ü", "\xfc").Replace(other(";"))), ";", Windows1252, 0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(tt.content)
			want := want
			want.Format = Format{Separator: tt.separator, Encoding: tt.encoding}
			want.Line += tt.firstLine
			want.Rows = []Row{
				{Line: 2 + tt.firstLine, Cells: []string{"Café Zürich", "Frankfurt"}},
				{Line: 4 + tt.firstLine, Cells: []string{got.Rows[1].Cell(0), "two\nlines"}},
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if cell := got.Rows[1].Cell(0); !strings.Contains(cell, `"B"`) {
				t.Errorf("the quoted cell is %q", cell)
			}
		})
	}
}

// TestCarriageReturns checks a file whose lines end with a carriage return only.
func TestCarriageReturns(t *testing.T) {
	t.Parallel()
	got, err := read([]byte("name;plan\rAlder;Basic\r\r\"two\rlines\";Basic\r"))
	want := Table{
		Header: []string{"name", "plan"},
		Line:   1,
		Rows:   []Row{{Line: 2, Cells: []string{"Alder", "Basic"}}, {Line: 4, Cells: []string{"two\nlines", "Basic"}}},
		Format: Format{Separator: ";", Encoding: UTF8},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestBadFiles checks the error for each kind of file that has no table.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	bomb := zipped(t, map[string]string{"xl/workbook.xml": strings.Repeat("0", 17<<20)})
	for name, tt := range map[string]struct {
		content []byte
		want    error
	}{
		"empty":         {nil, ErrEmpty},
		"blank":         {[]byte("\n ,  ,\n\n"), ErrEmpty},
		"a header only": {[]byte("\nname,plan\n , \n"), ErrNoRows},
		"a picture":     {append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 5)...), ErrBinary},
		"an old book":   {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), ErrOldWorkbook},
		"JSON":          {[]byte("\n[{\"name\": 1}]"), ErrBinary},
		"HTML":          {[]byte("<html>\n<table>"), ErrBinary},
		"PDF":           {[]byte("%PDF-1.7\n1 0 obj"), ErrBinary},
		"half UTF-8":    {[]byte("\xef\xbb\xbfname\nCaf\xe9\n"), ErrMixed},
		"another zip":   {zipped(t, map[string]string{"a.txt": "a"}), ErrBinary},
		"a broken zip":  {[]byte("PK\x03\x04 and nothing else"), ErrBadWorkbook},
		"a broken book": {zipped(t, map[string]string{"xl/workbook.xml": "<workbook"}), ErrBadWorkbook},
		"too long":      {[]byte("a\n" + strings.Repeat("x\n", MaxLines)), ErrTooLong},
		"too wide":      {[]byte(strings.Repeat("a,", MaxColumns+1) + "a\n"), ErrTooWide},
		"too large":     {make([]byte, MaxBytes+1), ErrTooLarge},
		"a zip bomb":    {bomb, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := read(tt.content); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
	for content, line := range map[string]int{
		"a,b\n1,\"open\n2,x\n":   2,
		"a,b\n1,2\n3,5\" disk\n": 3,
		"sep=;\na;b\n1;\"x\"y\n": 3,
	} {
		var quotes *QuoteError
		if _, err := read([]byte(content)); !errors.As(err, &quotes) || quotes.Line != line {
			t.Errorf("%q: error = %v, want one about the quotation marks of line %d", content, err, line)
		}
	}
}

// zipped returns a ZIP file with the given parts.
func zipped(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range parts {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bookOf returns an XLSX file that fill has filled.
func bookOf(t testing.TB, fill func(*excelize.File) error) []byte {
	t.Helper()
	book := excelize.NewFile()
	if err := fill(book); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWorkbook checks what is read from XLSX cells of each type: dates as numbers of days, formulas as their results,
// and merged cells as one. Hidden sheets are skipped.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	content := bookOf(t, func(book *excelize.File) error {
		date, err := book.NewStyle(&excelize.Style{NumFmt: 14})
		second, secondErr := book.NewSheet("PBXs")
		book.SetActiveSheet(second)
		return errors.Join(
			err, secondErr,
			book.SetSheetRow("PBXs", "A1", &[]any{"name", "extensions", "date", "on", "sum", "merged"}),
			book.SetSheetRow("PBXs", "A3", &[]any{" Café ", 1000, 46387, true, nil, "both"}),
			book.SetSheetRow("PBXs", "A4", &[]any{"007", 12.5, "2026-12-31", false, nil}),
			book.SetCellFormula("PBXs", "E3", "B3*2"),
			book.SetCellStyle("PBXs", "C3", "C3", date),
			book.MergeCell("PBXs", "F3", "F4"),
			book.SetSheetVisible("Sheet1", false),
		)
	})
	got, err := read(content)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Format{Workbook: true, Sheet: "PBXs", Encoding: UTF8}); got.Format != want || len(got.Rows) != 2 {
		t.Fatalf("%+v with %d rows, want %+v", got.Format, len(got.Rows), want)
	}
	first, second := got.Rows[0], got.Rows[1]
	if first.Line != 3 || first.Cell(0) != "Café" || first.Cell(1) != "1000" || first.Cell(2) != "46387" ||
		first.Cell(3) != "TRUE" || first.Cell(4) != "=B3*2" || !slices.Equal(first.Failed, []int{4}) ||
		first.Cell(5) != "both" {
		t.Errorf("line %d: %q", first.Line, first.Cells)
	}
	if second.Line != 4 || second.Cell(0) != "007" || second.Cell(1) != "12.5" || second.Cell(5) != "" {
		t.Errorf("line %d: %q", second.Line, second.Cells)
	}
	hidden := bookOf(t, func(book *excelize.File) error {
		_, err := book.NewSheet("B")
		return errors.Join(err, book.SetSheetVisible("Sheet1", false))
	})
	if _, err := read(hidden); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty sheet: %v, want ErrEmpty", err)
	}
}

// TestHarmlessCells checks that a cell that an export protected from being run as a formula reads back as it was.
func TestHarmlessCells(t *testing.T) {
	t.Parallel()
	got, err := read([]byte("name\n'=1+1\n'Twas\n'\nFoo; '-Bar '=\n\"'＝a\n'|b,'c\"\n"))
	if err != nil || got.Rows[0].Cell(0) != "=1+1" || got.Rows[1].Cell(0) != "'Twas" || got.Rows[2].Cell(0) != "'" ||
		got.Rows[3].Cell(0) != "Foo; -Bar '=" || got.Rows[4].Cell(0) != "＝a\n|b,'c" {
		t.Errorf("%v, %v", got.Rows, err)
	}
	if got.Rows[0].Cell(7) != "" || got.Rows[0].Cell(-1) != "" {
		t.Error("a cell beyond the row isn't empty")
	}
}

// TestAnyFile checks that no file causes a panic, and that each returned line is within the limits.
func TestAnyFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		content := rapid.OneOf(
			rapid.SliceOf(rapid.Byte()),
			rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }),
			rapid.Map(rapid.StringMatching(`([ab"' ]*[,;\t\n])*`), func(s string) []byte { return []byte(s) }),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) []byte { return append([]byte("PK\x03\x04"), b...) }),
		).Draw(rt, "content")
		table, err := read(content)
		if err == nil && table.Header == nil {
			rt.Error("a table without a header")
		}
		last := 0
		for _, row := range table.Rows {
			if row.Line <= last || len(row.Cells) > MaxColumns {
				rt.Errorf("line %d after %d with %d cells", row.Line, last, len(row.Cells))
			}
			last = row.Line
		}
	})
}

// TestSeparator checks which separator a first line has, and what is skipped. Those in quotation marks don't count.
func TestSeparator(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		start string
		want  rune
		skip  int
	}{
		{"name", ',', 0},
		{"a,b;c;d", ';', 0},
		{"\"a;b;c;d\",e", ',', 0},
		{"a\tb,c\td", '\t', 0},
		{"a;b,c\nd,e,f,g,h", ',', 0},
		{"sep=;\na,b,c", ';', 6},
		{"SEP=,\r\na;b;c", ',', 7},
		{"sep=\t\na;b", '\t', 6},
		{"sep=ab\na;b", ',', 0},
		{"a;b;c\n\"open,,,,,,,,\n,", ';', 0},
	} {
		if got, skip := separatorOf(tt.start); got != tt.want || skip != tt.skip {
			t.Errorf("separatorOf(%q) = %q, %d, want %q, %d", tt.start, got, skip, tt.want, tt.skip)
		}
	}
}

// TestDigest checks that only the content determines a digest.
func TestDigest(t *testing.T) {
	t.Parallel()
	digest := func(content string) string {
		d, err := Digest(strings.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if a := digest("a,b\n1,2\n"); a != digest("a,b\n1,2\n") || a == digest("a,b\n1,3\n") || len(a) != 64 {
		t.Errorf("the digest is %s", a)
	}
}

// TestErrors checks that the errors say what is wrong.
func TestErrors(t *testing.T) {
	t.Parallel()
	if got := (&QuoteError{Line: 7}).Error(); got != "line 7: the quotation marks don't match" {
		t.Errorf("QuoteError = %q", got)
	}
}

// TestPaddedSheet checks that blank lines before the header and columns beyond it are read.
func TestPaddedSheet(t *testing.T) {
	t.Parallel()
	got, err := read([]byte("\n,,\nname,plan\nAlder,Ultimate,more\n"))
	if err != nil || got.Header[0] != "name" || got.Rows[0].Line != 4 || got.Rows[0].Cell(2) != "more" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestBombs checks that small files that unpack to a lot are refused early.
func TestBombs(t *testing.T) {
	t.Parallel()
	wide := bookOf(t, func(book *excelize.File) error {
		return errors.Join(book.SetCellValue("Sheet1", "A1", "name"), book.SetCellValue("Sheet1", "XFD5", "x"))
	})
	names := map[string]string{"xl/workbook.xml": strings.Repeat("<definedName/>", 100_000)}
	for name, tt := range map[string]struct {
		content []byte
		want    error
	}{
		"commas":        {[]byte("name\n" + strings.Repeat(",", 5<<20)), ErrTooWide},
		"a far cell":    {wide, ErrTooWide},
		"names":         {zipped(t, names), ErrTooLarge},
		"blank lines":   {[]byte("name\n" + strings.Repeat(";\n", maxBlank+1)), ErrTooLong},
		"long cells":    {[]byte("name\n" + strings.Repeat(strings.Repeat("x", 4000)+"\n", 9000)), ErrTooLarge},
		"many cells":    {[]byte("name\n" + strings.Repeat(strings.Repeat("x,", 400)+"x\n", 2000)), ErrTooLarge},
		"blank, header": {[]byte("\r\n\nname;plan\nAlder;\n"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read(tt.content)
			if !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if tt.want == nil && len(got.Header) != 2 {
				t.Errorf("the header is %q", got.Header)
			}
		})
	}
}

// TestTrailingCells checks that empty cells beyond the header don't make a line too wide.
func TestTrailingCells(t *testing.T) {
	t.Parallel()
	got, err := read([]byte("name,plan\nAlder,Ultimate" + strings.Repeat(",", MaxColumns+50) + "\n"))
	if err != nil || len(got.Rows) != 1 || got.Rows[0].Cell(1) != "Ultimate" {
		t.Errorf("%+v, %v", got.Rows, err)
	}
}

// TestLongCells checks that a long cell is cut off visibly, between two characters.
func TestLongCells(t *testing.T) {
	t.Parallel()
	got, err := read([]byte("name,customerIds\nAlder," + strings.Repeat("é", maxCell) + "\n"))
	want := []Row{{Line: 2, Cells: []string{"Alder", strings.Repeat("é", maxCell/2) + "…"}}}
	if diff := cmp.Diff(want, got.Rows); diff != "" || err != nil {
		t.Errorf("read with error %v, and differences (-want +got):\n%s", err, diff)
	}
	got, err = read([]byte("name,customerIds\nAlder,x" + strings.Repeat("é", maxCell) + "\n"))
	if err != nil || !utf8.ValidString(got.Rows[0].Cell(1)) {
		t.Errorf("an odd cut: %v, %q", err, got.Rows[0].Cell(1)[maxCell-4:])
	}
}

// parts returns the parts of an XLSX file with one sheet.
func parts(rows, texts string) map[string]string {
	const relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relations := func(all ...string) string {
		var b strings.Builder
		b.WriteString("<?xml version=\"1.0\"?><Relationships>")
		for i := 0; i < len(all); i += 2 {
			fmt.Fprintf(&b, `<Relationship Id="r%d" Type="%s/%s" Target="%s"/>`, i, relation, all[i], all[i+1])
		}
		return b.String() + "</Relationships>"
	}
	return map[string]string{
		"_rels/.rels":                relations("officeDocument", "xl/workbook.xml"),
		"xl/_rels/workbook.xml.rels": relations("worksheet", "/xl/worksheets/a.xml", "sharedStrings", "texts.xml"),
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="A" r:id="r0"/></sheets></workbook>`,
		"xl/worksheets/a.xml":        `<worksheet><sheetData>` + rows + `</sheetData><mergeCells/></worksheet>`,
		"xl/texts.xml":               `<sst>` + texts + `</sst>`,
	}
}

// TestCells checks what cells of each type are read as.
func TestCells(t *testing.T) {
	t.Parallel()
	const header = `<row><c t="inlineStr"><is><t>name</t></is></c></row>`
	for _, tt := range []struct {
		cell, want string
		failed     bool
	}{
		{`<c t="s"><v>0</v></c>`, "Alder", false},
		{`<c t="s"><v>1</v></c>`, "Beech & Birch", false},
		{`<c t="inlineStr"><is><r><t>A</t></r><r><t xml:space="preserve"> B</t></r></is></c>`, "A B", false},
		{`<c t="str"><f>A1</f><v>x_x000D_y</v></c>`, "x\ry", false},
		{`<c t="str"><f>A9</f><v></v></c>`, "", false},
		{`<c t="b"><v>1</v></c>`, "TRUE", false},
		{`<c t="b"><v>0</v></c>`, "FALSE", false},
		{`<c t="d"><v>2027-03-31</v></c>`, "2027-03-31", false},
		{`<c t="e"><v>#REF!</v></c>`, "#REF!", true},
		{`<c><f>TODAY()</f></c>`, "=TODAY()", true},
		{`<c><f>TODAY()</f><v/></c>`, "=TODAY()", true},
		{`<c><f>1+1</f><v>2</v></c>`, "2", false},
		{`<c><v>5.008707E7</v></c>`, "50087070", false},
		{`<c><v>20.000000000000004</v></c>`, "20", false},
		{`<c><v>1.234</v></c>`, "1.2340", false},
		{`<c t="n"><v>-0.5</v></c>`, "-0.5", false},
		{`<c><v>1e300</v></c>`, "1e300", false},
		{`<c s="4"/>`, "", false},
	} {
		book := parts(
			header+`<row r="3">`+strings.Replace(tt.cell, "<c", `<c r="B3"`, 1)+`<c><v>1</v></c></row>`,
			`<si><t>Alder</t><rPh><t>OLD</t></rPh></si><si><r><t>Beech &amp;</t></r><r><t> Birch</t></r></si>`,
		)
		got, err := read(zipped(t, book))
		if err != nil {
			t.Errorf("%s: %v", tt.cell, err)
			continue
		}
		row := got.Rows[0]
		if row.Line != 3 || row.Cell(1) != tt.want || row.Cell(2) != "1" || tt.failed != slices.Equal(row.Failed, []int{1}) {
			t.Errorf("%s: %+v, want %q", tt.cell, row, tt.want)
		}
	}
}

// TestDamagedSheets checks that a sheet that can be read only in part is refused: the rest of its rows would be lost
// without a word.
func TestDamagedSheets(t *testing.T) {
	t.Parallel()
	row := func(text string) string { return `<row><c t="inlineStr"><is><t>` + text + `</t></is></c></row>` }
	three := row("name") + row("Alder") + row("Birch")
	for name, rows := range map[string]string{
		"a control character":  three + row("\x0b"),
		"its reference":        three + row("&#x1;"),
		"an unknown entity":    three + row("&foo;"),
		"not UTF-8":            three + row("\xff"),
		"an open row":          three + "<row>",
		"an end too many":      three + "</row>",
		"a declaration":        three + "<!DOCTYPE a>" + row("Cedar"),
		"a comment":            three + "<!-- a -->" + row("Cedar"),
		"an instruction":       three + "<?a?>" + row("Cedar"),
		"rows that go back":    three + `<row r="2"/>`,
		"a text that isn't":    three + `<row><c t="s"><v>7</v></c></row>`,
		"a cell without place": three + `<row><c r="7"><v>7</v></c></row>`,
		"a far cell's place":   three + `<row><c r="` + strings.Repeat("Z", 99) + `1"><v>7</v></c></row>`,
	} {
		if got, err := read(zipped(t, parts(rows, ""))); !errors.Is(err, ErrBadWorkbook) {
			t.Errorf("%s: %v, %d rows", name, err, len(got.Rows))
		}
	}
	for name, change := range map[string]func(map[string]string){
		"a sheet that ends": func(p map[string]string) { p["xl/worksheets/a.xml"] = "<worksheet><sheetData>" + three },
		"text":              func(p map[string]string) { p["xl/worksheets/a.xml"] = "hello" },
		"no sheet":          func(p map[string]string) { delete(p, "xl/worksheets/a.xml") },
		"texts that end":    func(p map[string]string) { p["xl/texts.xml"] = "<sst><si><t>a" },
		"no relations":      func(p map[string]string) { p["xl/_rels/workbook.xml.rels"] = "<Relationships" },
		"UTF-16":            func(p map[string]string) { p["xl/worksheets/a.xml"] = "\xff\xfe<\x00a\x00" },
	} {
		book := parts(three, "")
		change(book)
		if got, err := read(zipped(t, book)); !errors.Is(err, ErrBadWorkbook) {
			t.Errorf("%s: %v, %d rows", name, err, len(got.Rows))
		}
	}
	short := zipped(t, parts(three, ""))
	at := bytes.Index(short, []byte("PK\x01\x02"))
	short[at-20]++ // in the content of the last part, so that its checksum is wrong, if it is the sheet's
	if _, err := read(short); err != nil && !errors.Is(err, ErrBadWorkbook) {
		t.Errorf("a wrong checksum: %v", err)
	}
}

// TestElements checks that a workbook with far more elements, or longer ones, than a table has is refused without much
// memory.
func TestElements(t *testing.T) {
	t.Parallel()
	header := `<row><c t="inlineStr"><is><t>name</t></is></c></row>`
	for name, book := range map[string]map[string]string{
		"empty texts":  parts(header, strings.Repeat("<si/>", maxShared+1)),
		"one row":      parts(header+"<row>"+strings.Repeat("<c/>", maxElements)+"</row>", ""),
		"one text":     parts(header, "<si><t>"+strings.Repeat("x", 2*maxToken)+"</t></si>"),
		"parts of one": parts(header, "<si>"+strings.Repeat("<t>"+strings.Repeat("x", 9999)+"</t>", 200)+"</si>"),
		"an attribute": parts(`<row a="`+strings.Repeat("x", 2*maxToken)+`"/>`, ""),
		"a deep cell":  parts(header+`<row><c>`+strings.Repeat("<x>", 10_000), ""),
		"a deep sheet": parts(strings.Repeat("<x>", 10_000), ""),
		"a deep text":  parts(header, "<si><rPh>"+strings.Repeat("<x>", 10_000)),
		"many texts":   parts(header, strings.Repeat("<si><t>"+strings.Repeat("x", 999)+"</t></si>", 20_000)),
	} {
		if _, err := read(zipped(t, book)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestQuotedHeaders checks files whose first line isn't the first line of text.
func TestQuotedHeaders(t *testing.T) {
	t.Parallel()
	for content, want := range map[string][]string{
		"\"a\n,b\";c\n1;2\n":      {"a\n,b", "c"},
		"\"a\r\nb\";c\r\n1;2\r\n": {"a\nb", "c"},
		"\"a\nb\";c\r1;2\r":       {"a\nb", "c"},
	} {
		got, err := read([]byte(content))
		if diff := cmp.Diff(want, got.Header); err != nil || diff != "" || len(got.Rows) != 1 {
			t.Errorf("%q: %v, %d rows (-want +got):\n%s", content, err, len(got.Rows), diff)
		}
	}
}

// TestManySheets checks that a workbook that lists one empty sheet many times is read in little time.
func TestManySheets(t *testing.T) {
	t.Parallel()
	book := parts(strings.Repeat("<row/>", 1000), strings.Repeat("<si/>", 100_000))
	const list = "xl/workbook.xml"
	more := strings.Repeat(`<sheet name="B" r:id="r0"/>`, 20_000)
	book[list] = strings.Replace(book[list], "<sheets>", "<sheets>"+more, 1)
	if got, err := read(zipped(t, book)); !errors.Is(err, ErrEmpty) {
		t.Errorf("%+v, %v", got.Format, err)
	}
}

// TestLongSharedTexts checks that a long text that cells share is cut off visibly.
func TestLongSharedTexts(t *testing.T) {
	t.Parallel()
	long := "      " + strings.Repeat("é", maxCell)
	book := parts(`<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>`, "<si><t>name</t></si><si><t>"+long+
		"</t></si>")
	got, err := read(zipped(t, book))
	if want := strings.Repeat("é", maxCell/2) + "…"; err != nil || got.Rows[0].Cell(0) != want {
		t.Errorf("%v, %d bytes", err, len(got.Rows[0].Cell(0)))
	}
}

// TestSecondSheet checks that an empty first sheet is passed over.
func TestSecondSheet(t *testing.T) {
	t.Parallel()
	content := bookOf(t, func(book *excelize.File) error {
		_, err := book.NewSheet("PBXs")
		return errors.Join(err, book.SetCellValue("PBXs", "B2", "name"), book.SetCellValue("PBXs", "B3", "Alder"))
	})
	got, err := read(content)
	if err != nil || got.Format.Sheet != "PBXs" || got.Line != 2 || got.Rows[0].Cell(1) != "Alder" {
		t.Errorf("%+v, %v", got, err)
	}
}
