package batches

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/handlers/web/export"
	"cordboard/store"
	"cordboard/views/ui"
)

// columns is the header of an export of a batch's rows.
var columns = []string{
	"row", "line", "cloudPbxId", "name", "url", "state", "operation", "changes", "notes", "requestId",
}

// exportRows is the number of rows that an export reads at once.
const exportRows = 500

// Export returns a handler that exports the rows of a batch as csv or xlsx.
func (h *Handler) Export(format string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		one, err := h.c.Batches.Batch(r.Context(), batchID(r))
		if err != nil {
			return err
		}
		counts, err := h.c.Batches.Counts(r.Context(), &one)
		if err != nil {
			return err
		}
		shown := tabOf(r.URL.Query())
		total := shown.count(counts)
		if err := h.site.RecordExport(r, store.Event{
			Action: "batch.export", Target: one.ID, TargetName: "Batch " + strconv.FormatInt(one.Number, 10),
			Notes: []store.Note{store.NewNote(store.NoteExport, format, total, shown.query())},
		}); err != nil {
			return err
		}
		fresh := h.c.Fleet.Freshness()
		e := web.Export{Columns: columns, AsOf: fresh.At, State: string(fresh.State)}
		contentType, open := web.CSVType, newCSV
		if format == "xlsx" {
			contentType, open = web.XLSXType, newXLSX
		}
		name := "batch-" + strconv.FormatInt(one.Number, 10)
		if shown.key != "" {
			name += "-" + shown.key
		}
		e.Head(w, name, format, contentType)
		if r.Method == http.MethodHead {
			return nil
		}
		add, end, err := open(w)
		if err != nil {
			return err
		}
		c := h.site.Clock(r)
		var failed error
		n, err := web.StreamRows(w, r, h.eachRow(r, &one, shown, &failed), nil, func(row *store.BatchRow) error {
			return add(h.cells(&one, row, c))
		})
		return h.site.ExportEnded(r, n, errors.Join(err, failed, end()))
	}
}

// eachRow yields the rows of a batch in a tab. It sets failed if they can't be read. The store doesn't select them,
// because the rows of a state change between two readings.
func (h *Handler) eachRow(
	r *http.Request,
	one *store.Batch,
	shown tab,
	failed *error,
) func(yield func(*store.BatchRow) bool) {
	return func(yield func(*store.BatchRow) bool) {
		for offset := 0; ; offset += exportRows {
			rows, err := h.c.Batches.Rows(r.Context(), one, offset, exportRows)
			if err != nil {
				*failed = err
				return
			}
			for i := range rows {
				if shown.states != nil && !slices.Contains(shown.states, rowState(&rows[i])) {
					continue
				}
				if !yield(&rows[i]) {
					return
				}
			}
			if len(rows) < exportRows {
				return
			}
		}
	}
}

// cells returns a row in the order of columns.
func (h *Handler) cells(one *store.Batch, r *store.BatchRow, c ui.Clock) []string {
	v := h.row(one, r, c)
	var changes []string
	for _, f := range v.Changes {
		text := f.After
		if f.Before != "" {
			text = f.Before + " → " + f.After
		}
		if f.Label != "" {
			text = f.Label + ": " + text
		}
		changes = append(changes, text)
	}
	url := v.Host
	if one.Kind != create.Name {
		if p, ok := h.c.Fleet.Snapshot().PBX(r.Target.CloudPBXID); ok {
			url = hostOf(p)
		}
	}
	request := ""
	if r.Outcome != nil {
		request = r.Outcome.Answer.RequestID
	}
	return []string{
		v.N, v.Line, v.PBXID, v.Name, url, v.State, ui.Plain(v.Number), strings.Join(changes, "; "),
		strings.Join(v.Texts, " "), request,
	}
}

func newCSV(w http.ResponseWriter) (add func([]string) error, end func() error, err error) {
	out, err := export.NewCSV(w, columns)
	if err != nil {
		return nil, nil, err
	}
	return out.Write, out.Flush, nil
}

func newXLSX(w http.ResponseWriter) (add func([]string) error, end func() error, err error) {
	book := export.NewWorkbook(w)
	book.Sheet("Batch", columns...)
	add = func(cells []string) error {
		row := make([]any, len(cells))
		for i, text := range cells {
			row[i] = text
			if n, err := strconv.ParseInt(text, 10, 64); err == nil && (columns[i] == "row" || columns[i] == "line") {
				row[i] = n
			}
		}
		book.Add(row...)
		return book.Err
	}
	return add, book.Close, book.Err
}
