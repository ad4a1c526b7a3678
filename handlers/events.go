package handlers

import (
	"bytes"
	"context"
	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	streamBeat     = 15 * time.Second // how often a quiet stream says that it lives, and its session is looked at again
	streamWrite    = 10 * time.Second
	streamsAtOnce  = 8 // of one session: a visible tab holds one
	reconnectAfter = 3 * time.Second
)

// backgroundHeader marks what a page asks for by itself. It never counts as use of the session.
const backgroundHeader = "Cordboard-Background"

func isBackground(r *http.Request) bool { return r.Header.Get(backgroundHeader) != "" }

// news is what a page learns from the stream.
type news struct {
	Snapshot  string `json:"snapshot"`  // another one than the page's: there are other rows to show
	Creations string `json:"creations"` // the same for pages of creations
	Package   string `json:"package"`   // for that of the package
	Overview  string `json:"overview"`  // and for the overview
	State     string `json:"state"`
	Tone      string `json:"tone"`
	Fresh     string `json:"fresh"`   // HTML: how old the data is
	Trouble   string `json:"trouble"` // HTML: what keeps us from reading YCM
	Here      string `json:"here"`
	Open      string `json:"open"` // creations
}

// snapshotID tells snapshots apart, those of an earlier process too.
func (s *Server) snapshotID(snapshot *fleet.Snapshot) string {
	return s.epoch + "-" + strconv.FormatUint(snapshot.Version(), 36)
}

// events streams to an open page that there is something new to see. It ends with the session, and when we stop.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	session, err := s.streamSession(r)
	if err != nil {
		return err
	}
	if s.mustEnrol(session.User) { // nothing is for them yet; 204 keeps the page from asking again
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if !s.openStream(session.TokenHash) {
		return &httpError{errorAnswer: errorAnswer{http.StatusTooManyRequests, "Too many pages are open", "Close some of them. Nothing was changed."}, retryAfter: streamBeat}
	}
	defer s.closeStream(session.TokenHash)
	stream := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if err := say(stream, w, fmt.Sprintf("retry: %d\n\n", reconnectAfter.Milliseconds())); err != nil {
		return nil //nolint:nilerr // the page has gone
	}
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		changed, ended := s.fleet.Changed(), s.whenEnded() // before looking, so that nothing falls in between
		message, err := s.newsFor(r, session)
		if err != nil {
			return nil //nolint:nilerr // logged as any drawing is; the page asks again
		}
		if say(stream, w, message) != nil {
			return nil
		}
		if s.fleet.Freshness().State == fleet.Never {
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

// orSoon is closed when there is news, or after a second: the first reading goes on page by page.
func (s *Server) orSoon(ctx context.Context, changed <-chan struct{}) <-chan struct{} {
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

// waitForNews returns true when there is some, and false when the stream is over.
func (s *Server) waitForNews(r *http.Request, stream *http.ResponseController, w http.ResponseWriter, changed, ended <-chan struct{}, beat <-chan time.Time) bool {
	for {
		select {
		case <-changed:
			return true
		case <-ended: // perhaps ours
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
	if err := stream.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil { //nolint:gosec // no HTML page: JSON in an event stream
		return err
	}
	return stream.Flush()
}

func (s *Server) newsFor(r *http.Request, session store.Session) (string, error) {
	c := s.clock(r.WithContext(context.WithValue(r.Context(), sessionKey, &session)))
	fresh := s.freshness(c)
	var words, trouble bytes.Buffer
	if err := errors.Join(views.FreshWords(fresh).Render(r.Context(), &words), views.FreshBanner(fresh).Render(r.Context(), &trouble)); err != nil {
		return "", err
	}
	snapshot := s.fleet.Snapshot()
	creations, open := s.creationsSnapshot(), s.openWords(r.Context())
	overview := s.overviewSnapshot(session.User.Role != store.RoleViewer)
	if session.User.Role == store.RoleViewer { // who sees none
		creations, open = "", ""
	}
	data, err := json.Marshal(news{s.snapshotID(snapshot), creations, s.packageSnapshot(), overview, fresh.State, fresh.Tone, words.String(), trouble.String(), views.Number(int64(snapshot.Here())), open})
	return "data: " + string(data) + "\n\n", err
}

// streamSession looks the session up without counting as its use.
func (s *Server) streamSession(r *http.Request) (store.Session, error) {
	cookie, err := r.Cookie(s.cookieName("cordboard"))
	if err != nil {
		return store.Session{}, errSignedOut
	}
	session, err := s.session(r.Context(), store.HashToken(cookie.Value))
	if errors.Is(err, store.ErrNotFound) || err == nil && (session.Half || s.idle(session)) {
		return session, errSignedOut
	}
	return session, err
}

var errSignedOut = &httpError{errorAnswer: errorAnswer{http.StatusUnauthorized, "You are signed out", "Sign in again."}}

func (s *Server) openStream(tokenHash string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[tokenHash] >= streamsAtOnce {
		return false
	}
	s.streams[tokenHash]++
	return true
}

func (s *Server) closeStream(tokenHash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[tokenHash]--; s.streams[tokenHash] <= 0 {
		delete(s.streams, tokenHash)
	}
}
