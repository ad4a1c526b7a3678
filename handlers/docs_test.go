package handlers_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordboard/handlers"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/views/viewtest"
)

func readDoc(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDocumentsNameFiles checks that every project file named in docs/*.md or README.md exists.
func TestDocumentsNameFiles(t *testing.T) {
	t.Parallel()
	docs, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(
		"`((?:cmd|docs|e2e|fleet|fold|handlers|identity|opt|static|store|views|ycm)/[\\w/.]+\\.\\w+)`",
	)
	found := 0
	for _, doc := range append(docs, "../README.md") {
		for _, m := range named.FindAllStringSubmatch(readDoc(t, doc), -1) {
			found++
			if _, err := os.Stat("../" + m[1]); err != nil {
				t.Errorf("%s names %s, which doesn't exist", doc, m[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("got %d names of files, want more", found)
	}
}

// TestWayOfASearch checks the six to eight steps of a search in docs/architecture.md. The function of each step must
// be defined in the step's file and, except in the first step, mentioned in the file of an earlier step.
func TestWayOfASearch(t *testing.T) {
	t.Parallel()
	_, guide, _ := strings.Cut(readDoc(t, "../docs/architecture.md"), "## How a search runs")
	guide, _, _ = strings.Cut(guide, "## ")
	steps := regexp.MustCompile("(?m)^\\d+\\. `([\\w/.]+)`: `(\\w+)`").FindAllStringSubmatch(guide, -1)
	if len(steps) < 6 || len(steps) > 8 {
		t.Fatalf("the guide has %d steps, want 6 to 8", len(steps))
	}
	before := ""
	for i, step := range steps {
		t.Logf("%d. %s: %s", i+1, step[1], step[2])
		code := readDoc(t, "../"+step[1])
		if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + step[2] + `\(`).MatchString(code) {
			t.Errorf("%s doesn't define %s", step[1], step[2])
		}
		if i > 0 && !regexp.MustCompile(`\b`+step[2]+`\b`).MatchString(before) {
			t.Errorf("no earlier step uses %s of %s", step[2], step[1])
		}
		before += code
	}
}

// TestSecurityDocument checks that docs/security.md covers each of the 178 applicable requirements of ASVS 5.0 levels
// 1 and 2 (testdata/asvs.txt) exactly once. The tests and sections that it names must exist. There must be one
// to twelve deviations, and a requirement may mention only its own deviations.
func TestSecurityDocument(t *testing.T) {
	t.Parallel()
	doc := readDoc(t, "../docs/security.md")
	wanted := strings.Fields(readDoc(t, "testdata/asvs.txt"))
	tests := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, "_test.go") {
			for _, m := range regexp.MustCompile(
				`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`,
			).FindAllStringSubmatch(readDoc(t, path), -1) {
				tests[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	answered := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \| (.+) \| (.+) \|$`).FindAllStringSubmatch(doc, -1) {
		id, how, proof := m[1], m[2], m[3]
		answered[id]++
		if len(how) < 12 || len(proof) < 5 {
			t.Errorf("requirement %s has too short an answer: %q, %q", id, how, proof)
		}
		for _, d := range regexp.MustCompile(`deviation (\d+)`).FindAllStringSubmatch(how, -1) {
			if !regexp.MustCompile(`(?m)^` + d[1] + `\. \*\*` + regexp.QuoteMeta(id) + ` `).MatchString(doc) {
				t.Errorf("requirement %s mentions deviation %s, which is for another requirement", id, d[1])
			}
		}
	}
	for _, id := range wanted {
		if answered[id] != 1 {
			t.Errorf("requirement %s is answered %d times, want once", id, answered[id])
		}
	}
	if len(wanted) != 178 || len(answered) != 178 {
		t.Errorf("%d requirements are answered and %d are listed, want 178 of each", len(answered), len(wanted))
	}
	for _, m := range regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w+)`").FindAllStringSubmatch(doc, -1) {
		if !tests[m[1]] {
			t.Errorf("docs/security.md names the test %s, which doesn't exist", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`docs/(\w+\.md)#([\w-]+)`).FindAllStringSubmatch(doc, -1) {
		anchors := map[string]bool{}
		for _, h := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(readDoc(t, "../docs/"+m[1]), -1) {
			anchor := regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(h[1]), "")
			anchors[strings.ReplaceAll(anchor, " ", "-")] = true
		}
		if !anchors[m[2]] {
			t.Errorf("docs/security.md links to docs/%s#%s, which doesn't exist", m[1], m[2])
		}
	}
	deviations := regexp.MustCompile(`(?m)^\d+\. \*\*\d+\.\d+\.\d+ `).FindAllString(doc, -1)
	if n := len(deviations); n == 0 || n > 12 {
		t.Errorf("got %d deviations, want 1 to 12", n)
	}
}

// TestRoutesAreInTheDocument checks that the table of routes in docs/security.md matches the router. With -update, it
// rewrites the table.
func TestRoutesAreInTheDocument(t *testing.T) {
	t.Parallel()
	const (
		begin = "<!-- routes: written by go test ./handlers -run TestRoutesAreInTheDocument -update -->\n"
		end   = "<!-- end of routes -->"
	)
	doc := readDoc(t, "../docs/security.md")
	before, rest, ok := strings.Cut(doc, begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/security.md has no table of routes")
	}
	var want strings.Builder
	want.WriteString(
		"| route | nobody | viewer | operator | admin | recent sign-in | audit action | limit a minute | body " +
			"|\n|---|---|---|---|---|---|---|---|---|\n",
	)
	routes := portaltest.New(t, 0).Server.Routes()
	slices.SortStableFunc(routes, func(a, b handlers.Route) int {
		return slices.Index(store.Roles, string(a.Role)) - slices.Index(store.Roles, string(b.Role))
	})
	for _, r := range routes {
		fmt.Fprintf(&want, "| %s `%s` |", r.Method, r.Path)
		for _, role := range append([]string{""}, store.Roles...) {
			if r.Role == handlers.Everybody ||
				role != "" && slices.Index(store.Roles, role) >= slices.Index(store.Roles, string(r.Role)) {
				want.WriteString(" yes |")
			} else {
				want.WriteString(" |")
			}
		}
		recent, action, limit, body := "", r.Unrecorded, "", ""
		if r.Recent {
			recent = "yes"
		}
		if r.Action != "" {
			action = "`" + r.Action + "`"
		}
		if r.Rate != web.RateNone {
			limit = fmt.Sprintf("%d (%s)", r.Rate.PerMinute(), r.Rate)
		}
		if r.Method != http.MethodGet {
			body = handlers.SizeWords(r.BodyLimit())
		}
		for _, cell := range []string{recent, action, limit, body} {
			want.WriteString(strings.TrimRight(" "+cell, " ") + " |")
		}
		want.WriteString("\n")
	}
	if got == want.String() {
		return
	}
	if *viewtest.Update {
		if err := os.WriteFile("../docs/security.md", []byte(before+begin+want.String()+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf(
		"docs/security.md has another table of routes than the router (-update writes it):\n%s",
		cmp.Diff(want.String(), got),
	)
}
