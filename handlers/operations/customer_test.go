package operations_test

import (
	"net/http"
	"strings"
	"testing"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestOperationsOnCustomers checks the page of an operation on a customer in each state: what it links to, and that it
// doesn't mention a PBX.
func TestOperationsOnCustomers(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	operator := b.As("operator")
	for kind, again := range map[store.OperationKind]string{
		"customer-create": "/customers/new", "customer-update": "/customers/7/edit", "customer-delete": "/customers/7/delete",
	} {
		for state, tried := range map[store.OperationState]bool{
			store.StateDone: false, store.StateRefused: true, store.StateUnknown: false, store.StateNotDone: true,
		} {
			id := string(kind) + "-" + string(state)
			o := store.Operation{
				ID: id, Account: "default", Kind: kind, By: store.Actor{ID: b.User("operator").ID, Name: "The operator"},
				Target:  store.Target{Key: id, Name: "Acme", CustomerID: 7},
				Request: store.OperationRequest{Body: []byte(`{}`), Changes: []store.FieldChange{{Field: "city", After: "Graz"}}},
			}
			if kind == "customer-create" {
				o.Target.CustomerID = 0
			}
			_, err := b.Store.AddOperation(t.Context(), o, func(*store.Operation, store.Pending) error { return nil },
				func(*store.Operation) store.Event {
					return store.Event{Action: "customer.update", Outcome: store.OutcomeAsked}
				})
			b.Must(err)
			_, err = b.Store.ChangeOperation(t.Context(), id, store.Actor{}, func(o *store.Operation) (store.Event, error) {
				o.State = state
				return store.Event{}, nil
			})
			b.Must(err)
			r := operator.Get("/operations/" + id)
			page := r.Doc(t).Find("#operation")
			text := strings.Join(strings.Fields(page.Text()), " ")
			if r.StatusCode != http.StatusOK || !strings.Contains(text, "City") || strings.Contains(text, "PBX") {
				t.Errorf("%s = %d:\n%s", id, r.StatusCode, text)
			}
			if got := page.Find(`a[href="` + again + `?from=` + id + `"]`).Length(); (got == 1) != tried {
				t.Errorf("%s offers to try again %d times", id, got)
			}
			if got := page.Find(`a[href="/customers/7"]`).Length(); (got == 1) != (kind != "customer-create") {
				t.Errorf("%s links to the customer %d times", id, got)
			}
		}
	}
}
