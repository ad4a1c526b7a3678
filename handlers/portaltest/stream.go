package portaltest

import (
	"bufio"
	"encoding/json"
	"strings"
)

// Stream is the event stream of an open page.
type Stream struct {
	b     *Portal
	lines *bufio.Scanner
}

// Next returns the next message. If the stream ended instead, it returns "signedout" if the user was signed out, and
// "end" otherwise.
func (s *Stream) Next() (News, string) {
	s.b.T.Helper()
	for s.lines.Scan() {
		line := s.lines.Text()
		if line == "event: signedout" {
			return News{}, "signedout"
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var n News
			s.b.Must(json.Unmarshal([]byte(data), &n))
			return n, ""
		}
	}
	return News{}, "end"
}

// News is a message in the event stream.
type News struct {
	Snapshot   string `json:"snapshot"`   // differs from the page's value if the rows have changed
	Operations string `json:"operations"` // likewise for the pages about operations
	Package    string `json:"package"`    // likewise for the subscription page
	Overview   string `json:"overview"`   // likewise for the overview
	State      string `json:"state"`
	Tone       string `json:"tone"`
	Fresh      string `json:"fresh"`   // HTML: the age of the data
	Trouble    string `json:"trouble"` // HTML: the reason why YCM can't be read
	Here       string `json:"here"`
	Open       string `json:"open"` // the number of open operations
}
