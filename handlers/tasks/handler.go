// Package tasks serves the list of tasks, and the forms that add a task to a PBX or a note to a PBX or customer.
package tasks

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/tasks"
	"cordboard/views/ui"
)

// Store keeps the tasks, and has the team.
type Store interface {
	AddTask(ctx context.Context, account, name string, t store.Task) (int64, error)
	CloseTask(ctx context.Context, account string, id int64, c store.Closed) error
	OpenTasks(ctx context.Context, account string) ([]store.Task, error)
	ClosedTasks(ctx context.Context, account string, limit int) ([]store.Task, error)
	Users(ctx context.Context) ([]store.User, error)
}

// Notes adds notes to PBXs and customers.
type Notes interface {
	AddRemark(ctx context.Context, account, name string, r store.Remark) error
}

// Fleet has the PBXs.
type Fleet interface{ Snapshot() *fleet.Snapshot }

// Directory has the customers.
type Directory interface{ Book() *customers.Book }

// Handler serves tasks and notes.
type Handler struct {
	site      *web.Site
	store     Store
	notes     Notes
	fleet     Fleet
	directory Directory
}

// New returns a Handler for the site.
func New(s *web.Site, st Store, n Notes, f Fleet, d Directory) *Handler {
	return &Handler{s, st, n, f, d}
}

// shownClosed is how many closed tasks the list shows.
const shownClosed = 50

// List shows the tasks.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	open, err := h.store.OpenTasks(r.Context(), mirror.DefaultAccount)
	if err != nil {
		return err
	}
	closed, err := h.store.ClosedTasks(r.Context(), mirror.DefaultAccount, shownClosed)
	if err != nil {
		return err
	}
	names, err := h.names(r.Context())
	if err != nil {
		return err
	}
	c := h.site.Clock(r)
	var m views.Page
	for _, t := range open {
		m.Open = append(m.Open, h.row(t, names, c))
	}
	for _, t := range closed {
		m.Closed = append(m.Closed, h.row(t, names, c))
	}
	return h.site.Render(w, r, http.StatusOK, "Tasks", views.Tasks(m), views.Tasks(m))
}

// names returns the team's names by ID.
func (h *Handler) names(ctx context.Context) (map[int64]string, error) {
	users, err := h.store.Users(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the team: %w", err)
	}
	names := map[int64]string{}
	for _, u := range users {
		names[u.ID] = u.Name
	}
	return names, nil
}

func (h *Handler) row(t store.Task, names map[int64]string, c ui.Clock) views.Task {
	row := views.Task{
		ID:       strconv.FormatInt(t.ID, 10),
		PBX:      ui.Link{Label: fmt.Sprintf("PBX %d", t.CloudPBXID), URL: ui.PBXURL(t.CloudPBXID)},
		What:     t.What,
		Title:    display.TaskTitle(t.Goal),
		Assignee: names[t.AssigneeID],
		Meta:     fmt.Sprintf("Added by %s on %s.", t.By.Name, c.Date(t.CreatedAt).Text),
	}
	p, ok := h.fleet.Snapshot().PBX(t.CloudPBXID)
	if ok {
		row.PBX.Label = display.Name(p)
	}
	if !t.At.IsZero() {
		row.Meta += " " + display.TaskClosed(t.Closed, p, c)
		return row
	}
	if day, err := time.ParseInLocation(time.DateOnly, t.DueOn, c.Zone); err == nil {
		due := c.Date(day)
		if row.Due = &due; day.Before(c.Now.AddDate(0, 0, -1)) {
			row.DueTone = "tone-bad"
		}
	}
	return row
}

// Close closes a task.
func (h *Handler) Close(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "taskId"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	by := web.Actor(r)
	if err := h.store.CloseTask(r.Context(), mirror.DefaultAccount, id, store.Closed{By: &by}); err != nil {
		return err
	}
	h.site.Sessions.Said.Say(web.Actor(r).ID, "The task was closed.")
	web.Redirect(w, r, "/tasks")
	return nil
}

// pbx returns the PBX that the URL names.
func (h *Handler) pbx(r *http.Request) (*fleet.PBX, error) {
	word := chi.URLParam(r, "cloudPbxId")
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || word != strconv.FormatInt(id, 10) {
		return nil, store.ErrNotFound
	}
	p, ok := h.fleet.Snapshot().PBX(id)
	if !ok {
		return nil, store.ErrNotFound
	}
	return p, nil
}

// maxNote is the maximum length of a note, in characters.
const maxNote = 2000

// AddPBXNote adds a note to a PBX.
func (h *Handler) AddPBXNote(w http.ResponseWriter, r *http.Request) error {
	p, err := h.pbx(r)
	if err != nil {
		return err
	}
	to := ui.Link{Label: display.Name(p), URL: ui.PBXURL(p.CloudPBXID)}
	return h.addNote(w, r, store.Remark{About: store.AboutPBX, Subject: p.CloudPBXID}, to)
}

// AddCustomerNote adds a note to a customer.
func (h *Handler) AddCustomerNote(w http.ResponseWriter, r *http.Request) error {
	word := chi.URLParam(r, "customerId")
	id, err := strconv.ParseInt(word, 10, 64)
	row := h.directory.Book().Row(id)
	if err != nil || row == nil || word != strconv.FormatInt(id, 10) {
		return store.ErrNotFound
	}
	to := ui.Link{Label: row.Name(), URL: ui.CustomerURL(id)}
	return h.addNote(w, r, store.Remark{About: store.AboutCustomer, Subject: id}, to)
}

func (h *Handler) addNote(w http.ResponseWriter, r *http.Request, note store.Remark, to ui.Link) error {
	note.By, note.Text = web.Actor(r), strings.TrimSpace(r.PostForm.Get("note"))
	problem := noteProblem(note.Text)
	if problem == "" {
		if err := h.notes.AddRemark(r.Context(), mirror.DefaultAccount, to.Label, note); err != nil {
			return err
		}
		h.site.Sessions.Said.Say(web.Actor(r).ID, "The note was added.")
		web.Redirect(w, r, to.URL+"#notes")
		return nil
	}
	m := views.FormPage{
		Title: "New note", Back: to, URL: to.URL + "/notes", Button: "Add note", Problem: "The note was not added.",
		Fields: []ui.FormField{{
			Name: "note", Label: "Note", Value: note.Text, Problem: problem, Input: ui.Input{Type: "textarea"},
		}},
	}
	return h.site.Render(w, r, http.StatusUnprocessableEntity, m.Title, views.Form(m), views.Form(m))
}
