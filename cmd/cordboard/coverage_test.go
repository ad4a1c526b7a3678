package main

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// minTestLines is the minimum number of test lines per 100 lines of code in a package. Blank lines, comments,
// generated code and golden files don't count. The minimum ensures that new code comes with tests, but not that the
// tests are good.
const minTestLines = 80

// helpers are packages that only tests use, so the minimum doesn't apply to them. ycmtest isn't one of them,
// because the sandbox uses it.
var helpers = []string{"fleet/pbxtest", "handlers/portaltest", "store/storetest", "views/viewtest"}

// TestEachPackageHasTests compares each package's lines of tests with its lines of code. It skips helpers; static,
// which has little code; and cmd/cordboard, whose tests mostly cover the whole program.
func TestEachPackageHasTests(t *testing.T) {
	code, tests := map[string]int{}, map[string]int{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 || d.Name() == "node_modules"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_templ.go"):
			return nil
		}
		name := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../../"))
		n, err := codeLines(path)
		if strings.HasSuffix(path, "_test.go") {
			tests[name] += n
		} else {
			code[name] += n
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(code) < 30 {
		t.Errorf("got %d packages, want all of the project", len(code))
	}
	for name, n := range code {
		if slices.Contains(append(helpers, "cmd/cordboard", "static"), name) {
			continue
		}
		if tests[name]*100 < n*minTestLines {
			t.Errorf("%s has %d lines of tests for %d lines of code, want at least %d", name, tests[name], n, n*minTestLines/100)
		}
	}
}

// codeLines returns the number of lines in a Go file that are neither blank nor // comments.
func codeLines(path string) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n, lines.Err()
}
