package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
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
		Rows:   []Row{{2, []string{"Café Zürich", "Frankfurt"}}, {4, []string{`A, "B"`, "two\nlines"}}},
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
			want.Rows = []Row{
				{2 + tt.firstLine, []string{"Café Zürich", "Frankfurt"}},
				{4 + tt.firstLine, []string{got.Rows[1].Cell(0), "two\nlines"}},
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
		Rows:   []Row{{2, []string{"Alder", "Basic"}}, {4, []string{"two\nlines", "Basic"}}},
		Format: Format{Separator: ";", Encoding: UTF8},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestBadFiles checks the error for each kind of file that has no table.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	bomb := zipped(t, map[string]string{"xl/workbook.xml": "", "xl/a.bin": strings.Repeat("0", 17<<20)})
	for name, tt := range map[string]struct {
		content []byte
		want    error
	}{
		"empty":         {nil, ErrEmpty},
		"blank":         {[]byte("\n ,  ,\n\n"), ErrEmpty},
		"a header only": {[]byte("\nname,plan\n , \n"), ErrNoRows},
		"a picture":     {append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 5)...), ErrBinary},
		"an old book":   {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), ErrOldWorkbook},
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

// workbook returns an XLSX file that fill has filled.
func workbook(t testing.TB, fill func(*excelize.File) error) []byte {
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
	content := workbook(t, func(book *excelize.File) error {
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
		first.Cell(5) != "both" {
		t.Errorf("line %d: %q", first.Line, first.Cells)
	}
	if second.Line != 4 || second.Cell(0) != "007" || second.Cell(1) != "12.5" || second.Cell(5) != "" {
		t.Errorf("line %d: %q", second.Line, second.Cells)
	}
	hidden := workbook(t, func(book *excelize.File) error {
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
	got, err := read([]byte("name\n'=1+1\n'Twas\n'\n"))
	if err != nil || got.Rows[0].Cell(0) != "=1+1" || got.Rows[1].Cell(0) != "'Twas" || got.Rows[2].Cell(0) != "'" {
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
	wide := workbook(t, func(book *excelize.File) error {
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
	want := []Row{{2, []string{"Alder", strings.Repeat("é", maxCell/2) + "…"}}}
	if diff := cmp.Diff(want, got.Rows); diff != "" || err != nil {
		t.Errorf("read with error %v, and differences (-want +got):\n%s", err, diff)
	}
	got, err = read([]byte("name,customerIds\nAlder,x" + strings.Repeat("é", maxCell) + "\n"))
	if err != nil || !utf8.ValidString(got.Rows[0].Cell(1)) {
		t.Errorf("an odd cut: %v, %q", err, got.Rows[0].Cell(1)[maxCell-4:])
	}
}

// TestNoTemporaryDirectory checks that an error of this machine isn't reported as one of the file.
func TestNoTemporaryDirectory(t *testing.T) {
	content := workbook(t, func(book *excelize.File) error { return book.SetCellValue("Sheet1", "A1", "name") })
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	if _, err := read(content); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrBadWorkbook) {
		t.Errorf("error = %v, want that the directory doesn't exist", err)
	}
}
