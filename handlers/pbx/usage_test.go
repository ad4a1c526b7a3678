package pbx_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/views/ui"
)

// TestUsageOverTime checks the charts of a PBX's page, the same as a table, and bad ranges.
func TestUsageOverTime(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	path := ui.PBXURL(b.YCM.IDs()[0])
	viewer := b.As(store.RoleViewer)
	page := func(query string) *goquery.Selection { return viewer.Get(path + query).Doc(t).Find("#samples") }
	if s := page(""); s.Find("figure").Length() == 0 || s.Find("a:contains(Table)").Length() != 1 {
		t.Errorf("the page has %d charts: %s", s.Find("figure").Length(), s.Text())
	}
	times := strings.Split(portaltest.Attr(page("?days=1"), "data-times"), "|")
	if len(times) != 1 || times[0] != "17 Mar 2026, 13:00" {
		t.Errorf("times = %q", times)
	}
	if s := page("?days=90"); portaltest.Attr(s, "data-times") != "17 Mar 2026" {
		t.Errorf("times by day = %q", portaltest.Attr(s, "data-times"))
	}
	table := page("?table=1")
	if table.Find("tbody tr").Length() != 1 || table.Find("figure").Length() != 0 ||
		table.Find("a:contains(Charts)").Length() != 1 {
		t.Errorf("the table has %d rows", table.Find("tbody tr").Length())
	}
	for query, want := range map[string]string{
		"?from=2026-03-01&to=2026-03-02":         "No readings in this time.",
		"?from=2026-03-18&to=2026-03-17":         "its days were swapped",
		"?from=2026-03-17&to=2026-03-17":         "2026-03-17",
		"?from=2020-01-01&to=2020-01-02&table=1": "No readings in this time.",
		"?from=x":                                "A range needs two days",
		"?days=x":                                "There is no such range",
	} {
		s := page(query)
		html, err := s.Html()
		b.Must(err)
		if !strings.Contains(html, want) {
			t.Errorf("%s lacks %q: %s", query, want, s.Text())
		}
	}
}
