package renewals

import (
	"errors"
	"iter"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/export"
	"cordboard/store"
	"cordboard/views/ui"
)

// header has the columns of the export: first the date that counts, and then the PBX.
var header = slices.Concat(
	[]string{"bucket", "day", "zone", "date", "at"},
	exported,
	[]string{"notUnderstood"},
)

// exported are the columns about the PBX itself.
var exported = []string{
	"cloudPbxId", "name", "url", "type", "plan", "group", "pbxStatus", "customer", "contact", "owner", "renewal", "next",
	"nextOn", "note",
}

// Export returns a handler that exports the PBXs of the query, on all pages, as csv or xlsx. Without a filter, it also
// exports the subscription's own dates.
func (h *Handler) Export(format string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		values, _ := url.ParseQuery(r.URL.RawQuery)
		for _, key := range []string{"page", "per"} {
			values.Del(key)
		}
		q, ignored := parse(values, web.UserFrom(r.Context()))
		_, left := h.c.QueryWords(q.Query, nil)
		ignored = append(ignored, left...)
		c, fresh := h.site.Clock(r), h.c.Fleet.Freshness()
		rows := h.exportRows(q, c)
		n := 0
		for range rows {
			n++
		}
		if err := h.site.RecordExport(r, store.Event{
			Action: "expiries.export", Target: format, TargetName: h.words(q, c),
			Notes: append([]store.Note{store.NewNote(store.NoteRows, n)}, store.Messages(ignored...)...),
		}); err != nil {
			return err
		}
		e := web.Export{AsOf: fresh.At, State: string(fresh.State), Ignored: ignored}
		write, contentType := writeCSV, web.CSVType
		if format == "xlsx" {
			write, contentType = writeXLSX, web.XLSXType
		}
		e.Head(w, "expiries", format, contentType)
		if r.Method == http.MethodHead {
			return nil
		}
		n, err := write(w, r, rows)
		return h.site.ExportEnded(r, n, err)
	}
}

func writeCSV(w http.ResponseWriter, r *http.Request, rows iter.Seq[[]any]) (int, error) {
	out, err := export.NewCSV(w, header)
	if err != nil {
		return 0, err
	}
	record := make([]string, len(header))
	n, err := web.StreamRows(w, r, rows, nil, func(row []any) error {
		for i, v := range row {
			switch v := v.(type) {
			case time.Time:
				record[i] = export.ExportedTime(v.Unix())
			case export.Day:
				record[i] = string(v)
			default:
				record[i], _ = v.(string)
			}
		}
		return out.Write(record)
	})
	return n, errors.Join(err, out.Flush())
}

func writeXLSX(w http.ResponseWriter, r *http.Request, rows iter.Seq[[]any]) (int, error) {
	book := export.NewWorkbook(w)
	book.Sheet("Renewals", header...)
	n, err := web.StreamRows(w, r, rows, nil, func(row []any) error {
		book.Add(row...)
		return book.Err
	})
	return n, errors.Join(err, book.Close())
}

// exportRows returns the rows of the export: texts, days and times.
func (h *Handler) exportRows(q query, c ui.Clock) iter.Seq[[]any] {
	today := fleet.Day(c.Now.Unix(), c.Zone)
	var owed []display.SubscriptionDate
	if !q.filtered() && q.Sort == usualSort {
		owed = display.SubscriptionDates(h.c.Readings.Subscription())
	}
	dated := func(at int64, field string) []any {
		day := fleet.Day(at, c.Zone)
		bucket := list.Buckets[list.BucketOf(day-today)].Key
		return []any{bucket, export.Day(fleet.DayDate(day)), c.Zone.String(), field, exportedTime(at)}
	}
	return func(yield func([]any) bool) {
		left := owed
		before := func(at int64) bool { // yields the subscription's remaining dates up to at
			for len(left) > 0 && left[0].At <= at {
				row := append(dated(left[0].At, left[0].Field), "", left[0].Name)
				for len(row) < len(header) {
					row = append(row, "")
				}
				if !yield(row) {
					return false
				}
				left = left[1:]
			}
			return true
		}
		for p := range h.c.Fleet.Index().All(q.search(c), c.Now, c.Zone) {
			at, row, both := dateOf(p, dated)
			if !before(at) {
				return
			}
			for _, name := range exported {
				row = append(row, exportedValue(p, name))
			}
			if !yield(append(row, both)) {
				return
			}
		}
		before(math.MaxInt64)
	}
}

// exportedTime returns a time, or YCM's number if it isn't a time that exports can show.
func exportedTime(at int64) any {
	if !fleet.IsDate(at) {
		return strconv.FormatInt(at, 10)
	}
	return time.Unix(at, 0).UTC()
}

// exportedValue returns a column about a PBX: the owner's name, the day of the next step, or what YCM reports.
func exportedValue(p *fleet.PBX, name string) any {
	switch name {
	case "owner":
		return p.Desk().Owner.Name
	case "nextOn":
		return export.Day(p.Desk().Renewal.NextOn)
	}
	return export.Exported(p, name)
}

// dateOf returns the time at which a PBX expires and the first columns of its row. The time is math.MaxInt64 if the PBX
// has no valid date. The result named both describes the PBX's malformed date if it also has a valid one; otherwise, it
// is empty.
func dateOf(p *fleet.PBX, dated func(at int64, field string) []any) (at int64, row []any, both string) {
	at, field := p.Expires()
	malformed, raw := p.MalformedDate()
	switch {
	case at != fleet.Absent && malformed != fleet.NoField:
		return at, dated(at, field.Name()), malformed.Name() + ": " + raw
	case at != fleet.Absent:
		return at, dated(at, field.Name()), ""
	case malformed != fleet.NoField:
		return math.MaxInt64, []any{list.NotUnderstood, "", "", malformed.Name(), raw}, ""
	}
	return math.MaxInt64, []any{list.None, "", "", "", ""}, ""
}
