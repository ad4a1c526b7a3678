package clocktest

import (
	"sync"
	"testing"
	"time"
)

// TestConcurrentUse checks that no step is lost when several goroutines move the clock and others read it.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	c := New(noon.AddDate(1, 0, 0))
	c.Set(noon)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { c.Add(time.Minute) })
		group.Go(func() {
			if now := c.Now(); now.Before(noon) || now.After(noon.Add(10*time.Minute)) {
				t.Errorf("the clock shows %s", now)
			}
		})
	}
	group.Wait()
	if now := c.Now(); !now.Equal(noon.Add(10 * time.Minute)) {
		t.Errorf("after ten minutes, the clock shows %s", now)
	}
}
