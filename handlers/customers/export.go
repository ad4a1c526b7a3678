package customers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/handlers/web"
	"cordboard/handlers/web/export"
	"cordboard/store"
)

// columns returns the header of an export: the ID, the list's columns, and the other members of the record.
func columns() []string {
	header := append([]string{"customerId"}, customers.Columns...)
	for _, name := range fleet.CustomerMembers {
		if name != fleet.Email {
			header = append(header, name)
		}
	}
	return header
}

// value returns a column of an export: text, a number as int64, or a time.
func value(r *customers.Row, open int, column string) any {
	switch column {
	case "customerId":
		return strconv.FormatInt(r.ID, 10)
	case customers.ColumnName:
		return r.Name()
	case customers.ColumnPhone:
		return r.Phone()
	case customers.ColumnPBXs:
		return int64(len(r.PBXs))
	case customers.ColumnExtensions:
		if r.Extensions.Known() {
			return r.Extensions.N
		}
		return ""
	case customers.ColumnExpires:
		if r.Expires == fleet.Absent {
			return ""
		}
		return time.Unix(r.Expires, 0).UTC()
	case customers.ColumnOpen:
		return int64(open)
	}
	return r.Members[column]
}

// Export returns a handler that exports the query's customers, on all pages, as csv or xlsx.
func (h *Handler) Export(format string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, ignored := queryOf(r)
		open, err := h.open(r.Context())
		if err != nil {
			return fmt.Errorf("read open operations: %w", err)
		}
		c, fresh := h.site.Clock(r), h.c.Fleet.Freshness()
		found, _ := h.c.Directory.Book().Search(q, open, c.Now, c.Zone)
		notes := []store.Note{store.NewNote(store.NoteExport, format, len(found), q.Values().Encode())}
		if err := h.site.RecordExport(r, store.Event{
			Action: "customers.export", Target: format, TargetName: words(q),
			Notes: append(notes, store.Messages(ignored...)...),
		}); err != nil {
			return err
		}
		e := web.Export{Columns: columns(), AsOf: fresh.At, State: string(fresh.State), Ignored: ignored}
		write := writeCSV
		contentType := web.CSVType
		if format == "xlsx" {
			write, contentType = writeXLSX, web.XLSXType
		}
		e.Head(w, "customers", format, contentType)
		if r.Method == http.MethodHead {
			return nil
		}
		n, err := write(w, r, found, open, &e)
		return h.site.ExportEnded(r, n, err)
	}
}

func writeCSV(
	w http.ResponseWriter,
	r *http.Request,
	found []*customers.Row,
	open map[int64]int,
	e *web.Export,
) (int, error) {
	out, err := export.NewCSV(w, e.Columns)
	if err != nil {
		return 0, err
	}
	record := make([]string, len(e.Columns))
	n, err := web.StreamRows(w, r, each(found), nil, func(row *customers.Row) error {
		for i, name := range e.Columns {
			switch v := value(row, open[row.ID], name).(type) {
			case time.Time:
				record[i] = export.ExportedTime(v.Unix())
			default:
				record[i] = fmt.Sprint(v)
			}
		}
		return out.Write(record)
	})
	return n, errors.Join(err, out.Flush())
}

func writeXLSX(
	w http.ResponseWriter,
	r *http.Request,
	found []*customers.Row,
	open map[int64]int,
	e *web.Export,
) (int, error) {
	book := export.NewWorkbook(w)
	book.Sheet("Customers", e.Columns...)
	row := make([]any, len(e.Columns))
	n, err := web.StreamRows(w, r, each(found), nil, func(one *customers.Row) error {
		for i, name := range e.Columns {
			row[i] = value(one, open[one.ID], name)
		}
		book.Add(row...)
		return book.Err
	})
	return n, errors.Join(err, book.Close())
}

func each(rows []*customers.Row) func(yield func(*customers.Row) bool) {
	return func(yield func(*customers.Row) bool) {
		for _, r := range rows {
			if !yield(r) {
				return
			}
		}
	}
}
