package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestDue checks which renewals and tasks the overview shows to whom, and that its links lead to the same ones.
func TestDue(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 4)
	operator, admin := b.As(store.RoleOperator), b.As(store.RoleAdmin)
	ids := b.YCM.IDs()
	post := func(i int, form string, pairs ...string) {
		t.Helper()
		values := url.Values{}
		for p := 0; p < len(pairs); p += 2 {
			values.Set(pairs[p], pairs[p+1])
		}
		if r := operator.Post(fmt.Sprintf("/pbxs/%d/%s", ids[i], form), values); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("POST %s = %d", form, r.StatusCode)
		}
	}
	const me = "operator@example.com"
	post(0, "renewal", "owner", me, "next", "Call them", "nextOn", "2026-03-17")
	post(1, "renewal", "owner", me, "nextOn", "2026-03-18")
	post(2, "renewal", "owner", "admin@example.com", "nextOn", "2026-03-17")
	post(3, "renewal", "owner", me)
	post(0, "tasks", "what", "other", "value", "Ask YCM", "dueOn", "2026-03-17", "assignee", me)
	post(1, "tasks", "what", "other", "value", "Later", "dueOn", "2026-03-19")
	post(2, "tasks", "what", "other", "value", "Nobody's", "dueOn", "2026-03-17")
	for name, tt := range map[string]struct {
		br       *portaltest.Browser
		block    string
		count    string
		ids      []int64
		has      string
		listedAs string
	}{
		"own renewals":        {operator, "renewals", "1", ids[:1], "Call themDue today", "/expiries?due=today&owner=me"},
		"a colleague's":       {admin, "renewals", "1", ids[2:3], "OpenDue today", "/expiries?due=today&owner=me"},
		"own tasks":           {operator, "tasks", "2", nil, "Ask YCMDue on 17 Mar 2026", "/tasks"},
		"tasks of nobody":     {admin, "tasks", "1", nil, "Nobody's", "/tasks"},
		"a viewer's renewals": {b.As(store.RoleViewer), "renewals", "(none)", nil, "", ""},
	} {
		count, found, text := overview(tt.br, tt.block)
		if count != tt.count || tt.ids != nil && strings.Join(found, " ") != strings.Trim(fmt.Sprint(tt.ids), "[]") ||
			!strings.Contains(text, tt.has) {
			t.Errorf("%s: %s, %v: %q", name, count, found, text)
		}
		line := tt.br.Get("/").Doc(t).Find("[data-block=" + tt.block + "]")
		if tt.listedAs != "" && portaltest.Attr(line.ChildrenFiltered("a"), "href") != tt.listedAs {
			t.Errorf("%s: the line leads to %s", name, portaltest.Attr(line.ChildrenFiltered("a"), "href"))
		}
	}
	list := operator.Get("/expiries?due=today&owner=me").Doc(t)
	if list.Find("tr[data-pbx-id]").Length() != 1 {
		t.Errorf("the list has %d rows", list.Find("tr[data-pbx-id]").Length())
	}
}

// TestSnoozeFromTheOverview snoozes a reason with the link beside it, which then no longer counts.
func TestSnoozeFromTheOverview(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(t,
		map[string]any{"name": "Late", "planExpirationDate": 1_773_000_000},
		map[string]any{"name": "Later", "planExpirationDate": 1_773_100_000},
	)
	operator := b.As(store.RoleOperator)
	if _, _, text := overview(b.As(store.RoleViewer), "expiring"); strings.Contains(text, "Snooze") {
		t.Error("a viewer can snooze")
	}
	link := operator.Get("/").Doc(t).Find(`[data-block="expiring"] a[aria-label="Snooze: Late"]`)
	form := portaltest.ShownIn(operator.Get(portaltest.Attr(link, "href")).Doc(t), "#renewal-form form")
	form.Set("reason", "Waits for the order")
	form.Set("until", "2026-03-20")
	if r := operator.Post("/snoozes", form); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/" {
		t.Fatalf("POST = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	count, ids, _ := overview(operator, "expiring")
	if operator.Get("/pbxs?attention=overdue").Doc(t).Find("tr[data-pbx-id]").Length() != 1 {
		t.Error("the list doesn't agree with the line")
	}
	if count != "1" || len(ids) != 1 || ids[0] != fmt.Sprint(b.YCM.IDs()[1]) {
		t.Errorf("the line counts %s: %v", count, ids)
	}
}

// TestExamples checks that each line shows its first item as an example.
func TestExamples(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 200)
	lines := b.As(store.RoleViewer).Get("/").Doc(t).Find(".line")
	if lines.Length() < 4 {
		t.Fatalf("%d lines", lines.Length())
	}
	for _, line := range lines.EachIter() {
		example := strings.TrimSpace(line.Find("summary .example bdi").First().Text())
		if first := strings.TrimSpace(line.Find(".items li a bdi").First().Text()); example == "" || example != first {
			t.Errorf("%s shows %q, and its first item is %q", portaltest.Attr(line, "data-block"), example, first)
		}
	}
}
