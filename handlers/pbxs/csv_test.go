package pbxs_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// formulas returns the cells that a spreadsheet would run as formulas if it split the file at separator. The file is
// split twice: once with quotes respected and once with quotes ignored.
func formulas(body string, separator rune) (found []string) {
	body = strings.TrimPrefix(body, "\ufeff")
	check := func(cell string) {
		cell = strings.TrimLeft(cell, " \"")
		if cell != "" && strings.ContainsRune("=+-@|＝＋－＠", []rune(cell)[0]) &&
			!number.MatchString(strings.TrimRight(cell, "\"")) {
			found = append(found, cell)
		}
	}
	for line := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		for cell := range strings.SplitSeq(line, string(separator)) {
			check(cell)
		}
	}
	r := csv.NewReader(strings.NewReader(body))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = separator, true, -1
	for {
		row, err := r.Read()
		if err != nil {
			return found
		}
		for _, cell := range row {
			check(cell)
		}
	}
}

// TestNoCellRuns checks with at least 1,000 random hostile fleets, or 200 with -short, that no cell of any CSV export
// begins like a formula, whether the reader splits the file at commas, semicolons or tabs.
func TestNoCellRuns(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	admin := b.As("admin")
	ids := b.YCM.IDs()
	piece := rapid.SampledFrom(
		[]string{
			"=",
			"+",
			"-",
			"@",
			";",
			",",
			"\t",
			"\n",
			"\r\n",
			"\"",
			"'",
			" ",
			"1+1",
			"cmd|'/C calc'!A0",
			"Semi",
			"＝",
			"|",
			"a",
			"é",
			"-5",
		},
	)
	text := rapid.Custom(
		func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "") },
	)
	fleets, all := 0, 1000
	if testing.Short() {
		all = 200
	}
	for fleets < all {
		rapid.Check(t, func(t *rapid.T) {
			fleets++
			for _, id := range ids {
				name, group, odd := text.Draw(t, "name"), text.Draw(t, "group"), text.Draw(t, "odd")
				b.YCM.Edit(id, func(r map[string]any) {
					r["name"] = name
					r["group"] = group
					r["url"] = fmt.Sprint(id) + group
					r["version"] = odd
					r["usedExtensions"] = odd
					r["expirationDate"] = odd
					r["creator"] = map[string]any{"firstName": name, "email": group}
				})
			}
			b.YCM.Inject(
				ycmtest.Fault{
					Op:    "getSubscription",
					Kind:  ycmtest.Body,
					Times: 1,
					Body: fmt.Appendf(
						nil,
						`{"status":"Success","data":{"capacity":{"total":{"extensionCapacity":%q}}}}`,
						text.Draw(t, "total"),
					),
				},
			)
			if _, err := b.Fleet.Mirror.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			who := store.Actor{
				ID:     1,
				Email:  text.Draw(t, "email"),
				Name:   text.Draw(t, "name"),
				Reason: text.Draw(t, "reason"),
			}
			event := store.Event{
				Action:     "view.save",
				TargetName: text.Draw(t, "view"),
				Outcome:    store.OutcomeDone,
				Changes:    []store.Change{{Field: "name", Before: text.Draw(t, "before")}},
			}
			if err := b.Store.Audit(t.Context(), who, event); err != nil {
				t.Fatal(err)
			}
			b.Clock.Add(10 * time.Second)
			paths := []string{
				"/pbxs.csv?cols=cloudPbxId,name,group,url,version,usedExtensions,creator,expirationDate",
				"/expiries.csv",
				"/sizes.csv",
				"/subscription.csv",
			}
			if fleets%100 == 0 { // The log covers all previous fleets, and exporting it requires a recent sign-in.
				admin = b.As("admin")
				paths = append(paths, "/audit.csv?q=action:view.save")
			}
			for _, path := range paths {
				r := admin.Get(path)
				if r.StatusCode != http.StatusOK {
					t.Fatalf("GET %s = %d, want 200", path, r.StatusCode)
				}
				for _, separator := range ",;\t" {
					if cells := formulas(r.Text, separator); len(cells) > 0 {
						t.Fatalf("%s split at %q has formulas %q", path, separator, cells)
					}
				}
			}
		})
	}
}

// number matches numbers, which no spreadsheet runs as formulas.
var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// TestSpreadsheetTypes checks the cell types in XLSX files. An ID of any length is text, and a time is a date. Text is
// stored unchanged, because XLSX text never runs as a formula.
func TestSpreadsheetTypes(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.YCM.Add(
		map[string]any{
			"cloudPbxId":        int64(9007199254740993),
			"name":              "=1+1",
			"sn":                "00012345678901234567",
			"createTime":        int64(1796083200),
			"expirationDate":    "soon",
			"extensionCapacity": int64(math.MaxInt64),
			"usedExtensions":    7,
			"url":               "x.example.com",
		},
	)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	cols := "cloudPbxId,name,sn,createTime,expirationDate,extensionCapacity,usedExtensions"
	r := b.As(store.RoleViewer).Get("/pbxs.xlsx?" + url.Values{"cols": {cols}}.Encode())
	book, err := excelize.OpenReader(bytes.NewReader([]byte(r.Text)))
	b.Must(err)
	defer func() { _ = book.Close() }()
	for cell, want := range map[string]struct {
		value string
		text  bool
	}{
		"A2": {"9007199254740993", true}, "B2": {"=1+1", true}, "C2": {
			"00012345678901234567",
			true,
		}, "D2": {"2026-12-01 00:00:00", false}, "E2": {"soon", true},
		"F2": {"9223372036854775807", true}, "G2": {"7", false},
	} {
		value, err := book.GetCellValue("PBXs", cell)
		kind, kindErr := book.GetCellType("PBXs", cell)
		if err != nil || kindErr != nil || value != want.value || (kind == excelize.CellTypeInlineString) != want.text {
			t.Errorf("cell %s = %q of type %d (error %v), want %+v", cell, value, kind, err, want)
		}
	}
	raw, err := book.GetCellValue("PBXs", "D2", excelize.Options{RawCellValue: true})
	if err != nil || raw != "46357" {
		t.Errorf("the date is stored as %q (error %v), want 46357", raw, err)
	}
}
