package export

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/opt"
)

// TestExportedFields checks how each kind of value is exported: CSV has only text, but XLSX has dates and numbers.
func TestExportedFields(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		field  fleet.Field
		number opt.Int
		csv    string
		cell   any
	}{
		{"a time", fleet.FieldCreateTime, opt.New(noon.Unix()), "2026-03-17T12:00:00Z", noon},
		{"the beginning of time", fleet.FieldCreateTime, opt.New(0), "1970-01-01T00:00:00Z", time.Unix(0, 0).UTC()},
		{"never", fleet.FieldCreateTime, opt.Int{State: opt.Never, Raw: "0"}, "0", "0"},
		{"a malformed time", fleet.FieldCreateTime, opt.Int{State: opt.Malformed, Raw: "soon"}, "soon", "soon"},
		{"a time not reported", fleet.FieldCreateTime, opt.Int{}, "", ""},
		{"a number", fleet.FieldExtensionCapacity, opt.New(1284), "1284", int64(1284)},
		{"zero", fleet.FieldExtensionCapacity, opt.New(0), "0", int64(0)},
		{"a number not reported", fleet.FieldExtensionCapacity, opt.Int{}, "", ""},
		{"16 digits", fleet.FieldExtensionCapacity, opt.New(1_000_000_000_000_001), "1000000000000001", "1000000000000001"},
		{
			"15 digits", fleet.FieldExtensionCapacity, opt.New(999_999_999_999_999), "999999999999999",
			int64(999_999_999_999_999),
		},
		{
			"minus 16 digits", fleet.FieldExtensionCapacity, opt.New(-1_000_000_000_000_001), "-1000000000000001",
			"-1000000000000001",
		},
	} {
		p := fleet.NewPBX(7715, func(fleet.Field) string { return "" }, func(f fleet.Field) opt.Int {
			if f == tt.field {
				return tt.number
			}
			return opt.Int{}
		})
		if got := Exported(p, tt.field.Name()); got != tt.csv {
			t.Errorf("%s: Exported = %q, want %q", tt.name, got, tt.csv)
		}
		if d := cmp.Diff(tt.cell, ExportedValue(p, tt.field.Name())); d != "" {
			t.Errorf("%s: ExportedValue (-want +got):\n%s", tt.name, d)
		}
		if got := ExportedValue(p, "cloudPbxId"); got != "7715" {
			t.Errorf("the ID is exported as %v, want text", got)
		}
		if got := Exported(p, "formerField"); got != "" {
			t.Errorf("a field that doesn't exist is exported as %q", got)
		}
	}
	bad := fleet.NewPBX(1, func(fleet.Field) string { return "a\xffb" }, func(fleet.Field) opt.Int { return opt.Int{} })
	if got := ExportedValue(bad, "name"); got != "a\uFFFDb" {
		t.Errorf("invalid UTF-8 is exported as %q", got)
	}
}

// TestExportedTime checks that times are exported in RFC 3339 format, or as YCM's numbers if that format can't
// represent them.
func TestExportedTime(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{
		253402300799: "9999-12-31T23:59:59Z",
		253402300800: "253402300800",
		-62167219200: "0000-01-01T00:00:00Z",
		-62167219201: "-62167219201",
		1 << 62:      "4611686018427387904",
		-1 << 62:     "-4611686018427387904",
		1773748800:   "2026-03-17T12:00:00Z",
	} {
		if got := ExportedTime(at); got != want {
			t.Errorf("ExportedTime(%d) = %s, want %s", at, got, want)
		}
	}
}

// TestCSV checks that a CSV file begins with a byte order mark, ends its header with CRLF, and reads back as it was
// written, with the apostrophes that Harmless adds.
func TestCSV(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringOfN(rapid.RuneFrom([]rune("ab,;\"'\t\n =+-@ü1")), 0, 8, -1)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 2), 0, 5).Draw(t, "rows")
		separator := rapid.SampledFrom([]rune(",;\t")).Draw(t, "separator")
		var file bytes.Buffer
		w, err := NewSeparated(&file, separator, []string{"a", "=b"})
		if err != nil {
			t.Fatal(err)
		}
		want := [][]string{{"a", "'=b"}}
		for _, row := range rows {
			want = append(want, []string{Harmless(row[0]), Harmless(row[1])})
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		text, ok := strings.CutPrefix(file.String(), "\ufeff")
		if !ok || !strings.HasPrefix(text, "a"+string(separator)+"'=b\r\n") {
			t.Fatalf("the file begins with %.20q", file.String())
		}
		in := csv.NewReader(strings.NewReader(text))
		in.Comma = separator
		got, err := in.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			for j := range want[i] {
				// The reader turns "\r\n" into "\n".
				if plain := strings.ReplaceAll(want[i][j], "\r\n", "\n"); got[i][j] != plain {
					t.Fatalf("cell %d of row %d = %q, want %q", j, i, got[i][j], plain)
				}
			}
		}
	})
}

// broken is a file whose writes fail when their total length exceeds the given number of bytes.
type broken struct{ left int }

var errFull = errors.New("disk full")

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestWritesThatFail checks that an export reports a write error, no matter where in the file the error occurs.
func TestWritesThatFail(t *testing.T) {
	t.Parallel()
	for _, left := range []int{0, 5, 100, 500, 2000} {
		w, err := NewCSV(&broken{left}, []string{"a"})
		for i := 0; i < 2000 && err == nil; i++ {
			err = w.Write([]string{"a cell"})
		}
		if err == nil {
			err = w.Flush()
		}
		if !errors.Is(err, errFull) {
			t.Errorf("CSV after %d bytes: %v", left, err)
		}
		book := NewWorkbook(&broken{left})
		book.Sheet("Sheet")
		for i := range 2000 {
			book.Add("a cell", int64(i))
		}
		if err := book.Close(); !errors.Is(err, errFull) {
			t.Errorf("XLSX after %d bytes: %v", left, err)
		}
	}
}

// TestWorkbookCells checks how values of each supported type read back, and that other types cause an error.
func TestWorkbookCells(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 17, 12, 30, 0, 0, time.UTC)
	var file bytes.Buffer
	book := NewWorkbook(&file)
	book.Sheet("PBXs")
	book.Add("name", "createTime", "extensionCapacity")
	book.Add("Acme", noon, int64(1284))
	book.Add("Old", time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC), int64(0))
	book.Add("=1+1", strings.Repeat("x", longestCell+10))
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	read, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	value := func(cell string) string {
		t.Helper()
		v, err := read.GetCellValue("PBXs", cell)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for cell, want := range map[string]string{
		"A2": "Acme",
		"B2": "2026-03-17 12:30:00",
		"C2": "1284",
		"B3": "1850-01-01T00:00:00Z",
		"C3": "0",
		"A4": "=1+1",
		"B4": strings.Repeat("x", longestCell),
	} {
		if got := value(cell); got != want {
			t.Errorf("%s = %.40q, want %.40q", cell, got, want)
		}
	}
	if formula, err := read.GetCellFormula("PBXs", "A4"); err != nil || formula != "" {
		t.Errorf("A4 has the formula %q, %v", formula, err)
	}
	bad := NewWorkbook(&bytes.Buffer{})
	bad.Sheet("Sheet")
	bad.Add(1.5)
	if err := bad.Close(); err == nil || !strings.Contains(err.Error(), "float64") {
		t.Errorf("a cell of an unsupported type: %v", err)
	}
}

// TestColumns checks which columns an export has, asked for and not.
func TestColumns(t *testing.T) {
	t.Parallel()
	for cols, want := range map[string]struct{ asked, usual string }{
		"name":                   {"cloudPbxId,name", "cloudPbxId,name,url"},
		"name,cloudPbxId":        {"name,cloudPbxId", "cloudPbxId,name,url"},
		"url,name":               {"cloudPbxId,url,name", "cloudPbxId,url,name"},
		"expires":                {"cloudPbxId,expires", "cloudPbxId,planExpirationDate,expirationDate"},
		"expirationDate,expires": {"cloudPbxId,expirationDate,expires", "cloudPbxId,expirationDate,planExpirationDate"},
		"activeCalls": {
			"cloudPbxId,activeCalls", "cloudPbxId,activeCalls,concurrentCallCapacity,activeCalls.percent",
		},
		"extensionCapacity,usedExtensions": {
			"cloudPbxId,extensionCapacity,usedExtensions",
			"cloudPbxId,extensionCapacity,usedExtensions,usedExtensions.percent",
		},
	} {
		for asked, want := range map[bool]string{true: want.asked, false: want.usual} {
			if got := strings.Join(Columns(strings.Split(cols, ","), asked), ","); got != want {
				t.Errorf("%s, asked %t: %s, want %s", cols, asked, got, want)
			}
		}
	}
}

// TestPercent checks the share of the capacity that is used, in both formats.
func TestPercent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		used, capacity opt.Int
		want           string
	}{
		"half":            {opt.New(50), opt.New(100), "50"},
		"nearly full":     {opt.New(999), opt.New(1000), "99"},
		"over":            {opt.New(150), opt.New(100), "150"},
		"no capacity":     {opt.New(1), opt.New(0), ""},
		"unknown":         {opt.Int{}, opt.New(100), ""},
		"of an unknown":   {opt.New(1), opt.Int{}, ""},
		"nothing is used": {opt.New(0), opt.New(100), "0"},
	} {
		p := fleet.NewPBX(7, func(fleet.Field) string { return "" }, func(f fleet.Field) opt.Int {
			return map[fleet.Field]opt.Int{fleet.FieldUsedExtensions: tt.used, fleet.FieldExtensionCapacity: tt.capacity}[f]
		})
		csv, cell := Exported(p, "usedExtensions.percent"), ExportedValue(p, "usedExtensions.percent")
		if csv != tt.want || fmt.Sprint(cell) != tt.want {
			t.Errorf("%s: %q, %v, want %q", name, csv, cell, tt.want)
		}
	}
}
