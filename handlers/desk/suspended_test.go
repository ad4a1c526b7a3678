package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cordboard/handlers/portaltest"
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
