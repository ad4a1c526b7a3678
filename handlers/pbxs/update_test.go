package pbxs_test

import (
	"fmt"
	"strings"
	"testing"

	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/views/parts"
)

// TestUpdate checks that an open list gets only what has changed, and that a change is never left out: neither one that
// YCM reports nor one that the user makes in another tab.
func TestUpdate(t *testing.T) {
	t.Parallel()
	const tabs, changed = 20, 50
	b := portaltest.New(t, tabs*50)
	operator := b.As(store.RoleOperator)
	url := func(tab int) string { return fmt.Sprint("/pbxs?sort=cloudPbxId&page=", tab+1) }
	names := make([]string, tabs)
	for tab := range names {
		names[tab] = portaltest.Attr(operator.Get(url(tab)).Doc(t).Find("[data-parts]"), "data-parts")
	}
	update := func(tab int, headers ...string) portaltest.Response {
		return operator.Get(url(tab), append(headers,
			"HX-Request", "true", "Cordboard-Background", "1", parts.Header, names[tab])...)
	}
	if got := update(0).Doc(t); got.Find("tr").Length() != 0 || got.Find(".facets details").Length() != 0 {
		t.Error("without a change, rows, headings or filters are sent")
	}

	ids := b.YCM.IDs()
	for i := range changed {
		b.YCM.Edit(ids[i*len(ids)/changed], func(r map[string]any) { r["extensionCapacity"] = 7777 })
	}
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	sent := 0
	for tab := range names {
		rows := update(tab).Doc(t).Find("tr[data-pbx-id]")
		sent += rows.Length()
		if n := rows.Find(`[data-col="extensionCapacity"][data-value="7777"]`).Length(); n != rows.Length() {
			t.Errorf("tab %d gets %d rows, of which %d have changed", tab, rows.Length(), n)
		}
		if size := len(update(tab, "Accept-Encoding", "gzip").Text); size > 3000 {
			t.Errorf("the update of tab %d has %d bytes, want at most 3,000", tab, size)
		}
	}
	if sent != changed {
		t.Errorf("%d rows are sent, want %d", sent, changed)
	}

	by := store.Actor{ID: b.User(store.RoleOperator).ID}
	b.Must(b.Store.SetPrefs(t.Context(), by, "account.preferences", func(u *store.User) { u.Prefs.Cols = []string{"sn"} }))
	if rows := update(0).Doc(t).Find("tr[data-pbx-id]").Length(); rows != 50 {
		t.Errorf("with other columns, %d rows are sent, want 50", rows)
	}
	if strings.Contains(operator.Get(url(0)).Text, "<!--same") {
		t.Error("a page that the browser asks for without a name leaves something out")
	}
}
