package web

import (
	"crypto/rand"
	"sync"
	"time"
)

// oneTimeTTL is how long a one-time value can be shown. It allows for an accidental reload of the page.
const oneTimeTTL = 2 * time.Minute

// OneTimeStore keeps links and recovery codes that a form has created, so that the next page can show them. A value
// stays in memory and is bound to the session that created it. Reloading the page creates no new value, and nothing is
// written to disk.
type OneTimeStore struct {
	mu    sync.Mutex
	items map[string]onceItem
	now   func() time.Time
}

type onceItem struct {
	session string
	until   time.Time
	value   any
}

// NewOneTimeStore returns an empty store.
func NewOneTimeStore(now func() time.Time) *OneTimeStore {
	return &OneTimeStore{items: map[string]onceItem{}, now: now}
}

// Put stores a value for a session, and returns the key for Get.
func (o *OneTimeStore) Put(session string, value any) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, item := range o.items {
		if o.now().After(item.until) {
			delete(o.items, key)
		}
	}
	key := rand.Text()
	o.items[key] = onceItem{session, o.now().Add(oneTimeTTL), value}
	return key
}

// Get returns the value with the given key. It returns nil if the key is unknown, has expired or belongs to another
// session.
func (o *OneTimeStore) Get(session, key string) any {
	o.mu.Lock()
	defer o.mu.Unlock()
	item, ok := o.items[key]
	if !ok || item.session != session || o.now().After(item.until) {
		return nil
	}
	return item.value
}
