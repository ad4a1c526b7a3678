package audit

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/export"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/audit"
	"cordboard/views/ui"
)

const auditPerPage = 50

// operatorsSee lists the kinds of objects whose events operators may read. Admins may read all events.
var operatorsSee = []string{
	"pbx", "pbxs", "creation", "operation", "batch", "customer", "customers", "note", "task", "renewal", "owner",
	"attention",
}

// scopeOf limits a search to the events that the user is allowed to see.
func scopeOf(r *http.Request, q store.AuditQuery) store.AuditQuery {
	if web.UserFrom(r.Context()).Role != store.RoleAdmin {
		q.Objects = operatorsSee
	}
	return q
}

// List shows one page of the log entries that match the search.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	values, _ := url.ParseQuery(r.URL.RawQuery)
	page, c := lists.PageAsked(values), h.site.Clock(r)
	search := parseAuditSearch(values.Get("q"), c.Zone)
	end, ok := h.heavy.Begin(r.Context(), web.UserFrom(r.Context()).ID)
	if !ok {
		return web.ErrSearching
	}
	defer end()
	log, err := h.log.AuditEvents(r.Context(), page, auditPerPage, scopeOf(r, search.query))
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	last := lists.LastPage(log.Total, auditPerPage)
	if page > last {
		web.Redirect(w, r, ui.AuditPageURL(search.text, last))
		return nil
	}
	admin := web.UserFrom(r.Context()).Role == store.RoleAdmin
	m := views.Page{
		Fresh:   h.site.Freshness(c),
		Scope:   "Every action and who took it, including failed attempts. Entries are kept forever.",
		Search:  search.text,
		Chips:   search.chips(),
		Ignored: search.ignored,
		Count:   eventCount(log),
		Zone:    c.Zone.String(),
		Proof:   h.proofWords(c),
		Pager: lists.Pages(
			page,
			last,
			auditPerPage,
			int(log.Total),
			func(n int) string { return ui.AuditPageURL(search.text, n) },
		),
	}
	if !admin {
		m.Scope = "Entries about PBXs, customers, renewals, operations and batches. Admins see the whole log."
	} else {
		m.Exports = []ui.Link{
			{Label: "CSV", URL: exportURL("/audit.csv", search.text)},
			{Label: "JSON Lines", URL: exportURL("/audit.jsonl", search.text)},
		}
	}
	m.Outcomes = outcomeLinks(log, search)
	m.Rows = foldedRows(log.Events, c, admin)
	title := lists.Title("Audit log", lists.Quoted(search.text))
	return h.site.Render(w, r, http.StatusOK, title, views.AuditLog(m), views.AuditLog(m))
}

// outcomeLinks returns links to the entries with an outcome other than the usual ones, with their numbers.
func outcomeLinks(log store.AuditPage, search auditSearch) (links []ui.Link) {
	for _, outcome := range outcomes {
		n := log.Outcomes[outcome]
		if n == 0 || outcome == store.OutcomeDone || outcome == store.OutcomeAsked {
			continue
		}
		word := ui.OutcomeBadge(outcome).Word
		if outcome == store.OutcomeRefused { // these have two badges
			word = "Refused or sent back"
		}
		links = append(links, ui.Link{Label: word + " " + ui.Number(n), URL: ui.AuditSearchURL(search.withOutcome(outcome))})
	}
	return links
}

// eventCount returns the number of events that a search finds, as text.
func eventCount(p store.AuditPage) string {
	return countNote(p).String()
}

// countNote returns the number of events that a search finds, as a note for the log.
func countNote(p store.AuditPage) store.Note {
	if p.More {
		return store.NewNote(store.NoteEntriesAtLeast, p.Total)
	}
	return store.NewNote(store.NoteEntries, p.Total)
}

func exportURL(path, search string) string {
	if search == "" {
		return path
	}
	return path + "?" + url.Values{"q": {search}}.Encode()
}

// foldedRows returns the rows of a page. Entries about one operation are one row: the newest entry, with the earlier
// ones of the page in it. So are the mistakes in forms that a person made one after the other.
func foldedRows(events []store.Event, c ui.Clock, admin bool) (rows []views.Entries) {
	first := map[string]int{} // by the operation's number
	for i := range events {
		row, operation := auditRow(events[i], c, admin), display.OperationOf(&events[i])
		if n, known := first[operation]; known && operation != "" {
			rows[n].Earlier = append(rows[n].Earlier, row)
			continue
		}
		if i > 0 && isMistake(&events[i]) && isMistake(&events[i-1]) && events[i].Actor.ID == events[i-1].Actor.ID {
			last := &rows[len(rows)-1]
			last.Earlier = append(last.Earlier, row)
			continue
		}
		first[operation] = len(rows)
		rows = append(rows, views.Entries{Row: row})
	}
	return rows
}

// isMistake reports whether nothing came of a form because its fields were wrong, or because it had warnings that the
// user hadn't seen yet.
func isMistake(e *store.Event) bool {
	return e.Outcome == store.OutcomeRefused && len(e.Notes) > 0 && !slices.ContainsFunc(e.Notes, func(n store.Note) bool {
		return n.Code != store.NoteFormProblem && n.Code != store.NoteWarningsPending && n.Code != store.NoteOmitted
	})
}

// outcomeBadge returns the badge of an entry's outcome. Mistakes in forms aren't as red as what YCM refused.
func outcomeBadge(e *store.Event) ui.Badge {
	if isMistake(e) {
		return ui.Badge{Class: "badge-outline", Icon: "pencil", Word: "Form sent back"}
	}
	return ui.OutcomeBadge(e.Outcome)
}

func auditRow(e store.Event, c ui.Clock, admin bool) views.Row {
	who := cmp.Or(e.Actor.Name, e.Actor.Email, nobody)
	row := views.Row{
		Seq: ui.Number(e.Seq),
		At:  c.SecondOf(e.At),
		EntryActor: views.EntryActor{
			Actor:    who,
			Address:  e.Actor.Address,
			Session:  e.Actor.Session,
			Role:     e.Actor.Role,
			Email:    e.Actor.Email,
			ActorURL: ui.AuditSearchURL("actor:" + quoted(cmp.Or(e.Actor.Email, who))),
		},
		EntryAction: views.EntryAction{
			Action:    e.Action,
			Target:    e.TargetName,
			Detail:    e.Detail(),
			Outcome:   e.Outcome,
			Badge:     outcomeBadge(&e),
			Reason:    e.Actor.Reason,
			TargetURL: targetURL(e, admin),
		},
		RequestID: e.YCMRequestID,
		OurID:     e.Actor.RequestID,
		Hash:      e.Hash,
		Copy:      eventText(e),
	}
	if admin && e.Actor.ID > 0 {
		row.PersonURL = ui.MemberURL(e.Actor.ID)
	}
	if row.Target == "" {
		row.Target = e.Target
	}
	for _, ch := range e.Changes {
		row.Changes = append(row.Changes, views.ChangeRow{Field: ch.Field, Before: ch.Before, After: ch.After})
	}
	return row
}

func quoted(word string) string {
	if strings.ContainsAny(word, " \t") {
		return `"` + word + `"`
	}
	return word
}

// targetURL returns the URL of the page about an event's target, or "" if there is none.
func targetURL(e store.Event, admin bool) string {
	object, _, _ := strings.Cut(e.Action, ".")
	id, err := strconv.ParseInt(e.Target, 10, 64)
	switch {
	case e.Target == "" || strings.HasPrefix(e.Target, "/"):
		return ""
	case object == "pbx" || e.Action == "creation.settle":
		if err == nil && id > 0 {
			return ui.PBXURL(id)
		}
		return ui.OperationURL(e.Target)
	case object == "task" && err == nil && id > 0:
		return ui.PBXURL(id)
	case object == "customer" && err == nil && id > 0:
		return ui.CustomerURL(id)
	case object == "customer":
		return ui.OperationURL(e.Target)
	case object == "creation":
		return ui.OperationURL(e.Target)
	case admin && err == nil && (object == "user" || object == "session" || object == "factor" || object == "account"):
		return ui.MemberURL(id)
	}
	return ""
}

// eventText returns an event as a few lines of text for a support request. It omits the hash, which is useful only
// within Cordboard.
func eventText(e store.Event) string {
	lines := []string{
		fmt.Sprintf("No. %d, %s", e.Seq, export.ExportedTime(e.At.Unix())),
		e.Action + ": " + e.Outcome,
		"Target: " + strings.TrimSpace(e.TargetName+" "+e.Target),
		"By: " + strings.TrimSpace(e.Actor.Name+" <"+e.Actor.Email+">"),
	}
	for _, fact := range [][2]string{
		{"Detail", e.Detail()},
		{"Reason", e.Actor.Reason},
		{"YCM requestId", e.YCMRequestID},
		{"Reference", e.Actor.RequestID},
	} {
		if fact[1] != "" {
			lines = append(lines, fact[0]+": "+fact[1])
		}
	}
	for _, c := range e.Changes {
		lines = append(lines, fmt.Sprintf("%s: %q -> %q", c.Field, c.Before, c.After))
	}
	return strings.Join(lines, "\n")
}
