package pbxs

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/web"
	"cordboard/handlers/web/export"
	"cordboard/handlers/web/lists"
	"cordboard/handlers/web/rows"
	"cordboard/store"
)

// file is an export of the list, with the text of its column Why.
type file struct {
	*web.Export

	columns []export.Column // those of Columns, in their order
	reason  func(p *fleet.PBX) string
}

// startExport parses the query, audits the export and writes the response headers. If the export can't be audited, it
// returns an error and nothing is exported.
func (h *Handler) startExport(w http.ResponseWriter, r *http.Request, format, contentType string) (*file, error) {
	values, _ := url.ParseQuery(r.URL.RawQuery)
	for _, key := range pageKeys { // don't report parameters that only pages use
		values.Del(key)
	}
	q, problems := lists.ParseQuery(values, web.UserFrom(r.Context()))
	ignored := lists.QueryProblems(problems)
	left, _ := h.leftOut(q)
	ignored = append(ignored, left...)
	c := h.site.Clock(r)
	snapshot, fresh := h.fleet.Index(), h.fleet.Freshness()
	e := file{Export: &web.Export{
		Query:   q,
		AsOf:    fresh.At,
		State:   string(fresh.State),
		Each:    snapshot.All(q, c.Now, c.Zone),
		Ignored: ignored,
	}}
	e.Columns = export.Columns(q.Cols, true)
	reasons := rows.Why(q)
	if q.Cols == nil {
		e.Columns = export.Columns(lists.OwnColumns(web.UserFrom(r.Context()).Prefs), false)
		if !reasons.None() { // the column Why
			e.Columns = append(e.Columns, rows.ReasonColumn)
		}
	}
	for _, name := range e.Columns {
		e.columns = append(e.columns, export.ColumnOf(name))
	}
	cells := h.site.Cells(c, nil)
	e.reason = func(p *fleet.PBX) string { return reasons.Text(p, cells) }
	e.Rows = snapshot.Count(q, c.Now, c.Zone)
	what := store.NewNote(store.NoteExport, format, e.Rows, strings.TrimPrefix(query(q), "?"))
	notes := append([]store.Note{what}, store.Messages(ignored...)...)
	if err := h.site.RecordExport(
		r,
		store.Event{Action: "pbxs.export", Target: format, TargetName: h.queryWords(q), Notes: notes},
	); err != nil {
		return nil, err
	}
	e.Head(w, "pbxs", format, contentType)
	return &e, nil
}

// ExportCSV streams the query's rows as CSV.
func (h *Handler) ExportCSV(w http.ResponseWriter, r *http.Request) error {
	e, err := h.startExport(w, r, "csv", web.CSVType)
	if err != nil || r.Method == http.MethodHead {
		return err
	}
	out, err := export.NewCSV(w, e.Columns)
	if err != nil {
		return h.site.ExportEnded(r, 0, err)
	}
	record := make([]string, len(e.Columns))
	n, err := web.StreamRows(w, r, e.Each, nil, func(p *fleet.PBX) error {
		for i, name := range e.Columns {
			if name == rows.ReasonColumn {
				record[i] = e.reason(p)
				continue
			}
			record[i] = e.columns[i].Text(p)
		}
		return out.Write(record)
	})
	return h.site.ExportEnded(r, n, errors.Join(err, out.Flush()))
}

// ExportXLSX streams the query's rows as an XLSX sheet. A second sheet describes the export.
func (h *Handler) ExportXLSX(w http.ResponseWriter, r *http.Request) error {
	e, err := h.startExport(w, r, "xlsx", web.XLSXType)
	if err != nil || r.Method == http.MethodHead {
		return err
	}
	book := export.NewWorkbook(w)
	book.Sheet("PBXs", e.Columns...)
	row := make([]any, len(e.Columns))
	n, err := web.StreamRows(w, r, e.Each, nil, func(p *fleet.PBX) error {
		for i, name := range e.Columns {
			if name == rows.ReasonColumn {
				row[i] = e.reason(p)
				continue
			}
			row[i] = e.columns[i].Value(p)
		}
		book.Add(row...)
		return book.Err
	})
	book.Sheet("About")
	for _, fact := range [][2]string{
		{"As of", e.Stamp(time.RFC3339)},
		{"State", e.State},
		{"Rows", strconv.Itoa(e.Rows)},
		{"Contents", h.queryWords(e.Query)},
	} {
		book.Add(fact[0], fact[1])
	}
	for _, sentence := range e.Ignored {
		book.Add("Ignored", sentence)
	}
	return h.site.ExportEnded(r, n, errors.Join(err, book.Close()))
}
