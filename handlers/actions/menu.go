package actions

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/actions"
	"cordboard/views/ui"
)

// ShowMenu shows what the user may do with a PBX: as a page or, for a script, as a dialog.
func (h *Handler) ShowMenu(w http.ResponseWriter, r *http.Request) error {
	word := chi.URLParam(r, "cloudPbxId")
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || word != strconv.FormatInt(id, 10) {
		return store.ErrNotFound
	}
	p, ok := h.fleet.Snapshot().PBX(id)
	if !ok {
		return store.ErrNotFound
	}
	m := views.Menu{Name: display.Name(p)}
	for _, a := range display.Actions(p) {
		m.Items = append(m.Items, views.MenuItem{Label: a.Label, Icon: a.Icon, URL: a.URL})
	}
	m.Items = append(m.Items, views.MenuItem{
		Label: "Clone", Icon: "copy-plus", URL: ui.NewPBXURL(url.Values{"clone": {word}}),
	})
	if !p.IsGone() {
		m.Items = append(m.Items, views.MenuItem{Label: "New task", Icon: "check", URL: ui.PBXURL(id) + "/tasks"})
	}
	m.Items = append(m.Items, views.MenuItem{Label: "Open", Icon: "server", URL: ui.PBXURL(id)})
	return h.site.Render(w, r, http.StatusOK, m.Name, views.MenuPage(m), views.MenuDialog(m))
}
