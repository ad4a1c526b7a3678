package operations_test

import (
	"net/http"
	"strings"
	"testing"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestChecked checks what the page of each kind says that checks found, and that an email was sent to somebody, not
// changed.
func TestChecked(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	for kind, want := range map[store.OperationKind]string{
		"stop": "once No change found", "customer-create": "once Not found", "activation-email": "once No change found",
	} {
		o := store.Operation{
			ID: string(kind), Account: "default", Kind: kind, By: store.Actor{ID: b.User("operator").ID},
			Target: store.Target{Key: string(kind), Name: "Alder"},
			Request: store.OperationRequest{
				Changes: []store.FieldChange{{Field: "activationEmail", After: "7"}}, Words: map[string]string{"7": "Elm"},
			},
		}
		_, err := b.Store.AddOperation(t.Context(), o, func(*store.Operation, store.Pending) error { return nil },
			func(*store.Operation) store.Event {
				return store.Event{Action: "pbx.stop", Outcome: store.OutcomeAsked}
			})
		b.Must(err)
		_, err = b.Store.ChangeOperation(t.Context(), o.ID, store.Actor{}, func(o *store.Operation) (store.Event, error) {
			o.State, o.Reconciled.Reads = store.StateUnknown, 1
			return store.Event{}, nil
		})
		b.Must(err)
		page := b.As("operator").Get("/operations/" + o.ID).Doc(t)
		if got := fact(page, "Checked"); got != want {
			t.Errorf("%s: checked %q, want %q", kind, got, want)
		}
		if got := fact(page, "Activation email to"); got != "Elm" {
			t.Errorf("%s: the email goes to %q, want Elm", kind, got)
		}
	}
}

// TestPagesOfAnotherKind checks that an operation of an unknown kind is shown in every state, and that its own page
// doesn't mention the creation of a PBX. If its outcome isn't final, a check says that this version can't do it.
func TestPagesOfAnotherKind(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	for state, want := range map[store.OperationState]string{
		store.StateSubmitted: "Queued.",
		store.StateDone:      "YCM reported success.",
		store.StateRefused:   "Nothing was changed.",
		store.StateNotSent:   " Nothing was sent. Nothing was changed.",
		store.StateUnknown:   "The change may or may not have been made.",
		store.StateNotDone:   "didn’t find the change. Nothing was changed.",
	} {
		id := "id-" + string(state)
		_, err := b.Store.AddOperation(t.Context(), store.Operation{
			ID:      id,
			Account: "default",
			Kind:    "rename",
			Target:  store.Target{Key: id, Name: "Alder", CloudPBXID: b.YCM.IDs()[0]},
			Request: store.OperationRequest{Body: []byte(`{"name":"Birch"}`)},
			By:      store.Actor{ID: b.User("operator").ID, Name: "The operator"},
		}, func(*store.Operation, store.Pending) error { return nil }, func(*store.Operation) store.Event {
			return store.Event{Action: "pbx.rename", Outcome: store.OutcomeAsked}
		})
		b.Must(err)
		_, err = b.Store.ChangeOperation(
			t.Context(),
			id,
			store.Actor{},
			func(o *store.Operation) (store.Event, error) {
				o.State = state
				return store.Event{}, nil
			},
		)
		b.Must(err)
		r := operator.Get("/operations/" + id)
		page := r.Doc(t).Find("#operation")
		text := strings.Join(strings.Fields(page.Text()), " ")
		if r.StatusCode != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: got %d without %q:\n%s", state, r.StatusCode, want, text)
		}
		for _, word := range []string{"creat", "host name", "capacity", "preset"} {
			if strings.Contains(strings.ToLower(text), word) {
				t.Errorf("%s: the page mentions %q:\n%s", state, word, text)
			}
		}
		if steps := page.Find(".steps").Text(); strings.Contains(steps, "Activated") {
			t.Errorf("%s: the steps end with an activation: %s", state, steps)
		}
		if kind, state := portaltest.Attr(page, "data-operation-kind"), portaltest.Attr(page, "data-creation-state"); kind !=
			"rename" || state != "(none)" {
			t.Errorf("the page has the kind %s and the creation state %s, want rename and none", kind, state)
		}
		check, status := operator.Post("/operations/"+id+"/check", nil), http.StatusSeeOther
		if state == store.StateUnknown || state == store.StateNotDone {
			status = http.StatusNotImplemented
		}
		if said := strings.Contains(check.Text, "A newer version recorded it."); check.StatusCode != status ||
			said != (status == http.StatusNotImplemented) {
			t.Errorf("%s: a check got %d (says why: %t), want %d", state, check.StatusCode, said, status)
		}
	}
	list := operator.Get("/operations")
	if n := list.Doc(t).Find(`tr[data-operation-kind="rename"]`).Length(); n != 6 {
		t.Errorf("the list has %d operations of the kind, want 6", n)
	}
}
