package pbx

import (
	"fmt"
	"net/http"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/pbx"
	"cordboard/views/ui"
)

// mostNotes is how many notes the page shows.
const mostNotes = 50

// addFirst adds what the page says first. Viewers get no links to operations or forms, which they can't open.
func (h *Handler) addFirst(
	r *http.Request,
	m *views.Page,
	snapshot *fleet.Snapshot,
	p *fleet.PBX,
	c ui.Clock,
) (err error) {
	if m.Standing, err = h.standing(r.Context(), p, c); err != nil {
		return err
	}
	if m.Standing == nil && !p.IsGone() {
		events, err := h.history.Timeline(r.Context(), 0, timelinePage, p.CloudPBXID)
		if err != nil {
			return err
		}
		m.Status = status(p, snapshot.Thresholds(), events, c)
	}
	for _, s := range []*views.Standing{m.Standing, m.Status} {
		if s != nil && !web.CanCreate(r) {
			s.Link, s.Action = nil, nil
		}
	}
	return nil
}

// addDesk adds the PBX's customers, the open tasks and the notes to its page.
func (h *Handler) addDesk(r *http.Request, m *views.Page, p *fleet.PBX, c ui.Clock) error {
	m.Customers = customersOf(p)
	if at := h.customers.ReadAt(p.CloudPBXID); !at.IsZero() {
		m.Customers.Age = "Read " + c.Ago(at)
	}
	notes, err := h.auditLog.Remarks(r.Context(), mirror.DefaultAccount, store.AboutPBX, p.CloudPBXID, mostNotes)
	if err != nil {
		return err
	}
	m.Notes = display.Notes(notes, c)
	m.Renewal.Facts = display.Renewal(p, c)
	m.Renewal.Snoozes = snoozes(p, c)
	if !web.CanCreate(r) {
		return nil
	}
	m.NoteForm = display.NoteForm(ui.PBXURL(p.CloudPBXID)+"/notes", r.URL.Query())
	if p.IsGone() { // nothing is left to do in YCM
		return nil
	}
	open, err := h.auditLog.OpenTasks(r.Context(), mirror.DefaultAccount)
	if err != nil {
		return err
	}
	m.Renewal.URL = ui.PBXURL(p.CloudPBXID) + "/renewal"
	m.Tasks.URL = ui.PBXURL(p.CloudPBXID) + "/tasks"
	for _, t := range open {
		if t.CloudPBXID == p.CloudPBXID {
			row := views.Task{ID: strconv.FormatInt(t.ID, 10), Title: display.TaskTitle(t.Goal)}
			if t.DueOn != "" {
				row.Due = "Due on " + display.DateText(t.DueOn)
			}
			m.Tasks.Open = append(m.Tasks.Open, row)
		}
	}
	return nil
}

// snoozes returns what is snoozed today.
func snoozes(p *fleet.PBX, c ui.Clock) (all []views.Snooze) {
	today := fleet.DayDate(fleet.Day(c.Now.Unix(), c.Zone))
	for _, z := range p.Desk().Snoozes {
		if z.Until > today {
			all = append(all, views.Snooze{
				What: z.What,
				PBX:  strconv.FormatInt(p.CloudPBXID, 10),
				Text: fmt.Sprintf(
					"Snoozed until %s by %s: %s. %s",
					display.DateText(z.Until), z.By, display.LowerFirst(display.SnoozeLabels[z.What]), z.Reason,
				),
			})
		}
	}
	return all
}

// customersOf returns the PBX's customers with their contacts.
func customersOf(p *fleet.PBX) (m views.Customers) {
	set := p.Customers()
	if set == nil {
		m.Text = "Not read yet."
		return m
	}
	if len(set.All) == 0 {
		m.Text = "No customer."
	}
	for _, one := range set.All {
		row := views.Customer{
			Link: ui.Link{Label: one.Name(), URL: ui.CustomerURL(one.ID)}, Email: one.Members[fleet.Email], Phone: one.Phone(),
		}
		if one.IsGone() {
			row.Gone = "YCM no longer has this customer"
		}
		m.All = append(m.All, row)
	}
	return m
}
