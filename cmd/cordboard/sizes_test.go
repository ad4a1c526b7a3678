package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The maximum numbers of lines in a file and in a function, from its first line to its closing brace. Tests and
// generated code may be longer. The linter limits the length of a line.
const (
	mostFileLines     = 300
	mostFunctionLines = 60
)

func TestSizes(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 || d.Name() == "node_modules"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go"),
			strings.HasSuffix(path, "_test.go"),
			strings.HasSuffix(path, "_templ.go"):
			return nil
		}
		files++
		for _, name := range tooLong(t, path, nil) {
			t.Error(name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("got %d files, want all of the project", files)
	}
}

func TestSizesSeesWhatIsTooLong(t *testing.T) {
	body := strings.Repeat("\n", mostFunctionLines)
	for name, c := range map[string]struct {
		src  string
		want int
	}{
		"short":         {"package p\n\nfunc f() {\n}\n", 0},
		"long function": {"package p\n\nfunc f() {" + body + "}\n", 1},
		"long method":   {"package p\n\ntype T int\n\nfunc (T) f() {" + body + "}\n", 1},
		"longest":       {"package p\n\nfunc f() {" + body[1:] + "}\n", 0},
		"long file":     {"package p\n" + strings.Repeat("\nvar _ = 1\n", mostFileLines/2), 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tooLong(t, "p.go", c.src); len(got) != c.want {
				t.Errorf("got %v, want %d", got, c.want)
			}
		})
	}
}

// tooLong returns the names of the file at path and of its functions that have too many lines. It parses src instead of
// the file unless src is nil.
func tooLong(t *testing.T, path string, src any) (names []string) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	line := func(p token.Pos) int { return set.Position(p).Line }
	if line(f.FileEnd) > mostFileLines {
		names = append(names, path)
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && line(fn.End())-line(fn.Pos())+1 > mostFunctionLines {
			names = append(names, path+": "+fn.Name.Name)
		}
	}
	return names
}
