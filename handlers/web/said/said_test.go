package said

import (
	"net/url"
	"sync"
	"testing"
)

// TestBox checks that each user gets the last sentence, once.
func TestBox(t *testing.T) {
	t.Parallel()
	var b Box
	if got := b.Take(7).Text; got != "" {
		t.Errorf("an empty box has %q", got)
	}
	b.Say(7, "Saved.")
	b.Say(8, "Snoozed.")
	b.Say(7, "Saved again.")
	if got := b.Take(7).Text + b.Take(7).Text + b.Take(8).Text; got != "Saved again.Snoozed." {
		t.Errorf("the box had %q", got)
	}
	b.Offer(7, Sentence{Text: "Snoozed.", Action: "/snoozes", Form: url.Values{"what": {"over"}}})
	if got := b.Take(7); got.Action != "/snoozes" || got.Form.Get("what") != "over" {
		t.Errorf("the box had %+v", got)
	}
}

// TestTakenOnce checks that only one of several pages that open at once gets the sentence.
func TestTakenOnce(t *testing.T) {
	t.Parallel()
	var b Box
	b.Say(7, "Saved.")
	var group sync.WaitGroup
	texts := make([]string, 8)
	for i := range texts {
		group.Go(func() { texts[i] = b.Take(7).Text })
	}
	group.Wait()
	n := 0
	for _, text := range texts {
		if text == "Saved." {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 8 pages say it, want 1", n)
	}
}
