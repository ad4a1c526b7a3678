package lists

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPager checks that a pager shows the first page, the last page and those around the current one, regardless of how
// many pages there are. It also checks the number of the last page.
func TestPager(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		page, last int
		want       []string
	}{
		{1, 1, []string{"1"}},
		{1, 2, []string{"1", "2"}},
		{2, 3, []string{"1", "2", "3"}},
		{5, 9, []string{"1", "…", "4", "5", "6", "…", "9"}},
		{1, maxPage, []string{"1", "2", "…", fmt.Sprint(maxPage)}},
		{maxPage, maxPage, []string{"1", "…", fmt.Sprint(maxPage - 1), fmt.Sprint(maxPage)}},
	} {
		var got []string
		for _, p := range Pages(
			tt.page,
			tt.last,
			50,
			math.MaxInt32,
			func(n int) string { return fmt.Sprint(n) },
		).Pages {
			got = append(got, p.Label)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("page %d of %d: %s", tt.page, tt.last, diff)
		}
	}
	for count, want := range map[int64]int{0: 1, 1: 1, 50: 1, 51: 2, 500: 10, math.MaxInt64: maxPage} {
		if got := LastPage(count, 50); got < want || got > want+1 {
			t.Errorf("LastPage(%d) = %d, want %d", count, got, want)
		}
	}
}
