package web

import (
	"errors"
	"fmt"
	"iter"
	"mime"
	"net/http"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web/export"
	"cordboard/store"
)

const exportPatience = 30 * time.Second // time limit for writing the next batch of rows

// StreamRows writes rows until all are written, one fails or the client disconnects. It returns the number of rows
// that it tried to write. err is the error from writing the header; the returned error includes it.
func StreamRows[T any](
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
			err = errors.Join(err, Patient(response))
		}
		n++
		if err = errors.Join(err, write(row)); err != nil || r.Context().Err() != nil {
			break
		}
	}
	return n, errors.Join(err, r.Context().Err())
}

// Patient extends the write deadline. Exports call it repeatedly while they write rows.
func Patient(stream *http.ResponseController) error {
	if err := stream.SetWriteDeadline(time.Now().Add(exportPatience)); err != nil &&
		!errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// Table is the content of a small export.
type Table struct {
	Name    string    // prefix of the file name and of the audit action
	What    string    // description of the content, for the audit log
	Rows    int       // negative: not counted
	AsOf    time.Time // zero: never synced
	State   fleet.State
	Ignored []string // sentences about the parts of the query that were ignored
	Header  []string
	Records iter.Seq[[]string]
}

// RecordExport audits an export. A HEAD request exports nothing and leaves no audit entry.
func (s *Site) RecordExport(r *http.Request, e store.Event) error {
	if r.Method == http.MethodHead {
		return nil
	}
	e.Outcome = store.OutcomeDone
	if err := s.store.Audit(r.Context(), Actor(r), e); err != nil {
		return fmt.Errorf("audit export: %w", err)
	}
	return nil
}

// ExportTable audits the export and then streams it as CSV. Nothing is exported without an audit entry.
func (s *Site) ExportTable(w http.ResponseWriter, r *http.Request, t Table) error {
	e := Export{AsOf: t.AsOf, State: string(t.State), Ignored: t.Ignored}
	var notes []store.Note
	if t.Rows >= 0 {
		notes = append(notes, store.NewNote(store.NoteRows, t.Rows))
	}
	notes = append(notes, store.Messages(t.Ignored...)...)
	what := store.Event{Action: t.Name + ".export", Target: "csv", TargetName: t.What, Notes: notes}
	if err := s.RecordExport(r, what); err != nil {
		return err
	}
	e.Head(w, t.Name, "csv", CSVType)
	if r.Method == http.MethodHead {
		return nil
	}
	out, err := export.NewCSV(w, t.Header)
	if err != nil {
		return s.ExportEnded(r, 0, err)
	}
	n, err := StreamRows(w, r, t.Records, nil, out.Write)
	return s.ExportEnded(r, n, errors.Join(err, out.Flush()))
}

// Content types of exports.
const (
	CSVType  = "text/csv; charset=utf-8; header=present"
	XLSXType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// mostInHeader is the maximum number of characters, before encoding, in the header that MarkIgnored sets. The header's
// encoding may turn one character into twelve.
const mostInHeader = 120

// MarkIgnored sets a header that lists the ignored parts of a query. It returns a suffix for the file name, because a
// CSV file has no other place for a note. The suffix is "" if nothing was ignored.
func MarkIgnored(h http.Header, ignored []string) string {
	if len(ignored) == 0 {
		return ""
	}
	h.Set("Cordboard-Ignored", mime.QEncoding.Encode("utf-8", fold.FirstRunes(strings.Join(ignored, " "), mostInHeader)))
	return "-filters-ignored"
}

// ExportEnded aborts the response if the export failed, so that a partial file isn't mistaken for a complete one.
func (s *Site) ExportEnded(r *http.Request, rows int, err error) error {
	if err != nil {
		s.Log.InfoContext(
			r.Context(), "export aborted", "request_id", RequestIDFrom(r.Context()), "rows", rows, "err", err,
		)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// Export describes an export of a query's rows.
type Export struct {
	Query   list.Query
	Columns []string
	Rows    int
	AsOf    time.Time // time of the last sync; zero: never synced
	State   string
	Each    iter.Seq[*fleet.PBX]
	Ignored []string // sentences about the parts of the query that were ignored
}

// Stamp formats the time of the last sync, or returns "never" before the first one.
func (e *Export) Stamp(layout string) string {
	if e.AsOf.IsZero() {
		return "never"
	}
	return e.AsOf.UTC().Format(layout)
}

// Head sets the response's headers: content type, file name, time of the last sync, sync state, and ignored parts of
// the query.
func (e *Export) Head(w http.ResponseWriter, name, format, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	but := MarkIgnored(h, e.Ignored)
	h.Set(
		"Content-Disposition",
		fmt.Sprintf(`attachment; filename="%s-%s%s.%s"`, name, e.Stamp("20060102T150405Z"), but, format),
	)
	h.Set("Cordboard-Sync-State", e.State)
	h.Set("Cordboard-As-Of", e.Stamp(time.RFC3339))
}
