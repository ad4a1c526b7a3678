// Package viewtest tests views. It compares their HTML with golden files, and finds unescaped text, controls without a
// name, and duplicate or missing IDs.
package viewtest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

// Update is the -update flag. If it is set, tests write their golden files instead of comparing HTML with them.
var Update = flag.Bool("update", false, "write golden files")

// Component compares a component with testdata/name.html in the directory of the package that is being tested.
func Component(t *testing.T, name string, c templ.Component) {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("render %s: %v", name, err)
	}
	HTML(t, name, b.String())
}

// between matches the places where golden files have line breaks.
var between = regexp.MustCompile(`>\s*<`)

// assets matches the path of a static file, up to the period after the hash in the file's name.
var assets = regexp.MustCompile(`(/static/[\w./-]+?)\.[0-9a-f]{8,}\.`)

// HTML compares HTML with testdata/name.html. It ignores white space between tags, and the hashes in static files'
// names.
func HTML(t *testing.T, name, html string) {
	t.Helper()
	html = assets.ReplaceAllString(between.ReplaceAllString(strings.TrimSpace(html), ">\n<"), "$1.HASH.") + "\n"
	file := filepath.Join("testdata", name+".html")
	if *Update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file) //nolint:gosec // a file of the package that is being tested
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if d := cmp.Diff(string(want), html); d != "" {
		t.Errorf("%s differs from its golden file (-want +got; -update writes it):\n%s", name, d)
	}
}
