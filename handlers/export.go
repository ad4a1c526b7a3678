package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/store"
)

// startExport parses the query and audits the export. Nothing is exported without an audit entry.
func (s *pbxsHandler) startExport(w http.ResponseWriter, r *http.Request, format, contentType string) (*export, error) {
	values, _ := url.ParseQuery(r.URL.RawQuery)
	for _, key := range pageKeys { // no warning about parameters that only pages use
		values.Del(key)
	}
	q, ignored := list.ParseQuery(values)
	left, _ := s.leftOut(q)
	ignored = append(ignored, left...)
	c := s.clock(r)
	snapshot, fresh := s.mirror.Index(), s.mirror.Freshness()
	e := &export{
		query:   q,
		columns: q.Cols,
		asOf:    fresh.At,
		state:   string(fresh.State),
		each:    snapshot.All(q, c.Now, c.Zone),
		ignored: ignored,
	}
	if e.columns == nil {
		e.columns = ownColumns(userFrom(r.Context()).Prefs)
	}
	for range e.each {
		e.rows++
	}
	detail := fmt.Sprintf("%s, %d rows, %s", format, e.rows, strings.TrimPrefix(query(q), "?"))
	if len(ignored) > 0 {
		detail += ". " + strings.Join(ignored, " ")
	}
	if err := s.recordExport(
		r,
		store.Event{Action: "pbxs.export", Target: format, TargetName: s.queryWords(q), Detail: detail},
	); err != nil {
		return nil, err
	}
	e.head(w, "pbxs", format, contentType)
	return e, nil
}

// exportCSV streams the query's rows as CSV.
func (s *pbxsHandler) exportCSV(w http.ResponseWriter, r *http.Request) error {
	e, err := s.startExport(w, r, "csv", csvType)
	if err != nil || r.Method == http.MethodHead {
		return err
	}
	out, err := newCSV(w, e.columns)
	if err != nil {
		return s.exportEnded(r, 0, err)
	}
	record := make([]string, len(e.columns))
	n, err := streamRows(w, r, e.each, nil, func(p *fleet.PBX) error {
		for i, name := range e.columns {
			record[i] = exported(p, name)
		}
		return out.Write(record)
	})
	return s.exportEnded(r, n, errors.Join(err, out.Flush()))
}

// exportXLSX streams the rows as a sheet. A second sheet describes the export.
func (s *pbxsHandler) exportXLSX(w http.ResponseWriter, r *http.Request) error {
	e, err := s.startExport(w, r, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	if err != nil || r.Method == http.MethodHead {
		return err
	}
	book := newWorkbook(w)
	book.sheet("PBXs")
	row := make([]any, len(e.columns))
	for i, name := range e.columns {
		row[i] = name
	}
	book.add(row...)
	n, err := streamRows(w, r, e.each, nil, func(p *fleet.PBX) error {
		for i, name := range e.columns {
			row[i] = exportedValue(p, name)
		}
		book.add(row...)
		return book.err
	})
	book.sheet("About")
	for _, fact := range [][2]string{{"As of", e.stamp(time.RFC3339)}, {"State", e.state}, {"Rows", strconv.Itoa(e.rows)}, {"What", s.queryWords(e.query)}} {
		book.add(fact[0], fact[1])
	}
	for _, sentence := range e.ignored {
		book.add("Ignored", sentence)
	}
	return s.exportEnded(r, n, errors.Join(err, book.close()))
}
