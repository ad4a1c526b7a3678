package recent

import (
	"fmt"
	"sync"
	"testing"
)

// TestOf checks that each user has their own PBXs, each PBX once, the newest first, and not more than the limit.
func TestOf(t *testing.T) {
	t.Parallel()
	var p PBXs
	if got := p.Of(1); len(got) != 0 {
		t.Errorf("a new user opened %v", got)
	}
	for _, id := range []int64{5, 6, 5, 7} {
		p.Open(1, id)
	}
	p.Open(2, 9)
	if got := fmt.Sprint(p.Of(1), p.Of(2)); got != "[7 5 6] [9]" {
		t.Errorf("users opened %s", got)
	}
	for id := range int64(20) {
		p.Open(1, id)
	}
	if got := p.Of(1); len(got) != Most || got[0] != 19 {
		t.Errorf("after 20 PBXs, %v are kept", got)
	}
}

// TestConcurrentUse opens PBXs while the list is read. The race detector checks it.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	var p PBXs
	var group sync.WaitGroup
	for i := range int64(8) {
		group.Go(func() {
			p.Open(1, i)
			for j := range p.Of(1) {
				_ = j
			}
		})
	}
	group.Wait()
	if got := p.Of(1); len(got) != 8 {
		t.Errorf("%d PBXs were kept, want 8", len(got))
	}
}
