package handlers

import (
	"cordboard/store"
	"cordboard/views"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// AuditRecord is an event as exports have it, here and by `cordboard audit export`: times RFC 3339 in UTC.
type AuditRecord struct {
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

// NewAuditRecord makes one.
func NewAuditRecord(e store.Event) AuditRecord {
	r := AuditRecord{
		e.Seq, exportedTime(e.At.Unix()), e.Actor.ID, e.Actor.Email, e.Actor.Name, e.Actor.Role, e.Actor.Address, e.Actor.Session, e.Action, e.Target, e.TargetName,
		e.Outcome, e.Detail, e.Actor.Reason, e.Changes, e.YCMRequestID, e.Actor.RequestID, e.Hash,
	}
	if r.Changes == nil {
		r.Changes = []store.Change{}
	}
	return r
}

// AuditHeader are the columns of the CSV.
var AuditHeader = []string{"seq", "at", "actorId", "actorEmail", "actorName", "actorRole", "address", "session", "action", "target", "targetName", "outcome", "detail", "reason", "changes", "requestId", "ourRequestId", "hash"}

// CSV is the record's row.
func (r AuditRecord) CSV() []string {
	changes := ""
	if len(r.Changes) > 0 {
		b, err := json.Marshal(r.Changes)
		if err != nil {
			panic(err) // texts always have a JSON
		}
		changes = string(b)
	}
	row := []string{strconv.FormatInt(r.Seq, 10), r.At, strconv.FormatInt(r.ActorID, 10), r.ActorEmail, r.ActorName, r.ActorRole, r.Address, r.Session, r.Action, r.Target, r.TargetName, r.Outcome, r.Detail, r.Reason, changes, r.YCMRequestID, r.RequestID, r.Hash}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row
}

// exportAudit streams what the search finds, oldest first, up to the row that records the export: the head of the chain, which the file's name
// and a header name, and JSON Lines begin with.
func (s *Server) exportAudit(format string) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		values, _ := url.ParseQuery(r.URL.RawQuery)
		search := parseAuditSearch(values.Get("q"), s.clock(r).Zone)
		found, err := s.store.AuditEvents(r.Context(), 1, 1, search.query)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		what := search.text
		if what == "" {
			what = "all events"
		}
		if err := s.recordExport(r, store.Event{Action: "audit.export", Target: format, TargetName: what, Detail: views.Count(found.Total, "event", "events")}); err != nil {
			return err
		}
		head, err := s.store.AuditHead(r.Context())
		if err != nil {
			return fmt.Errorf("read the audit log's head: %w", err)
		}
		h := w.Header()
		h.Set("Content-Type", map[string]string{"csv": csvType, "jsonl": "application/jsonl; charset=utf-8"}[format])
		h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="audit-%s-head-%d-%.12s.%s"`, s.now().UTC().Format("20060102T150405Z"), head.Seq, head.Hash, format))
		h.Set("Cordboard-Audit-Head", fmt.Sprintf("%d %s", head.Seq, head.Hash))
		if r.Method == http.MethodHead {
			return nil
		}
		n, err := s.writeAudit(w, r, format, search.query, head)
		return s.exportEnded(r, n, err)
	}
}

func (s *Server) writeAudit(w http.ResponseWriter, r *http.Request, format string, q store.AuditQuery, head store.Head) (n int, err error) {
	lines, rows := json.NewEncoder(w), csv.NewWriter(w)
	rows.UseCRLF = true
	write := func(a AuditRecord) error { return rows.Write(a.CSV()) }
	if format == "jsonl" {
		lines.SetEscapeHTML(false)
		write = func(a AuditRecord) error { return lines.Encode(a) }
		err = lines.Encode(map[string]any{"head": head, "exported": exportedTime(s.now().Unix())})
	} else {
		err = rows.Write(AuditHeader)
	}
	stream := http.NewResponseController(w)
	if err == nil {
		err = s.store.EachAuditEvent(r.Context(), q, head.Seq, func(e store.Event) error {
			if n%500 == 0 {
				if err := patient(stream); err != nil {
					return err
				}
			}
			n++
			return write(NewAuditRecord(e))
		})
	}
	rows.Flush()
	return n, errors.Join(err, rows.Error())
}
