package pbxs_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"cordboard/handlers/portaltest"
	"cordboard/handlers/web/export"
	"cordboard/store"
	"cordboard/store/storetest"
)

// expectedCSV returns the CSV file that the portal should export, built from the records in the database. It has no
// byte order mark.
func expectedCSV(
	b *portaltest.Portal, cols []string, keep func(map[string]any) bool, less func(x, y map[string]any) int,
) string {
	b.T.Helper()
	var records []map[string]any
	b.Must(b.Store.EachPBX(b.T.Context(), "default", func(p store.PBX) error {
		var record map[string]any
		d := json.NewDecoder(bytes.NewReader(p.Record))
		d.UseNumber()
		if err := d.Decode(&record); err != nil {
			return err
		}
		if p.GoneAt.IsZero() && keep(record) {
			records = append(records, record)
		}
		return nil
	}))
	slices.SortStableFunc(records, less)
	var want bytes.Buffer
	w := csv.NewWriter(&want)
	w.UseCRLF = true
	b.Must(w.Write(cols))
	for _, record := range records {
		var row []string
		for _, col := range cols {
			text := ""
			switch v := record[col].(type) {
			case nil:
			case map[string]any:
				text = fmt.Sprintf("%v %v <%v>", v["firstName"], v["lastName"], v["email"])
			default:
				text = fmt.Sprint(v)
			}
			if strings.HasSuffix(col, "Time") || strings.HasSuffix(col, "Date") {
				if n, err := json.Number(text).Int64(); err == nil {
					text = time.Unix(n, 0).UTC().Format(time.RFC3339)
				}
			} else {
				text = export.Harmless(text)
			}
			row = append(row, text)
		}
		b.Must(w.Write(row))
	}
	w.Flush()
	return want.String()
}

func byID(x, y map[string]any) int {
	a, _ := x["cloudPbxId"].(json.Number).Int64()
	b, _ := y["cloudPbxId"].(json.Number).Int64()
	return int(a - b)
}

func TestCSVIsWhatTheDatabaseHas(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 480)
	viewer := b.As(store.RoleViewer)
	cols := []string{
		"cloudPbxId",
		"name",
		"url",
		"createTime",
		"expirationDate",
		"extensionCapacity",
		"usedExtensions",
		"creator",
		"group",
	}
	got := viewer.Get("/pbxs.csv?status=Running&sort=cloudPbxId&cols=" + strings.Join(cols, ","))
	want := expectedCSV(b, cols, func(r map[string]any) bool { return r["pbxStatus"] == "Running" }, byID)
	if text := portaltest.WithoutBOM(t, got.Text); text != want {
		t.Errorf(
			"the export has %d bytes, want %d; the first difference is at %d",
			len(text),
			len(want),
			firstDifference(text, want),
		)
	}
	if h := got.Header; h.Get("Cordboard-Sync-State") != "current" ||
		h.Get("Cordboard-As-Of") != "2026-03-17T13:32:00Z" ||
		h.Get("Content-Disposition") != `attachment; filename="pbxs-20260317T133200Z.csv"` {
		t.Errorf("headers = %v", h)
	}
	p, err := b.Store.AuditEvents(t.Context(), 1, 1, store.AuditQuery{Objects: []string{"pbxs"}})
	b.Must(err)
	if e := p.Events[0]; e.Action != "pbxs.export" || e.Actor.Email != "viewer@example.com" ||
		!strings.Contains(e.Detail(), fmt.Sprintf("csv, rows: %d, ", strings.Count(want, "\r\n")-1)) ||
		!strings.Contains(e.Detail(), "status=Running") {
		t.Errorf("audit event = %+v", e)
	}
	viewer.Send(http.MethodHead, "/pbxs.csv", nil)
	if n := len(b.Events("pbxs")); n != 1 {
		t.Errorf("%d exports are recorded, want 1", n)
	}
}

func firstDifference(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func TestExportTakesTheReadersColumnsAndNothingUnrecorded(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	viewer := b.As(store.RoleViewer)
	head, _, _ := strings.Cut(portaltest.WithoutBOM(t, viewer.Get("/pbxs.csv").Text), "\r\n")
	const want = "cloudPbxId,name,url,pbxStatus,customer,planExpirationDate,expirationDate," +
		"usedExtensions,extensionCapacity,usedExtensions.percent,plan,activationStatus," +
		"usedRecording,recordingCapacity,usedRecording.percent,type,region,version,group," +
		"activeCalls,concurrentCallCapacity,activeCalls.percent"
	if head != want {
		t.Errorf("columns = %s, want %s", head, want)
	}
	if got := viewer.Get("/pbxs.csv?q=nobody-has-this").Text; strings.Count(got, "\r\n") != 1 {
		t.Errorf("an empty export = %q, want the header only", got)
	}
	storetest.Break(t, b.Dir, "audit_events")
	if got := viewer.Get("/pbxs.csv"); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("an export that can't be recorded = %d, want 503", got.StatusCode)
	}
}

func TestXLSX(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 120)
	got := b.As(store.RoleViewer).Get("/pbxs.xlsx?cols=name,cloudPbxId,extensionCapacity,createTime&sort=cloudPbxId")
	book, err := excelize.OpenReader(strings.NewReader(got.Text))
	b.Must(err)
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows("PBXs")
	b.Must(err)
	want, err := csv.NewReader(strings.NewReader(expectedCSV(b,
		[]string{"name", "cloudPbxId", "extensionCapacity", "createTime"},
		func(map[string]any) bool { return true },
		byID,
	))).
		ReadAll()
	b.Must(err)
	if len(rows) != len(want) {
		t.Fatalf("got %d rows, want %d", len(rows), len(want))
	}
	for i := range rows {
		if i > 0 { // In XLSX, dates are shown in the cell's format, and text has no guard against formulas.
			at, err := time.Parse(time.RFC3339, want[i][3])
			b.Must(err)
			want[i][3] = at.Format(time.DateTime)
			want[i][0] = strings.NewReplacer("'=", "=", "'+", "+", "'-", "-", "'@", "@").Replace(want[i][0])
		}
		if fmt.Sprint(rows[i]) != fmt.Sprint(want[i]) {
			t.Errorf("row %d = %q, want %q", i, rows[i], want[i])
		}
	}
	if kind, err := book.GetCellType("PBXs", "C2"); err != nil ||
		kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a number's cell type = %v (error %v)", kind, err)
	}
	if as, err := book.GetCellValue("About", "B1"); err != nil || as != "2026-03-17T13:32:00Z" {
		t.Errorf("the as-of time = %q (error %v)", as, err)
	}
}

// BenchmarkExport exports 100,000 rows in each format, and reports the largest heap growth and the size of the file.
func BenchmarkExport(b *testing.B) {
	portal := portaltest.New(b, 100_000)
	cookies := portal.As(store.RoleViewer)
	for _, format := range []string{"csv", "xlsx"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				runtime.GC()
				var before, now runtime.MemStats
				runtime.ReadMemStats(&before)
				highest := uint64(0)
				request := httptest.NewRequest(http.MethodGet, "/pbxs."+format, nil)
				for _, c := range cookies.Cookies() {
					request.AddCookie(c)
				}
				w := &sink{header: http.Header{}, each: func() {
					runtime.GC() // Measure live memory only.
					runtime.ReadMemStats(&now)
					highest = max(highest, now.HeapAlloc)
				}}
				portal.Server.ServeHTTP(w, request)
				if w.status != http.StatusOK || w.size < 1<<20 {
					b.Fatalf("GET /pbxs.%s = %d with %d bytes", format, w.status, w.size)
				}
				b.ReportMetric(float64(int64(highest)-int64(before.HeapAlloc))/1e6, "extra-MB")
				b.ReportMetric(float64(w.size)/1e6, "file-MB")
			}
		})
	}
}

// sink counts the bytes written to it, and calls its each function about once every 2 MiB.
type sink struct {
	header http.Header
	status int
	size   int
	next   int
	each   func()
}

func (d *sink) Header() http.Header    { return d.header }
func (d *sink) WriteHeader(status int) { d.status = status }
func (d *sink) Write(p []byte) (int, error) {
	if d.status == 0 {
		d.status = http.StatusOK
	}
	d.size += len(p)
	if d.size >= d.next {
		d.next = d.size + 2<<20
		d.each()
	}
	return io.Discard.Write(p)
}

// TestExportSaysWhy checks that the export of a view has the reasons that its column Why has, unless the columns were
// chosen.
func TestExportSaysWhy(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(t,
		map[string]any{
			"name": "A", "usedExtensions": 53, "extensionCapacity": 50, "usedRecording": 99, "recordingCapacity": 100,
		},
		map[string]any{"name": "B", "usedExtensions": 10, "extensionCapacity": 50},
	)
	viewer := b.As(store.RoleViewer)
	read := func(query string) [][]string {
		text := portaltest.WithoutBOM(t, viewer.Get("/pbxs.csv?"+query).Text)
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		b.Must(err)
		return rows
	}
	rows := read("attention=over&attention=full")
	const why = "Extensions 3 over, Recording 99%"
	if len(rows) != 2 || rows[0][len(rows[0])-1] != "reason" || rows[1][len(rows[1])-1] != why {
		t.Errorf("the export is %q", rows)
	}
	for _, query := range []string{"attention=over&cols=name", "status=Running"} {
		if rows := read(query); slices.Contains(rows[0], "reason") {
			t.Errorf("the export of %s has the columns %q", query, rows[0])
		}
	}
	book, err := excelize.OpenReader(strings.NewReader(viewer.Get("/pbxs.xlsx?attention=over&attention=full").Text))
	b.Must(err)
	defer func() { _ = book.Close() }()
	sheet, err := book.GetRows("PBXs")
	b.Must(err)
	if last := sheet[1]; last[len(last)-1] != why {
		t.Errorf("the sheet says %q", last)
	}
}
