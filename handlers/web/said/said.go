// Package said keeps what a page has to say about the action that led to it.
package said

import "sync"

// Box has one sentence for each user, until the next page that the user opens. It is in memory only: a sentence that is
// lost in a restart isn't missed. It is safe for concurrent use. The zero value is empty and ready to use.
type Box struct {
	mu   sync.Mutex
	text map[int64]string
}

// Say keeps a sentence for a user, in place of an earlier one.
func (b *Box) Say(user int64, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.text == nil {
		b.text = map[int64]string{}
	}
	b.text[user] = text
}

// Take returns the sentence for a user and forgets it. It returns "" if there is none.
func (b *Box) Take(user int64) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := b.text[user]
	delete(b.text, user)
	return text
}
