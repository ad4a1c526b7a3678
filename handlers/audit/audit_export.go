package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"cordboard/handlers/web"
	"cordboard/handlers/web/export"
	"cordboard/store"
)

// auditRecord is an event in the form that exports use. At is in RFC 3339 format, in UTC.
type auditRecord struct {
	Seq          int64          `json:"seq"`
	At           string         `json:"at"`
	ActorID      int64          `json:"actorId"`
	ActorEmail   string         `json:"actorEmail"`
	ActorName    string         `json:"actorName"`
	ActorRole    string         `json:"actorRole"`
	Address      string         `json:"address"`
	Session      string         `json:"session"`
	Action       string         `json:"action"`
	Target       string         `json:"target"`
	TargetName   string         `json:"targetName"`
	Outcome      string         `json:"outcome"`
	Detail       string         `json:"detail"`
	Reason       string         `json:"reason"`
	Changes      []store.Change `json:"changes"`
	YCMRequestID string         `json:"requestId"`
	RequestID    string         `json:"ourRequestId"`
	Hash         string         `json:"hash"`
}

func newAuditRecord(e store.Event) auditRecord {
	r := auditRecord{
		e.Seq,
		export.ExportedTime(e.At.Unix()),
		e.Actor.ID,
		e.Actor.Email,
		e.Actor.Name,
		e.Actor.Role,
		e.Actor.Address,
		e.Actor.Session,
		e.Action,
		e.Target,
		e.TargetName,
		e.Outcome,
		e.Detail(),
		e.Actor.Reason,
		e.Changes,
		e.YCMRequestID,
		e.Actor.RequestID,
		e.Hash,
	}
	if r.Changes == nil {
		r.Changes = []store.Change{}
	}
	return r
}

// auditHeader lists the columns of the CSV export.
var auditHeader = []string{
	"seq",
	"at",
	"actorId",
	"actorEmail",
	"actorName",
	"actorRole",
	"address",
	"session",
	"action",
	"target",
	"targetName",
	"outcome",
	"detail",
	"reason",
	"changes",
	"requestId",
	"ourRequestId",
	"hash",
}

// csv returns the record as a CSV row, in the order of auditHeader.
func (r auditRecord) csv() []string {
	changes := ""
	if len(r.Changes) > 0 {
		b, err := json.Marshal(r.Changes)
		if err != nil {
			panic(err) // strings can always be marshaled
		}
		changes = string(b)
	}
	return []string{
		strconv.FormatInt(r.Seq, 10),
		r.At,
		strconv.FormatInt(r.ActorID, 10),
		r.ActorEmail,
		r.ActorName,
		r.ActorRole,
		r.Address,
		r.Session,
		r.Action,
		r.Target,
		r.TargetName,
		r.Outcome,
		r.Detail,
		r.Reason,
		changes,
		r.YCMRequestID,
		r.RequestID,
		r.Hash,
	}
}

// ExportAudit returns a handler that streams the events that the search finds, oldest first. Before streaming, the
// handler adds an entry for the export to the log and reads the chain's head. The file name, a response header and the
// first line of a JSON Lines export identify that head.
func (h *Handler) ExportAudit(format string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		values, _ := url.ParseQuery(r.URL.RawQuery)
		search := parseAuditSearch(values.Get("q"), h.site.Clock(r).Zone)
		found, err := h.log.AuditEvents(r.Context(), 1, 1, search.query)
		if err != nil && !errors.Is(err, store.ErrSlowSearch) { // the export can do without the exact count
			return fmt.Errorf("read audit log: %w", err)
		}
		what := search.text
		if what == "" {
			what = "all entries"
		}
		if err := h.site.RecordExport(
			r,
			store.Event{
				Action: "audit.export", Target: format, TargetName: what,
				Notes: append([]store.Note{countNote(found)}, store.Messages(search.ignored...)...),
			},
		); err != nil {
			return err
		}
		head, err := h.log.AuditHead(r.Context())
		if err != nil {
			return fmt.Errorf("read latest audit hash: %w", err)
		}
		header := w.Header()
		header.Set(
			"Content-Type",
			map[string]string{"csv": web.CSVType, "jsonl": "application/jsonl; charset=utf-8"}[format],
		)
		header.Set(
			"Content-Disposition",
			fmt.Sprintf(
				`attachment; filename="audit-%s-head-%d-%.12s%s.%s"`,
				h.site.Now().UTC().Format("20060102T150405Z"),
				head.Seq,
				head.Hash,
				web.MarkIgnored(header, search.ignored),
				format,
			),
		)
		header.Set("Cordboard-Audit-Head", fmt.Sprintf("%d %s", head.Seq, head.Hash))
		if r.Method == http.MethodHead {
			return nil
		}
		n, err := h.writeAudit(w, r, format, search, head)
		return h.site.ExportEnded(r, n, err)
	}
}

func (h *Handler) writeAudit(
	w http.ResponseWriter,
	r *http.Request,
	format string,
	search auditSearch,
	head store.Head,
) (n int, err error) {
	first := map[string]any{"head": head, "exported": export.ExportedTime(h.site.Now().Unix())}
	if len(search.ignored) > 0 {
		first["ignored"] = search.ignored
	}
	out, err := NewWriter(w, format, first)
	stream := http.NewResponseController(w)
	if err == nil {
		err = h.log.EachAuditEvent(r.Context(), search.query, head.Seq, func(e store.Event) error {
			if n%500 == 0 {
				if err := web.Patient(stream); err != nil {
					return err
				}
			}
			n++
			return out.Write(e)
		})
	}
	return n, errors.Join(err, out.Flush())
}

// Writer writes events as CSV or JSON Lines.
type Writer struct {
	rows  *export.CSVWriter // nil for JSON Lines
	lines *json.Encoder
}

// NewWriter writes the first line of an export and returns a Writer for the events. In CSV, the first line is the
// header. In JSON Lines, it is the JSON of first, which contains data such as the chain's head.
func NewWriter(w io.Writer, format string, first map[string]any) (*Writer, error) {
	if format == "jsonl" {
		out := &Writer{lines: json.NewEncoder(w)}
		out.lines.SetEscapeHTML(false)
		return out, out.lines.Encode(first)
	}
	rows, err := export.NewCSV(w, auditHeader)
	return &Writer{rows: rows}, err
}

// Write writes an event.
func (w *Writer) Write(e store.Event) error {
	if w.rows == nil {
		return w.lines.Encode(newAuditRecord(e))
	}
	return w.rows.Write(newAuditRecord(e).csv())
}

// Flush writes buffered rows.
func (w *Writer) Flush() error {
	if w.rows == nil {
		return nil
	}
	return w.rows.Flush()
}
