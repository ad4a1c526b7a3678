package renewals

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/said"
	"cordboard/store"
	views "cordboard/views/renewals"
	"cordboard/views/ui"
)

// maxReason is the maximum length of the reason of a snooze, in characters, and snoozeYears how long it can last.
const (
	maxReason   = 500
	snoozeYears = 1
)

// ShowSnooze shows the form that snoozes a reason for attention of a PBX.
func (h *Handler) ShowSnooze(w http.ResponseWriter, r *http.Request) error {
	form := r.URL.Query()
	p, err := h.known(form.Get("cloudPbxId"))
	if err != nil {
		return err
	}
	if retyped, notice := display.SignedOut(form); notice != nil {
		return h.snoozeForm(w, r, http.StatusOK, p, retyped, display.SignedOutText, nil)
	}
	return h.snoozeForm(w, r, http.StatusOK, p, form, "", nil)
}

// Snooze hides a reason for attention of a PBX until a day, or shows it again if no day is given.
func (h *Handler) Snooze(w http.ResponseWriter, r *http.Request) error {
	form := r.PostForm
	p, err := h.known(form.Get("cloudPbxId"))
	if err != nil {
		return err
	}
	problems := map[string]string{}
	var check input.Check
	z := store.Snooze{CloudPBXID: p.CloudPBXID, What: form.Get("what"), By: web.Actor(r)}
	if !slices.Contains(list.AttentionWords, z.What) {
		problems["what"] = fmt.Sprintf("“%s” isn’t a reason for attention. Choose one of the list.", list.Shorten(z.What))
	}
	z.Reason = check.Text(form, "reason", maxReason)
	c := h.site.Clock(r)
	until := input.Optional // a form without day and reason ends the snooze
	if form.Has("until") || form.Get("reason") != "" {
		until = input.Required
	}
	if day, ok := check.Date(form, "until", until, c.Now.In(c.Zone), snoozeYears); ok {
		z.Until = fleet.DayDate(fleet.Day(day.Unix(), day.Location()))
		if z.Until <= fleet.DayDate(fleet.Day(c.Now.Unix(), c.Zone)) {
			problems["until"] = "Choose a day after today."
		}
	}
	for _, f := range check.Problems {
		problems[f.Field] = display.Finding(f)
	}
	if until == input.Required && z.Reason == "" && problems["reason"] == "" {
		problems["reason"] = "Enter why this can wait."
	}
	if p.IsGone() {
		problems["what"] = "YCM no longer has this PBX."
	}
	if len(problems) > 0 {
		const text = "Nothing was snoozed. Check the fields below."
		return h.snoozeForm(w, r, http.StatusUnprocessableEntity, p, form, text, problems)
	}
	undo := formOf(p, z.What, fleet.DayDate(fleet.Day(c.Now.Unix(), c.Zone)), form.Get("back"))
	if err := h.c.Desk.SetSnooze(r.Context(), display.Name(p), z); err != nil {
		return fmt.Errorf("snooze: %w", err)
	}
	what := display.EnumLabel("attention", z.What, h.c.Fleet.Index().Thresholds())
	text := display.Name(p) + ": “" + what + "” is no longer snoozed."
	if z.Until != "" {
		text = display.Name(p) + ": “" + what + "” is snoozed until " + display.DateText(z.Until) + "."
	}
	h.site.Sessions.Said.Offer(web.Actor(r).ID, said.Sentence{Text: text, Action: "/snoozes", Form: undo})
	web.Redirect(w, r, backFrom(form, []*fleet.PBX{p}).URL)
	return nil
}

// formOf returns the values of a form that snoozes a reason as it is snoozed today, or ends the snooze if it isn't.
func formOf(p *fleet.PBX, what, today, back string) url.Values {
	form := url.Values{"cloudPbxId": {strconv.FormatInt(p.CloudPBXID, 10)}, "what": {what}, "back": {back}}
	for _, z := range p.Desk().Snoozes {
		if z.What == what && z.IsOn(today) {
			form["until"], form["reason"] = []string{z.Until}, []string{z.Reason}
		}
	}
	return form
}

// snoozeForm shows the form, with the given values and problems.
func (h *Handler) snoozeForm(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	p *fleet.PBX,
	form url.Values,
	problem string,
	problems map[string]string,
) error {
	thresholds := h.c.Fleet.Index().Thresholds()
	what := ui.FormField{Name: "what", Label: "Reason for attention", Required: true, Input: ui.Input{Type: "select"}}
	for _, word := range list.AttentionWords {
		what.Options = append(what.Options, ui.Choice{
			Value: word, Label: display.EnumLabel("attention", word, thresholds), Selected: word == form.Get("what"),
		})
	}
	m := views.FormPage{
		Title: "Snooze " + display.Name(p), Lead: "For the whole team, until the day that you choose.",
		Back: backFrom(form, []*fleet.PBX{p}), URL: "/snoozes", Button: "Snooze", Problem: problem,
		Hidden: []ui.Hidden{
			{Name: "cloudPbxId", Value: strconv.FormatInt(p.CloudPBXID, 10)}, {Name: "back", Value: form.Get("back")},
		},
		Fields: []ui.FormField{
			what,
			{
				Name: "reason", Label: "Why it can wait", Value: form.Get("reason"), Required: true,
				Input: ui.Input{MaxLength: strconv.Itoa(maxReason)},
			},
			{Name: "until", Label: "Until", Value: form.Get("until"), Required: true, Input: ui.Input{Type: "date"}},
		},
	}
	for i := range m.Fields {
		m.Fields[i].Problem = problems[m.Fields[i].Name]
	}
	return h.site.Render(w, r, status, m.Title, views.Form(m), views.Form(m))
}

// SetCustomerOwner sets who looks after a customer.
func (h *Handler) SetCustomerOwner(w http.ResponseWriter, r *http.Request) error {
	word := chi.URLParam(r, "customerId")
	id, err := strconv.ParseInt(word, 10, 64)
	row := h.c.Directory.Book().Row(id)
	if err != nil || row == nil || word != strconv.FormatInt(id, 10) {
		return store.ErrNotFound
	}
	users, err := h.c.Store.Users(r.Context())
	if err != nil {
		return err
	}
	owner, problem := ownerOf(input.Get(r.PostForm, "owner"), users, nil)
	if problem != "" {
		return &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
			Status: http.StatusUnprocessableEntity, Title: "The owner was not changed", Text: problem,
		}}
	}
	if err := h.c.Store.SetCustomerOwner(
		r.Context(), mirror.DefaultAccount, row.Name(), web.Actor(r), id, owner,
	); err != nil {
		return err
	}
	h.site.Sessions.Said.Say(web.Actor(r).ID, "The owner of "+row.Name()+" was changed.")
	web.Redirect(w, r, ui.CustomerURL(id)+"#owner")
	return nil
}
