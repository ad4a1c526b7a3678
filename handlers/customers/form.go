package customers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/customer"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/ui"
)

// Changes prepares and submits operations on customers.
type Changes interface {
	Look(ctx context.Context, r customer.Request) (customer.Draft, error)
	Again(o *store.Operation) url.Values
	Submit(
		ctx context.Context,
		by store.Actor,
		id string,
		r customer.Request,
		acknowledged input.Acknowledged,
	) (customer.Submitted, error)
}

// Submissions has the operations that used a form's one-time ID.
type Submissions interface {
	Operation(ctx context.Context, id string) (store.Operation, error)
}

// Forms serves the forms that create, change and delete a customer.
type Forms struct {
	site        *web.Site
	changes     Changes
	submissions Submissions
}

// state is the state of a form before it is rendered.
type state struct {
	customer.Request

	attempt string // the one-time ID
	draft   customer.Draft
	notice  *ui.Notice
	busy    bool // another operation on the customer is open
	judged  bool // whether the fields show their problems
}

// ShowCreate shows the form that creates a customer.
func (h *Forms) ShowCreate(w http.ResponseWriter, r *http.Request) error {
	return h.show(customer.Create)(w, r)
}

// ShowUpdate shows the form that changes a customer.
func (h *Forms) ShowUpdate(w http.ResponseWriter, r *http.Request) error {
	return h.show(customer.Update)(w, r)
}

// ShowDelete shows the form that deletes a customer.
func (h *Forms) ShowDelete(w http.ResponseWriter, r *http.Request) error {
	return h.show(customer.Delete)(w, r)
}

// Create submits an operation that creates a customer.
func (h *Forms) Create(w http.ResponseWriter, r *http.Request) error {
	return h.submit(customer.Create)(w, r)
}

// Update submits an operation that changes a customer.
func (h *Forms) Update(w http.ResponseWriter, r *http.Request) error {
	return h.submit(customer.Update)(w, r)
}

// Delete submits an operation that deletes a customer.
func (h *Forms) Delete(w http.ResponseWriter, r *http.Request) error {
	return h.submit(customer.Delete)(w, r)
}

// show shows the form for a kind of operation.
func (h *Forms) show(kind store.OperationKind) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		form, notice := display.SignedOut(r.URL.Query())
		s, err := stateOf(r, kind, form)
		if err != nil {
			return err
		}
		if s.notice = notice; len(form) == 0 {
			if err := h.refill(r, &s); err != nil {
				return err
			}
		}
		s.attempt = h.site.Tokens.Renew(s.attempt, web.UserFrom(r.Context()).ID)
		h.readSeen(&s)
		if err := h.look(r, &s); err != nil {
			return err
		}
		return h.page(w, r, http.StatusOK, s)
	}
}

// refill fills in the form with the values of the operation that the URL's parameter from names, if it is such an
// operation on this customer.
func (h *Forms) refill(r *http.Request, s *state) error {
	from := r.URL.Query().Get("from")
	if from == "" {
		return nil
	}
	o, err := h.submissions.Operation(r.Context(), from)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("fill in the form from an operation: %w", err)
	case o.Kind != s.Kind || o.Target.CustomerID != s.Customer:
		return nil
	}
	if s.Form = h.changes.Again(&o); len(s.Form) > 0 {
		s.notice = display.RefilledNotice(&o)
	}
	return nil
}

// stateOf returns the state of a form that has the given values.
func stateOf(r *http.Request, kind store.OperationKind, form url.Values) (state, error) {
	s := state{Request: customer.Request{Kind: kind, Form: form}, attempt: form.Get("attempt")}
	if kind == customer.Create {
		return s, nil
	}
	word := chi.URLParam(r, "customerId")
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || id <= 0 || word != strconv.FormatInt(id, 10) {
		return s, store.ErrNotFound
	}
	s.Customer = id
	return s, nil
}

// look adds the draft from the directory.
func (h *Forms) look(r *http.Request, s *state) (err error) {
	var busy *operations.BusyError
	s.draft, err = h.changes.Look(r.Context(), s.Request)
	if errors.As(err, &busy) {
		s.busy, s.notice = true, display.BusyNotice(busy, "customer")
		return nil
	}
	return err
}

// submit submits an operation from a form. If it can't, it shows the form again with the reason.
func (h *Forms) submit(kind store.OperationKind) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := stateOf(r, kind, r.PostForm)
		if err != nil {
			return err
		}
		user := web.UserFrom(r.Context())
		if o, err := h.submissions.Operation(r.Context(), s.attempt); err == nil && o.By.ID == user.ID {
			web.Redirect(w, r, ui.OperationURL(o.ID))
			return nil
		} else if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("look up operation: %w", err)
		}
		ours := h.readSeen(&s)
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

// readSeen reads the field asOf, in which the form carries the customer as the user saw it. It returns false if
// Cordboard didn't make the value for this form.
func (h *Forms) readSeen(s *state) bool {
	sealed := s.Form.Get("asOf")
	if sealed == "" {
		return true
	}
	b, ok := h.site.Tokens.Open(s.purpose(), sealed)
	return ok && json.Unmarshal(b, &s.Seen) == nil && s.Seen != nil
}

// purpose identifies the form in sealed values.
func (s *state) purpose() string { return fmt.Sprintf("%s %d", s.Kind, s.Customer) }

// send submits the operation.
func (h *Forms) send(w http.ResponseWriter, r *http.Request, s state) error {
	done, err := h.changes.Submit(r.Context(), web.Actor(r), s.attempt, s.Request, input.AcknowledgedIn(s.Form))
	if err != nil {
		return h.failed(w, r, s, err)
	}
	if done.Operation != nil {
		web.Redirect(w, r, ui.OperationURL(done.Operation.ID))
		return nil
	}
	s.draft, s.judged = done.Draft, true
	status := http.StatusUnprocessableEntity
	if len(s.draft.Problems) == 0 && len(s.draft.Meanwhile) > 0 {
		status = http.StatusConflict
	}
	target, name := "", ""
	if c := s.draft.Customer; c != nil {
		target, name = strconv.FormatInt(c.ID, 10), c.Name()
	}
	web.SetAuditTarget(r, target, name, draftNote(s.draft))
	return h.page(w, r, status, s)
}

// draftNote returns the audit log's note of why a form didn't start an operation.
func draftNote(d customer.Draft) store.Note {
	switch {
	case len(d.Problems) > 0 && d.Problems[0].Field == "":
		return store.NewNote(store.NoteMessage, "Nothing was sent. "+display.Finding(d.Problems[0]))
	case len(d.Problems) > 0:
		return store.NewNote(store.NoteFormProblem, d.Problems[0].Field, display.Finding(d.Problems[0]))
	case len(d.Meanwhile) > 0:
		return store.NewNote(store.NoteChangedMeanwhile, d.Meanwhile[0].Field)
	}
	return store.NewNote(store.NoteWarningsPending)
}

// failed shows the form again with the reason why nothing was sent to YCM.
func (h *Forms) failed(w http.ResponseWriter, r *http.Request, s state, err error) error {
	var upstream *operations.UpstreamError
	var busy *operations.BusyError
	switch {
	case errors.As(err, &busy):
		return h.again(w, r, s, http.StatusConflict, display.BusyNotice(busy, "customer"))
	case errors.As(err, &upstream):
		h.site.Log.InfoContext(r.Context(), "read customer before a change",
			"request_id", web.RequestIDFrom(r.Context()), "err", err)
		notice := display.UpstreamNotice(upstream.Problem, h.site.Config.YCMHost, "customer")
		return h.again(w, r, s, web.UpstreamStatus(upstream), notice)
	case errors.Is(err, store.ErrUnavailable):
		h.site.Log.ErrorContext(r.Context(), "store operation", "request_id", web.RequestIDFrom(r.Context()), "err", err)
		return h.again(w, r, s, http.StatusServiceUnavailable, display.NotStoredNotice)
	}
	return err
}

// again shows the form again, with what was typed and with a new one-time ID if its own isn't valid.
func (h *Forms) again(w http.ResponseWriter, r *http.Request, s state, status int, notice *ui.Notice) error {
	if err := h.look(r, &s); err != nil {
		return err
	}
	s.attempt = h.site.Tokens.Renew(s.attempt, web.UserFrom(r.Context()).ID)
	s.notice = notice
	return h.page(w, r, status, s)
}
