package batches_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cordboard/fleet/account"
	"cordboard/fleet/imports"
	"cordboard/fleet/sheet"
	"cordboard/ycm/ycmtest"
)

// timed is set by the make target "soak".
var timed = flag.Bool("import-timed", false, "check how long an import takes")

// records returns the records of a CSV file.
func records(t *testing.T, text string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// file returns a CSV file with the header of the sample and n lines like its example. change changes the cells of line
// i, by field.
func (b *portal) file(n int, change func(i int, cells map[string]string)) []byte {
	b.T.Helper()
	sample := records(b.T.(*testing.T), b.operator.Get("/pbxs/import/sample.csv").Text)
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	b.Must(w.Write(sample[0]))
	for i := range n {
		cells := map[string]string{}
		for column, field := range sample[0] {
			cells[field] = sample[1][column]
		}
		cells["name"], cells["subDomain"] = fmt.Sprintf("Import %d", i), fmt.Sprintf("import-%d", i)
		if change != nil {
			change(i, cells)
		}
		var line []string
		for _, field := range sample[0] {
			line = append(line, cells[field])
		}
		b.Must(w.Write(line))
	}
	w.Flush()
	b.Must(w.Error())
	return out.Bytes()
}

// newImport returns a portal that has read the options that imports need.
func newImport(t *testing.T) *portal {
	t.Helper()
	b := newPortal(t, 2, account.Limits{})
	_, err := b.Fleet.Create.Judge(t.Context())
	b.Must(err)
	return b
}

// errorsOf returns the line and the column of each error that a page shows.
func errorsOf(doc *goquery.Document) (all []string) {
	doc.Find("[data-error-line]").Each(func(_ int, s *goquery.Selection) {
		all = append(all, s.AttrOr("data-error-line", "")+" "+s.AttrOr("data-error-col", ""))
	})
	return all
}

// TestSample checks that the sample files can be imported as they are, and that importing one twice is noticed.
func TestSample(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	for _, name := range []string{"sample.xlsx", "sample.csv"} {
		content := []byte(b.operator.Get("/pbxs/import/" + name).Text)
		r := b.operator.Upload("/pbxs/import", name, content, nil)
		path := r.Header.Get("Location")
		if r.StatusCode != http.StatusSeeOther || b.state(path) != "planned 0/1" {
			t.Fatalf("%s: %d\n%s", name, r.StatusCode, text(r.Doc(t).Find("main")))
		}
		doc := b.operator.Get(path).Doc(t)
		if row := doc.Find("tr[data-batch-row]"); row.AttrOr("data-line", "") != "2" ||
			!strings.Contains(text(row), "example-dental.") {
			t.Errorf("%s: the row says %s", name, text(row))
		}
		if name != "sample.csv" {
			continue
		}
		b.operator.Post(path+"/apply", url.Values{})
		if r := b.operator.Upload("/pbxs/import", name, content, nil); r.StatusCode != http.StatusUnprocessableEntity &&
			!strings.Contains(text(b.operator.Get(r.Header.Get("Location")).Doc(t).Find("#warnings")), "same file") {
			t.Errorf("the same file again: %d\n%s", r.StatusCode, text(r.Followed().Doc(t).Find("main")))
		}
	}
	if n := len(b.YCM.Requests("createCloudPbx")); n != 0 {
		t.Errorf("%d PBXs were created before the batch ran", n)
	}
	b.work()
	if n := len(b.YCM.Requests("createCloudPbx")); n != 1 {
		t.Errorf("%d PBXs were created, want 1", n)
	}
}

// TestCorrectAndRun imports 20 lines with three errors: it downloads the errors, plans the good lines, corrects the
// others, and undoes all.
func TestCorrectAndRun(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	wrong := func(i int, cells map[string]string) {
		switch i {
		case 3:
			cells["plan"] = "Basic"
		case 7:
			cells["extensionCapacity"] = "many"
		case 9:
			cells["subDomain"] = "import-2"
		}
	}
	r := b.operator.Upload("/pbxs/import", `C:\files\new.csv`, b.file(20, wrong), nil)
	doc := r.Doc(t)
	if diff := cmp.Diff([]string{"5 plan", "9 extensionCapacity", "11 subDomain"}, errorsOf(doc)); diff != "" ||
		r.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("the file: %d; errors (-want +got):\n%s", r.StatusCode, diff)
	}
	if got := text(doc.Find("h1")); got != "new.csv" {
		t.Errorf("the page is about %q", got)
	}
	draft := doc.Find("main form").AttrOr("action", "")
	file := records(t, b.operator.Get(draft+"/errors.csv").Text)
	if last := len(file[0]) - 1; len(file) != 21 || file[0][last] != "error" ||
		!strings.Contains(file[4][last], "Basic") || file[5][last] != "" {
		t.Errorf("the file with the errors: %q", file)
	}
	if again := b.operator.Get(draft); again.StatusCode != http.StatusOK || len(errorsOf(again.Doc(t))) != 3 {
		t.Errorf("the draft: %d with %d errors", again.StatusCode, len(errorsOf(again.Doc(t))))
	}
	r = b.operator.Post(draft, url.Values{"goodOnly": {"yes"}})
	path := r.Header.Get("Location")
	if got := b.state(path); got != "planned 0/17" {
		t.Fatalf("the plan of the good lines: %d, %s", r.StatusCode, got)
	}
	b.operator.Post(path+"/apply", url.Values{"sendAnyway": {"yes"}})
	b.work()
	if got := b.state(path); got != "done 17/17" {
		t.Errorf("the batch is %s", got)
	}
	exported := records(t, b.operator.Get(path+"/rows.csv").Text)
	if row := exported[1]; row[1] != "2" || row[2] == "" || row[3] != "Import 0" ||
		!strings.HasPrefix(row[4], "import-0.") {
		t.Errorf("the export has %q", row)
	}
	r = b.operator.Upload("/pbxs/import", "new.csv", b.file(20, func(i int, cells map[string]string) {
		if wrong(i, cells); i == 3 {
			cells["plan"] = "Ultimate Plan"
		}
	}), nil)
	if got := errorsOf(r.Doc(t)); len(got) != 19 {
		t.Errorf("with the PBXs that exist now, %d errors, want 19: %q", len(got), got)
	}
	b.Clock.Add(9 * time.Minute) // until the new PBXs have started
	b.sync()
	undo := b.operator.Post(path+"/undo", url.Values{}).Header.Get("Location")
	if got := text(b.operator.Get(undo).Doc(t).Find("h1")); got != "Delete 17 PBXs" {
		t.Fatalf("the undo is %q", got)
	}
	b.sync()
	b.operator.Post(undo+"/apply", url.Values{"sendAnyway": {"yes"}})
	b.work()
	if got := len(b.YCM.IDs()); got != 2 {
		t.Errorf("after the undo, YCM has %d PBXs, want 2; the batch is %s", got, b.state(undo))
	}
}

// TestColumns checks that a column that isn't recognized can be chosen, and that choices are kept.
func TestColumns(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	content := bytes.Replace(b.file(2, nil), []byte("customerIds"), []byte("Kunde"), 1)
	doc := b.operator.Upload("/pbxs/import", "a.csv", content, nil).Doc(t)
	if diff := cmp.Diff([]string{"1 customerIds"}, errorsOf(doc)); diff != "" {
		t.Fatalf("errors (-want +got):\n%s", diff)
	}
	form := doc.Find("main form")
	column := form.Find("label:contains(Kunde)").AttrOr("for", "")
	if column == "" {
		t.Fatalf("the page doesn't offer the column: %s", text(form))
	}
	draft := form.AttrOr("action", "")
	file := records(t, b.operator.Get(draft+"/errors.csv").Text)
	if last := len(file[0]) - 1; len(file) != 3 || !strings.Contains(file[1][last], "customerIds") {
		t.Errorf("the file with the error in its first line: %q", file)
	}
	r := b.operator.Post(draft, url.Values{column: {"name"}})
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("with the column as a name: %d", r.StatusCode)
	}
	r = b.operator.Post(draft, url.Values{column: {"customerIds"}})
	if r.StatusCode != http.StatusSeeOther {
		t.Errorf("with the column chosen: %d, errors %q", r.StatusCode, errorsOf(r.Doc(t)))
	}
	if got := b.operator.Get(draft).Doc(t).Find("#"+column+" option[selected]").AttrOr("value", ""); got != "customerIds" {
		t.Errorf("the draft has %q chosen", got)
	}
}

// TestErrorsKeepTheFormat checks that the file with an error column has the separator of the file that was sent, and
// the days of an XLSX file as a CSV file needs them.
func TestErrorsKeepTheFormat(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	errorsFor := func(name string, content []byte) string {
		t.Helper()
		draft := b.operator.Upload("/pbxs/import", name, content, nil).Doc(t).Find("main form").AttrOr("action", "")
		return b.operator.Get(draft + "/errors.csv").Text
	}
	got := errorsFor("a.csv", []byte("name;plan\nAlder;Basic\n"))
	if !strings.Contains(got, "name;plan;error\r\nAlder;Basic;") {
		t.Errorf("of a file with semicolons: %q", got)
	}
	got = errorsFor("a.csv", []byte("sep=|\nname|error|plan\nAlder|an old one|Basic\n"))
	if all := records(t, got); len(all) != 2 || strings.Join(all[0], " ") != "name error plan" ||
		!strings.Contains(all[1][1], "customerIds") || strings.Contains(all[1][1], "an old one") {
		t.Errorf("of a file that had errors before: %q", all)
	}
	got = errorsFor("a.csv", []byte("name,plan\nAlder,Basic,more,\"x, -y\"\n"))
	if all := records(t, got); strings.Join(all[0], "|") != "name|plan|||error" || all[1][2] != "more" ||
		all[1][3] != "x, '-y" {
		t.Errorf("of a file with more cells than headers: %q", all)
	}
	book := excelize.NewFile()
	for cell, value := range map[string]any{"A1": "name", "B1": "expires", "A2": "Alder", "B2": 46477} {
		b.Must(book.SetCellValue("Sheet1", cell, value))
	}
	content, err := book.WriteToBuffer()
	b.Must(err)
	if got := errorsFor("a.xlsx", content.Bytes()); !strings.Contains(got, "name,expires,error\r\nAlder,2027-03-31,") {
		t.Errorf("of an XLSX file: %q", got)
	}
}

// TestSameFileByTwo checks that a plan made before another one of the same file was applied asks before it is applied.
func TestSameFileByTwo(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	content := b.file(2, nil)
	first := b.operator.Upload("/pbxs/import", "a.csv", content, nil).Header.Get("Location")
	admin := b.As("admin")
	second := admin.Upload("/pbxs/import", "b.csv", content, nil).Header.Get("Location")
	if r := b.operator.Post(first+"/apply", url.Values{}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("applying the first plan: %d\n%s", r.StatusCode, text(r.Doc(t).Find("main")))
	}
	if got := text(admin.Get(second).Doc(t).Find("#warnings")); !strings.Contains(got, "the same file") {
		t.Errorf("the second plan warns %q", got)
	}
	if r := admin.Post(second+"/apply", url.Values{}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("applying the second plan: %d", r.StatusCode)
	}
}

// TestHostsOfABatch checks that the host names that a batch has yet to create are taken.
func TestHostsOfABatch(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	path := b.operator.Upload("/pbxs/import", "a.csv", b.file(2, nil), nil).Header.Get("Location")
	other := b.file(2, func(_ int, cells map[string]string) { cells["name"] = "Another" })
	if r := b.operator.Upload("/pbxs/import", "b.csv", other, nil); r.StatusCode != http.StatusSeeOther {
		t.Errorf("beside a plan: %d", r.StatusCode)
	}
	b.operator.Post(path+"/apply", url.Values{})
	doc := b.operator.Upload("/pbxs/import", "b.csv", other, nil).Doc(t)
	if got := errorsOf(doc); !slices.Equal(got, []string{"2 subDomain", "3 subDomain"}) ||
		!strings.Contains(text(doc.Find("main")), "has yet to create a PBX with this host name") {
		t.Errorf("beside a batch: %q", got)
	}
	b.operator.Post(path+"/stop", url.Values{})
	if r := b.operator.Upload("/pbxs/import", "b.csv", other, nil); r.StatusCode != http.StatusSeeOther {
		t.Errorf("beside a batch that was stopped: %d", r.StatusCode)
	}
}

// TestIgnoredColumn checks that a plan says so if the file has more in it.
func TestIgnoredColumn(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	lines := strings.SplitAfterN(string(b.file(1, nil)), "\n", 2)
	content := strings.TrimSpace(lines[0]) + ",Rec. min\n" + strings.TrimSpace(lines[1]) + ",1000\n"
	main := text(b.operator.Upload("/pbxs/import", "a.csv", []byte(content), nil).Followed().Doc(t).Find("main"))
	if !strings.Contains(main, "1 column is ignored") || !strings.Contains(main, "“Rec. min”") {
		t.Errorf("the plan: %.600s", main)
	}
}

// TestDaysOfAWorkbook checks that a draft shows the days of an XLSX file as days.
func TestDaysOfAWorkbook(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	book := excelize.NewFile()
	for cell, value := range map[string]any{"A1": "name", "B1": "expires", "A2": "Alder", "B2": 45385} {
		b.Must(book.SetCellValue("Sheet1", cell, value))
	}
	content, err := book.WriteToBuffer()
	b.Must(err)
	main := text(b.operator.Upload("/pbxs/import", "a.xlsx", content.Bytes(), nil).Doc(t).Find("main"))
	if strings.Count(main, "2024-04-03") != 2 || strings.Contains(main, "45385") {
		t.Errorf("the draft: %.900s", main)
	}
}

// TestErrorsOfFormulas checks that the file with errors doesn't have the text of an error as a value.
func TestErrorsOfFormulas(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	book := excelize.NewFile()
	b.Must(book.SetSheetRow("Sheet1", "A1", &[]any{"name", "plan"}))
	b.Must(book.SetCellFormula("Sheet1", "A2", "1/0"))
	b.Must(book.SetCellValue("Sheet1", "B2", "Basic"))
	content, err := book.WriteToBuffer()
	b.Must(err)
	form := b.operator.Upload("/pbxs/import", "a.xlsx", content.Bytes(), nil).Doc(t).Find("main form")
	all := records(t, b.operator.Get(form.AttrOr("action", "")+"/errors.csv").Text)
	if all[1][0] != "" || all[1][1] != "Basic" || !strings.Contains(all[1][2], "“=1/0” is an error") {
		t.Errorf("the file with errors: %q", all)
	}
}

// TestTooManyChecks checks that a draft can't be checked without a limit.
func TestTooManyChecks(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	draft := b.operator.Upload("/pbxs/import", "a.csv", []byte("name\nAlder\n"), nil).Doc(t).Find("main form").
		AttrOr("action", "")
	last := 0
	for range 60 {
		last = b.operator.Post(draft, url.Values{}).StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 61st check in a minute: %d", last)
	}
}

// TestWindows1252 checks that a file that is probably in Windows-1252 is planned only after its user has confirmed it.
func TestWindows1252(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	content := bytes.Replace(b.file(1, nil), []byte("Import 0"), []byte("Caf\xe9 Z\xfcrich"), 1)
	r := b.operator.Upload("/pbxs/import", "a.csv", content, nil)
	doc := r.Doc(t)
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(doc.Find("main")), "Such as Café Zürich") {
		t.Fatalf("the file: %d\n%s", r.StatusCode, text(doc.Find("main")))
	}
	r = b.operator.Post(doc.Find("main form").AttrOr("action", ""), url.Values{"encoding": {"Windows-1252"}})
	if row := text(r.Followed().Doc(t).Find("tr[data-batch-row]")); !strings.Contains(row, "Café Zürich") {
		t.Errorf("the plan: %d, %s", r.StatusCode, row)
	}
	if r := b.operator.Upload("/pbxs/import", "a.csv", content, url.Values{"encoding": {"Windows-1252"}}); r.StatusCode !=
		http.StatusSeeOther {
		t.Errorf("a file whose encoding is given: %d", r.StatusCode)
	}
}

// TestBadFiles checks what is said about files that have no table, and that none of them is kept or fails.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	hidden := excelize.NewFile()
	var book bytes.Buffer
	b.Must(hidden.SetCellValue("Sheet1", "A1", "name"))
	b.Must(hidden.SetCellFormula("Sheet1", "A2", "1/0"))
	b.Must(hidden.Write(&book))
	for name, tt := range map[string]struct {
		content []byte
		want    string
	}{
		"empty.csv":    {nil, "It has no lines."},
		"quote.csv":    {[]byte("a,b\n1,\"open\n"), "In line 2, a quotation mark isn’t closed"},
		"picture.png":  {[]byte("\x89PNG\x00\x00"), "It is neither a CSV nor an XLSX file."},
		"page.xls":     {[]byte("\n<html><table>"), "It is neither a CSV nor an XLSX file."},
		"mixed.csv":    {[]byte("\xef\xbb\xbfname\nCaf\xe9\n"), "It says that it’s in UTF-8"},
		"book.xlsx":    {[]byte("PK\x03\x04broken"), "The XLSX file is damaged"},
		"long.csv":     {[]byte(strings.Repeat("a\n", sheet.MaxLines+1)), "It has more than 10,000 lines."},
		"wide.csv":     {[]byte(strings.Repeat("a,", sheet.MaxColumns+1)), "It has more than 500 columns."},
		"audit.csv":    {[]byte("seq,at,actor\n1,2,Ines\n"), "0 of 1 line can be planned"},
		"200.csv":      {[]byte(strings.Repeat("x,", 199) + "x\n" + strings.Repeat("1,", 199) + "1\n"), "0 of 1 line"},
		"formula.xlsx": {book.Bytes(), "“=1/0” is an error or a formula without a result"},
	} {
		r := b.operator.Upload("/pbxs/import", name, tt.content, nil)
		if main := text(r.Doc(t).Find("main")); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(main, tt.want) {
			t.Errorf("%s: %d, want %q: %.300s", name, r.StatusCode, tt.want, main)
		}
	}
	for _, r := range []struct {
		name string
		got  int
		want int
	}{
		{"no file", b.operator.Post("/pbxs/import", url.Values{}).StatusCode, http.StatusUnprocessableEntity},
		{
			"too large", b.operator.Upload("/pbxs/import", "a.csv", make([]byte, 21<<20), nil).StatusCode,
			http.StatusRequestEntityTooLarge,
		},
		{"a file elsewhere", b.operator.Upload("/batches", "a.csv", nil, nil).StatusCode, http.StatusUnsupportedMediaType},
		{"an unknown draft", b.operator.Get("/pbxs/import/none").StatusCode, http.StatusNotFound},
	} {
		if r.got != r.want {
			t.Errorf("%s: %d, want %d", r.name, r.got, r.want)
		}
	}
}

// TestDraftIsKept checks that a file that can't be checked now is kept, that a draft is its user's own, and that it is
// gone after a day.
func TestDraftIsKept(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	content := b.file(1, nil)
	fresh := &portal{Portal: b.Portal, operator: b.operator}
	b.Clock.Add(2 * time.Minute) // the options aren't recent any longer
	b.YCM.Inject(ycmtest.Fault{Op: "listRegions", Kind: ycmtest.Failed200, Code: 1000004})
	r := fresh.operator.Upload("/pbxs/import", "a.csv", content, nil)
	if r.StatusCode != http.StatusSeeOther {
		t.Errorf("with options of two minutes ago: %d\n%s", r.StatusCode, text(r.Doc(t).Find("main")))
	}
	bad := b.operator.Upload("/pbxs/import", "a.csv", b.file(1, func(_ int, cells map[string]string) {
		cells["plan"] = ""
	}), nil).Doc(t)
	draft := bad.Find("main form").AttrOr("action", "")
	if r := b.As("admin").Get(draft); r.StatusCode != http.StatusNotFound {
		t.Errorf("a colleague gets %d, want 404", r.StatusCode)
	}
	b.Must(b.Store.DeleteDrafts(t.Context(), b.Clock.Now().Add(-23*time.Hour)))
	if r := b.operator.Get(draft); r.StatusCode != http.StatusOK {
		t.Errorf("on the same day: %d", r.StatusCode)
	}
	for range 161 {
		b.Clock.Add(9 * time.Minute)
		b.operator.Get("/operations")
	}
	b.work()
	if r := b.As("operator").Get(draft); r.StatusCode != http.StatusNotFound {
		t.Errorf("after a day: %d, want 404", r.StatusCode)
	}
}

// TestHintsOfColumns checks that the page explains each column.
func TestHintsOfColumns(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	main := b.operator.Get("/pbxs/import").Doc(t).Find("main")
	for _, field := range imports.Fields() {
		row := main.Find("th.mono").FilterFunction(func(_ int, s *goquery.Selection) bool { return text(s) == field })
		if row.Length() != 1 || text(row.Next()) == "" {
			t.Errorf("the column %s isn't explained", field)
		}
	}
}

// TestPlantedErrors imports 5,000 lines with 400 errors, all of which must be named by line and cell. The make target
// "soak" also checks that this takes at most two seconds.
func TestPlantedErrors(t *testing.T) {
	t.Parallel()
	b := newImport(t)
	var want []string
	content := b.file(5000, func(i int, cells map[string]string) {
		if i%12 != 0 || len(want) == 400 {
			return
		}
		fields := []string{"plan", "type", "extensionCapacity", "regionId", "customerIds", "expirationDate", "im", "name"}
		field := fields[len(want)%len(fields)]
		if cells[field] = "wrong"; field == "name" {
			cells[field] = ""
		}
		want = append(want, fmt.Sprintf("%d %s", i+2, field))
	})
	start := time.Now()
	r := b.operator.Upload("/pbxs/import", "large.csv", content, nil)
	took := time.Since(start)
	if *timed && took > 2*time.Second {
		t.Errorf("the import took %s", took)
	}
	doc := r.Doc(t)
	if diff := cmp.Diff(want, errorsOf(doc)); diff != "" || r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the import: %d; errors (-want +got):\n%s", r.StatusCode, diff)
	}
	if good := text(doc.Find("button[name=goodOnly]")); good != "Plan the 4,600 good lines" {
		t.Errorf("the button says %q", good)
	}
	if n := len(b.YCM.Requests("createCloudPbx")); n != 0 {
		t.Errorf("%d requests that create", n)
	}
}
