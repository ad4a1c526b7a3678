package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// These are the size limits, in lines, methods and fields. Tests and generated code don't count. The linter limits the
// length of a line. A function's size includes its first line and its closing brace. An embedded field counts as one
// field.
const (
	maxFileLines     = 300
	maxFunctionLines = 60
	maxPackageLines  = 2000
	maxMethods       = 25
	maxFields        = 12
)

// exempt lists the packages and types that exceed a limit, with the reason for each.
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
}

func TestSizes(t *testing.T) {
	packages := map[string]*sizes{}
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
		name := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../../"))
		if packages[name] == nil {
			packages[name] = newSizes(name)
		}
		packages[name].add(t, path, nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 30 {
		t.Errorf("got %d packages, want all of the project", len(packages))
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

// sizes holds the measurements of one package.
type sizes struct {
	name            string
	lines           int
	methods, fields map[string]int // by type
	large           []string       // files and functions over their limit
}

func newSizes(name string) *sizes {
	return &sizes{name: name, methods: map[string]int{}, fields: map[string]int{}}
}

// add measures the file at path. If src is not nil, it is the file's content, and add doesn't read the file.
func (s *sizes) add(t *testing.T, path string, src any) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	path = strings.TrimPrefix(filepath.ToSlash(path), "../../")
	line := func(p token.Pos) int { return set.Position(p).Line }
	lines := line(f.FileEnd)
	if s.lines += lines; lines > maxFileLines {
		s.large = append(s.large, path)
	}
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
		}
		return true
	})
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
