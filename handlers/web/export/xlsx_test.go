package export

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestColumnName(t *testing.T) {
	t.Parallel()
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := columnName(i); got != want {
			t.Errorf("columnName(%d) = %s, want %s", i, got, want)
		}
	}
}

// TestWorkbookHoldsAnyText checks that a third-party library reads back even hostile text as it was written, with
// U+FFFD in place of characters that XML can't contain.
func TestWorkbookHoldsAnyText(t *testing.T) {
	t.Parallel()
	texts := []string{"plain", " <b>&\"'>", "a\tb\r\nc", "\x00\x1b\ufffe\xff", "🙂 Łódź", "]]>", "_x0041_"}
	var file bytes.Buffer
	book := NewWorkbook(&file)
	book.Sheet("Sheet & <one>")
	for _, text := range texts {
		book.Add(text, int64(-7), "")
	}
	book.Sheet("Two")
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	read, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := read.GetRows("Sheet & <one>")
	if err != nil || len(rows) != len(texts) {
		t.Fatalf("got %d rows (error %v)", len(rows), err)
	}
	want := []string{"plain", " <b>&\"'>", "a\tb\r\nc", "\uFFFD\uFFFD\uFFFD\uFFFD", "🙂 Łódź", "]]>", "_x0041_"}
	for i, row := range rows {
		if row[0] != want[i] || row[1] != "-7" {
			t.Errorf("row %d = %q, want %q", i, row, want[i])
		}
	}
}

// TestWorkbookIsReadyToUse checks that the first row is bold and frozen and filters the others, and that columns are
// wide enough for a date.
func TestWorkbookIsReadyToUse(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	book := NewWorkbook(&file)
	book.Sheet("PBXs", "name", "createTime", "expirationDate", "extensionCapacity", "nextOn")
	book.Add("Alder", "", "", int64(5), Day("2026-12-31"))
	book.Add("Birch", "", "", int64(5), Day("soon"))
	book.Add("Cedar", "", "", int64(5), Day(""))
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	read, err := excelize.OpenReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]float64{"A": 32, "B": 20, "C": 20, "D": 21} {
		if got, err := read.GetColWidth("PBXs", column); err != nil || got != want {
			t.Errorf("column %s is %v wide, %v, want %v", column, got, err, want)
		}
	}
	for cell, want := range map[string]string{"E1": "nextOn", "E2": "2026-12-31", "E3": "soon", "E4": ""} {
		if got, err := read.GetCellValue("PBXs", cell); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", cell, got, err, want)
		}
	}
	if kind, err := read.GetCellType("PBXs", "E2"); err != nil || kind == excelize.CellTypeInlineString {
		t.Errorf("the day is of type %v, %v, want a number", kind, err)
	}
	for cell, bold := range map[string]bool{"A1": true, "C1": true, "A2": false} {
		index, err := read.GetCellStyle("PBXs", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := read.GetStyle(index)
		if err != nil || (style.Font != nil && style.Font.Bold) != bold {
			t.Errorf("%s is bold: %t (error %v)", cell, !bold, err)
		}
	}
	panes, err := read.GetPanes("PBXs")
	props, propsErr := read.GetSheetProps("PBXs")
	if err != nil || propsErr != nil || !panes.Freeze || panes.YSplit != 1 || *props.DefaultColWidth < 19 {
		t.Errorf("panes %+v, width %v (errors %v, %v)", panes, *props.DefaultColWidth, err, propsErr)
	}
	sheet, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	part, err := sheet.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(part)
	if err != nil || !bytes.Contains(content, []byte(`<autoFilter ref="A1:E4"/>`)) {
		t.Errorf("the sheet has no filter (error %v)", err)
	}
}
