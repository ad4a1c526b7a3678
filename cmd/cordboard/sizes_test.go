package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// These are the size limits, in lines, columns, methods and fields. Tests and generated code don't count, and in
// templates only lines and columns do. As in the linter, which limits the columns of tests, a tab is one column. A
// function's size includes its first line and its closing brace. An embedded field counts as one field.
const (
	maxColumns       = 120
	maxFileLines     = 300
	maxFunctionLines = 60
	maxPackageLines  = 2000
	maxMethods       = 25
	maxFields        = 12
)

// exempt lists the packages, types and lines that exceed a limit, with the reason for each.
var exempt = map[string]string{
	"store":                      "one package for the whole database, whatever its size",
	"store.Store":                "a method per query; each consumer declares the few that it uses",
	"fleet/list":                 "the query language and its evaluation know each other's filters, and nothing else does",
	"ycm":                        "one client of one API: half of it are the records and calls of YCM",
	"ycm.CloudPBX":               "YCM's record, member by member",
	"ycm.CreateCloudPBXRequest":  "YCM's request body, member by member",
	"ycm.CustomerRequest":        "YCM's request body, member by member",
	"ycm/ycmtest":                "the fake of all of that API, with its faults and its sandbox fleet",
	"ycm/ycmtest.YCM":            "all state of the fake has one lock; a method per call of YCM's API",
	"ycm/ycmtest.createRequest":  "YCM's request body, member by member",
	"handlers/audit.auditRecord": "a row of the audit log in the fixed form of the export",
	"cmd/cordboard: struct tags": "Go can't break a tag; each has the name, variable, default and help of an option",
}

func TestSizes(t *testing.T) {
	packages, templates := map[string]*sizes{}, 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 || d.Name() == "node_modules"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".go" && filepath.Ext(path) != ".templ",
			strings.HasSuffix(path, "_test.go"),
			strings.HasSuffix(path, "_templ.go"):
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../../"))
		if packages[name] == nil {
			packages[name] = newSizes(name)
		}
		if filepath.Ext(path) == ".templ" {
			templates++
		}
		packages[name].add(t, path, string(src))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 30 || templates < 30 {
		t.Errorf("got %d packages and %d templates, want all of the project", len(packages), templates)
	}
	unused := maps.Clone(exempt)
	for _, p := range packages {
		for _, name := range p.tooLarge() {
			if exempt[name] == "" {
				t.Error(name)
			}
			delete(unused, name)
		}
	}
	for name := range unused {
		t.Errorf("%s exceeds no limit and needs no exception", name)
	}
	if len(exempt) > 12 {
		t.Errorf("got %d exceptions, want at most 12", len(exempt))
	}
}

func TestSizesSeesWhatIsTooLong(t *testing.T) {
	body := strings.Repeat("\n", maxFunctionLines)
	var methods strings.Builder
	for i := range maxMethods + 1 {
		fmt.Fprintf(&methods, "\nfunc (t *T[X]) m%d() {}\n", i)
	}
	wide := strings.Repeat("–", maxColumns-len("\t// "))
	for name, c := range map[string]struct {
		src  string
		want []string
	}{
		"short":         {"package p\n\nfunc f() {\n}\n", nil},
		"long function": {"package p\n\nfunc f() {" + body + "}\n", []string{"p/p.go: f"}},
		"long method":   {"package p\n\ntype T int\n\nfunc (T) f() {" + body + "}\n", []string{"p/p.go: f"}},
		"longest":       {"package p\n\nfunc f() {" + body[1:] + "}\n", nil},
		"long file":     {"package p\n" + strings.Repeat("\nvar _ = 1\n", maxFileLines/2), []string{"p/p.go"}},
		"long package":  {"package p\n" + strings.Repeat("\nvar _ = 1\n", maxPackageLines/2), []string{"p", "p/p.go"}},
		"many methods":  {"package p\n\ntype T[X any] int\n" + methods.String(), []string{"p.T"}},
		"many fields":   {"package p\n\ntype T struct { A, B, C, D, E, F, G, H, I, J, K, L int; M }\n", []string{"p.T"}},
		"twelve fields": {"package p\n\ntype T struct { A, B, C, D, E, F, G, H, I, J, K int; M }\n", nil},
		"widest line":   {"package p\n\nfunc f() {\n\t// " + wide + "\n}\n", nil},
		"wide line":     {"package p\n\nfunc f() {\n\t// " + wide + "–\n}\n", []string{"p/p.go:4"}},
		"wide tag":      {"package p\n\ntype T struct {\n\tA int `" + wide + "`\n}\n", []string{"p: struct tags"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSizes("p")
			s.add(t, "p/p.go", c.src)
			got := s.tooLarge()
			if slices.Sort(got); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestSizesSeesWhatIsTooLongInTemplates(t *testing.T) {
	longest := "package p\n" + strings.Repeat("\n", maxFileLines-1)
	wide := strings.Repeat("–", maxColumns)
	for name, c := range map[string]struct {
		src  string
		want []string
	}{
		"longest file": {longest, nil},
		"long file":    {longest + "\n", []string{"p/p.templ"}},
		"widest line":  {"package p\n" + wide + "\n", nil},
		"wide line":    {"package p\n" + wide + "–\n", []string{"p/p.templ:2"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSizes("p")
			s.add(t, "p/p.templ", c.src)
			if got := s.tooLarge(); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// sizes holds the measurements of one package.
type sizes struct {
	name            string
	lines           int            // without templates
	methods, fields map[string]int // by type
	large           []string       // files, functions and lines over their limit
}

func newSizes(name string) *sizes {
	return &sizes{name: name, methods: map[string]int{}, fields: map[string]int{}}
}

// add measures src, which is the Go file or template at path.
func (s *sizes) add(t *testing.T, path, src string) {
	t.Helper()
	path = strings.TrimPrefix(filepath.ToSlash(path), "../../")
	if strings.Count(src, "\n") > maxFileLines {
		s.large = append(s.large, path)
	}
	tagged := map[int]bool{}
	if filepath.Ext(path) == ".go" {
		s.lines += strings.Count(src, "\n")
		tagged = s.addGo(t, path, src)
	}
	number := 0
	for line := range strings.Lines(src) {
		number++
		switch wide := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > maxColumns; {
		case wide && tagged[number]:
			s.large = append(s.large, s.name+": struct tags")
		case wide:
			s.large = append(s.large, fmt.Sprintf("%s:%d", path, number))
		}
	}
}

// addGo measures the functions and types in src. It returns the numbers of the lines with struct tags.
func (s *sizes) addGo(t *testing.T, path, src string) map[int]bool {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	line := func(p token.Pos) int { return set.Position(p).Line }
	tagged := map[int]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if line(n.End())-line(n.Pos())+1 > maxFunctionLines {
				s.large = append(s.large, path+": "+n.Name.Name)
			}
			if n.Recv != nil {
				s.methods[typeName(n.Recv.List[0].Type)]++
			}
		case *ast.TypeSpec:
			if t, ok := n.Type.(*ast.StructType); ok {
				s.fields[n.Name.Name] = t.Fields.NumFields()
			}
		case *ast.Field:
			if n.Tag != nil {
				tagged[line(n.Tag.Pos())] = true
			}
		}
		return true
	})
	return tagged
}

// tooLarge returns the names of the files, functions and types that exceed a limit, and the package's name if the
// package exceeds one.
func (s *sizes) tooLarge() []string {
	large := slices.Clone(s.large)
	if s.lines > maxPackageLines {
		large = append(large, s.name)
	}
	types := map[string]bool{}
	for name, n := range s.methods {
		types[name] = n > maxMethods
	}
	for name, n := range s.fields {
		types[name] = types[name] || n > maxFields
	}
	for name, over := range types {
		if over {
			large = append(large, s.name+"."+name)
		}
	}
	return large
}

// typeName returns the name of a receiver's type.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
