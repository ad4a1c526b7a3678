package actions

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/operations/change"
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
	m := views.Menu{
		Name: display.Name(p), Host: p.Text(fleet.FieldURL),
		Items: []views.MenuItem{{Label: "Open", Icon: "server", URL: ui.PBXURL(id)}},
	}
	last := views.MenuItem{}
	for _, a := range display.Actions(p) {
		item := views.MenuItem{Label: a.Label, Icon: a.Icon, URL: a.URL}
		if strings.HasSuffix(a.URL, "/"+string(change.Delete)) {
			last = item
		} else {
			m.Items = append(m.Items, item)
		}
	}
	m.Items = append(m.Items, views.MenuItem{
		Label: "Clone", Icon: "copy-plus", URL: ui.NewPBXURL(url.Values{"clone": {word}}),
	})
	if !p.IsGone() {
		m.Items = append(m.Items, views.MenuItem{Label: "New task", Icon: "check", URL: ui.PBXURL(id) + "/tasks"})
	}
	if last.URL != "" { // far from what is chosen often
		m.Items = append(m.Items, last)
	}
	return h.site.Render(w, r, http.StatusOK, m.Name, views.MenuPage(m), views.MenuDialog(m))
}
