package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/ui"
)

// state is the state of a form before it is rendered.
type state struct {
	change.Request

	attempt string // the one-time ID
	draft   change.Draft
	busy    *operations.BusyError // another operation on the PBX is open
	notice  *ui.Notice
	judged  bool // whether the fields show their problems
	fresh   bool // whether nobody has filled in the form yet
}

// Show shows the form for a kind of change, with what it would change.
func (h *Handler) Show(kind store.OperationKind) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		form, notice := display.SignedOut(r.URL.Query())
		s, err := h.stateOf(r, kind, form)
		if err != nil {
			return err
		}
		if s.notice = notice; len(form) == 0 {
			if err := h.refill(r, &s); err != nil {
				return err
			}
		}
		s.fresh = len(s.Form) == 0
		s.attempt = h.site.Tokens.Renew(form.Get("attempt"), web.UserFrom(r.Context()).ID)
		h.readSeen(&s)
		if err := h.look(r, &s); err != nil {
			return err
		}
		if kind == change.Start && s.notice == nil {
			suspended, err := h.changes.Suspension(r.Context(), s.PBX)
			if err != nil {
				return err
			}
			if suspended != nil {
				s.notice = display.SuspendedNotice(suspended, h.site.Clock(r))
			}
		}
		return h.page(w, r, http.StatusOK, s)
	}
}

// refill fills in the form with the values of the operation that the URL's parameter from names, if it is such an
// operation on this PBX.
func (h *Handler) refill(r *http.Request, s *state) error {
	from := r.URL.Query().Get("from")
	p, ok := h.fleet.Snapshot().PBX(s.PBX)
	if from == "" || !ok {
		return nil
	}
	o, err := h.operations.Operation(r.Context(), from)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("fill in the form from an operation: %w", err)
	case o.Target.CloudPBXID != s.PBX || change.FormOf(&o) != s.Kind:
		return nil
	}
	if s.Form = change.Again(&o, p); len(s.Form) > 0 {
		s.notice = display.RefilledNotice(&o)
	}
	return nil
}

// stateOf returns the state of a form that has the given values.
func (h *Handler) stateOf(r *http.Request, kind store.OperationKind, form url.Values) (state, error) {
	word := chi.URLParam(r, "cloudPbxId")
	id, err := strconv.ParseInt(word, 10, 64)
	// Each PBX has only one URL, so +7715 and 007715 are not found.
	if err != nil || id <= 0 || word != strconv.FormatInt(id, 10) {
		return state{}, store.ErrNotFound
	}
	return state{Request: change.Request{
		Kind:     kind,
		PBX:      id,
		Form:     form,
		Zone:     h.site.Clock(r).Zone,
		Reviewed: form.Get("reviewed"),
	}}, nil
}

// look adds the draft from the mirror.
func (h *Handler) look(r *http.Request, s *state) (err error) {
	s.draft, err = h.changes.Look(r.Context(), s.Request)
	if errors.As(err, &s.busy) {
		return nil
	}
	return err
}

// Submit submits an operation from a form, or shows what the form would change. If it can't submit one, it shows the
// form again with the reason.
func (h *Handler) Submit(kind store.OperationKind) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := h.stateOf(r, kind, r.PostForm)
		if err != nil {
			return err
		}
		user := web.UserFrom(r.Context())
		s.attempt = s.Form.Get("attempt")
		if s.Form.Get("preview") == "yes" {
			return h.preview(w, r, s)
		}
		if o, err := h.operations.Operation(r.Context(), s.attempt); err == nil && o.By.ID == user.ID {
			web.Redirect(w, r, ui.OperationURL(o.ID))
			return nil
		} else if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("look up operation: %w", err)
		}
		ours := h.readSeen(&s) // first, so that the form shows what changed, whatever the reason why it comes back
		if !h.site.Tokens.Valid(s.attempt, user.ID) {
			return h.again(w, r, s, http.StatusConflict, display.ExpiredNotice)
		}
		if !ours {
			return h.again(w, r, s, http.StatusConflict, display.MadeUpNotice)
		}
		if web.IsOverRate(r) {
			w.Header().Set("Retry-After", "10")
			return h.again(w, r, s, http.StatusTooManyRequests, display.TooManyNotice)
		}
		return h.send(w, r, s)
	}
}

// readSeen reads the field asOf, in which the form carries the PBX as the user saw it. It returns false if Cordboard
// didn't make the value for this form.
func (h *Handler) readSeen(s *state) bool {
	sealed := s.Form.Get("asOf")
	if sealed == "" {
		return true
	}
	b, ok := h.site.Tokens.Open(s.purpose(), sealed)
	return ok && json.Unmarshal(b, &s.Seen) == nil && s.Seen != nil
}

// purpose identifies the form in sealed values.
func (s *state) purpose() string { return fmt.Sprintf("%s %d", s.Kind, s.PBX) }

// send submits the operation.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, s state) error {
	done, err := h.changes.Submit(r.Context(), web.Actor(r), s.attempt, s.Request, input.AcknowledgedIn(s.Form))
	if err != nil {
		return h.failed(w, r, s, err)
	}
	if done.Operation != nil {
		web.Redirect(w, r, ui.OperationURL(done.Operation.ID))
		return nil
	}
	s.draft, s.judged = done.Draft, true
	if s.draft.Unreviewed {
		s.notice = display.UnreviewedNotice
	}
	status := http.StatusUnprocessableEntity
	if len(s.draft.Problems) == 0 && len(s.draft.Meanwhile) > 0 {
		status = http.StatusConflict
	}
	web.SetAuditTarget(r, strconv.FormatInt(s.PBX, 10), display.Name(s.draft.PBX), draftNote(s.draft))
	return h.page(w, r, status, s)
}

// draftNote returns the audit log's note of why a form didn't start an operation.
func draftNote(d change.Draft) store.Note {
	switch {
	case len(d.Problems) > 0 && d.Problems[0].Field == "":
		return store.NewNote(store.NoteMessage, "Nothing was sent. "+display.Finding(d.Problems[0]))
	case len(d.Problems) > 0:
		return store.NewNote(store.NoteFormProblem, d.Problems[0].Field, display.Finding(d.Problems[0]))
	case len(d.Meanwhile) > 0:
		return store.NewNote(store.NoteChangedMeanwhile, d.Meanwhile[0].Field)
	case d.Unreviewed:
		return store.NewNote(store.NoteUnreviewed)
	}
	return store.NewNote(store.NoteWarningsPending)
}

// preview shows what the form would change, and sends nothing.
func (h *Handler) preview(w http.ResponseWriter, r *http.Request, s state) error {
	if !h.readSeen(&s) {
		return h.again(w, r, s, http.StatusConflict, display.MadeUpNotice)
	}
	s.attempt = h.site.Tokens.Renew(s.attempt, web.UserFrom(r.Context()).ID)
	s.judged = true
	if web.WantsFragment(r) { // while the user types, the mirror's values are good enough
		s.Live = true
		if err := h.look(r, &s); err != nil {
			return err
		}
		s.ignoreUnchanged()
		return h.page(w, r, http.StatusOK, s)
	}
	var err error
	if s.draft, err = h.changes.Preview(r.Context(), s.Request); err != nil {
		return h.failed(w, r, s, err)
	}
	if s.Form.Get("customerSearch") != "" {
		s.ignoreUnchanged()
	}
	return h.page(w, r, http.StatusOK, s)
}

// ignoreUnchanged removes the problem that nothing was changed, which a user who is still filling in the form knows.
func (s *state) ignoreUnchanged() {
	s.draft.Problems = slices.DeleteFunc(s.draft.Problems, func(f input.Finding) bool {
		return f.Code == change.FindingUnchanged
	})
}

// failed shows the form again with the reason why nothing was sent to YCM.
func (h *Handler) failed(w http.ResponseWriter, r *http.Request, s state, err error) error {
	var upstream *operations.UpstreamError
	switch {
	case errors.As(err, &s.busy):
		return h.again(w, r, s, http.StatusConflict, nil)
	case errors.As(err, &upstream):
		h.site.Log.InfoContext(r.Context(), "read PBX before a change", "request_id", web.RequestIDFrom(r.Context()),
			"err", err)
		notice := display.UpstreamNotice(upstream.Problem, h.site.Config.YCMHost, "PBX")
		return h.again(w, r, s, web.UpstreamStatus(upstream), notice)
	case errors.Is(err, store.ErrUnavailable):
		h.site.Log.ErrorContext(r.Context(), "store operation", "request_id", web.RequestIDFrom(r.Context()), "err", err)
		return h.again(w, r, s, http.StatusServiceUnavailable, display.NotStoredNotice)
	}
	return err
}

// again shows the form again, with what was typed and with a new one-time ID.
func (h *Handler) again(w http.ResponseWriter, r *http.Request, s state, status int, notice *ui.Notice) error {
	busy := s.busy
	if err := h.look(r, &s); err != nil {
		return err
	}
	if busy != nil {
		s.busy = busy
	}
	s.attempt = h.site.Tokens.Renew(s.attempt, web.UserFrom(r.Context()).ID)
	s.notice = notice
	return h.page(w, r, status, s)
}
