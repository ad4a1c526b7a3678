package newpbx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/newpbx"
	"cordboard/views/ui"
)

const (
	optionsWait = 1500 * time.Millisecond // for options that are being read for the first time
	reloadWait  = 10 * time.Second
	hostWait    = 2 * time.Second // for YCM's host name check while the user fills in the form
	foundMost   = 20              // maximum number of customers shown per search
)

// Show shows the form with its defaults, or filled in from a preset, another PBX, an operation or the URL.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	h.prefetch(r.Context())
	query := r.URL.Query()
	user := web.UserFrom(r.Context())
	p := formState{form: create.FormOf(query), attempt: query.Get("attempt")}
	switch {
	case p.attempt != "":
		if to, err := h.attemptOf(r.Context(), p.attempt, user.ID); err != nil || to != "" {
			if err == nil {
				web.Redirect(w, r, to)
			}
			return err
		}
		p.notice = &views.FormNotice{
			Tone:  "tone-info",
			Icon:  "info",
			Title: "Your values were restored",
			Text:  "You were signed out in the meantime. Nothing has been sent.",
		}
		if !h.site.Tokens.Valid(p.attempt, user.ID) {
			p.attempt, p.notice = h.site.Tokens.New(user.ID), fromALink
		}
	default:
		p.attempt = h.site.Tokens.New(user.ID)
		if len(p.form) > 0 {
			p.notice = fromALink
		}
		if err := h.startFrom(r, &p, query); err != nil {
			return err
		}
	}
	return h.page(w, r, http.StatusOK, p)
}

// fromALink is the notice for values that somebody else may have chosen.
var fromALink = &views.FormNotice{
	Tone:  "tone-info",
	Icon:  "info",
	Title: "Filled in from a link",
	Text:  "Check the values before you create the PBX. Nothing has been sent.",
}

// attemptOf returns the URL of the operation that used a one-time ID, or "" if the user has no such operation.
func (h *Handler) attemptOf(ctx context.Context, id string, userID int64) (string, error) {
	c, err := h.operations.Operation(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("look up operation: %w", err)
	case c.By.ID != userID:
		return "", nil
	}
	return ui.OperationURL(id), nil
}

// startFrom fills in a new form from the preset, PBX or operation that the query names. If the query names none and has
// no form values either, it fills in the defaults.
func (h *Handler) startFrom(r *http.Request, p *formState, query url.Values) error {
	zone := h.site.Clock(r).Zone
	switch {
	case query.Get("preset") != "":
		preset, err := h.preset(r, query.Get("preset"))
		if err != nil {
			return err
		}
		p.fill(preset, h.site.Now(), zone)
		p.notice.Text = "Fill in the name and subdomain."
	case query.Get("clone") != "":
		return h.cloneFrom(r, p, query.Get("clone"))
	case query.Get("from") != "":
		c, err := h.operations.Operation(r.Context(), query.Get("from"))
		if err != nil {
			return fmt.Errorf("start from operation: %w", err)
		}
		p.form = create.FormOfOperation(&c, zone)
		p.notice = &views.FormNotice{
			Tone:  "tone-info",
			Icon:  "copy-plus",
			Title: fmt.Sprintf("Filled in from operation %d", c.Number),
			Text:  "Nothing has been sent.",
		}
		if c.IsOpen() || c.State == store.StateDone { // the form is for another PBX with the same settings
			p.form.Set("subDomain", "")
			p.form.Set("name", "")
			p.notice.Text = "Fill in the name and subdomain."
		}
	case len(p.form) == 0:
		p.form = h.rules.Defaults()
	}
	h.rules.Complete(p.form)
	return nil
}

// fill fills in the form with a preset's values.
func (p *formState) fill(preset store.Saved, now time.Time, zone *time.Location) {
	values, _ := url.ParseQuery(preset.Query) // parameters that can't be parsed are ignored
	p.form = create.FromPreset(values, now, zone)
	p.presetName, p.presetShared = preset.Name, preset.Shared
	p.notice = &views.FormNotice{Tone: "tone-info", Icon: "bookmark", Title: "Filled in from preset " + preset.Name}
}

func (h *Handler) cloneFrom(r *http.Request, p *formState, word string) error {
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	source, ok := h.fleet.Snapshot().PBX(id)
	if !ok {
		return store.ErrNotFound
	}
	form, said := h.rules.Clone(source, h.site.Clock(r).Zone)
	p.form = form
	p.notice = &views.FormNotice{
		Tone:  "tone-info",
		Icon:  "copy-plus",
		Title: "Cloned from " + source.Text(fleet.FieldName),
		Text:  "Fill in the name and subdomain.",
	}
	if len(said) > 0 {
		p.notice.Text += " These values need your attention:"
	}
	for _, f := range said {
		p.notice.List = append(p.notice.List, display.FormLabels[f.Field]+": "+display.Finding(f))
	}
	return nil
}

// prefetch waits up to optionsWait for options that are being read for the first time. Stale options are read again in
// the background.
func (h *Handler) prefetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, optionsWait)
	defer cancel()
	h.catalog.Prefetch(ctx)
}

// Redraw responds to a form that has not been submitted. While the user fills in the form, it returns the fragment that
// depends on the form's values. If the user presses one of the form's other buttons, it returns the whole page.
func (h *Handler) Redraw(w http.ResponseWriter, r *http.Request) error {
	p := h.posted(r)
	p.attempt = h.site.Tokens.Renew(p.attempt, web.UserFrom(r.Context()).ID)
	switch do := r.PostForm.Get("do"); {
	case do == "find":
		p.find = true
	case strings.HasPrefix(do, "preset-"):
		preset, err := h.preset(r, strings.TrimPrefix(do, "preset-"))
		if err != nil {
			return err
		}
		typed := p.form
		p.fill(preset, h.site.Now(), h.site.Clock(r).Zone)
		p.form.MergeUnset(typed)
		p.notice.Focus = true
		p.notice.Text = "The name, subdomain and reason that you entered are unchanged. Nothing has been sent."
		h.rules.Complete(p.form)
		return h.page(w, r, http.StatusOK, p)
	case strings.HasPrefix(do, "reload"):
		if h.hostCheckLimiter.Allow(web.UserFrom(r.Context()).ID) {
			reload(r.Context(), h.catalog, strings.TrimPrefix(strings.TrimPrefix(do, "reload"), "-"))
		}
	}
	moved := r.PostForm.Get("shownRegion") != p.form.Get("regionId")
	if moved {
		p.moved = h.rules.Move(p.form)
	}
	if !web.WantsFragment(r) {
		return h.page(w, r, http.StatusOK, p)
	}
	m, d, err := h.model(r, p)
	if err != nil {
		return err
	}
	if d.Host != "" && !anyOf(d.Problems, "subDomain") {
		ctx, cancel := context.WithTimeout(r.Context(), hostWait)
		defer cancel()
		live := liveForm{m.Live}
		state := create.HostUnchecked
		if h.hostCheckLimiter.Allow(web.UserFrom(r.Context()).ID) {
			state = h.create.CheckHost(ctx, d.Host)
		}
		live.say(state)
		m.Live = live.Live
	}
	if moved {
		m.Live.Place = &m.Place
	}
	return web.Send(r.Context(), w, http.StatusOK, views.Follows(m.Live))
}

// FindCustomers serves the customer combo box's search.
func (h *Handler) FindCustomers(w http.ResponseWriter, r *http.Request) error {
	found, more := h.foundCustomers(r.URL.Query().Get("q"), nil)
	return web.Send(r.Context(), w, http.StatusOK, views.CustomerOptions(found, more))
}

// formState is the state of a form before it is rendered.
type formState struct {
	form          create.Form
	attempt       string
	search        string // the search text for customers
	find          bool   // whether to show the search results
	notice        *views.FormNotice
	moved         []fleet.OptionKind // the kinds of options whose selection changed with the region
	draft         *create.Draft
	presetName    string
	presetShared  bool
	presetProblem string
}

// reload reads the options of one kind again, or those of all kinds for "".
func reload(ctx context.Context, catalog Catalog, only string) {
	kinds := slices.DeleteFunc(
		slices.Clone(fleet.OptionKinds),
		func(kind fleet.OptionKind) bool { return only != "" && only != string(kind) },
	)
	if len(kinds) > 0 {
		ctx, cancel := context.WithTimeout(ctx, reloadWait)
		defer cancel()
		catalog.Reload(ctx, kinds...)
	}
}

func (h *Handler) posted(r *http.Request) formState {
	return formState{
		form:         create.FormOf(r.PostForm),
		attempt:      r.PostForm.Get("attempt"),
		search:       r.PostForm.Get("customerSearch"),
		presetName:   r.PostForm.Get("presetName"),
		presetShared: r.PostForm.Get("presetShared") == "yes",
	}
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request, status int, p formState) error {
	m, _, err := h.model(r, p)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, status, "New PBX", views.Form(m), views.Form(m))
}

// textOf returns the sentence about a field's first finding, or "" if there is none.
func textOf(findings []input.Finding, field string) string {
	for _, f := range findings {
		if f.Field == field {
			return display.Finding(f)
		}
	}
	return ""
}
