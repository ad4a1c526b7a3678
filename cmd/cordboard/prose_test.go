//go:build !race

// The race detector has nothing to find in a search of text.

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// banned maps each phrase that confuses readers to its replacement.
var banned = map[string]string{
	"at the most":         "at most",
	"at the least":        "at least",
	"any more":            "no longer",
	"anew":                "again",
	"in whatever letters": "case-insensitive",
	"who may less":        "users with a lower role",
	"tells":               "reports, names",
	"told":                "reported, asked",
	"from which on":       "from",
	"says whether":        "reports whether",
	"it is so":            "it is the case",
}

// notProse matches strings that only look like prose: URLs, audit actions and database columns.
var notProse = regexp.MustCompile(`/account/told|account\.told|told_seq`)

// lineBreak matches the end of a line and what begins the next line of a comment.
var lineBreak = regexp.MustCompile(`\n\s*(//|#)?\s*`)

// TestNoBannedPhrases checks the project's source files and documents for banned phrases.
func TestNoBannedPhrases(t *testing.T) {
	t.Parallel()
	var alternatives []string
	for phrase := range banned {
		alternatives = append(alternatives, strings.ReplaceAll(phrase, " ", `\s+`))
	}
	pattern := regexp.MustCompile(`(?i)\b(` + strings.Join(alternatives, "|") + `)\b`)
	kinds := []string{".go", ".templ", ".js", ".md", ".css", ".sh"}
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		skipped := []string{".git", ".tools", "bin", "data", "node_modules", "testdata", "migrations", "traces"}
		if d.IsDir() && slices.Contains(skipped, d.Name()) {
			return filepath.SkipDir
		}
		generated := strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, ".min.js")
		if d.IsDir() || generated || !slices.Contains(kinds, filepath.Ext(path)) || d.Name() == "prose_test.go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		// A phrase may be split across two lines of a comment.
		plain := lineBreak.ReplaceAllStringFunc(string(text), func(s string) string {
			return strings.Repeat(" ", len(s)-1) + "\n"
		})
		plain = notProse.ReplaceAllStringFunc(plain, func(s string) string { return strings.Repeat("x", len(s)) })
		for _, at := range pattern.FindAllStringIndex(plain, -1) {
			line := 1 + strings.Count(string(text[:at[0]]), "\n")
			phrase := strings.ToLower(strings.Join(strings.Fields(plain[at[0]:at[1]]), " "))
			t.Errorf("%s:%d: %q is banned; write %q", strings.TrimPrefix(path, "../../"), line, phrase, banned[phrase])
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("read %d files: %v", files, err)
	}
}
