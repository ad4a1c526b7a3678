package handlers

import (
	"crypto/rand"
	"sync"
	"time"
)

// onceFor is how long what is shown once can be shown: as long as somebody may need to reload the page by mistake.
const onceFor = 2 * time.Minute

// once keeps links and recovery codes from the form that made them to the page that shows them, in memory, for the session that made them. So a reload makes no
// new ones, and nothing of them is written anywhere.
type once struct {
	mu    sync.Mutex
	items map[string]onceItem
	now   func() time.Time
}

type onceItem struct {
	session string
	until   time.Time
	value   any
}

func newOnce(now func() time.Time) *once { return &once{items: map[string]onceItem{}, now: now} }

// put returns the key that the page asks with.
func (o *once) put(session string, value any) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, item := range o.items {
		if o.now().After(item.until) {
			delete(o.items, key)
		}
	}
	key := rand.Text()
	o.items[key] = onceItem{session, o.now().Add(onceFor), value}
	return key
}

// get returns nil for a key that is old, or another session's.
func (o *once) get(session, key string) any {
	o.mu.Lock()
	defer o.mu.Unlock()
	item, ok := o.items[key]
	if !ok || item.session != session || o.now().After(item.until) {
		return nil
	}
	return item.value
}
