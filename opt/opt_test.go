package opt

import "testing"

func TestInt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		value           Int
		known, reported bool
	}{
		{"zero value", Int{}, false, false},
		{"zero", New(0), true, true},
		{"number", New(-7), true, true},
		{"if known", If(true, 7), true, true},
		{"if not known", If(false, 7), false, false},
		{"never", Int{State: Never, Raw: "0"}, false, true},
		{"malformed", Int{State: Malformed, Raw: "soon"}, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.value.Known(); got != tt.known {
				t.Errorf("Known() = %t, want %t", got, tt.known)
			}
			if got := tt.value.Reported(); got != tt.reported {
				t.Errorf("Reported() = %t, want %t", got, tt.reported)
			}
			if !tt.value.Known() && tt.value.N != 0 {
				t.Errorf("N = %d of a value that isn't known", tt.value.N)
			}
		})
	}
}
