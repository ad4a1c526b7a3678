package batches

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/imports"
	"cordboard/fleet/list"
	"cordboard/fleet/operations/create"
	"cordboard/fleet/sheet"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/export"
	"cordboard/store"
	"cordboard/views/ui"
)

// columnFields returns a select for each column of a file, with the first cell as an example.
func columnFields(d *store.Draft, table *sheet.Table) (all []ui.FormField) {
	for i, header := range table.Header {
		f := ui.FormField{
			Name: fmt.Sprintf("column-%d", i), Label: cmp.Or(list.Shorten(header), fmt.Sprintf("Column %d", i+1)),
			Input: ui.Input{Type: "select", Options: []ui.Choice{{Label: "Ignore"}}},
		}
		for _, row := range table.Rows {
			if cell := row.Cell(i); cell != "" {
				field := ""
				if i < len(d.Choices.Columns) {
					field = d.Choices.Columns[i]
				}
				f.Hint = "Such as " + list.Shorten(imports.Text(cell, field, table))
				break
			}
		}
		for _, field := range imports.Fields() {
			f.Options = append(f.Options, ui.Choice{
				Value: field, Label: fieldLabel(field), Selected: i < len(d.Choices.Columns) && d.Choices.Columns[i] == field,
			})
		}
		all = append(all, f)
	}
	return all
}

// fieldLabel returns the label of the field of a column.
func fieldLabel(field string) string {
	if field == imports.Host {
		return "Host name"
	}
	return cmp.Or(display.FormLabels[field], field)
}

// Errors sends the file with a column that has the errors of each line.
func (h *Imports) Errors(w http.ResponseWriter, r *http.Request) error {
	d, table, err := h.stored(r)
	if err != nil {
		return err
	}
	result, err := h.result(r, &d, &table)
	if err != nil {
		return err
	}
	texts := map[int][]string{}
	first := 0
	if len(table.Rows) > 0 {
		first = table.Rows[0].Line
	}
	for _, p := range result.Problems {
		if p.Line == table.Line { // the header, which can't have a cell of its own for its errors
			p.Line = first
		}
		texts[p.Line] = append(texts[p.Line], p.Header+": "+display.Finding(p.Finding))
	}
	if err := h.site.RecordExport(r, store.Event{
		Action: "batch.export", Target: "csv", TargetName: d.Name,
		Notes: []store.Note{store.NewNote(store.NoteExport, "csv", len(table.Rows), "")},
	}); err != nil {
		return err
	}
	columns := slices.Clone(table.Header)
	for _, row := range table.Rows { // some may have more cells than the header
		columns = append(columns, make([]string, max(0, len(row.Cells)-len(columns)))...)
	}
	at := slices.Index(columns, imports.ErrorColumn) // of a file that had errors before
	if at < 0 {
		at, columns = len(columns), append(columns, imports.ErrorColumn)
	}
	e := web.Export{Columns: columns, AsOf: h.site.Clock(r).Now}
	e.Head(w, "import-errors", "csv", web.CSVType)
	if r.Method == http.MethodHead {
		return nil
	}
	separator := ','
	if s := table.Format.Separator; s == ";" || s == "\t" { // Excel expects the one of its language
		separator = rune(s[0])
	}
	out, err := export.NewSeparated(w, separator, columns)
	if err != nil {
		return err
	}
	n := 0
	for ; err == nil && n < len(table.Rows); n++ {
		cells := cellsOf(&table, table.Rows[n], d.Choices.Columns, len(columns))
		cells[at] = strings.Join(texts[table.Rows[n].Line], " ")
		err = out.Write(cells)
	}
	return h.site.ExportEnded(r, n, errors.Join(err, out.Flush()))
}

// cellsOf returns the cells of a row as a CSV file with a number of columns has them. Cells that aren't values are
// empty: the errors say what was there, and in a CSV file it would be a value.
func cellsOf(table *sheet.Table, row sheet.Row, fields imports.Columns, columns int) []string {
	cells := make([]string, columns)
	copy(cells, row.Cells)
	for i, field := range fields[:min(len(fields), columns)] {
		cells[i] = imports.Text(cells[i], field, table)
	}
	for _, i := range row.Failed {
		cells[i] = ""
	}
	return cells
}

// Sample returns a handler that sends a sample file with one line, which has options of the account.
func (h *Imports) Sample(format string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		fields := imports.Fields()
		cells := h.sample()
		line := make([]string, len(fields))
		row, header := make([]any, len(fields)), make([]any, len(fields))
		for i, field := range fields {
			line[i], row[i], header[i] = cells[field], cells[field], field
			if n, err := strconv.ParseInt(cells[field], 10, 64); err == nil {
				row[i] = n
			}
		}
		e := web.Export{Columns: fields, AsOf: h.site.Clock(r).Now}
		if format == "xlsx" {
			e.Head(w, "import-sample", format, web.XLSXType)
			book := export.NewWorkbook(w)
			book.Sheet("PBXs")
			book.Add(header...)
			book.Add(row...)
			return errors.Join(book.Err, book.Close())
		}
		e.Head(w, "import-sample", format, web.CSVType)
		out, err := export.NewCSV(w, fields)
		if err != nil {
			return err
		}
		return errors.Join(out.Write(line), out.Flush())
	}
}

// sample returns the cells of an example, with the names of options.
func (h *Imports) sample() map[string]string {
	form := h.c.Rules.Defaults()
	h.c.Rules.Complete(form)
	form.Set("name", "Example Dental")
	form.Set("subDomain", "example-dental")
	cells := map[string]string{}
	for _, field := range imports.Fields() {
		cells[field] = form.Get(field)
		kind, isOption := create.OptionKindOf(field)
		if !isOption {
			continue
		}
		options := h.c.Rules.Options(kind)
		id, _ := strconv.ParseInt(cells[field], 10, 64)
		known, ok := options.ByID(id)
		if kind == fleet.Customers && len(options.All) > 0 {
			known, ok = options.All[0], true
			known.Name = strconv.FormatInt(known.ID, 10) // several customers may have the same name
		}
		if ok {
			cells[field] = known.Name
		}
	}
	return cells
}
