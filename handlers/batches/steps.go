package batches

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cordboard/fleet/batches"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/ui"
)

// Apply starts to carry out a plan. A plan that deletes PBXs requires a recent sign-in.
func (h *Handler) Apply(w http.ResponseWriter, r *http.Request) error {
	one, err := h.c.Batches.Batch(r.Context(), batchID(r))
	if err != nil {
		return err
	}
	apply := func(w http.ResponseWriter, r *http.Request) error {
		_, err := h.c.Batches.Apply(r.Context(), web.Actor(r), one.ID, input.AcknowledgedIn(r.PostForm),
			r.PostForm.Get("waves") == "yes")
		return h.stepped(w, r, &one, err)
	}
	if one.Kind == change.Delete && one.Applied.At.IsZero() {
		h.c.RequireRecentAuth(h.site.Handle(apply)).ServeHTTP(w, r)
		return nil
	}
	return apply(w, r)
}

// Approve approves a plan of another user.
func (h *Handler) Approve(w http.ResponseWriter, r *http.Request) error {
	return h.step(w, r, h.c.Batches.Approve)
}

// Pause pauses a batch.
func (h *Handler) Pause(w http.ResponseWriter, r *http.Request) error {
	return h.step(w, r, h.c.Batches.Pause)
}

// Resume continues a batch.
func (h *Handler) Resume(w http.ResponseWriter, r *http.Request) error {
	return h.step(w, r, func(ctx context.Context, by store.Actor, id string) (store.Batch, error) {
		return h.c.Batches.Resume(ctx, by, id, input.AcknowledgedIn(r.PostForm))
	})
}

// Stop stops a batch for good, or discards a plan.
func (h *Handler) Stop(w http.ResponseWriter, r *http.Request) error {
	return h.step(w, r, h.c.Batches.Stop)
}

// step does a step of a batch.
func (h *Handler) step(
	w http.ResponseWriter,
	r *http.Request,
	do func(ctx context.Context, by store.Actor, id string) (store.Batch, error),
) error {
	one, err := h.c.Batches.Batch(r.Context(), batchID(r))
	if err != nil {
		return err
	}
	_, err = do(r.Context(), web.Actor(r), one.ID)
	return h.stepped(w, r, &one, err)
}

// stepped leads to the batch after a step, or shows it with the reason why the step wasn't taken.
func (h *Handler) stepped(w http.ResponseWriter, r *http.Request, one *store.Batch, err error) error {
	if err == nil {
		web.Redirect(w, r, ui.BatchURL(one.ID))
		return nil
	}
	status, notice := h.refusal(err)
	if notice == nil {
		return err
	}
	note := store.NewNote(store.NoteMessage, notice.Title)
	web.SetAuditTarget(r, one.ID, fmt.Sprintf("Batch %d", one.Number), note)
	var warned *batches.WarnedError
	if errors.As(err, &warned) {
		return h.page(w, r, status, notice, warned.Warnings)
	}
	return h.page(w, r, status, notice, nil)
}

// refusal returns the status and the notice for an error of a step, or no notice for any other error.
func (h *Handler) refusal(err error) (int, *ui.Notice) {
	n := &ui.Notice{Tone: "tone-warn", Icon: "triangle-alert"}
	var state *batches.StateError
	var warned *batches.WarnedError
	var upstream *operations.UpstreamError
	status := http.StatusConflict
	switch {
	case errors.As(err, &warned):
		status = http.StatusUnprocessableEntity
		n.Title = "A warning must be accepted first"
		var texts []string
		for _, f := range warned.Warnings {
			texts = append(texts, display.Finding(f))
		}
		n.Text = "Nothing was sent. " + strings.Join(texts, " ")
	case errors.As(err, &upstream):
		status = web.UpstreamStatus(upstream)
		title, text := display.ProblemWords(upstream.Problem, h.site.Config.YCMHost)
		n.Tone, n.Icon, n.Title = "tone-bad", "unplug", title
		n.Text = text + " Cordboard must read the available capacity first. Nothing was sent. Try again in a moment."
	case errors.As(err, &state):
		n.Title = "This isn’t possible now"
		n.Text = fmt.Sprintf("Nothing was changed by this. The batch is %s.", stateWords[state.State])
	case errors.Is(err, batches.ErrExpired):
		n.Title, n.Text = "The plan has expired", "Nothing was sent. Make a new plan."
	case errors.Is(err, batches.ErrUnapproved):
		n.Title = "The plan needs approval"
		n.Text = "Nothing was sent. Another operator or admin has to approve it."
	case errors.Is(err, batches.ErrOwnPlan):
		n.Title = "You can’t approve your own plan"
		n.Text = "Nothing was changed. Another operator or admin has to approve it."
	case errors.Is(err, batches.ErrEmpty):
		status = http.StatusUnprocessableEntity
		n.Title, n.Text = "Nothing can be carried out", "Nothing was sent. The rows below say why."
	case errors.Is(err, store.ErrUnavailable):
		return http.StatusServiceUnavailable, display.NotStoredNotice
	default:
		return 0, nil
	}
	return status, n
}

// stateWords has the states of batches as they follow "The batch is".
var stateWords = map[store.BatchState]string{
	store.BatchPlanned: "still a plan",
	store.BatchWaiting: "waiting for approval",
	store.BatchRunning: "running",
	store.BatchPaused:  "paused",
	store.BatchStopped: "stopped",
	store.BatchDone:    "done",
	store.BatchExpired: "expired",
}
