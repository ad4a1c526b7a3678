package handlers

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
	"cordboard/store"
	"cordboard/views"
)

const creationsPerPage = 50

// creationTab is a tab of the list of creations. It shows the creations in states; nil means all.
type creationTab struct {
	key, label string
	states     []string
}

var creationTabs = []creationTab{
	{"", "All", nil},
	{"open", "Open", []string{store.Submitted, store.Unknown}},
	{"created", "Created", []string{store.Created}},
	{"failed", "No PBX", []string{store.Refused, store.NotSent, store.NotCreated}},
}

func (s *Server) listCreations(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	tab := max(0, slices.IndexFunc(creationTabs, func(t creationTab) bool { return t.key == query.Get("state") }))
	page := pageAsked(query)
	at := func(n int) string { return creationsURL(creationTabs[tab].key, n) }
	snapshot := s.creationsSnapshot()
	found, err := s.operations.Creations(r.Context(), page, creationsPerPage, creationTabs[tab].states...)
	if err != nil {
		return err
	}
	last := lastPage(found.Total, creationsPerPage)
	if page > last {
		redirect(w, r, at(last))
		return nil
	}
	c := s.clock(r)
	m := views.CreationsPage{Snapshot: snapshot, Pager: pages(page, last, creationsPerPage, int(found.Total), at)}
	for i, t := range creationTabs {
		m.Tabs = append(m.Tabs, views.Tab{Label: t.label, URL: creationsURL(t.key, 1), Current: i == tab})
	}
	for _, attempt := range found.Creations {
		m.Rows = append(m.Rows, s.creationRow(attempt, c))
	}
	return s.render(w, r, http.StatusOK, "Creations", views.Creations(m), views.Creations(m))
}

func creationsURL(state string, page int) string {
	v := url.Values{}
	if state != "" {
		v.Set("state", state)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/creations"
	}
	return "/creations?" + v.Encode()
}

// creationsSnapshot identifies the state of creations and fleet, so that a page can detect that it is outdated.
func (s *Server) creationsSnapshot() string {
	return s.snapshotID(s.mirror.Snapshot()) + "/" + strconv.FormatUint(s.operations.CreationsVersion(), 36)
}

func (s *Server) creationRow(c store.Creation, clock views.Clock) views.CreationRow {
	row := views.CreationRow{
		URL:    views.CreationURL(c.ID),
		Number: views.Number(c.Number),
		State:  c.State,
		Host:   c.Host,
		Badge:  views.CreationBadge(c.State),
		Name:   creationName(c),
		At:     clock.DateTime(c.SubmittedAt),
		Ago:    longAgo(c.SubmittedAt, clock),
		By:     c.By.Name,
		Size:   sizeWords(c),
	}
	if c.CloudPBXID != 0 {
		row.PBXID = strconv.FormatInt(c.CloudPBXID, 10)
		if p, ok := s.mirror.Snapshot().PBX(c.CloudPBXID); ok {
			row.PBX = &views.Link{
				Label: views.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus)).Word,
				URL:   views.PBXURL(c.CloudPBXID),
			}
			if p.IsGone() {
				row.PBX.Label = "Removed"
			}
		}
	}
	return row
}

// longAgo returns how long ago at was, or "" within the last hour, when the text would be wrong before long.
func longAgo(at time.Time, clock views.Clock) string {
	if clock.Now.Sub(at) < time.Hour {
		return ""
	}
	return clock.Ago(at)
}

func creationName(c store.Creation) string {
	if body, err := operations.Body(c); err == nil && body.Name != "" {
		return body.Name
	}
	return c.Host
}

func sizeWords(c store.Creation) string {
	body, err := operations.Body(c)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(
		"%s, %s, %s min",
		views.Count(body.ExtensionCapacity, "extension", "extensions"),
		views.Count(body.ConcurrentCallCapacity, "call", "calls"),
		views.Number(body.RecordingCapacity),
	)
}

func (s *Server) showCreation(w http.ResponseWriter, r *http.Request) error {
	snapshot := s.creationsSnapshot() // taken before the read, so that a change in between triggers an update
	c, err := s.operations.Creation(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	m := s.creationPage(c, s.clock(r))
	m.Snapshot = snapshot
	return s.render(w, r, http.StatusOK, "Creation of "+m.Name, views.Creation(m), views.Creation(m))
}

// lookAgain checks YCM once more for a creation whose outcome is unknown.
func (s *Server) lookAgain(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	err := s.operations.LookAgain(r.Context(), id)
	var unasked *operations.UnaskedError
	switch {
	case errors.As(err, &unasked):
		title, _ := problemWords(unasked.Problem, s.config.YCMHost)
		return &httpError{
			errorAnswer: errorAnswer{
				unaskedStatus(unasked),
				title,
				"It is still unknown whether the PBX was created. Nothing was changed. Cordboard keeps checking " +
					"automatically.",
			},
			err: err,
		}
	case errors.Is(err, operations.ErrNotLookable): // resolved in the meantime; the page shows the outcome
	case err != nil:
		return err
	}
	redirect(w, r, views.CreationURL(id))
	return nil
}

func (s *Server) creationPage(c store.Creation, clock views.Clock) views.CreationPage {
	m := views.CreationPage{
		ID:       c.ID,
		Number:   views.Number(c.Number),
		State:    c.State,
		Name:     creationName(c),
		Badge:    views.CreationBadge(c.State),
		Body:     indent(c.Request),
		Warnings: c.Warnings,
		Open:     c.IsOpen(),
		CanLook:  c.State == store.Unknown || c.State == store.NotCreated,
	}
	var p *fleet.PBX
	if c.CloudPBXID != 0 {
		m.PBXID = strconv.FormatInt(c.CloudPBXID, 10)
		p, _ = s.mirror.Snapshot().PBX(c.CloudPBXID)
	}
	if p != nil && !p.IsGone() && p.Text(fleet.FieldStatus) != "Running" {
		m.Open = true
	}
	m.Steps = creationSteps(c, p)
	m.Text = s.creationText(c, p, clock)
	if c.State == store.Refused {
		m.Refusal = refusal(c)
	}
	m.Facts = creationFacts(c, p, clock)
	m.Sent = sentFacts(c, clock)
	m.Main, m.Again = creationLinks(c, p)
	m.Copy, m.AuditURL = supportText(c), views.AuditSearchURL("target:"+c.Host)
	return m
}

// creationSteps returns the steps of a creation and marks the current one.
func creationSteps(c store.Creation, p *fleet.PBX) []views.CreationStep {
	done := func(label string) views.CreationStep {
		return views.CreationStep{Label: label, Icon: "circle-check", Tone: "tone-ok", Done: true}
	}
	now := func(label string) views.CreationStep {
		return views.CreationStep{Label: label, Icon: "loader", Current: true, Turning: true}
	}
	later := func(label string) views.CreationStep { return views.CreationStep{Label: label, Icon: "circle-dashed"} }
	steps := []views.CreationStep{done("Recorded")}
	switch c.State {
	case store.Submitted:
		sent := now("Sending to YCM")
		if !c.SendingAt.IsZero() {
			sent = now("Sent to YCM")
		}
		return append(steps, sent, later("Answered"), later("In the fleet"))
	case store.NotSent:
		return append(steps, views.CreationStep{Label: "Not sent", Icon: "circle-slash", Current: true})
	case store.Unknown:
		return append(
			steps,
			done("Sent to YCM"),
			views.CreationStep{Label: "No answer, checking", Icon: "hourglass", Tone: "tone-warn", Current: true},
			later("In the fleet"),
		)
	case store.NotCreated:
		return append(
			steps,
			done("Sent to YCM"),
			views.CreationStep{Label: "No answer, not found", Icon: "circle-slash", Current: true},
		)
	}
	answered := done("Answered")
	if c.Answer.Kind != "" {
		answered = done("Found in YCM")
	}
	steps = append(steps, done("Sent to YCM"), answered)
	if p == nil {
		return append(steps, now("In the fleet"), later("Running"), later("Activated"))
	}
	steps = append(steps, done("In the fleet"))
	switch status := p.Text(fleet.FieldStatus); {
	case p.IsGone():
		return append(steps, views.CreationStep{Label: "Removed", Icon: "circle-slash", Current: true})
	case status == "Running":
		steps = append(steps, done("Running"))
	case fleet.IsTransitional(status):
		steps = append(steps, now(status))
	default:
		steps = append(
			steps,
			views.CreationStep{Label: views.BadgeFor("pbxStatus", status).Word, Icon: "circle-stop", Current: true},
		)
	}
	if p.Text(fleet.FieldActivation) == "Activated" {
		return append(steps, done("Activated"))
	}
	return append(steps, later("Activated"))
}

// notAnswered maps a kind of missing answer to its reason, in words. Each text must also fit before a comma, since
// creationText continues the sentence.
var notAnswered = map[string]string{ //nolint:gosec // words, not credentials
	"no-answer":   "YCM didn’t answer in time",
	"unavailable": "The connection to YCM failed, or YCM had a problem",
	"unreadable":  "YCM’s answer could not be read",
	"restarted":   "Cordboard was restarted while it waited for YCM’s answer",
	"rate":        "YCM limited the request rate",
	"credentials": "YCM rejected Cordboard’s credentials",
	"not-written": "Cordboard could not write to its database",
}

// creationText states what happened, whether anything was changed, and what to do next.
func (s *Server) creationText(c store.Creation, p *fleet.PBX, clock views.Clock) string {
	why := notAnswered[c.Answer.Kind]
	if why == "" {
		why = "YCM gave no conclusive answer"
	}
	switch c.State {
	case store.Submitted:
		if c.SendingAt.IsZero() {
			return "Queued. The request will be sent shortly. This page updates itself, and you can leave it."
		}
		return "Waiting for YCM’s answer since " + clock.Second(
			c.SendingAt,
		).Text + ". This page updates itself, and you can leave it."
	case store.NotSent:
		if c.Answer.Kind == "restarted" {
			why = "Cordboard was restarted before the request was sent"
		}
		return why + ", so nothing was sent. Nothing was created, and no capacity was used. It is safe to try again."
	case store.Unknown:
		return why + ", so the PBX may or may not exist. Cordboard checks YCM for this host name and sends nothing " +
			"twice. Until the outcome is known, this host name is blocked here and its capacity counts as used."
	case store.NotCreated:
		return fmt.Sprintf(
			"%s. Cordboard checked YCM for this host name %s and didn’t find it. Nothing was created, and it is safe "+
				"to try again. If the PBX appears later, this page shows it.",
			why,
			times(c.Looks),
		)
	}
	text := "YCM answered Success."
	if c.Answer.Took >= 100*time.Millisecond {
		text = fmt.Sprintf("YCM answered Success after %.1f s.", c.Answer.Took.Seconds())
	}
	if c.Answer.Kind != "" {
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
func refusal(c store.Creation) *views.Refusal {
	said := c.Answer.Message
	if said == "" {
		said = fmt.Sprintf("HTTP %d", c.Answer.StatusCode)
	}
	v := &views.Refusal{Title: "YCM says: " + said}
	if c.Answer.Code != 0 {
		v.Title += fmt.Sprintf(" (%d)", c.Answer.Code)
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
	}[c.Answer.Kind]
	v.Text = meaning + " Nothing was created and no capacity was used."
	return v
}

func creationFacts(c store.Creation, p *fleet.PBX, clock views.Clock) []views.CreationFact {
	submitted := clock.Second(c.SubmittedAt)
	facts := []views.CreationFact{
		{Name: "By", Value: c.By.Name, Small: c.Reason},
		{Name: "Submitted", Moment: &submitted, Small: longAgo(c.SubmittedAt, clock)},
		{Name: "Host", Value: c.Host, Copy: true},
	}
	if c.CloudPBXID != 0 {
		facts = append(
			facts,
			views.CreationFact{Name: "cloudPbxId", Value: strconv.FormatInt(c.CloudPBXID, 10), Copy: true},
		)
	}
	if p != nil {
		status := views.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus))
		activation := views.BadgeFor("activationStatus", p.Text(fleet.FieldActivation))
		facts = append(
			facts,
			views.CreationFact{Name: "Status now", Badge: &status},
			views.CreationFact{Name: "Activation", Badge: &activation},
		)
	}
	if c.Looks > 0 {
		looked := views.CreationFact{Name: "Checked", Value: times(c.Looks), Small: "Not found yet"}
		if c.State == store.Created {
			looked.Small = "Found"
		}
		if c.LookProblem != "" {
			looked.Small = "The last check failed"
		}
		facts = append(facts, looked)
	}
	if !c.NextLookAt.IsZero() {
		next := clock.Second(c.NextLookAt)
		facts = append(facts, views.CreationFact{Name: "Next check", Moment: &next})
	}
	if !c.SettledAt.IsZero() && c.State != store.Unknown {
		settled := clock.Second(c.SettledAt)
		facts = append(facts, views.CreationFact{Name: "Resolved", Moment: &settled, Small: httpWords(c.Answer)})
	}
	if c.Answer.RequestID != "" {
		return append(facts, views.CreationFact{Name: "requestId", Value: c.Answer.RequestID, Copy: true})
	}
	return append(facts, views.CreationFact{Name: "requestId", Value: "No answer"})
}

func httpWords(a store.Answer) string {
	if a.StatusCode == 0 {
		return ""
	}
	return fmt.Sprintf("after %.1f s, HTTP %d", a.Took.Seconds(), a.StatusCode)
}

// sentFacts returns the fields of the request with their labels. IDs are shown as the names of what they refer to.
func sentFacts(c store.Creation, clock views.Clock) []views.CreationFact {
	form := operations.FormOfCreation(c, clock.Zone)
	var facts []views.CreationFact
	for _, name := range operations.FormFields() {
		v := form.Get(name)
		switch {
		case name == "reason" || name == "subDomain":
			continue
		case name == "customerIds":
			v = c.Words[name]
		case c.Words[name] != "":
			v = c.Words[name]
		case name == "allowRunAfterExpirationDate" && v != "":
			v = keepWords[v]
		case name == "expirationDate" && v != "":
			if day, err := time.ParseInLocation(time.DateOnly, v, clock.Zone); err == nil {
				v = day.Format("2 Jan 2006")
			}
		case v == "" && views.HasBadge(name):
			v = "Disabled"
		case strings.HasSuffix(name, "Capacity") && v != "":
			n, _ := strconv.ParseInt(v, 10, 64) // valid, since it was sent
			if v = views.Number(n); name == "recordingCapacity" || name == "transcriptionCapacity" {
				v += " min"
			}
		}
		facts = append(facts, views.CreationFact{Name: formLabels[name], Value: v})
	}
	return facts
}

// creationLinks returns the links to the PBX, to the same form again, or to a form for a similar PBX.
func creationLinks(c store.Creation, p *fleet.PBX) (first, again *views.Link) {
	from := views.NewPBXURL(url.Values{"from": {c.ID}})
	switch c.State {
	case store.Created:
		if p != nil {
			first = &views.Link{Label: "Open the PBX", URL: views.PBXURL(p.CloudPBXID)}
		}
		again = &views.Link{Label: "Create another like this", URL: from}
	case store.Refused:
		first = &views.Link{Label: "Change and try again", URL: from}
	case store.NotSent, store.NotCreated:
		first = &views.Link{Label: "Try again with these values", URL: from}
	default:
		again = &views.Link{Label: "Create another like this", URL: from}
	}
	return first, again
}

// supportText returns what Yeastar's or Cordboard's support needs to know about a creation.
func supportText(c store.Creation) string {
	parts := []string{fmt.Sprintf("Creation %d", c.Number), "POST v1/cloud_pbx/instances", c.Host, "state " + c.State}
	if c.Answer.StatusCode != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", c.Answer.StatusCode))
	}
	if c.Answer.Code != 0 {
		parts = append(parts, fmt.Sprintf("%s %d", c.Answer.Message, c.Answer.Code))
	}
	if c.Answer.RequestID != "" {
		parts = append(parts, "requestId "+c.Answer.RequestID)
	}
	at := c.SendingAt
	if at.IsZero() {
		at = c.SubmittedAt
	}
	return strings.Join(append(parts, at.UTC().Format(time.RFC3339)), "; ")
}
