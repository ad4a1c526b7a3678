package tasks

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/mirror"
	"cordboard/fleet/tasks"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/tasks"
	"cordboard/views/ui"
)

// noteProblem returns the sentence about a note that can't be added, or "".
func noteProblem(text string) string {
	switch {
	case !fold.Shows(text):
		return "Enter a note."
	case len([]rune(text)) > maxNote:
		return "Use at most 2000 characters."
	}
	return ""
}

// ShowForm shows the form that adds a task to a PBX.
func (h *Handler) ShowForm(w http.ResponseWriter, r *http.Request) error {
	p, err := h.pbx(r)
	if err != nil {
		return err
	}
	form, _ := display.SignedOut(r.URL.Query())
	return h.form(w, r, http.StatusOK, p, form, nil)
}

// Add adds a task to a PBX.
func (h *Handler) Add(w http.ResponseWriter, r *http.Request) error {
	p, err := h.pbx(r)
	if err != nil {
		return err
	}
	users, err := h.store.Users(r.Context())
	if err != nil {
		return err
	}
	t, problems := h.taskOf(r, p, users)
	if len(problems) > 0 {
		return h.form(w, r, http.StatusUnprocessableEntity, p, r.PostForm, problems)
	}
	if _, err := h.store.AddTask(r.Context(), mirror.DefaultAccount, display.Name(p), t); err != nil {
		return err
	}
	h.site.Sessions.Said.Say(web.Actor(r).ID, "The task was added.")
	web.Redirect(w, r, ui.PBXURL(p.CloudPBXID)+"#tasks")
	return nil
}

// maxValue is the maximum length of a task's value or text, in characters.
const maxValue = 500

// taskOf returns the task that a form describes, and the problems by field.
func (h *Handler) taskOf(r *http.Request, p *fleet.PBX, users []store.User) (store.Task, map[string]string) {
	form, problems := r.PostForm, map[string]string{}
	t := store.Task{CloudPBXID: p.CloudPBXID, By: web.Actor(r), Goal: store.Goal{
		What: form.Get("what"), Value: input.Get(form, "value"),
	}}
	var check input.Check
	check.Word(form, "what", tasks.Whats...)
	if t.What == fleet.FieldExpirationDate.Name() && t.Value != "" {
		if day, ok := check.Date(form, "value", input.Required, h.site.Clock(r).Now, maxYears); ok {
			t.Value = day.Format("2006-01-02")
		}
	} else {
		check.Text(form, "value", maxValue)
	}
	if day, ok := check.Date(form, "dueOn", input.Optional, h.site.Clock(r).Now, maxYears); ok {
		t.DueOn = day.Format("2006-01-02")
	}
	for _, f := range check.Problems {
		problems[f.Field] = display.Finding(f)
	}
	if t.What == store.OtherTask && !fold.Shows(t.Value) {
		problems["value"] = "Enter what is to be done."
	}
	if p.IsGone() {
		problems["what"] = "YCM no longer has this PBX."
	}
	if t.What != store.OtherTask {
		t.Before = tasks.Value(p, t.What)
		if t.Value != "" && tasks.IsDone(t.Goal, p) || t.Value != "" && t.Value == t.Before {
			problems["value"] = "This is the PBX’s current value."
		}
	}
	word := strings.TrimSpace(form.Get("assignee"))
	at := slices.IndexFunc(users, func(u store.User) bool {
		return strconv.FormatInt(u.ID, 10) == word || strings.EqualFold(u.Email, word)
	})
	switch {
	case word == "":
	case at < 0:
		problems["assignee"] = "Nobody in your team has this ID or email address."
	case !lists.CanOwn(&users[at]):
		problems["assignee"] = users[at].Name + " can’t change PBXs. Choose an operator or an admin."
	default:
		t.AssigneeID = users[at].ID
	}
	return t, problems
}

// maxYears is how many years ahead a date can be.
const maxYears = 30

// form shows the form that adds a task, with the given values and problems.
func (h *Handler) form(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	p *fleet.PBX,
	form url.Values,
	problems map[string]string,
) error {
	users, err := h.store.Users(r.Context())
	if err != nil {
		return err
	}
	back := ui.Link{Label: display.Name(p), URL: ui.PBXURL(p.CloudPBXID)}
	m := views.FormPage{
		Title: "New task", Back: back, URL: back.URL + "/tasks", Button: "Add task", SN: p.Text(fleet.FieldSN),
		Lead: "For what YCM’s API can’t do. Somebody makes the change in YCM; Cordboard closes the task when it sees it.",
	}
	if !h.site.Config.Sandbox {
		m.YCM = &ui.Link{Label: "Open YCM", URL: ui.HostURL(h.site.Config.YCMHost)}
	}
	if len(problems) > 0 {
		m.Problem = "The task was not added. Check the fields below."
	} else if _, signedOut := display.SignedOut(r.URL.Query()); signedOut != nil {
		m.Problem = display.SignedOutText
	}
	what := ui.FormField{Name: "what", Label: "What", Required: true, Input: ui.Input{Type: "select"}}
	for _, name := range tasks.Whats {
		what.Options = append(what.Options, ui.Choice{
			Value: name, Label: display.TaskLabel(name), Selected: name == form.Get("what"),
		})
	}
	assignee := ui.FormField{
		Name: "assignee", Label: "Who does it", Optional: true, Input: ui.Input{
			Type: "select", Options: []ui.Choice{{Label: "Nobody yet"}},
		},
	}
	for _, u := range users {
		if lists.CanOwn(&u) {
			assignee.Options = append(assignee.Options, ui.Choice{
				Value: u.Email, Label: u.Name, Selected: strings.EqualFold(u.Email, form.Get("assignee")),
			})
		}
	}
	m.Fields = []ui.FormField{
		what,
		{
			Name: "value", Label: "New value", Value: form.Get("value"),
			Hint:  "As YCM shows it, such as Ultimate Plan; a date as 2027-03-31. Empty means any other value.",
			Input: ui.Input{MaxLength: "500"},
		},
		{Name: "dueOn", Label: "Due", Value: form.Get("dueOn"), Optional: true, Input: ui.Input{Type: "date"}},
		assignee,
	}
	for i := range m.Fields {
		m.Fields[i].Problem = problems[m.Fields[i].Name]
	}
	return h.site.Render(w, r, status, m.Title, views.Form(m), views.Form(m))
}
