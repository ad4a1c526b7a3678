package newpbx

import (
	"errors"
	"net/http"
	"strings"

	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/newpbx"
	"cordboard/views/ui"
)

// Create submits an operation from the form. If it can't, it shows the form again with the reasons.
func (h *Handler) Create(w http.ResponseWriter, r *http.Request) error {
	user := web.UserFrom(r.Context())
	p := h.posted(r)
	if to, err := h.attemptOf(r.Context(), p.attempt, user.ID); err != nil || to != "" {
		if err == nil {
			web.Redirect(w, r, to)
		}
		return err
	}
	if !h.site.Tokens.Valid(p.attempt, user.ID) {
		p.attempt = h.site.Tokens.New(user.ID)
		p.notice = &views.FormNotice{
			Tone:  "tone-warn",
			Icon:  "triangle-alert",
			Focus: true,
			Title: "This form has expired",
			Text: "It is more than a day old, belongs to another user, or has no valid one-time ID. Nothing was sent. " +
				"Check your values in this new form, then choose Create PBX.",
		}
		return h.page(w, r, http.StatusConflict, p)
	}
	zone := h.site.Clock(r).Zone
	if web.IsOverRate(r) {
		h.site.Log.InfoContext(
			r.Context(),
			"create throttled",
			"request_id",
			web.RequestIDFrom(r.Context()),
			"user_id",
			user.ID,
		)
		w.Header().Set("Retry-After", "10")
		p.notice = &views.FormNotice{
			Tone:  "tone-warn",
			Icon:  "clock",
			Focus: true,
			Title: "Too many submissions",
			Text:  "Nothing was sent to YCM. The values you entered are still below. Wait a few seconds, then try again.",
		}
		return h.page(w, r, http.StatusTooManyRequests, p)
	}
	a, err := h.create.Submit(r.Context(), web.Actor(r), p.attempt, p.form, input.AcknowledgedIn(r.PostForm), zone)
	switch {
	case err != nil:
		return h.notCreated(w, r, p, err)
	case a.Operation != nil:
		web.Redirect(w, r, ui.OperationURL(a.Operation.ID))
		return nil
	}
	p.draft = &a.Draft
	web.SetAuditTarget(r, "", strings.TrimSpace(p.form.Get("name")+" "+a.Draft.Host), draftNote(a.Draft))
	return h.page(w, r, http.StatusUnprocessableEntity, p)
}

// notCreated shows the form again with the reason why nothing was sent to YCM.
func (h *Handler) notCreated(w http.ResponseWriter, r *http.Request, p formState, err error) error {
	var upstream *operations.UpstreamError
	switch {
	case errors.As(err, &upstream):
		h.site.Log.InfoContext(r.Context(), "precheck create", "request_id", web.RequestIDFrom(r.Context()), "err", err)
		p.notice = upstreamNotice(upstream, h.site.Config.YCMHost)
		return h.page(w, r, web.UpstreamStatus(upstream), p)
	case errors.Is(err, store.ErrUnavailable):
		h.site.Log.ErrorContext(r.Context(), "store operation", "request_id", web.RequestIDFrom(r.Context()), "err", err)
		p.notice = &views.FormNotice{
			Tone:  "tone-bad",
			Icon:  "circle-alert",
			Focus: true,
			Title: "Cordboard can’t write to its database, so nothing was sent",
			Text: "The operation could not be saved, so no request was sent to YCM. The values you entered are still " +
				"below. Contact your administrator: the disk may be full or faulty. Try again once this is fixed.",
		}
		return h.page(w, r, http.StatusServiceUnavailable, p)
	default:
		answer, _ := web.AnswerFor(err)
		h.site.Log.ErrorContext(r.Context(), "submit operation", "request_id", web.RequestIDFrom(r.Context()), "err", err)
		p.notice = &views.FormNotice{
			Tone:      "tone-bad",
			Icon:      "circle-alert",
			Focus:     true,
			Title:     answer.Title,
			Reference: web.RequestIDFrom(r.Context()),
			Text: "Nothing was sent to YCM. The values you entered are still below. Try again; this can’t create " +
				"a second PBX. If this happens again, send the reference below to your administrator.",
		}
		return h.page(w, r, answer.Status, p)
	}
}

// draftNote returns the audit log's note of why a form didn't start an operation.
func draftNote(d create.Draft) store.Note {
	if len(d.Problems) > 0 {
		return store.NewNote(store.NoteFormProblem, d.Problems[0].Field, display.Finding(d.Problems[0]))
	}
	return store.NewNote(store.NoteWarningsPending)
}

// upstreamNotice returns the notice that the form shows if the precheck with YCM failed.
func upstreamNotice(err *operations.UpstreamError, ycmHost string) *views.FormNotice {
	title, text := display.ProblemWords(err.Problem, ycmHost)
	return &views.FormNotice{
		Tone:  "tone-bad",
		Icon:  "unplug",
		Focus: true,
		Title: title + ", so nothing was sent",
		Text: text + " Cordboard must check the host name and the remaining capacity first. No operation was started. " +
			"The values you entered are still below. Try again in a moment.",
		RequestID: err.Problem.RequestID,
	}
}
