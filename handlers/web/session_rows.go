package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cordboard/fold"
	"cordboard/store"
	"cordboard/views/ui"
)

// End ends the session that the form names. If the form says "others", End ends all of the user's sessions except the
// one with the hash keep.
func (s *Sessions) End(r *http.Request, userID int64, keep string) error {
	only := r.PostForm.Get("end")
	if only == "others" {
		only = ""
	} else if len(only) != sessionMark || keep != "" && strings.HasPrefix(keep, only) {
		return errNoSession
	}
	err := s.identity.Sessions.End(r.Context(), Actor(r), userID, only, keep)
	if errors.Is(err, store.ErrNotFound) {
		return errNoSession
	}
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	s.identity.Sessions.NotifyEnded()
	return nil
}

var errNoSession = &HTTPError{
	ErrorAnswer: ErrorAnswer{
		http.StatusNotFound,
		"This session no longer exists",
		"It may have expired. Nothing was changed. Go back and reload the page.",
	},
}

// sessionMark is the number of characters of a session's hash that identify the session in forms and in the audit log.
const sessionMark = 12

// Rows returns the user's active sessions, with the current one marked.
func (s *Sessions) Rows(r *http.Request, userID int64, c ui.Clock) ([]ui.SessionRow, error) {
	all, err := s.store.SessionsOf(r.Context(), userID)
	if err != nil {
		return nil, err
	}
	own := SessionFrom(r.Context()).TokenHash
	var rows []ui.SessionRow
	for _, n := range all {
		if n.TokenHash != own && s.identity.Sessions.IsIdle(n) {
			continue
		}
		device, icon := deviceWords(n.Device)
		row := ui.SessionRow{
			Mark:    n.TokenHash[:sessionMark],
			Device:  device,
			Icon:    icon,
			Address: n.Address,
			Since:   c.DateTime(n.CreatedAt),
			Seen:    c.Ago(s.identity.Sessions.LastSeen(n)),
			Method:  string(n.Method),
			This:    n.TokenHash == own,
		}
		if row.This {
			row.Seen = "now"
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// deviceWords guesses the device from a User-Agent. The result only helps users recognize their own devices in the
// list.
func deviceWords(agent string) (words, icon string) {
	find := func(pairs [][2]string) string {
		for _, p := range pairs {
			if strings.Contains(agent, p[0]) {
				return p[1]
			}
		}
		return ""
	}
	browser := find(
		[][2]string{
			{"Edg", "Edge"},
			{"OPR/", "Opera"},
			{"Firefox/", "Firefox"},
			{"FxiOS", "Firefox"},
			{"CriOS", "Chrome"},
			{"HeadlessChrome", "Chrome"},
			{"Chrome/", "Chrome"},
			{"Safari/", "Safari"},
			{"curl/", "curl"},
		},
	)
	system := find(
		[][2]string{
			{"iPhone", "iOS"},
			{"iPad", "iPadOS"},
			{"Android", "Android"},
			{"Windows", "Windows"},
			{"Mac OS X", "macOS"},
			{"CrOS", "ChromeOS"},
			{"Linux", "Linux"},
		},
	)
	switch {
	case browser == "" && agent == "":
		words = "Unknown device"
	case browser == "":
		words = fold.FirstRunes(agent, 40)
	case system == "":
		words = browser
	default:
		words = browser + " on " + system
	}
	switch system {
	case "iOS", "Android", "iPadOS":
		return words, "smartphone"
	case "macOS", "ChromeOS", "Linux":
		return words, "laptop"
	}
	return words, "monitor"
}
