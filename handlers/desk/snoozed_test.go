package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestSnoozedLine checks that the overview lists what is snoozed, for everybody: at most four with the number of all,
// only until their days, and without PBXs that are gone.
func TestSnoozedLine(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 8)
	operator := b.As(store.RoleOperator)
	line := func() (count string, items []string) {
		block := b.As(store.RoleViewer).Get("/").Doc(t).Find("[data-block=snoozed]")
		for _, item := range block.Find("li").EachIter() {
			items = append(items, strings.Join(strings.Fields(item.Text()), " "))
		}
		return block.AttrOr("data-count", ""), items
	}
	if count, _ := line(); count != "" {
		t.Errorf("with nothing snoozed, the line counts %s", count)
	}
	for i, id := range b.YCM.IDs()[:6] {
		r := operator.Post("/snoozes", url.Values{
			"cloudPbxId": {fmt.Sprint(id)}, "what": {"full"}, "reason": {fmt.Sprintf("Order %d", i)},
			"until": {b.Clock.Now().AddDate(0, 0, i+2).Format(time.DateOnly)},
		})
		if r.StatusCode != http.StatusSeeOther {
			t.Fatalf("snooze = %d", r.StatusCode)
		}
	}
	count, items := line()
	if count != "6" || len(items) != 4 || !strings.Contains(strings.Join(items, "|"), ": Order ") {
		t.Errorf("the line counts %s, with %q", count, items)
	}
	b.Clock.Add(3 * 24 * time.Hour)
	if count, _ := line(); count != "4" {
		t.Errorf("three days later, the line counts %s", count)
	}
	b.YCM.Delete(b.YCM.IDs()[5])
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	if count, items := line(); count != "3" || len(items) != 3 {
		t.Errorf("without the removed PBX, the line counts %s", count)
	}
}
