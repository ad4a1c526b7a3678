package newpbx

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cordboard/fleet/operations/create"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/newpbx"
	"cordboard/views/ui"
)

// preset returns the preset with the given ID, or store.ErrNotFound if the user can't see it.
func (h *Handler) preset(r *http.Request, key string) (store.Saved, error) {
	for _, p := range h.presets(r) {
		if strconv.FormatInt(p.ID, 10) == key {
			return p, nil
		}
	}
	return store.Saved{}, store.ErrNotFound
}

// ShowPresets shows the presets that the user can apply.
func (h *Handler) ShowPresets(w http.ResponseWriter, r *http.Request) error {
	var m views.PresetsPage
	for _, p := range h.presets(r) {
		row := views.PresetRow{
			Key:  strconv.FormatInt(p.ID, 10),
			Name: p.Name,
			URL:  presetURL(p),
			Own:  p.OwnerID == web.UserFrom(r.Context()).ID,
		}
		row.Of = display.SavedOf(p, row.Own)
		values, _ := url.ParseQuery(p.Query)
		row.Words = h.presetWords(values)
		m.Presets = append(m.Presets, row)
	}
	return h.site.Render(w, r, http.StatusOK, "Presets", views.Presets(m), views.Presets(m))
}

// presetWords describes the values that a preset fills in.
func (h *Handler) presetWords(values url.Values) string {
	form := create.FormOf(values)
	var words []string
	for _, name := range create.FormFields() {
		v := form.Get(name)
		if v == "" {
			continue
		}
		if from, ok := create.OptionKindOf(name); ok {
			if id, err := strconv.ParseInt(v, 10, 64); err == nil {
				if e, known := h.catalog.Options(from).ByID(id); known {
					v = e.Name
				}
			}
		}
		switch n := len(form.All(name)); {
		case n > 1:
			v = strconv.Itoa(n)
		case ui.HasBadge(name):
			v = ui.BadgeFor(name, v).Word
		case name == "allowRunAfterExpirationDate":
			v = display.KeepWords[v]
		case name == "recordingCapacity" && v == "0":
			v = "off"
		}
		if name == "allowRunAfterExpirationDate" && values.Get("expiresInDays") != "" {
			words = append(words, "Days until expiration: "+values.Get("expiresInDays"))
		}
		words = append(words, display.FormLabels[name]+": "+v)
	}
	return strings.Join(words, " · ")
}

// SavePreset saves the reusable values of a form or an operation under a name. After saving a form's values, it shows
// the form again, so that no input is lost.
func (h *Handler) SavePreset(w http.ResponseWriter, r *http.Request) error {
	p := h.posted(r)
	zone := h.site.Clock(r).Zone
	id := cmp.Or(r.PostForm.Get("operation"), r.PostForm.Get("creation")) // "creation" is the name in earlier versions
	if id != "" {
		c, err := h.operations.Operation(r.Context(), id)
		if err != nil {
			return err
		}
		p.form = create.FormOfOperation(&c, zone)
		p.attempt = ""
	}
	name := strings.TrimSpace(p.presetName)
	values := p.form.ToPreset(h.site.Now(), zone)
	switch query := values.Encode(); {
	case name == "":
		p.presetProblem = "Enter a name for the preset."
	case !fold.Plain(name):
		p.presetProblem = "The name has no visible characters, or it contains a control character. Enter a different name."
	case len([]rune(name)) > 60:
		p.presetProblem = "The name is too long. The limit is 60 characters."
	case len(query) > 4000:
		p.presetProblem = "This preset is too large to save. Remove some customers."
	default:
		_, err := h.saved.PutSaved(
			r.Context(),
			web.Actor(r),
			store.Presets,
			store.Saved{OwnerID: web.UserFrom(r.Context()).ID, Name: name, Shared: p.presetShared, Query: query},
		)
		if err != nil && !errors.Is(err, store.ErrTooManySaved) {
			return fmt.Errorf("save preset: %w", err)
		}
		if err != nil {
			p.presetProblem = "You have reached the limit of 50 presets. Delete one first."
		}
	}
	if id != "" && p.presetProblem == "" {
		web.Redirect(w, r, "/presets")
		return nil
	}
	status := http.StatusOK
	if p.presetProblem != "" {
		status = http.StatusUnprocessableEntity
	} else {
		p.notice = &views.FormNotice{
			Tone:  "tone-ok",
			Icon:  "circle-check",
			Focus: true,
			Title: "Saved as preset " + name,
			Text:  "You can find it in the “Start from…” menu. This form is unchanged.",
		}
	}
	p.attempt = h.site.Tokens.Renew(p.attempt, web.UserFrom(r.Context()).ID)
	return h.page(w, r, status, p)
}

// DeletePreset deletes one of the user's presets.
func (h *Handler) DeletePreset(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("preset"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	if err := h.saved.DeleteSaved(r.Context(), web.Actor(r), store.Presets, id); err != nil {
		return fmt.Errorf("delete preset: %w", err)
	}
	web.Redirect(w, r, "/presets")
	return nil
}
