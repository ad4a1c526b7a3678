package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/views/ui"
)

const (
	// streamBeat is the interval at which a quiet stream sends a heartbeat and its session is checked again.
	streamBeat     = 15 * time.Second
	streamWrite    = 10 * time.Second
	streamsAtOnce  = 8 // per session; a visible tab holds one
	reconnectAfter = 3 * time.Second
)

// news is a message of the stream to a page.
type news struct {
	Snapshot   string `json:"snapshot"`   // differs from the page's if the rows have changed
	Operations string `json:"operations"` // the same for the pages about operations
	Package    string `json:"package"`    // the same for the subscription page
	Overview   string `json:"overview"`   // the same for the overview
	State      string `json:"state"`
	Tone       string `json:"tone"`
	Fresh      string `json:"fresh"`   // HTML: how old the data is
	Trouble    string `json:"trouble"` // HTML: why YCM can't be read
	Here       string `json:"here"`
	Open       string `json:"open"` // open operations
}

// Events streams updates to an open page. The stream ends when the session ends or the server stops.
func (s *Handler) Events(w http.ResponseWriter, r *http.Request) error {
	session, err := s.streamSession(r)
	if err != nil {
		return err
	}
	if s.Identity.Policy.MustEnroll(
		session.User,
	) { // the user isn't allowed to see anything yet; 204 keeps the page from reconnecting
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if !s.openStream(session.TokenHash) {
		return &web.HTTPError{
			ErrorAnswer: web.ErrorAnswer{
				Status: http.StatusTooManyRequests,
				Title:  "Too many open pages",
				Text:   "Nothing was changed. Close some of them.",
			},
			RetryAfter: streamBeat,
		}
	}
	defer s.closeStream(session.TokenHash)
	stream := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // otherwise nginx buffers events
	if err := say(stream, w, fmt.Sprintf("retry: %d\n\n", reconnectAfter.Milliseconds())); err != nil {
		return nil //nolint:nilerr // the page is closed
	}
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		// taken before the read, so that no change is missed
		changed, ended := s.Mirror.Changed(), s.Identity.Sessions.Ended()
		message, err := s.newsFor(r, session)
		if err != nil {
			return nil //nolint:nilerr // rendering logs its errors; the page reconnects
		}
		if say(stream, w, message) != nil {
			return nil
		}
		if s.Mirror.Freshness().State == fleet.Never {
			changed = s.orSoon(r.Context(), changed)
		}
		if !s.waitForNews(r, stream, w, changed, ended, beat.C) {
			return nil
		}
		if session, err = s.streamSession(r); err != nil {
			_ = say(stream, w, "event: signedout\ndata:\n\n")
			return nil
		}
	}
}

// orSoon returns a channel that is closed when changed is, or after a second, since the first sync progresses page
// by page.
func (s *Handler) orSoon(ctx context.Context, changed <-chan struct{}) <-chan struct{} {
	soon := make(chan struct{})
	go func() {
		defer close(soon)
		timer := time.NewTimer(time.Second)
		defer timer.Stop()
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		case <-s.stopped:
		}
	}()
	return soon
}

// waitForNews waits until there may be news. It reports whether there may be, false meaning that the stream has
// ended.
func (s *Handler) waitForNews(
	r *http.Request,
	stream *http.ResponseController,
	w http.ResponseWriter,
	changed, ended <-chan struct{},
	beat <-chan time.Time,
) bool {
	for {
		select {
		case <-changed:
			return true
		case <-ended: // a session ended, perhaps this one
			return true
		case <-r.Context().Done():
			return false
		case <-s.stopped:
			return false
		case <-beat:
			if _, err := s.streamSession(r); err != nil {
				_ = say(stream, w, "event: signedout\ndata:\n\n")
				return false
			}
			if say(stream, w, ":\n\n") != nil {
				return false
			}
		}
	}
}

func say(stream *http.ResponseController, w http.ResponseWriter, message string) error {
	if err := stream.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil &&
		!errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil { //nolint:gosec // JSON in an event stream, not an HTML page
		return err
	}
	return stream.Flush()
}

func (s *Handler) newsFor(r *http.Request, session store.Session) (string, error) {
	c := s.Clock(r.WithContext(context.WithValue(r.Context(), web.SessionKey, &session)))
	fresh := s.Freshness(c)
	var words, trouble bytes.Buffer
	if err := errors.Join(
		ui.FreshWords(fresh).Render(r.Context(), &words),
		ui.FreshBanner(fresh).Render(r.Context(), &trouble),
	); err != nil {
		return "", err
	}
	snapshot := s.Mirror.Snapshot()
	operations, open := s.OperationsSnapshot(), s.OpenWords(r.Context())
	overview := s.overviewSnapshot(session.User.Role != store.RoleViewer)
	if session.User.Role == store.RoleViewer { // viewers don't see operations
		operations, open = "", ""
	}
	data, err := json.Marshal(
		news{
			s.SnapshotID(snapshot),
			operations,
			s.SubscriptionSnapshot(),
			overview,
			fresh.State,
			fresh.Tone,
			words.String(),
			trouble.String(),
			ui.Number(int64(snapshot.Here())),
			open,
		},
	)
	return "data: " + string(data) + "\n\n", err
}

// streamSession looks up the session without counting as use of it.
func (s *Handler) streamSession(r *http.Request) (store.Session, error) {
	cookie, err := r.Cookie(s.CookieName("cordboard"))
	if err != nil {
		return store.Session{}, errSignedOut
	}
	session, err := s.Identity.Sessions.ByToken(r.Context(), store.HashToken(cookie.Value))
	if errors.Is(err, store.ErrNotFound) || err == nil && (session.Half || s.Identity.Sessions.IsIdle(session)) {
		return session, errSignedOut
	}
	return session, err
}

var errSignedOut = &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
	Status: http.StatusUnauthorized,
	Title:  "You are signed out",
	Text:   "Sign in again.",
}}

func (s *Handler) openStream(tokenHash string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[tokenHash] >= streamsAtOnce {
		return false
	}
	s.streams[tokenHash]++
	return true
}

func (s *Handler) closeStream(tokenHash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[tokenHash]--; s.streams[tokenHash] <= 0 {
		delete(s.streams, tokenHash)
	}
}
