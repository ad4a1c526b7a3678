package operations

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/handlers/web"
	"cordboard/store"
	views "cordboard/views/operations"
	"cordboard/views/ui"
)

// operationTab is a tab of the list of operations. It shows the operations in states; nil means all.
type operationTab struct {
	key, label string
	states     []store.OperationState
}

var operationTabs = []operationTab{
	{"", "All", nil},
	{"open", "Open", []store.OperationState{store.StateSubmitted, store.StateUnknown}},
	{"done", "Done", []store.OperationState{store.StateDone}},
	{"failed", "Not done", []store.OperationState{store.StateRefused, store.StateNotSent, store.StateNotDone}},
}

// ListOperations shows a page of the operations of a tab.
func (s *Handler) ListOperations(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	state := query.Get("state")
	if state == "created" { // in bookmarks of the time when creating a PBX was the only operation
		state = "done"
	}
	tab := max(0, slices.IndexFunc(operationTabs, func(t operationTab) bool { return t.key == state }))
	page := web.PageAsked(query)
	at := func(n int) string { return web.OperationsURL(operationTabs[tab].key, n) }
	snapshot := s.OperationsSnapshot()
	found, err := s.Operations.List(r.Context(), page, web.OperationsPerPage, operationTabs[tab].states...)
	if err != nil {
		return err
	}
	last := web.LastPage(found.Total, web.OperationsPerPage)
	if page > last {
		web.Redirect(w, r, at(last))
		return nil
	}
	c := s.Clock(r)
	m := views.Page{Snapshot: snapshot, Pager: web.Pages(page, last, web.OperationsPerPage, int(found.Total), at)}
	for i, t := range operationTabs {
		m.Tabs = append(m.Tabs, ui.Tab{Label: t.label, URL: web.OperationsURL(t.key, 1), Current: i == tab})
	}
	for i := range found.Operations {
		m.Rows = append(m.Rows, s.operationRow(&found.Operations[i], c))
	}
	return s.Render(w, r, http.StatusOK, "Operations", views.Operations(m), views.Operations(m))
}

func (s *Handler) operationRow(o *store.Operation, clock ui.Clock) views.OperationRow {
	row := views.OperationRow{
		URL:    ui.OperationURL(o.ID),
		Number: ui.Number(o.Number),
		Kind:   o.Kind,
		State:  string(o.State),
		Host:   o.Target.Name,
		Badge:  ui.OperationBadge(o.Kind, string(o.State)),
		Name:   web.OperationName(o),
		At:     clock.DateTime(o.Times.SubmittedAt),
		Ago:    longAgo(o.Times.SubmittedAt, clock),
		By:     o.By.Name,
		Size:   sizeWords(o),
	}
	if o.Target.CloudPBXID != 0 {
		row.PBXID = strconv.FormatInt(o.Target.CloudPBXID, 10)
		if p, ok := s.Mirror.Snapshot().PBX(o.Target.CloudPBXID); ok {
			row.PBX = &ui.Link{
				Label: ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus)).Word,
				URL:   ui.PBXURL(o.Target.CloudPBXID),
			}
			if p.IsGone() {
				row.PBX.Label = "Removed"
			}
		}
	}
	return row
}

// longAgo returns how long ago at was, or "" within the last hour, when the text would be wrong before long.
func longAgo(at time.Time, clock ui.Clock) string {
	if clock.Now.Sub(at) < time.Hour {
		return ""
	}
	return clock.Ago(at)
}

func sizeWords(o *store.Operation) string {
	body, err := operations.CreateBody(o)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(
		"%s, %s, %s min",
		ui.Count(body.ExtensionCapacity, "extension", "extensions"),
		ui.Count(body.ConcurrentCallCapacity, "call", "calls"),
		ui.Number(body.RecordingCapacity),
	)
}

// ShowOperation shows one operation with its outcome.
func (s *Handler) ShowOperation(w http.ResponseWriter, r *http.Request) error {
	snapshot := s.OperationsSnapshot() // taken before the read, so that a change in between triggers an update
	o, err := s.Operations.Operation(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	m := s.operationPage(&o, s.Clock(r))
	m.Snapshot = snapshot
	return s.Render(w, r, http.StatusOK, "Creation of "+m.Name, views.Operation(m), views.Operation(m))
}

// Moved redirects an address of the time when operations were called creations.
func Moved(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	to := web.OperationsURL(web.FirstRunes(query.Get("state"), 20), web.PageAsked(query))
	if id := chi.URLParam(r, "id"); id != "" {
		to = ui.OperationURL(id)
		if r.Method == http.MethodPost {
			to += "/check"
		}
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusPermanentRedirect)
	return nil
}

// CheckNow checks YCM once more for an operation whose outcome is unknown.
func (s *Handler) CheckNow(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	err := s.Operations.ReconcileNow(r.Context(), id)
	var upstream *operations.UpstreamError
	switch {
	case errors.As(err, &upstream):
		title, _ := web.ProblemWords(upstream.Problem, s.Config.YCMHost)
		return &web.HTTPError{
			ErrorAnswer: web.ErrorAnswer{
				Status: web.UpstreamStatus(upstream),
				Title:  title,
				Text: "It is still unknown whether the PBX was created. Nothing was changed. Cordboard keeps checking " +
					"automatically.",
			},
			Err: err,
		}
	case errors.Is(err, operations.ErrFinal): // resolved in the meantime; the page shows the outcome
	case err != nil:
		return err
	}
	web.Redirect(w, r, ui.OperationURL(id))
	return nil
}

func (s *Handler) operationPage(o *store.Operation, clock ui.Clock) views.OperationPage {
	m := views.OperationPage{
		ID:       o.ID,
		Number:   ui.Number(o.Number),
		Kind:     o.Kind,
		State:    string(o.State),
		Name:     web.OperationName(o),
		Badge:    ui.OperationBadge(o.Kind, string(o.State)),
		Body:     web.Indent(o.Request.Body),
		Warnings: o.Request.Warnings,
		Open:     o.IsOpen(),
		CanCheck: o.State == store.StateUnknown || o.State == store.StateNotDone,
	}
	var p *fleet.PBX
	if o.Target.CloudPBXID != 0 {
		m.PBXID = strconv.FormatInt(o.Target.CloudPBXID, 10)
		p, _ = s.Mirror.Snapshot().PBX(o.Target.CloudPBXID)
	}
	if p != nil && !p.IsGone() && p.Text(fleet.FieldStatus) != "Running" {
		m.Open = true
	}
	m.Steps = operationSteps(o, p)
	m.Text = s.operationText(o, p, clock)
	if o.State == store.StateRefused {
		m.Refusal = refusal(o)
	}
	m.Facts = operationFacts(o, p, clock)
	m.Sent = sentFacts(o, clock)
	m.Main, m.Again = operationLinks(o, p)
	m.Copy, m.AuditURL = supportText(o), ui.AuditSearchURL("target:"+o.Target.Name)
	return m
}

// operationSteps returns the steps of an operation and marks the current one.
func operationSteps(o *store.Operation, p *fleet.PBX) []views.OperationStep {
	done := func(label string) views.OperationStep {
		return views.OperationStep{Label: label, Icon: "circle-check", Tone: "tone-ok", Done: true}
	}
	now := func(label string) views.OperationStep {
		return views.OperationStep{Label: label, Icon: "loader", Current: true, Turning: true}
	}
	later := func(label string) views.OperationStep {
		return views.OperationStep{Label: label, Icon: "circle-dashed"}
	}
	steps := []views.OperationStep{done("Recorded")}
	switch o.State {
	case store.StateSubmitted:
		sent := now("Sending to YCM")
		if !o.Times.SendingAt.IsZero() {
			sent = now("Sent to YCM")
		}
		return append(steps, sent, later("Answered"), later("In the fleet"))
	case store.StateNotSent:
		return append(steps, views.OperationStep{Label: "Not sent", Icon: "circle-slash", Current: true})
	case store.StateUnknown:
		return append(
			steps,
			done("Sent to YCM"),
			views.OperationStep{Label: "No answer, checking", Icon: "hourglass", Tone: "tone-warn", Current: true},
			later("In the fleet"),
		)
	case store.StateNotDone:
		return append(
			steps,
			done("Sent to YCM"),
			views.OperationStep{Label: "No answer, not found", Icon: "circle-slash", Current: true},
		)
	}
	answered := done("Answered")
	if o.Answer.Kind != "" {
		answered = done("Found in YCM")
	}
	steps = append(steps, done("Sent to YCM"), answered)
	if p == nil {
		return append(steps, now("In the fleet"), later("Running"), later("Activated"))
	}
	steps = append(steps, done("In the fleet"))
	switch status := p.Text(fleet.FieldStatus); {
	case p.IsGone():
		return append(steps, views.OperationStep{Label: "Removed", Icon: "circle-slash", Current: true})
	case status == "Running":
		steps = append(steps, done("Running"))
	case fleet.IsTransitional(status):
		steps = append(steps, now(status))
	default:
		steps = append(
			steps,
			views.OperationStep{Label: ui.BadgeFor("pbxStatus", status).Word, Icon: "circle-stop", Current: true},
		)
	}
	if p.Text(fleet.FieldActivation) == "Activated" {
		return append(steps, done("Activated"))
	}
	return append(steps, later("Activated"))
}

// notAnswered maps a kind of missing answer to its reason, in words. Each text must also fit before a comma, since
// operationText continues the sentence.
var notAnswered = map[string]string{ //nolint:gosec // words, not credentials
	"no-answer":   "YCM didn’t answer in time",
	"unavailable": "The connection to YCM failed, or YCM had a problem",
	"unreadable":  "YCM’s answer could not be read",
	"restarted":   "Cordboard was restarted while it waited for YCM’s answer",
	"rate":        "YCM limited the request rate",
	"credentials": "YCM rejected Cordboard’s credentials",
	"not-written": "Cordboard could not write to its database",
}

// operationText states what happened, whether anything was changed, and what to do next.
func (s *Handler) operationText(o *store.Operation, p *fleet.PBX, clock ui.Clock) string {
	why := notAnswered[o.Answer.Kind]
	if why == "" {
		why = "YCM gave no conclusive answer"
	}
	switch o.State {
	case store.StateSubmitted:
		if o.Times.SendingAt.IsZero() {
			return "Queued. The request will be sent shortly. This page updates itself, and you can leave it."
		}
		return "Waiting for YCM’s answer since " + clock.Second(
			o.Times.SendingAt,
		).Text + ". This page updates itself, and you can leave it."
	case store.StateNotSent:
		if o.Answer.Kind == "restarted" {
			why = "Cordboard was restarted before the request was sent"
		}
		return why + ", so nothing was sent. Nothing was created, and no capacity was used. It is safe to try again."
	case store.StateUnknown:
		return why + ", so the PBX may or may not exist. Cordboard checks YCM for this host name and sends nothing " +
			"twice. Until the outcome is known, this host name is blocked here and its capacity counts as used."
	case store.StateNotDone:
		return fmt.Sprintf(
			"%s. Cordboard checked YCM for this host name %s and didn’t find it. Nothing was created, and it is safe "+
				"to try again. If the PBX appears later, this page shows it.",
			why,
			times(o.Reconciled.Reads),
		)
	}
	text := "YCM answered Success."
	if o.Answer.Took >= 100*time.Millisecond {
		text = fmt.Sprintf("YCM answered Success after %.1f s.", o.Answer.Took.Seconds())
	}
	if o.Answer.Kind != "" {
		text = fmt.Sprintf("%s, but the PBX exists: YCM has its host name. The request was sent once.", why)
	}
	switch {
	case p == nil:
		return text + " It appears in the list after the next sync."
	case p.IsGone():
		return text + " It has since been removed from YCM."
	case p.Text(fleet.FieldStatus) == "Running" && p.Text(fleet.FieldActivation) != "Activated":
		return text + " The PBX is running but not activated yet."
	case p.Text(fleet.FieldStatus) == "Running":
		return text + " The PBX is running and activated."
	}
	return text + " Starting takes a few minutes. This page updates itself."
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// refusal returns YCM's rejection with its most likely meaning.
func refusal(o *store.Operation) *views.Refusal {
	said := o.Answer.Message
	if said == "" {
		said = fmt.Sprintf("HTTP %d", o.Answer.StatusCode)
	}
	v := &views.Refusal{Title: "YCM says: " + said}
	if o.Answer.Code != 0 {
		v.Title += fmt.Sprintf(" (%d)", o.Answer.Code)
	}
	meaning := map[string]string{
		"exists":  "The host name is most likely taken, possibly by someone outside your fleet.",
		"invalid": "YCM rejected one of the values. Check them, and reload the lists of options.",
		"credentials": "The client secret was probably regenerated in YCM. An admin has to set the new one in " +
			"Cordboard.",
		"permission": "The account lacks permission to create PBXs, or this machine’s address is not on its " +
			"allowlist.",
		"rate":    "Too many requests. Wait a minute before you try again.",
		"refused": "This code is not in YCM’s public guide. A likely cause is that capacity ran out.",
	}[o.Answer.Kind]
	v.Text = meaning + " Nothing was created and no capacity was used."
	return v
}

func operationFacts(o *store.Operation, p *fleet.PBX, clock ui.Clock) []views.OperationFact {
	submitted := clock.Second(o.Times.SubmittedAt)
	facts := []views.OperationFact{
		{Name: "By", Value: o.By.Name, Small: o.Request.Reason},
		{Name: "Submitted", Moment: &submitted, Small: longAgo(o.Times.SubmittedAt, clock)},
		{Name: "Host", Value: o.Target.Name, Copy: true},
	}
	if o.Target.CloudPBXID != 0 {
		facts = append(
			facts,
			views.OperationFact{Name: "cloudPbxId", Value: strconv.FormatInt(o.Target.CloudPBXID, 10), Copy: true},
		)
	}
	if p != nil {
		status := ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus))
		activation := ui.BadgeFor("activationStatus", p.Text(fleet.FieldActivation))
		facts = append(
			facts,
			views.OperationFact{Name: "Status now", Badge: &status},
			views.OperationFact{Name: "Activation", Badge: &activation},
		)
	}
	if o.Reconciled.Reads > 0 {
		looked := views.OperationFact{Name: "Checked", Value: times(o.Reconciled.Reads), Small: "Not found yet"}
		if o.State == store.StateDone {
			looked.Small = "Found"
		}
		if o.Reconciled.Problem != "" {
			looked.Small = "The last check failed"
		}
		facts = append(facts, looked)
	}
	if !o.Reconciled.NextAt.IsZero() {
		next := clock.Second(o.Reconciled.NextAt)
		facts = append(facts, views.OperationFact{Name: "Next check", Moment: &next})
	}
	if !o.Times.FinishedAt.IsZero() && o.State != store.StateUnknown {
		settled := clock.Second(o.Times.FinishedAt)
		facts = append(facts, views.OperationFact{Name: "Resolved", Moment: &settled, Small: httpWords(o.Answer)})
	}
	if o.Answer.RequestID != "" {
		return append(facts, views.OperationFact{Name: "requestId", Value: o.Answer.RequestID, Copy: true})
	}
	return append(facts, views.OperationFact{Name: "requestId", Value: "No answer"})
}

func httpWords(a store.Answer) string {
	if a.StatusCode == 0 {
		return ""
	}
	return fmt.Sprintf("after %.1f s, HTTP %d", a.Took.Seconds(), a.StatusCode)
}

// sentFacts returns the fields of the request with their labels. IDs are shown as the names of what they refer to.
func sentFacts(o *store.Operation, clock ui.Clock) []views.OperationFact {
	form := operations.FormOfCreate(o, clock.Zone)
	var facts []views.OperationFact
	for _, name := range operations.FormFields() {
		v := form.Get(name)
		switch {
		case name == "reason" || name == "subDomain":
			continue
		case name == "customerIds":
			v = o.Request.Words[name]
		case o.Request.Words[name] != "":
			v = o.Request.Words[name]
		case name == "allowRunAfterExpirationDate" && v != "":
			v = web.KeepWords[v]
		case name == "expirationDate" && v != "":
			if day, err := time.ParseInLocation(time.DateOnly, v, clock.Zone); err == nil {
				v = day.Format("2 Jan 2006")
			}
		case v == "" && ui.HasBadge(name):
			v = "Disabled"
		case strings.HasSuffix(name, "Capacity") && v != "":
			n, _ := strconv.ParseInt(v, 10, 64) // valid, since it was sent
			if v = ui.Number(n); name == "recordingCapacity" || name == "transcriptionCapacity" {
				v += " min"
			}
		}
		facts = append(facts, views.OperationFact{Name: web.FormLabels[name], Value: v})
	}
	return facts
}

// operationLinks returns the links to the PBX, to the same form again, or to a form for a similar PBX.
func operationLinks(o *store.Operation, p *fleet.PBX) (first, again *ui.Link) {
	from := ui.NewPBXURL(url.Values{"from": {o.ID}})
	switch o.State {
	case store.StateDone:
		if p != nil {
			first = &ui.Link{Label: "Open the PBX", URL: ui.PBXURL(p.CloudPBXID)}
		}
		again = &ui.Link{Label: "Create another like this", URL: from}
	case store.StateRefused:
		first = &ui.Link{Label: "Change and try again", URL: from}
	case store.StateNotSent, store.StateNotDone:
		first = &ui.Link{Label: "Try again with these values", URL: from}
	default:
		again = &ui.Link{Label: "Create another like this", URL: from}
	}
	return first, again
}

// supportText returns what Yeastar's or Cordboard's support needs to know about an operation.
func supportText(o *store.Operation) string {
	parts := []string{fmt.Sprintf("Operation %d", o.Number), "POST v1/cloud_pbx/instances", o.Target.Name, "state " + string(o.State)}
	if o.Answer.StatusCode != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", o.Answer.StatusCode))
	}
	if o.Answer.Code != 0 {
		parts = append(parts, fmt.Sprintf("%s %d", o.Answer.Message, o.Answer.Code))
	}
	if o.Answer.RequestID != "" {
		parts = append(parts, "requestId "+o.Answer.RequestID)
	}
	at := o.Times.SendingAt
	if at.IsZero() {
		at = o.Times.SubmittedAt
	}
	return strings.Join(append(parts, at.UTC().Format(time.RFC3339)), "; ")
}
