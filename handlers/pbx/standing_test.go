package pbx_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// page has a portal with one PBX in focus, whose name is Alder Dental.
type page struct {
	*portaltest.Portal

	operator *portaltest.Browser
	id       int64
}

func newPage(t *testing.T, status string) *page {
	t.Helper()
	b := &page{Portal: portaltest.New(t, 3)}
	b.operator, b.id = b.As("operator"), b.YCM.IDs()[1]
	b.edit(map[string]any{"name": "Alder Dental", "pbxStatus": status, "activeCalls": "0"})
	return b
}

// path returns the URL of the PBX's page, or of one of its forms.
func (b *page) path(form ...string) string {
	return strings.Join(append([]string{fmt.Sprintf("/pbxs/%d", b.id)}, form...), "/")
}

// edit changes the PBX in YCM and syncs.
func (b *page) edit(members map[string]any) {
	b.YCM.Edit(b.id, func(record map[string]any) {
		for name, v := range members {
			record[name] = v
		}
	})
	_, err := b.Fleet.Mirror.Sync(b.T.Context())
	b.Must(err)
}

// do submits a form of the PBX and returns the operation's ID.
func (b *page) do(form string, typed map[string]string) string {
	b.T.Helper()
	shown := portaltest.ShownIn(b.operator.Get(b.path(form)).Doc(b.T), "#action form")
	r := b.operator.Post(b.path(form), portaltest.With(shown, typed))
	if r.StatusCode != http.StatusSeeOther {
		b.T.Fatalf("POST %s = %d, want 303\n%s", b.path(form), r.StatusCode, r.Text)
	}
	return strings.TrimPrefix(r.Header.Get("Location"), "/operations/")
}

// standing returns the text of what the page says first.
func (b *page) standing(br *portaltest.Browser) string {
	b.T.Helper()
	return strings.Join(strings.Fields(br.Get(b.path()).Doc(b.T).Find("#standing").Text()), " ")
}

// TestStanding checks what a PBX's page says first: an operation in progress, a suspension, a suspended PBX that
// somebody started in YCM, and who deleted it. Only operators get a link to the operation.
func TestStanding(t *testing.T) {
	t.Parallel()
	b := newPage(t, "Running")
	suspend := map[string]string{"note": "Unpaid since May", "reviewOn": "2026-04-01"}
	id := b.do("suspend", suspend)
	if got := b.standing(b.operator); !strings.HasPrefix(got, "Suspend PBX is in progress, by ") {
		t.Errorf("while an operation is open, the page says %q", got)
	}
	b.Fleet.Operations.Send(t.Context(), id)
	got := b.standing(b.operator)
	if !strings.HasPrefix(got, "Suspended by ") || !strings.Contains(got, "Review on 1 Apr 2026.Unpaid since May") {
		t.Errorf("the page of a suspended PBX says %q", got)
	}
	viewer := b.As("viewer")
	if doc := viewer.Get(b.path()).Doc(t); doc.Find("#standing").Length() != 1 || doc.Find("#standing a").Length() != 0 {
		t.Error("a viewer gets a link that they can't open")
	}
	b.edit(map[string]any{"pbxStatus": "Running"})
	if got := b.standing(viewer); !strings.HasPrefix(got, "This PBX is suspended but isn’t stopped.") {
		t.Errorf("the page of a suspended PBX that runs says %q", got)
	}
	b.YCM.Delete(b.id)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	if got := b.standing(b.operator); strings.Contains(got, "Deleted by") {
		t.Errorf("the page of a PBX that was deleted in YCM says %q", got)
	}
}

// TestStandingOfDeleted checks that the page of a PBX that Cordboard deleted says who did it.
func TestStandingOfDeleted(t *testing.T) {
	t.Parallel()
	b := newPage(t, "Stopped")
	p, _ := b.Fleet.Mirror.Snapshot().PBX(b.id)
	had := p.Number(fleet.FieldExtensionCapacity)
	b.Clock.Add(time.Minute)
	id := b.do("delete", map[string]string{"confirmName": "Alder Dental"})
	b.Fleet.Operations.Send(t.Context(), id)
	measured := func() *goquery.Selection { return b.operator.Get("/operations/" + id).Doc(t).Find("#measured") }
	if text := measured().Text(); !strings.Contains(text, "Cordboard hasn’t read the subscription since this operation.") {
		t.Errorf("before the subscription is read, the operation says %q", text)
	}
	got := b.standing(b.operator)
	if !strings.HasPrefix(got, "Deleted by ") ||
		!strings.Contains(got, "17 Mar 2026.The capacity that this freed hasn’t") {
		t.Errorf("the page says %q", got)
	}
	b.Clock.Add(time.Minute)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	free := b.Fleet.Subscriptions.Subscription().Reading.Available[fleet.Extensions].N
	want := fmt.Sprintf("Available before and after: Extensions %d → %d", free-had, free)
	if got := b.standing(b.operator); !strings.Contains(got, want) {
		t.Errorf("after the subscription is read, the page says %q, want %q", got, want)
	}
	row := strings.Fields(measured().Find("[data-resource=extensionCapacity] dd").Text())
	if want := fmt.Sprintf("%d becomes %d", free-had, free); strings.Join(row, " ") != want {
		t.Errorf("the operation says %q, want %q", row, want)
	}
	doc := b.operator.Get(b.path()).Doc(t)
	if doc.Find(`a[href$="/start"], a[href$="/delete"], #tasks`).Length() != 0 {
		t.Error("the page of a removed PBX offers to change it")
	}
}

// TestActionsByRole checks that operators get the actions that the PBX's status allows, and viewers get none.
func TestActionsByRole(t *testing.T) {
	t.Parallel()
	b := newPage(t, "Running")
	viewer := b.As("viewer")
	for status, offered := range map[string]string{"Running": "stop", "Stopped": "start"} {
		b.edit(map[string]any{"pbxStatus": status})
		doc := b.operator.Get(b.path()).Doc(t)
		for _, form := range []string{"start", "stop"} {
			if got := doc.Find(`a[href="`+b.path(form)+`"]`).Length() > 0; got != (form == offered) {
				t.Errorf("%s: the page offers %s: %t", status, form, got)
			}
		}
		for _, form := range []string{"resize", "update", "customers", "delete"} {
			if doc.Find(`a[href="`+b.path(form)+`"]`).Length() == 0 {
				t.Errorf("%s: the page doesn't offer %s", status, form)
			}
		}
		if viewer.Get(b.path()).Doc(t).Find(`a[href^="`+b.path()+`/"]`).Length() > 0 {
			t.Errorf("%s: a viewer's page offers an action", status)
		}
	}
}

// TestUnknownPBX checks that each PBX has only one URL, and that unknown ones aren't found.
func TestUnknownPBX(t *testing.T) {
	t.Parallel()
	b := newPage(t, "Running")
	for _, word := range []string{"0", "-1", "99999", "x", "99999999999999999999", fmt.Sprintf("0%d", b.id)} {
		if r := b.operator.Get("/pbxs/" + url.PathEscape(word)); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET /pbxs/%s = %d, want 404", word, r.StatusCode)
		}
	}
	if r := b.operator.Get(b.path() + "?before=x&samples=year"); r.StatusCode != http.StatusOK {
		t.Errorf("with parameters that mean nothing, the page = %d, want 200", r.StatusCode)
	}
}

// TestCreateOperation checks that the page links to the operation that created the PBX, for operators.
func TestCreateOperation(t *testing.T) {
	t.Parallel()
	b := &page{Portal: portaltest.New(t, 3)}
	b.Work()
	b.operator = b.As("operator")
	id := b.Submit(b.operator, portaltest.GoodForm("acme"))
	b.operator.Until(id, store.StateDone)
	o, err := b.Fleet.Operations.Operation(t.Context(), id)
	b.Must(err)
	b.id = o.Target.CloudPBXID
	_, err = b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	link := `a[href="/operations/` + id + `"]`
	if b.operator.Get(b.path()).Doc(t).Find(link).Length() == 0 {
		t.Error("the page doesn't link to the operation")
	}
	if b.As("viewer").Get(b.path()).Doc(t).Find(link).Length() != 0 {
		t.Error("a viewer's page links to the operation")
	}
}
