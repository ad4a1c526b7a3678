package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// suspend suspends a PBX until the given day.
func suspend(b *portaltest.Portal, id int64, reviewOn string) {
	b.T.Helper()
	b.YCM.Edit(id, func(record map[string]any) { record["pbxStatus"], record["activeCalls"] = "Running", "0" })
	b.Fleet.Mirror.ReadOne(b.T.Context(), id)
	attempt := b.Site.Tokens.New(b.User("operator").ID)
	form := url.Values{"attempt": {attempt}, "note": {"Unpaid"}, "reviewOn": {reviewOn}}
	if r := b.As("operator").Post(fmt.Sprintf("/pbxs/%d/suspend", id), form); r.StatusCode != http.StatusSeeOther {
		b.T.Fatalf("suspend = %d\n%s", r.StatusCode, r.Text)
	}
	b.Fleet.Operations.Send(b.T.Context(), attempt)
}

// TestSuspendedBlock checks that the overview lists suspended PBXs: one that somebody started in YCM comes first, and
// one that was removed not at all.
func TestSuspendedBlock(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 6)
	ids := b.YCM.IDs()
	for i, day := range []string{"2026-05-01", "2026-03-17", "2026-04-01", "2026-04-02"} {
		b.YCM.Edit(ids[i], func(record map[string]any) { record["name"] = fmt.Sprintf("PBX %c", 'A'+i) })
		suspend(b, ids[i], day)
	}
	b.YCM.Edit(ids[2], func(record map[string]any) { record["pbxStatus"] = "Running" })
	b.Fleet.Mirror.ReadOne(t.Context(), ids[2])
	b.YCM.Delete(ids[3])
	b.Fleet.Mirror.ReadOne(t.Context(), ids[3])
	block := b.As("viewer").Get("/").Doc(t).Find("[aria-labelledby=block-suspended]")
	var got []string
	for _, item := range block.Find("li").EachIter() {
		got = append(got, item.Find("a").First().Text()+": "+strings.TrimSpace(item.Find(".badge").Text()))
	}
	want := "PBX C: Not stopped; PBX B: Review due; PBX A: Review on 1 May 2026"
	if strings.Join(got, "; ") != want {
		t.Errorf("the block has %q, want %q\n%s", strings.Join(got, "; "), want, block.Text())
	}
	if text := block.Text(); !strings.Contains(text, "Not stopped: 1") {
		t.Errorf("the block doesn't count the PBXs that aren't stopped:\n%s", text)
	}
	if first := block.Find("li").First(); portaltest.Attr(first, "data-pbx-id") == "" {
		t.Error("the first item doesn't say which PBX it is")
	}
	if n := block.AttrOr("data-count", ""); n != "3" {
		t.Errorf("the block counts %s PBXs, want 3", n)
	}
}

// TestPaletteActions checks that the palette offers the actions of the one PBX that a search finds, and one action of
// several PBXs. It also checks that it says if one isn't possible, and that a viewer sees no actions.
func TestPaletteActions(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 6)
	id := b.YCM.IDs()[2]
	b.YCM.Edit(id, func(record map[string]any) { record["name"], record["pbxStatus"] = "Quixotic", "Running" })
	b.Fleet.Mirror.ReadOne(t.Context(), id)
	for _, tt := range []struct{ role, search, want string }{
		{store.RoleOperator, "quixotic", "stop suspend resize update customers delete"},
		{store.RoleOperator, "sto quixotic", "stop"},
		{store.RoleOperator, "Delete Quixotic", "delete"},
		{store.RoleOperator, "start quixotic", ""},
		{store.RoleOperator, "stop", ""},
		{store.RoleOperator, "pbx", ""},
		{store.RoleViewer, "quixotic", ""},
	} {
		var got []string
		d := b.As(tt.role).Get("/palette?q=" + url.QueryEscape(tt.search)).Doc(t)
		for _, a := range d.Find("a[href]").EachIter() {
			if last, is := strings.CutPrefix(a.AttrOr("href", ""), fmt.Sprintf("/pbxs/%d/", id)); is {
				got = append(got, last)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s searches %q: %q, want %q", tt.role, tt.search, got, tt.want)
		}
	}
	impossible := b.As(store.RoleOperator).Get("/palette?q=start+quixotic").Doc(t)
	item := impossible.Find(fmt.Sprintf(`a[href="/pbxs/%d"]`, id)).Parent()
	if !strings.Contains(item.Text(), "Start isn’t possible now · Running") {
		t.Errorf("the palette doesn't say that a running PBX can't be started: %q", item.Text())
	}
	for _, other := range b.YCM.IDs()[3:5] {
		b.YCM.Edit(other, func(record map[string]any) { record["name"], record["pbxStatus"] = "Quixote", "Running" })
		b.Fleet.Mirror.ReadOne(t.Context(), other)
	}
	several := b.As(store.RoleOperator).Get("/palette?q=stop+quix").Doc(t)
	if n := several.Find(`a[href$="/stop"]`).Length(); n != 3 {
		t.Errorf("the palette offers to stop %d of 3 PBXs", n)
	}
	b.YCM.Edit(b.YCM.IDs()[5], func(record map[string]any) {
		record["name"], record["url"], record["pbxStatus"] = "Aaa", "quixote.pbx.example.com", "Running"
	})
	b.Fleet.Mirror.ReadOne(t.Context(), b.YCM.IDs()[5])
	byHost := b.As(store.RoleOperator).Get("/palette?q=stop+quixote").Doc(t)
	if items := byHost.Find(`a[href$="/stop"]`); items.Length() != 3 || items.Last().Text() != "Stop Aaa" {
		t.Errorf("the palette has %q, want the PBX that is found by its host name to come last", items.Text())
	}
}

// TestPaletteCustomers checks that the palette finds customers, and leads to all of them if it shows only some.
func TestPaletteCustomers(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	var one *fleet.Customer
	for i := range 12 {
		name := fmt.Sprintf("Zebra Trading %02d", i)
		one = &fleet.Customer{ID: int64(900 + i), Members: map[string]string{fleet.Company: name}, GoneAt: fleet.Absent}
		b.Fleet.Catalog.Know(one)
	}
	for search, want := range map[string]string{
		"zebra TRADING 11": fmt.Sprintf("/customers/%d", one.ID),
		"zebra": "/customers/900 /customers/901 /customers/902 /customers/903 /customers/904 /customers/905 " +
			"/customers/906 /customers/907 /customers?q=zebra",
		"status:stopped": "",
	} {
		var got []string
		for _, a := range b.As("viewer").Get("/palette?q=" + url.QueryEscape(search)).Doc(t).Find("main a").EachIter() {
			if href := a.AttrOr("href", ""); strings.HasPrefix(href, "/customers") {
				got = append(got, href)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %q, want %q", search, got, want)
		}
	}
}
