package renewals

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/renewals"
	"cordboard/views/ui"
)

const (
	maxNext  = 200 // characters of a next step
	maxYears = 30  // how many years ahead a date can be
	maxBulk  = 500 // PBXs that a form changes at once
	namedIn  = 50  // PBXs that a form names
)

// entry is a form that was sent: what to change, and the problems by field.
type entry struct {
	change   store.RenewalChange
	problems map[string]string
}

// read returns the changes that a form describes. A field that the form doesn't have changes nothing. In the form of
// several PBXs, a field that is empty changes nothing either. p is the PBX, or nil if there are several.
func read(form url.Values, users []store.User, p *fleet.PBX, c ui.Clock) entry {
	e := entry{problems: map[string]string{}}
	value := func(name string) (text string, sent bool) {
		text = input.Get(form, name)
		return text, form.Has(name) && (p != nil || text != "")
	}
	if word, sent := value("owner"); sent {
		if id, problem := ownerOf(word, users, p); problem != "" {
			e.problems["owner"] = problem
		} else {
			e.change.Owner = &id
		}
	}
	if word, sent := value("state"); sent && word != "" {
		state := store.RenewalState(word)
		if e.change.State = &state; !slices.Contains(store.RenewalStates, state) {
			e.problems["state"] = fmt.Sprintf("“%s” isn’t valid. Choose one of the states.", list.Shorten(word))
		}
	}
	if text, sent := value("next"); sent {
		if e.change.Next = &text; len([]rune(text)) > maxNext {
			e.problems["next"] = fmt.Sprintf("Use at most %d characters.", maxNext)
		}
	}
	if day, sent := value("nextOn"); sent {
		e.change.NextOn = &day
		if p == nil || day != p.Desk().Renewal.NextOn { // a day that has passed can stay
			var check input.Check
			check.Date(form, "nextOn", input.Optional, c.Now.In(c.Zone), maxYears)
			for _, f := range check.Problems {
				e.problems["nextOn"] = display.Finding(f)
			}
		}
	}
	return e
}

// ownerOf returns the ID of the user whom a word names by ID or email address, or 0 for nobody. The owner of p can
// stay, even if they have left the team.
func ownerOf(word string, users []store.User, p *fleet.PBX) (id int64, problem string) {
	if word == "" || word == list.None {
		return 0, ""
	}
	at := slices.IndexFunc(users, func(u store.User) bool {
		return strconv.FormatInt(u.ID, 10) == word || strings.EqualFold(u.Email, word)
	})
	switch {
	case at < 0:
		return 0, "Nobody in your team has this ID or email address."
	case lists.CanOwn(&users[at]) || p != nil && p.Desk().Owner.ID == users[at].ID:
		return users[at].ID, ""
	case users[at].Disabled:
		return 0, users[at].Name + " has left the team. Choose somebody else."
	}
	return 0, users[at].Name + " can’t change PBXs. Choose an operator or an admin."
}

// ShowForm shows the form that changes a PBX's renewal and owner.
func (h *Handler) ShowForm(w http.ResponseWriter, r *http.Request) error {
	p, err := h.pbx(r)
	if err != nil {
		return err
	}
	form, notice := display.SignedOut(r.URL.Query())
	problem := ""
	if notice != nil {
		problem = display.SignedOutText
	} else {
		d := p.Desk()
		form = url.Values{
			"owner": {d.Owner.Email}, "state": {p.Text(fleet.FieldRenewal)}, "next": {d.Renewal.Next},
			"nextOn": {d.Renewal.NextOn},
		}
	}
	return h.form(w, r, http.StatusOK, []*fleet.PBX{p}, form, problem, nil)
}

// Change changes a PBX's renewal and owner.
func (h *Handler) Change(w http.ResponseWriter, r *http.Request) error {
	p, err := h.pbx(r)
	if err != nil {
		return err
	}
	return h.change(w, r, []*fleet.PBX{p}, p)
}

// ShowBulk shows the form that changes the renewals of several PBXs.
func (h *Handler) ShowBulk(w http.ResponseWriter, r *http.Request) error {
	pbxs, err := h.selected(r.URL.Query())
	if err != nil {
		return err
	}
	if form, notice := display.SignedOut(r.URL.Query()); notice != nil {
		return h.form(w, r, http.StatusOK, pbxs, form, display.SignedOutText, nil)
	}
	return h.form(w, r, http.StatusOK, pbxs, url.Values{"owner": r.URL.Query()["owner"]}, "", nil)
}

// ChangeBulk changes the renewals and owners of several PBXs.
func (h *Handler) ChangeBulk(w http.ResponseWriter, r *http.Request) error {
	pbxs, err := h.selected(r.PostForm)
	if err != nil {
		return err
	}
	return h.change(w, r, pbxs, nil)
}

// selected returns the PBXs that a form has selected.
func (h *Handler) selected(form url.Values) (pbxs []*fleet.PBX, err error) {
	for _, word := range form["ids"] {
		p, err := h.known(word)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(pbxs, p) {
			pbxs = append(pbxs, p)
		}
	}
	if len(pbxs) == 0 || len(pbxs) > maxBulk {
		return nil, &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
			Status: http.StatusUnprocessableEntity,
			Title:  "Select PBXs first",
			Text:   fmt.Sprintf("Nothing was changed. Go back and select 1 to %d PBXs.", maxBulk),
		}}
	}
	return pbxs, nil
}

// change changes the renewals of pbxs. p is the PBX if the form is about a single one.
func (h *Handler) change(w http.ResponseWriter, r *http.Request, pbxs []*fleet.PBX, p *fleet.PBX) error {
	users, err := h.c.Store.Users(r.Context())
	if err != nil {
		return err
	}
	e := read(r.PostForm, users, p, h.site.Clock(r))
	problem := ""
	gone := slices.IndexFunc(pbxs, (*fleet.PBX).IsGone)
	switch {
	case gone >= 0:
		problem = "Nothing was changed: YCM no longer has " + display.Name(pbxs[gone]) + "."
	case len(e.problems) > 0:
		problem = "Nothing was changed. Check the fields below."
	case e.change == store.RenewalChange{}:
		problem = "Nothing was changed. Fill in at least one field."
	}
	if problem != "" {
		return h.form(w, r, http.StatusUnprocessableEntity, pbxs, r.PostForm, problem, e.problems)
	}
	changes := make([]store.RenewalChange, len(pbxs))
	for i, one := range pbxs {
		changes[i] = e.change
		changes[i].CloudPBXID, changes[i].Name = one.CloudPBXID, display.Name(one)
	}
	if err := h.c.Desk.ChangeRenewals(r.Context(), web.Actor(r), changes...); err != nil {
		return fmt.Errorf("change renewals: %w", err)
	}
	said := "The renewal of " + display.Name(pbxs[0]) + " was changed."
	if len(pbxs) > 1 {
		said = "The renewals of " + ui.Count(int64(len(pbxs)), "PBX", "PBXs") + " were changed."
	}
	h.site.Sessions.Said.Say(web.Actor(r).ID, said)
	web.Redirect(w, r, backFrom(r.PostForm, pbxs).URL)
	return nil
}

// backFrom returns the page that a form came from: the page that it names, or that of the PBX.
func backFrom(form url.Values, pbxs []*fleet.PBX) ui.Link {
	back := ui.Link{Label: "Expiries", URL: "/expiries"}
	if len(pbxs) == 1 {
		back = ui.Link{Label: display.Name(pbxs[0]), URL: ui.PBXURL(pbxs[0].CloudPBXID) + "#renewal"}
	}
	if to := web.LocalPath(form.Get("back")); form.Get("back") == to {
		back.URL = to
		switch {
		case to == "/":
			back.Label = "Overview"
		case strings.HasPrefix(to, "/expiries"):
			back.Label = "Expiries"
		}
	}
	return back
}

// form shows the form of one or several PBXs, with the given values and problems.
func (h *Handler) form(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	pbxs []*fleet.PBX,
	form url.Values,
	problem string,
	problems map[string]string,
) error {
	users, err := h.c.Store.Users(r.Context())
	if err != nil {
		return err
	}
	from := r.URL.Query()
	if r.Method == http.MethodPost {
		from = r.PostForm
	}
	back := backFrom(from, pbxs)
	m := views.FormPage{
		Title:   "Renewal of " + ui.Count(int64(len(pbxs)), "PBX", "PBXs"),
		Lead:    "Fields that you leave empty aren’t changed.",
		Back:    back,
		URL:     "/renewals",
		Button:  "Save",
		Problem: problem,
		Hidden:  []ui.Hidden{{Name: "back", Value: from.Get("back")}},
		Fields:  renewalFields(form, users, len(pbxs) > 1),
	}
	for i, p := range pbxs {
		if i < namedIn {
			m.PBXs = append(m.PBXs, ui.Link{Label: display.Name(p), URL: ui.PBXURL(p.CloudPBXID)})
		}
		if len(pbxs) > 1 || r.URL.Path == "/renewals" {
			m.Hidden = append(m.Hidden, ui.Hidden{Name: "ids", Value: strconv.FormatInt(p.CloudPBXID, 10)})
		}
	}
	if n := len(pbxs) - namedIn; n > 0 {
		m.More = fmt.Sprintf("and %d more", n)
	}
	if r.URL.Path != "/renewals" {
		m.Title, m.URL = "Renewal of "+display.Name(pbxs[0]), ui.PBXURL(pbxs[0].CloudPBXID)+"/renewal"
		m.Lead = "Cordboard closes the renewal when YCM shows a later date."
	}
	for i := range m.Fields {
		m.Fields[i].Problem = problems[m.Fields[i].Name]
	}
	return h.site.Render(w, r, status, m.Title, views.Form(m), views.Form(m))
}

// renewalFields returns the fields of a form. In the form of several PBXs, nothing is chosen at first.
func renewalFields(form url.Values, users []store.User, several bool) []ui.FormField {
	owner := ui.FormField{Name: "owner", Label: "Owner", Optional: true, Input: ui.Input{Type: "select"}}
	state := ui.FormField{Name: "state", Label: "State", Input: ui.Input{Type: "select"}}
	if several {
		owner.Options = append(owner.Options, ui.Choice{Label: "Don’t change"})
		state.Options = append(state.Options, ui.Choice{Label: "Don’t change"})
	}
	nobody := ui.Choice{Value: list.None, Label: "Nobody", Selected: form.Get("owner") == list.None}
	nobody.Selected = nobody.Selected || !several && form.Get("owner") == ""
	owner.Options = append(owner.Options, nobody)
	owner.Options = append(owner.Options, lists.Colleagues(users, form.Get("owner"))...)
	for _, s := range store.RenewalStates {
		state.Options = append(state.Options, ui.Choice{
			Value: string(s), Label: display.RenewalLabels[string(s)], Selected: string(s) == form.Get("state"),
		})
	}
	return []ui.FormField{
		owner,
		state,
		{
			Name: "next", Label: "Next step", Value: form.Get("next"), Optional: true,
			Hint: "Such as “Send the quote”.", Input: ui.Input{MaxLength: strconv.Itoa(maxNext)},
		},
		{
			Name: "nextOn", Label: "Next step on", Value: form.Get("nextOn"), Optional: true,
			Input: ui.Input{Type: "date"},
		},
	}
}
