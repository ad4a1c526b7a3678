package codec

import (
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"
)

// TestDeadline decodes what this version encodes, with and without values, and what earlier versions wrote.
func TestDeadline(t *testing.T) {
	deadline := time.Date(2026, 12, 1, 18, 30, 15, 123456789, time.UTC)
	values := map[string]any{"next": "/pbxs"}
	for name, c := range map[string]struct {
		by     scs.Codec
		values map[string]any
	}{
		"no values":       {Deadline{}, map[string]any{}},
		"values":          {Deadline{}, values},
		"earlier version": {scs.GobCodec{}, map[string]any{}},
		"earlier values":  {scs.GobCodec{}, values},
	} {
		data, err := c.by.Encode(deadline, c.values)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		at, got, err := Deadline{}.Decode(data)
		if err != nil || !at.Equal(deadline) || len(got) != len(c.values) || len(c.values) > 0 && !cmp.Equal(got, c.values) {
			t.Errorf("%s: decoded %v, %v, %v, want %v, %v", name, at, got, err, deadline, c.values)
		}
	}
	if _, _, err := (Deadline{}).Decode([]byte("damaged")); err == nil {
		t.Error("damaged data was decoded")
	}
}
