package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cordboard/store"
	"cordboard/store/storetest"
)

// TestRefusals checks which refusals still ask for attention: not those that are old, were dismissed or are followed by
// a success on the same target.
func TestRefusals(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	add := func(id, kind, target string, state store.OperationState) {
		t.Helper()
		_, err := s.AddOperation(t.Context(), store.Operation{
			ID: id, Account: "default", Kind: store.OperationKind(kind), Target: store.Target{Key: target, Name: id},
			Request: store.OperationRequest{Body: []byte(`{}`)}, By: submitter,
		}, anyTarget, asked)
		if err != nil {
			t.Fatal(err)
		}
		setState(t, s, id, state)
	}
	add("old", "create", "host:old", store.StateRefused)
	c.Add(time.Hour)
	since := c.Now()
	c.Add(time.Hour)
	add("done before", "create", "host:a", store.StateDone)
	add("refused after a success", "create", "host:a", store.StateRefused)
	add("superseded", "create", "host:b", store.StateRefused)
	add("of another kind", "resize", "host:b", store.StateRefused)
	add("of another target", "create", "host:c", store.StateRefused)
	add("success", "create", "host:b", store.StateDone)
	add("not done", "create", "host:c", store.StateNotDone)
	read := func(want ...string) {
		t.Helper()
		all, err := s.Refusals(t.Context(), "default", since)
		if got := idsOf(all); err != nil || !slices.Equal(got, want) {
			t.Errorf("refusals %q, %v, want %q", got, err, want)
		}
	}
	read("of another target", "of another kind", "refused after a success")
	for range 2 { // the second time, nothing changes
		if o, err := s.Dismiss(t.Context(), "default", "of another kind", submitter); err != nil || o.Kind != "resize" {
			t.Fatal(o.Kind, err)
		}
	}
	read("of another target", "refused after a success")
	if got := changesOf(t, s, "operation.dismiss"); len(got) != 1 {
		t.Errorf("%d audit events, want 1", len(got))
	}
	for _, id := range []string{"success", "none"} {
		if _, err := s.Dismiss(t.Context(), "default", id, submitter); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("dismissing %q: %v, want ErrNotFound", id, err)
		}
	}
}
