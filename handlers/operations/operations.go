package operations

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/create"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	views "cordboard/views/operations"
	"cordboard/views/ui"
)

// operationTab is a tab of the operations list. It shows the operations in the given states; nil means all.
type operationTab struct {
	key, label string
	states     []store.OperationState
}

var operationTabs = []operationTab{
	{"", "All", nil},
	{"open", "Open", []store.OperationState{store.StateSubmitted, store.StateUnknown}},
	{"done", "Done", []store.OperationState{store.StateDone}},
	{"failed", "Not done", []store.OperationState{store.StateRefused, store.StateNotSent, store.StateNotDone}},
}

// List shows one page of the operations in the selected tab.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	state := query.Get("state")
	if state == "created" { // old bookmarks, from when creating a PBX was the only operation
		state = "done"
	}
	tab := max(0, slices.IndexFunc(operationTabs, func(t operationTab) bool { return t.key == state }))
	page := lists.PageAsked(query)
	search := fold.FirstRunes(strings.TrimSpace(query.Get("q")), 200)
	at := func(n int) string { return ui.OperationsURL(operationTabs[tab].key, search, n) }
	snapshot := h.site.OperationsSnapshot()
	filter := store.OperationFilter{States: operationTabs[tab].states, Search: search}
	found, err := h.operations.List(r.Context(), filter, page, web.OperationsPerPage)
	if err != nil {
		return err
	}
	last := lists.LastPage(found.Total, web.OperationsPerPage)
	if page > last {
		web.Redirect(w, r, at(last))
		return nil
	}
	c := h.site.Clock(r)
	m := views.Page{Snapshot: snapshot, Search: search, Tab: operationTabs[tab].key}
	m.Pager = lists.Pages(page, last, web.OperationsPerPage, int(found.Total), at)
	for i, t := range operationTabs {
		m.Tabs = append(m.Tabs, ui.Tab{Label: t.label, URL: ui.OperationsURL(t.key, search, 1), Current: i == tab})
	}
	for i := range found.Operations {
		m.Rows = append(m.Rows, h.operationRow(&found.Operations[i], c))
	}
	if page == 1 && search == "" {
		if m.Batches, err = h.recentBatches(r.Context(), c); err != nil {
			return err
		}
	}
	title := lists.Title("Operations", lists.CurrentTab(m.Tabs), lists.Quoted(search))
	return h.site.Render(w, r, http.StatusOK, title, views.Operations(m), views.Operations(m))
}

func (h *Handler) operationRow(o *store.Operation, clock ui.Clock) views.OperationRow {
	row := views.OperationRow{
		URL: ui.OperationURL(o.ID),
		Identity: views.Identity{
			Number: ui.Number(o.Number),
			Kind:   string(o.Kind),
			Label:  display.OperationLabel(o),
			State:  string(o.State),
			Badge:  web.OperationBadge(o),
			Name:   web.OperationName(o),
		},
		Host: o.Target.Name,
		At:   clock.DateTime(o.Times.SubmittedAt),
		Ago:  longAgo(o.Times.SubmittedAt, clock),
		By:   o.By.Name,
		Size: sizeWords(o),
	}
	if o.Target.CustomerID != 0 {
		row.CustomerID = strconv.FormatInt(o.Target.CustomerID, 10)
	}
	if o.Target.CloudPBXID != 0 {
		row.PBXID = strconv.FormatInt(o.Target.CloudPBXID, 10)
		if p, ok := h.fleet.Snapshot().PBX(o.Target.CloudPBXID); ok {
			row.PBX = &ui.Link{
				Label: ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus)).Word,
				URL:   ui.PBXURL(o.Target.CloudPBXID),
			}
			if p.IsGone() {
				row.PBX.Label = "Removed"
			}
		}
	}
	return row
}

// longAgo formats the time that has passed since at. It returns "" for less than an hour, because the text would soon
// be wrong.
func longAgo(at time.Time, clock ui.Clock) string {
	if clock.Now.Sub(at) < time.Hour {
		return ""
	}
	return clock.Ago(at)
}

func sizeWords(o *store.Operation) string {
	body, err := create.Body(o)
	if err != nil || !creates(o) {
		return ""
	}
	return fmt.Sprintf(
		"%s, %s, %s min",
		ui.Count(body.ExtensionCapacity, "extension", "extensions"),
		ui.Count(body.ConcurrentCallCapacity, "call", "calls"),
		ui.Number(body.RecordingCapacity),
	)
}

// Show shows one operation with its outcome.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	snapshot := h.site.OperationsSnapshot() // taken before the read, so that a change in between triggers an update
	o, err := h.operations.Operation(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	m := h.operationPage(&o, h.site.Clock(r))
	if m.Measured, err = h.measured(r.Context(), &o, h.site.Clock(r)); err != nil {
		return err
	}
	m.Snapshot = snapshot
	return h.site.Render(w, r, http.StatusOK, "Operation: "+m.Name, views.Operation(m), views.Operation(m))
}

// Moved redirects old URLs, in which operations were called creations.
func Moved(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	to := ui.OperationsURL(fold.FirstRunes(query.Get("state"), 20), "", lists.PageAsked(query))
	if id := chi.URLParam(r, "id"); id != "" {
		to = ui.OperationURL(id)
		if r.Method == http.MethodPost {
			to += "/check"
		}
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusPermanentRedirect)
	return nil
}

// CheckNow checks with YCM again whether an unknown or not-done operation was done after all.
func (h *Handler) CheckNow(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	err := h.operations.ReconcileNow(r.Context(), id)
	var upstream *operations.UpstreamError
	switch {
	case errors.As(err, &upstream):
		title, _ := display.ProblemWords(upstream.Problem, h.site.Config.YCMHost)
		return &web.HTTPError{
			ErrorAnswer: web.ErrorAnswer{
				Status: web.UpstreamStatus(upstream),
				Title:  title,
				Text: "The check failed, so nothing new is known, and nothing was changed. Cordboard keeps checking open " +
					"operations automatically.",
			},
			Err: err,
		}
	case errors.Is(err, operations.ErrUnknownKind):
		return &web.HTTPError{
			ErrorAnswer: web.ErrorAnswer{
				Status: http.StatusNotImplemented,
				Title:  "This version of Cordboard can’t check this operation",
				Text: "A newer version recorded it. Nothing was checked or changed. Ask your administrator to update Cordboard. " +
					"It will then check the operation automatically.",
			},
			Err: err,
		}
	case errors.Is(err, operations.ErrFinal), errors.Is(err, operations.ErrNoTrace): // the page shows what is known
	case err != nil:
		return err
	}
	web.Redirect(w, r, ui.OperationURL(id))
	return nil
}
