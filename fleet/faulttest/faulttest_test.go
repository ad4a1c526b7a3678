package faulttest

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"cordboard/ycm/ycmtest"
)

// TestMishaps checks that the variants cover all eighteen faults, and that each has its own name.
func TestMishaps(t *testing.T) {
	t.Parallel()
	names, faults := map[string]bool{}, map[int]bool{}
	for _, m := range Mishaps {
		number, _, _ := strings.Cut(m.Name, " ")
		n, err := strconv.Atoi(number)
		if err != nil || names[m.Name] {
			t.Errorf("%q has no number, or its name isn't unique: %v", m.Name, err)
		}
		names[m.Name], faults[n] = true, true
		if want := n == 5 || n == 6 || n == 17; m.IsSlow() != want {
			t.Errorf("%s is slow: %t, want %t", m.Name, m.IsSlow(), want)
		}
	}
	for n := range 19 {
		if !faults[n] {
			t.Errorf("no variant of fault %d", n)
		}
	}
}

// TestBeginAndEnd checks that each mishap affects YCM only until it ends.
func TestBeginAndEnd(t *testing.T) {
	t.Parallel()
	for _, m := range Mishaps {
		y := ycmtest.NewServer(t, ycmtest.Config{PBXs: 1})
		transport := &http.Transport{} // the default one is closed whenever any test's server is
		t.Cleanup(transport.CloseIdleConnections)
		reach := func() error {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, y.URL, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r, err := transport.RoundTrip(request)
			if err == nil {
				err = r.Body.Close()
			}
			return err
		}
		m.Begin(y, "stopCloudPbx")
		if err := reach(); (err != nil) != (m.refuse || m.reset) {
			t.Errorf("%s: YCM can be reached: %v", m.Name, err)
		}
		if err := m.End(y); err != nil {
			t.Errorf("%s: End: %v", m.Name, err)
		}
		if err := reach(); err != nil {
			t.Errorf("%s: YCM can't be reached after the end: %v", m.Name, err)
		}
	}
}
