package capacity

import "testing"

func TestUsedWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		used, total int64
		want        string
	}{
		{50, 100, "50% used"},
		{999, 1000, "99% used"},
		{100, 100, "100% used"},
		{101, 100, "1 over"},
		{17974, 0, "17,974 over"},
		{17974, -5, "17,979 over"},
	} {
		if got := usedWords(tt.used, tt.total); got != tt.want {
			t.Errorf("usedWords(%d, %d) = %q, want %q", tt.used, tt.total, got, tt.want)
		}
	}
}
