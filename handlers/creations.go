package handlers

import (
	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

const creationsPerPage = 50

// creationTab is a way to look at the attempts.
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
	found, err := s.fleet.Creations(r.Context(), page, creationsPerPage, creationTabs[tab].states...)
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

// creationsSnapshot names the state of attempts and fleet, so that a page knows when it is old.
func (s *Server) creationsSnapshot() string {
	return s.snapshotID(s.fleet.Snapshot()) + "/" + strconv.FormatUint(s.fleet.CreationsVersion(), 36)
}

func (s *Server) creationRow(c store.Creation, clock views.Clock) views.CreationRow {
	row := views.CreationRow{
		URL: views.CreationURL(c.ID), Number: views.Number(c.Number), State: c.State, Host: c.Host, Badge: views.CreationBadge(c.State), Name: creationName(c),
		At: clock.DateTime(c.SubmittedAt), Ago: longAgo(c.SubmittedAt, clock), By: c.By.Name, Size: sizeWords(c),
	}
	if c.CloudPBXID != 0 {
		row.PBXID = strconv.FormatInt(c.CloudPBXID, 10)
		if p, ok := s.fleet.Snapshot().PBX(c.CloudPBXID); ok {
			row.PBX = &views.Link{Label: views.BadgeFor("pbxStatus", p.Text("pbxStatus")).Word, URL: views.PBXURL(c.CloudPBXID)}
			if p.IsGone() {
				row.PBX.Label = "Gone"
			}
		}
	}
	return row
}

// longAgo is how long ago something was, if that stays true while the page is open.
func longAgo(at time.Time, clock views.Clock) string {
	if clock.Now.Sub(at) < time.Hour {
		return ""
	}
	return clock.Ago(at)
}

func creationName(c store.Creation) string {
	if body, err := fleet.Body(c); err == nil && body.Name != "" {
		return body.Name
	}
	return c.Host
}

func sizeWords(c store.Creation) string {
	body, err := fleet.Body(c)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s, %s, %s min", views.Count(body.ExtensionCapacity, "extension", "extensions"), views.Count(body.ConcurrentCallCapacity, "call", "calls"), views.Number(body.RecordingCapacity))
}

func (s *Server) showCreation(w http.ResponseWriter, r *http.Request) error {
	snapshot := s.creationsSnapshot() // before looking, so that what changes meanwhile is shown next
	c, err := s.fleet.Creation(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	m := s.creationPage(c, s.clock(r))
	m.Snapshot = snapshot
	return s.render(w, r, http.StatusOK, "Creation of "+m.Name, views.Creation(m), views.Creation(m))
}

// lookAgain asks YCM once more for an attempt that nobody knows of.
func (s *Server) lookAgain(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	err := s.fleet.LookAgain(r.Context(), id)
	var unasked *fleet.UnaskedError
	switch {
	case errors.As(err, &unasked):
		title, _ := problemWords(unasked.Problem, s.config.YCMHost)
		return &httpError{errorAnswer: errorAnswer{unaskedStatus(unasked), title, "So it is as unknown as before whether the PBX was created. Nothing was changed. Cordboard goes on asking by itself."}, err: err}
	case errors.Is(err, fleet.ErrNotLookable): // settled meanwhile, and the page says how
	case err != nil:
		return err
	}
	redirect(w, r, views.CreationURL(id))
	return nil
}

func (s *Server) creationPage(c store.Creation, clock views.Clock) views.CreationPage {
	m := views.CreationPage{
		ID: c.ID, Number: views.Number(c.Number), State: c.State, Name: creationName(c), Badge: views.CreationBadge(c.State), Body: indent(c.Request), Warnings: c.Warnings,
		Open: c.IsOpen(), CanLook: c.State == store.Unknown || c.State == store.NotCreated,
	}
	var p *fleet.PBX
	if c.CloudPBXID != 0 {
		m.PBXID = strconv.FormatInt(c.CloudPBXID, 10)
		p, _ = s.fleet.Snapshot().PBX(c.CloudPBXID)
	}
	if p != nil && !p.IsGone() && p.Text("pbxStatus") != "Running" {
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

// creationSteps are how far an attempt has come.
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
		return append(steps, done("Sent to YCM"), views.CreationStep{Label: "Not answered, asking for it", Icon: "hourglass", Tone: "tone-warn", Current: true}, later("In the fleet"))
	case store.NotCreated:
		return append(steps, done("Sent to YCM"), views.CreationStep{Label: "Not answered, and not there", Icon: "circle-slash", Current: true})
	}
	answered := done("Answered")
	if c.Answer.Kind != "" {
		answered = done("Found at YCM")
	}
	steps = append(steps, done("Sent to YCM"), answered)
	if p == nil {
		return append(steps, now("In the fleet"), later("Running"), later("Activated"))
	}
	steps = append(steps, done("In the fleet"))
	switch status := p.Text("pbxStatus"); {
	case p.IsGone():
		return append(steps, views.CreationStep{Label: "Gone since", Icon: "circle-slash", Current: true})
	case status == "Running":
		steps = append(steps, done("Running"))
	case fleet.IsPassing(status):
		steps = append(steps, now(status))
	default:
		steps = append(steps, views.CreationStep{Label: views.BadgeFor("pbxStatus", status).Word, Icon: "circle-stop", Current: true})
	}
	if p.Text("activationStatus") == "Activated" {
		return append(steps, done("Activated"))
	}
	return append(steps, later("Activated"))
}

// notAnswered are the reasons why there is no answer, for people.
var notAnswered = map[string]string{ //nolint:gosec // words, no credentials
	"no-answer": "YCM didn’t answer in time", "unavailable": "The connection to YCM broke, or it had trouble of its own", "unreadable": "YCM’s answer can’t be read",
	"restarted": "Cordboard was restarted while it waited for YCM’s answer", "rate": "YCM wanted fewer requests", "credentials": "YCM refused our credentials",
	"not-written": "Cordboard couldn’t write to its database",
}

// creationText says what happened, whether anything was changed, and what to do.
func (s *Server) creationText(c store.Creation, p *fleet.PBX, clock views.Clock) string {
	why := notAnswered[c.Answer.Kind]
	if why == "" {
		why = "There was no answer that says anything"
	}
	switch c.State {
	case store.Submitted:
		if c.SendingAt.IsZero() {
			return "It is on record and goes out in a moment. This page follows by itself; you may leave it."
		}
		return "Waiting for YCM’s answer since " + clock.Second(c.SendingAt).Text + ". This page follows by itself; you may leave it."
	case store.NotSent:
		if c.Answer.Kind == "restarted" {
			why = "Cordboard was restarted before the request went out"
		}
		return why + ", so nothing left this machine. Nothing was created, and no capacity was used. It is safe to try again."
	case store.Unknown:
		return why + ", so the PBX may or may not exist. Cordboard asks YCM for this host name and sends nothing twice. Until that is settled, this host name is blocked here and its capacity counts as used."
	case store.NotCreated:
		return fmt.Sprintf("%s. YCM was asked for this host name %s and doesn’t know it. Nothing was created, and it is safe to try again. Should the PBX show up after all, this attempt says so.", why, times(c.Looks))
	}
	text := "YCM answered Success."
	if c.Answer.Took >= 100*time.Millisecond {
		text = fmt.Sprintf("YCM answered Success after %.1f s.", c.Answer.Took.Seconds())
	}
	if c.Answer.Kind != "" {
		text = fmt.Sprintf("%s, but the PBX is there: YCM knows its host name. It was sent once.", why)
	}
	switch {
	case p == nil:
		return text + " It comes into the list with the next reading of the fleet."
	case p.IsGone():
		return text + " By now YCM no longer knows it."
	case p.Text("pbxStatus") == "Running" && p.Text("activationStatus") != "Activated":
		return text + " The PBX is running; its activation is still to be done."
	case p.Text("pbxStatus") == "Running":
		return text + " The PBX is running and activated."
	}
	return text + " Starting takes a few minutes; this page follows."
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// refusal is YCM's no, with what it most likely means.
func refusal(c store.Creation) *views.Refusal {
	said := c.Answer.Message
	if said == "" {
		said = fmt.Sprintf("HTTP %d", c.Answer.StatusCode)
	}
	v := &views.Refusal{Title: "YCM says: " + said}
	if c.Answer.Code != 0 {
		v.Title += fmt.Sprintf(" (%d)", c.Answer.Code)
	}
	meaning := map[string]string{ //nolint:gosec // words, no credentials
		"exists":      "Most often the host name is taken, also by somebody outside your fleet.",
		"invalid":     "YCM doesn’t like one of the values. Look through them, and reload the look-ups.",
		"credentials": "The client secret was probably regenerated in YCM. An administrator has to give Cordboard the new one.",
		"permission":  "The account lacks the right to create PBXs, or this machine’s address is not on its list.",
		"rate":        "There were too many requests. Wait a minute before you try again.",
		"refused":     "This code is not in YCM’s public guide. Capacity that ran out is a likely cause.",
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
		facts = append(facts, views.CreationFact{Name: "cloudPbxId", Value: strconv.FormatInt(c.CloudPBXID, 10), Copy: true})
	}
	if p != nil {
		status, activation := views.BadgeFor("pbxStatus", p.Text("pbxStatus")), views.BadgeFor("activationStatus", p.Text("activationStatus"))
		facts = append(facts, views.CreationFact{Name: "Status now", Badge: &status}, views.CreationFact{Name: "Activation", Badge: &activation})
	}
	if c.Looks > 0 {
		looked := views.CreationFact{Name: "Asked for it", Value: times(c.Looks), Small: "Not found so far"}
		if c.State == store.Created {
			looked.Small = "Found"
		}
		if c.LookProblem != "" {
			looked.Small = "The last time YCM could not be asked"
		}
		facts = append(facts, looked)
	}
	if !c.NextLookAt.IsZero() {
		next := clock.Second(c.NextLookAt)
		facts = append(facts, views.CreationFact{Name: "Next look", Moment: &next})
	}
	if !c.SettledAt.IsZero() && c.State != store.Unknown {
		settled := clock.Second(c.SettledAt)
		facts = append(facts, views.CreationFact{Name: "Settled", Moment: &settled, Small: httpWords(c.Answer)})
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

// sentFacts are the members of the request by their labels, ids by what they are called.
func sentFacts(c store.Creation, clock views.Clock) []views.CreationFact {
	form := fleet.FormOfCreation(c, clock.Zone)
	var facts []views.CreationFact
	for _, name := range fleet.FormFields() {
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
			n, _ := strconv.ParseInt(v, 10, 64) // it is one: we sent it
			if v = views.Number(n); name == "recordingCapacity" || name == "transcriptionCapacity" {
				v += " min"
			}
		}
		facts = append(facts, views.CreationFact{Name: formLabels[name], Value: v})
	}
	return facts
}

// creationLinks are the ways on: to the PBX, to the same form again, or to another one like it.
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

// supportText is all that Yeastar's support, or ours, needs to know of an attempt.
func supportText(c store.Creation) string {
	parts := []string{fmt.Sprintf("Attempt %d", c.Number), "POST v1/cloud_pbx/instances", c.Host, "state " + c.State}
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
