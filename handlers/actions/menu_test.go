package actions_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestMenu checks that the menu of a PBX offers what its status allows, as a page and as a dialog.
func TestMenu(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status string
		want   []string
	}{
		{"Running", []string{
			"stop", "suspend", "resize", "update", "customers", "delete", "Clone", "tasks", "Open",
		}},
		{"Stopped", []string{
			"start", "resize", "update", "customers", "delete", "Clone", "tasks", "Open",
		}},
		{"Upgrading", []string{"Clone", "tasks", "Open"}},
	} {
		b := with(t, map[string]any{"pbxStatus": tt.status})
		names := map[string]string{
			fmt.Sprintf("/pbxs/new?clone=%d", b.id): "Clone", fmt.Sprintf("/pbxs/%d", b.id): "Open",
		}
		offered := func(d *goquery.Document, inside string) (found []string) {
			for _, a := range d.Find(inside + " nav a.menu-item").EachIter() {
				href := a.AttrOr("href", "")
				name, ok := names[href]
				if !ok {
					name = strings.TrimPrefix(href, fmt.Sprintf("/pbxs/%d/", b.id))
				}
				found = append(found, name)
			}
			return found
		}
		page, dialog := b.operator.Get(b.path("menu")), b.operator.Get(b.path("menu"), "HX-Request", "true")
		slices.Sort(tt.want)
		for inside, d := range map[string]*goquery.Document{"main": page.Doc(t), "dialog#actions": dialog.Doc(t)} {
			got := offered(d, inside)
			if got[0] != "Open" || slices.Contains(got[:len(got)-1], "delete") {
				t.Errorf("%s: %s offers %q, want to open it first, and to delete it last", tt.status, inside, got)
			}
			if host := d.Find(inside+" [data-copy]").AttrOr("data-copy", ""); !strings.Contains(host, ".") {
				t.Errorf("%s: %s copies %q, want the host name", tt.status, inside, host)
			}
			if slices.Sort(got); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %s offers %q, want %q", tt.status, inside, got, tt.want)
			}
		}
		if strings.Contains(dialog.Text, "<main") {
			t.Error("a script gets a whole page, want the dialog")
		}
	}
}

// TestMenuOfNoPBX checks who gets the menu of which PBX, and that a removed PBX can only be cloned and opened.
func TestMenuOfNoPBX(t *testing.T) {
	t.Parallel()
	b := with(t, running)
	if r := b.As("viewer").Get(b.path("menu")); r.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer gets %d, want 403", r.StatusCode)
	}
	if n := b.As("viewer").Get("/pbxs").Doc(t).Find("a[data-actions]").Length(); n != 0 {
		t.Errorf("the list of a viewer has %d menus, want none", n)
	}
	want := fmt.Sprintf(`tr[data-pbx-id="%d"] a[data-actions][href="%s"]`, b.id, b.path("menu"))
	if n := b.operator.Get("/pbxs").Doc(t).Find(want).Length(); n != 1 {
		t.Errorf("the list of an operator has %d of %s, want 1", n, want)
	}
	for _, id := range []string{"999999", "0", "x", fmt.Sprintf("+%d", b.id)} {
		if r := b.operator.Get("/pbxs/" + id + "/menu"); r.StatusCode != http.StatusNotFound {
			t.Errorf("PBX %s: %d, want 404", id, r.StatusCode)
		}
	}
	b.YCM.Delete(b.id)
	b.Fleet.Mirror.ReadOne(t.Context(), b.id)
	if n := b.operator.Get(b.path("menu")).Doc(t).Find("main nav a.menu-item").Length(); n != 2 {
		t.Errorf("a removed PBX offers %d links, want to clone and to open it", n)
	}
}
