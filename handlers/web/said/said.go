// Package said keeps what a page has to say about the action that led to it.
package said

import (
	"net/url"
	"sync"
)

// Sentence says what an action did. The form undoes it.
type Sentence struct {
	Text   string
	Action string     // path that the form is posted to; "" if the action can't be undone
	Form   url.Values // values of the form
}

// Box has one sentence for each user, until the next page that the user opens. It is in memory only: a sentence that is
// lost in a restart isn't missed. It is safe for concurrent use. The zero value is empty and ready to use.
type Box struct {
	mu    sync.Mutex
	texts map[int64]Sentence
}

// Say keeps a sentence for a user, in place of an earlier one.
func (b *Box) Say(user int64, text string) { b.Offer(user, Sentence{Text: text}) }

// Offer is like Say, and the sentence may have a form that undoes the action. The box keeps the form's values.
func (b *Box) Offer(user int64, s Sentence) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.texts == nil {
		b.texts = map[int64]Sentence{}
	}
	b.texts[user] = s
}

// Take returns the sentence for a user and forgets it. It returns the zero Sentence if there is none.
func (b *Box) Take(user int64) Sentence {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.texts[user]
	delete(b.texts, user)
	return s
}
