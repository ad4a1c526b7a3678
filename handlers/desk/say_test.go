package desk

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// limited records the deadlines of a stream.
type limited struct {
	*httptest.ResponseRecorder
	until []time.Time
}

func (l *limited) SetWriteDeadline(t time.Time) error {
	l.until = append(l.until, t)
	return nil
}

// TestStreamsHaveNoDeadline checks that a stream has a deadline only while a message is being sent. Otherwise, HTTP/2
// would end it between two messages.
func TestStreamsHaveNoDeadline(t *testing.T) {
	t.Parallel()
	w := &limited{ResponseRecorder: httptest.NewRecorder()}
	if err := say(http.NewResponseController(w), w, "data: 1\n\n"); err != nil {
		t.Fatal(err)
	}
	if len(w.until) != 2 || time.Until(w.until[0]) <= 0 || !w.until[1].IsZero() {
		t.Errorf("the deadlines are %v, want one, and then none", w.until)
	}
	if got := w.Body.String(); got != "data: 1\n\n" || !w.Flushed {
		t.Errorf("sent %q, flushed: %t", got, w.Flushed)
	}
	recorder := httptest.NewRecorder() // has no deadlines
	if err := say(http.NewResponseController(recorder), recorder, "x"); err != nil {
		t.Errorf("without deadlines: %v", err)
	}
}
