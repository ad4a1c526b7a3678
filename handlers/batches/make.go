package batches

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/batches"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/handlers/web/lists"
	"cordboard/handlers/web/plans"
	"cordboard/store"
	views "cordboard/views/batches"
	"cordboard/views/ui"
)

// target is the set of PBXs that a form is for.
type target struct {
	pbxs    []*fleet.PBX
	unknown []int64 // IDs that Cordboard doesn't know
	query   string  // the list's query string; "" if the IDs were listed
	words   string
	ignored []string // sentences about parts of the query that have no effect
}

// ofQuery returns the PBXs that a query of the list finds, on all pages.
func (h *Plans) ofQuery(r *http.Request, values url.Values) target {
	q, problems := lists.ParseQuery(values, web.UserFrom(r.Context()))
	c := h.site.Clock(r)
	t := target{query: values.Encode()}
	t.words, t.ignored = h.c.QueryWords(q, problems)
	t.pbxs = slices.Collect(h.c.Fleet.Index().All(q, c.Now, c.Zone))
	if ticked := q.Filters["cloudPbxId"]; len(ticked) > 0 && q.Presence == list.PresenceAll {
		t.words = "Selected in the list"
	}
	return t
}

// ofIDs returns the PBXs with the given IDs. It returns false if one can't be an ID.
func (h *Plans) ofIDs(ids []string) (target, bool) {
	t := target{words: "The PBXs with the given IDs"}
	seen := map[int64]bool{}
	for _, word := range ids {
		id, err := strconv.ParseInt(word, 10, 64)
		if err != nil || id <= 0 {
			return t, false
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		if p, ok := h.c.Fleet.Snapshot().PBX(id); ok {
			t.pbxs = append(t.pbxs, p)
		} else {
			t.unknown = append(t.unknown, id)
		}
	}
	return t, true
}

// formState is the state of the form for many PBXs.
type formState struct {
	kind     store.OperationKind
	inputs   url.Values
	target   target
	problems []input.Finding
	notice   *ui.Notice
}

// ShowNew shows the form for many PBXs. Its URL has the action and either the list's query string in the parameter
// query, with the inputs beside it, or the list's own parameters.
func (h *Plans) ShowNew(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	s := formState{kind: store.OperationKind(values.Get("action")), inputs: url.Values{}}
	if _, known := words[s.kind]; !known || s.kind == create.Name {
		return store.ErrNotFound
	}
	values.Del("action")
	if err := web.CheckSelected(values); err != nil {
		return err
	}
	if values.Has("query") {
		query, _ := url.ParseQuery(values.Get("query"))
		values.Del("query")
		s.inputs, values = values, query
	}
	s.target = h.ofQuery(r, values)
	return h.form(w, r, http.StatusOK, s)
}

// form shows the form.
func (h *Plans) form(w http.ResponseWriter, r *http.Request, status int, s formState) error {
	back, _ := url.ParseQuery(s.target.query)
	f := views.Form{
		Action:  string(s.kind),
		Query:   s.target.query,
		Title:   plans.Title(s.kind, len(s.target.pbxs)),
		Lead:    words[s.kind].lead,
		Words:   s.target.words,
		Back:    ui.PBXsURL(back),
		Notice:  s.notice,
		Fields:  h.fields(s),
		Section: "What to change",

		Searches: s.kind == change.Customers,
	}
	if len(s.target.ignored) > 0 && f.Notice == nil {
		f.Notice = ignoredNotice(s.target.ignored)
	}
	return h.site.Render(w, r, status, f.Title, views.New(f), views.New(f))
}

// ignoredNotice returns the notice that a part of the list's query has no effect, so no plan is made from it.
func ignoredNotice(ignored []string) *ui.Notice {
	return &ui.Notice{
		Tone: "tone-warn", Icon: "triangle-alert", Title: "A part of the filter has no effect",
		Text: strings.Join(ignored, " ") + " No plan is made from such a filter. Go back to the list and correct it.",
	}
}

// Make makes a plan from a form for many PBXs.
func (h *Plans) Make(w http.ResponseWriter, r *http.Request) error {
	s := formState{kind: store.OperationKind(r.PostForm.Get("action")), inputs: r.PostForm}
	if _, known := words[s.kind]; !known || s.kind == create.Name {
		return refuse(http.StatusUnprocessableEntity, "This action isn’t possible for many PBXs",
			"Choose one in the list of PBXs.")
	}
	if r.PostForm.Has("query") && r.PostForm.Has("ids") {
		return refuse(http.StatusUnprocessableEntity, "The form has both IDs and a query",
			"Send either the IDs of PBXs or the list’s query.")
	}
	if r.PostForm.Has("query") {
		query, err := url.ParseQuery(strings.TrimPrefix(r.PostForm.Get("query"), "?"))
		if err := web.CheckSelected(query); err != nil {
			return err
		}
		if err != nil {
			return refuse(http.StatusUnprocessableEntity, "The list’s query can’t be read",
				"Go back to the list and choose the PBXs again.")
		}
		s.target = h.ofQuery(r, query)
	} else {
		var ok bool
		if s.target, ok = h.ofIDs(r.PostForm["ids"]); !ok {
			return refuse(http.StatusUnprocessableEntity, "One of the IDs can’t be read",
				"Go back to the list and choose the PBXs again.")
		}
	}
	switch {
	case len(s.target.ignored) > 0:
		return h.form(w, r, http.StatusUnprocessableEntity, s)
	case len(s.target.pbxs)+len(s.target.unknown) == 0:
		s.notice = &ui.Notice{
			Tone: "tone-warn", Icon: "circle-alert", Title: "There are no PBXs to change",
			Text: "No PBX matches, or none is selected. Go back to the list and choose the PBXs again.",
		}
		return h.form(w, r, http.StatusUnprocessableEntity, s)
	case web.IsOverRate(r):
		w.Header().Set("Retry-After", "10")
		s.notice = &ui.Notice{
			Tone: "tone-warn", Icon: "clock", Title: "Too many submissions",
			Text: "No plan was made. The values you entered are still below. Wait a few seconds, then try again.",
		}
		return h.form(w, r, http.StatusTooManyRequests, s)
	}
	return h.judge(w, r, s)
}

// judge judges the form and stores the plan, or shows the form with its problems.
func (h *Plans) judge(w http.ResponseWriter, r *http.Request, s formState) error {
	inputs := inputsOf(s.inputs)
	j, err := h.c.Changes.Judge(r.Context(), s.kind, inputs, h.site.Clock(r).Zone)
	if err != nil {
		return fmt.Errorf("judge a plan: %w", err)
	}
	if s.problems = j.CheckInputs(); len(s.problems) > 0 {
		return h.form(w, r, http.StatusUnprocessableEntity, s)
	}
	source := store.BatchSource{Words: s.target.words, Query: s.target.query, Inputs: inputs, Judged: j.At}
	p, err := batches.OfPBXs(j, s.kind, source, s.target.pbxs, s.target.unknown)
	if err != nil {
		return err
	}
	return h.made(w, r, p)
}

// made stores a plan, and leads to it.
func (h *Plans) made(w http.ResponseWriter, r *http.Request, p batches.Plan) error {
	by := web.Actor(r)
	one, err := h.c.Batches.Make(r.Context(), by, h.site.Tokens.New(by.ID), p)
	if err != nil {
		return fmt.Errorf("store a plan: %w", err)
	}
	web.Redirect(w, r, ui.BatchURL(one.ID))
	return nil
}

// inputsOf returns the fields of the form that say what to change.
func inputsOf(form url.Values) url.Values {
	inputs := url.Values{}
	for name, values := range form {
		switch name {
		case "action", "query", "ids", "customerSearch":
		default:
			if len(values) > 0 && values[0] != "" {
				inputs[name] = values
			}
		}
	}
	return inputs
}

// tooMany returns the error page for a user who sends too much.
func tooMany(w http.ResponseWriter) error {
	w.Header().Set("Retry-After", "10")
	return refuse(http.StatusTooManyRequests, "Too many submissions", "Wait a few seconds, then try again.")
}

// refuse returns an error page that says why no plan was made.
func refuse(status int, title, text string) error {
	return &web.HTTPError{
		ErrorAnswer: web.ErrorAnswer{Status: status, Title: title, Text: "Nothing was changed. " + text},
		Err:         errors.New(title),
	}
}
