package handlers

import (
	"errors"
	"fmt"
	"iter"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/store"
	"cordboard/views"
)

const exportPatience = 30 * time.Second // time limit for writing the next rows

// streamRows writes row by row until all are written, one fails or the client disconnects. It returns how many rows
// it reached. err is the error of writing the header; the result includes it.
func streamRows[T any](
	w http.ResponseWriter,
	r *http.Request,
	all iter.Seq[T],
	err error,
	write func(T) error,
) (int, error) {
	response := http.NewResponseController(w)
	n := 0
	for row := range all {
		if n%500 == 0 {
			err = errors.Join(err, patient(response))
		}
		n++
		if err = errors.Join(err, write(row)); err != nil || r.Context().Err() != nil {
			break
		}
	}
	return n, errors.Join(err, r.Context().Err())
}

// patient extends the write deadline. Exports call it as long as they write rows.
func patient(stream *http.ResponseController) error {
	if err := stream.SetWriteDeadline(time.Now().Add(exportPatience)); err != nil &&
		!errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// table is the content of one of the smaller exports.
type table struct {
	name    string // of the file and of the audited object
	what    string // the content in words, for the audit log
	rows    int
	asOf    time.Time // zero: never synced
	state   fleet.State
	header  []string
	records iter.Seq[[]string]
}

// recordExport audits an export. A HEAD request exports nothing and leaves no entry.
func (s *Site) recordExport(r *http.Request, e store.Event) error {
	if r.Method == http.MethodHead {
		return nil
	}
	e.Outcome = store.OutcomeDone
	if err := s.store.Audit(r.Context(), actor(r), e); err != nil {
		return fmt.Errorf("audit export: %w", err)
	}
	return nil
}

// exportTable audits the export and streams it as CSV. Nothing is exported without an audit entry.
func (s *Site) exportTable(w http.ResponseWriter, r *http.Request, t table) error {
	e := export{asOf: t.asOf, state: string(t.state)}
	err := s.recordExport(
		r,
		store.Event{
			Action:     t.name + ".export",
			Target:     "csv",
			TargetName: t.what,
			Detail:     views.Count(int64(t.rows), "row", "rows"),
		},
	)
	if err != nil {
		return err
	}
	e.head(w, t.name, "csv", csvType)
	if r.Method == http.MethodHead {
		return nil
	}
	out, err := newCSV(w, t.header)
	if err != nil {
		return s.exportEnded(r, 0, err)
	}
	n, err := streamRows(w, r, t.records, nil, out.Write)
	return s.exportEnded(r, n, errors.Join(err, out.Flush()))
}

const csvType = "text/csv; charset=utf-8; header=present"

// mostInHeader bounds the characters of the ignored parts in a header. The header's encoding may turn one character
// into twelve.
const mostInHeader = 120

// markIgnored sets the header about the parts of a query that were ignored, and returns the part of the file name that
// reports them, since a CSV file has no other place for it. It returns "" if nothing was ignored.
func markIgnored(h http.Header, ignored []string) string {
	if len(ignored) == 0 {
		return ""
	}
	h.Set("Cordboard-Ignored", mime.QEncoding.Encode("utf-8", firstRunes(strings.Join(ignored, " "), mostInHeader)))
	return "-filters-ignored"
}

// exportEnded aborts the response if the export failed, so that a partial file isn't mistaken for a complete one.
func (s *Site) exportEnded(r *http.Request, rows int, err error) error {
	if err != nil {
		s.log.InfoContext(
			r.Context(),
			"export aborted",
			"request_id",
			requestIDFrom(r.Context()),
			"rows",
			rows,
			"err",
			err,
		)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// exported returns a field as CSV exports show it: times in RFC 3339 and UTC, all else as YCM reports it.
func exported(p *fleet.PBX, name string) string {
	f, _ := fleet.FieldByName(name)
	if n := p.Number(f); n != fleet.Absent && f.Kind() == fleet.TimeField {
		return exportedTime(n)
	}
	return p.Raw(f)
}

// exportedTime returns at in RFC 3339 and UTC, or YCM's number if RFC 3339 can't represent it.
func exportedTime(at int64) string {
	t := time.Unix(at, 0).UTC()
	if y := t.Year(); !fleet.IsDate(at) || y < 0 || y > 9999 {
		return strconv.FormatInt(at, 10)
	}
	return t.Format(time.RFC3339)
}

// exportedValue returns a field as spreadsheets show it: times as dates and numbers as numbers. IDs and large
// numbers stay text, since a spreadsheet keeps only 15 digits of a number.
func exportedValue(p *fleet.PBX, name string) any {
	f, _ := fleet.FieldByName(name)
	n := p.Number(f)
	switch {
	case n != fleet.Absent && f.Kind() == fleet.TimeField:
		return time.Unix(n, 0).UTC()
	case n != fleet.Absent && f.Kind() == fleet.NumberField && f != fleet.FieldID && n < mostDigits && n > -mostDigits:
		return n
	}
	return strings.ToValidUTF8(p.Raw(f), "\uFFFD")
}

// mostDigits is the number from which a spreadsheet rounds.
const mostDigits = 1_000_000_000_000_000

// export is an export of a query's rows.
type export struct {
	query   list.Query
	columns []string
	rows    int
	asOf    time.Time // time of the last sync; zero: never synced
	state   string
	each    iter.Seq[*fleet.PBX]
	ignored []string // sentences about the parts of the query that were ignored
}

// stamp formats the time of the exported data, or returns "never" before the first sync.
func (e *export) stamp(layout string) string {
	if e.asOf.IsZero() {
		return "never"
	}
	return e.asOf.UTC().Format(layout)
}

// head sets the headers: content type, file name, age of the data, and what was ignored.
func (e *export) head(w http.ResponseWriter, name, format, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	but := markIgnored(h, e.ignored)
	h.Set(
		"Content-Disposition",
		fmt.Sprintf(`attachment; filename="%s-%s%s.%s"`, name, e.stamp("20060102T150405Z"), but, format),
	)
	h.Set("Cordboard-Sync-State", e.state)
	h.Set("Cordboard-As-Of", e.stamp(time.RFC3339))
}
