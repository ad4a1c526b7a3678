package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/views/ui"
)

const (
	// streamBeat is the interval at which an idle stream sends a heartbeat and checks its session again.
	streamBeat     = 15 * time.Second
	streamWrite    = 10 * time.Second
	streamsAtOnce  = 8 // per session; each visible tab uses one
	reconnectAfter = 3 * time.Second
)

// news is a message in the event stream to a page.
type news struct {
	Snapshot   string `json:"snapshot"`   // a list or PBX page with a different snapshot ID is outdated
	Operations string `json:"operations"` // likewise for the pages about operations
	Package    string `json:"package"`    // likewise for the capacity page and the expiry board
	Overview   string `json:"overview"`   // likewise for the overview
	State      string `json:"state"`
	Tone       string `json:"tone"`
	Fresh      string `json:"fresh"`   // HTML: the age of the data
	Trouble    string `json:"trouble"` // HTML: the reason why YCM can't be read
	Here       string `json:"here"`
	Open       string `json:"open"` // such as "1 open"; "" if no operation is open, and for viewers
}

// Events streams updates to an open page. The stream ends when the session ends or the server stops.
func (h *Handler) Events(w http.ResponseWriter, r *http.Request) error {
	session, err := h.streamSession(r)
	if err != nil {
		return err
	}
	if h.policy.MustEnroll(session.User) {
		// The user isn't allowed to see anything yet. The status 204 keeps the browser from reconnecting at once.
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if !h.streams.open(session.TokenHash) {
		return &web.HTTPError{
			ErrorAnswer: web.ErrorAnswer{
				Status: http.StatusTooManyRequests,
				Title:  "Too many open pages",
				Text:   "Nothing was changed. Close some of them, then reload this page.",
			},
			RetryAfter: streamBeat,
		}
	}
	defer h.streams.close(session.TokenHash)
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no") // otherwise nginx buffers events
	if err := say(stream, w, fmt.Sprintf("retry: %d\n\n", reconnectAfter.Milliseconds())); err != nil {
		return nil //nolint:nilerr // the page was closed
	}
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		// Both channels are obtained before the state is read, so that no change is missed.
		changed, ended := h.fleet.Changed(), h.sessions.Ended()
		message, err := h.newsFor(r, session)
		if err != nil {
			return nil //nolint:nilerr // the page was closed; a page that is still open reconnects
		}
		if say(stream, w, message) != nil {
			return nil
		}
		if h.fleet.Freshness().State == fleet.Never {
			changed = h.orSoon(r.Context(), changed)
		}
		if !h.waitForNews(r, stream, w, changed, ended, beat.C) {
			return nil
		}
		if session, err = h.streamSession(r); err != nil {
			_ = say(stream, w, "event: signedout\ndata:\n\n")
			return nil
		}
	}
}

// orSoon returns a channel that closes as soon as the changed channel does, or after a second. It is used during the
// first sync, which progresses page by page.
func (h *Handler) orSoon(ctx context.Context, changed <-chan struct{}) <-chan struct{} {
	soon := make(chan struct{})
	go func() {
		defer close(soon)
		timer := time.NewTimer(time.Second)
		defer timer.Stop()
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		case <-h.stopping.done:
		}
	}()
	return soon
}

// waitForNews waits until there may be news or the stream must end. It reports whether there may be news.
func (h *Handler) waitForNews(
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
		case <-h.stopping.done:
			return false
		case <-beat:
			if _, err := h.streamSession(r); err != nil {
				_ = say(stream, w, "event: signedout\ndata:\n\n")
				return false
			}
			if say(stream, w, ":\n\n") != nil {
				return false
			}
		}
	}
}

// say sends a message. It limits the time for that, and afterward removes the limit, because HTTP/2 ends a stream when
// its deadline passes, even if nothing is being written.
func say(stream *http.ResponseController, w http.ResponseWriter, message string) error {
	limit := func(until time.Time) error {
		if err := stream.SetWriteDeadline(until); !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		return nil
	}
	if err := limit(time.Now().Add(streamWrite)); err != nil {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil { //nolint:gosec // JSON in an event stream, not an HTML page
		return err
	}
	return errors.Join(stream.Flush(), limit(time.Time{}))
}

func (h *Handler) newsFor(r *http.Request, session store.Session) (string, error) {
	c := h.site.Clock(r.WithContext(context.WithValue(r.Context(), web.SessionKey, &session)))
	fresh := h.site.Freshness(c)
	var words, trouble bytes.Buffer
	if err := errors.Join(
		ui.FreshWords(fresh).Render(r.Context(), &words),
		ui.FreshBanner(fresh).Render(r.Context(), &trouble),
	); err != nil {
		return "", err
	}
	snapshot := h.fleet.Snapshot()
	here := ""
	if fresh.At != nil {
		here = ui.Number(int64(snapshot.Here()))
	}
	operations, open := h.site.OperationsSnapshot(), h.site.OpenWords(r.Context())
	overview := h.overviewSnapshot(session.User.Role != store.RoleViewer)
	if session.User.Role == store.RoleViewer { // viewers don't see operations
		operations, open = "", ""
	}
	data, err := json.Marshal(
		news{
			h.site.SnapshotID(snapshot),
			operations,
			h.site.SubscriptionSnapshot(),
			overview,
			fresh.State,
			fresh.Tone,
			words.String(),
			trouble.String(),
			here,
			open,
		},
	)
	return "data: " + string(data) + "\n\n", err
}

// streamSession looks up the session. The lookup doesn't count as use of the session.
func (h *Handler) streamSession(r *http.Request) (store.Session, error) {
	cookie, err := r.Cookie(h.site.Sessions.CookieName("cordboard"))
	if err != nil {
		return store.Session{}, errSignedOut
	}
	session, err := h.sessions.ByToken(r.Context(), store.HashToken(cookie.Value))
	if errors.Is(err, store.ErrNotFound) ||
		err == nil && (session.AwaitingSecondFactor || h.sessions.IsIdle(session)) {
		return session, errSignedOut
	}
	return session, err
}

var errSignedOut = &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
	Status: http.StatusUnauthorized,
	Title:  "You are signed out",
	Text:   "Sign in again.",
}}

// openStreams counts the open event streams.
type openStreams struct {
	mu    sync.Mutex
	count map[string]int // by token hash
}

// open counts another stream of a session. It reports whether the session may have another one.
func (s *openStreams) open(tokenHash string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count[tokenHash] >= streamsAtOnce {
		return false
	}
	s.count[tokenHash]++
	return true
}

// close counts a stream of a session as closed.
func (s *openStreams) close(tokenHash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count[tokenHash]--; s.count[tokenHash] <= 0 {
		delete(s.count, tokenHash)
	}
}
