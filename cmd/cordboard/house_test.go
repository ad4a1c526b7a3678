package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fleets lists the fleet packages that the handlers of every subject may import.
var fleets = []string{
	"fleet",
	"fleet/account",
	"fleet/batches",
	"fleet/capacity",
	"fleet/catalog",
	"fleet/customers",
	"fleet/desk",
	"fleet/hooks",
	"fleet/imports",
	"fleet/input",
	"fleet/labels",
	"fleet/list",
	"fleet/mirror",
	"fleet/operations",
	"fleet/sheet",
	"fleet/tasks",
}

// shared lists the packages below handlers that the handlers of every subject may import.
var shared = []string{
	"handlers/web",
	"handlers/web/display",
	"handlers/web/export",
	"handlers/web/lists",
	"handlers/web/chart",
	"handlers/web/plans",
	"handlers/web/recent",
	"handlers/web/rows",
	"handlers/web/codec",
	"handlers/web/said",
	"handlers/web/token",
}

// subject returns the packages that the handlers of one subject may import. Handlers never import the packages of
// another subject.
func subject(name string) []string {
	views := []string{"views/" + name, "views/layout", "views/parts", "views/ui"}
	return slices.Concat(views, []string{"identity", "store"}, shared, fleets)
}

// view lists the packages that the pages of each subject may import.
var view = []string{"views/layout", "views/parts", "views/row", "views/ui", "static"}

// knows lists the packages of this module that each package may import, besides leaves and kinds of operations. Tests
// may import more.
var knows = map[string][]string{
	"cmd/cordboard": {
		"fleet",
		"fleet/account",
		"fleet/batches",
		"fleet/imports",
		"fleet/input",
		"fleet/sheet",
		"fleet/hooks",
		"fleet/mirror",
		"environ",
		"front",
		"handlers",
		"handlers/audit",
		"handlers/team",
		"handlers/web",
		"handlers/web/display",
		"identity",
		"metrics",
		"store",
		"ycm",
		"ycm/ycmtest",
	},
	"handlers": {
		"handlers/account",
		"handlers/actions",
		"handlers/audit",
		"handlers/batches",
		"handlers/capacity",
		"handlers/changes",
		"handlers/customers",
		"handlers/desk",
		"handlers/newpbx",
		"handlers/operations",
		"handlers/palette",
		"handlers/renewals",
		"handlers/pbx",
		"handlers/pbxs",
		"handlers/signin",
		"handlers/tasks",
		"handlers/team",
		"handlers/web",
		"handlers/webhook",
		"static",
		"identity",
		"store",
	},
	"handlers/web": slices.Concat(
		[]string{"views/layout", "views/ui", "static", "identity", "store"},
		shared[1:],
		fleets,
	),
	"handlers/web/display": {
		"views/ui",
		"identity",
		"store",
		"fleet",
		"fleet/capacity",
		"fleet/input",
		"fleet/labels",
		"fleet/list",
		"fleet/operations",
	},
	"handlers/web/export": {"fleet"},
	"handlers/web/lists":  {"handlers/web/display", "views/ui", "store", "fleet", "fleet/list"},
	"handlers/web/recent": {},
	"handlers/web/rows":   {"handlers/web/display", "views/row", "views/ui", "fleet", "fleet/list"},
	"handlers/web/codec":  {},
	"handlers/web/said":   {},
	"handlers/web/chart":  {"fleet", "views/ui"},
	"handlers/web/plans":  {"fleet/batches", "handlers/web/display", "views/ui", "store"},
	"handlers/web/token":  {},
	"handlers/account":    subject("account"),
	"handlers/actions":    subject("actions"),
	"handlers/audit":      subject("audit"),
	"handlers/batches":    subject("batches"),
	"handlers/capacity":   subject("capacity"),
	"handlers/changes":    subject("changes"),
	"handlers/customers":  subject("customers"),
	"handlers/desk":       subject("desk"),
	"handlers/newpbx":     subject("newpbx"),
	"handlers/operations": subject("operations"),
	"handlers/palette":    subject("palette"),
	"handlers/pbx":        subject("pbx"),
	"handlers/pbxs":       subject("pbxs"),
	"handlers/renewals":   subject("renewals"),
	"handlers/signin":     subject("signin"),
	"handlers/webhook":    subject("webhook"),
	"handlers/tasks":      subject("tasks"),
	"handlers/team":       subject("team"),

	"views/ui":         {"static"},
	"views/layout":     {"views/ui", "static"},
	"environ":          {},
	"front":            {},
	"metrics":          {"fleet/hooks", "fleet/mirror", "ycm"},
	"views/parts":      {},
	"views/row":        {"views/parts", "views/ui", "static"},
	"views/account":    view,
	"views/actions":    view,
	"views/audit":      view,
	"views/batches":    view,
	"views/capacity":   view,
	"views/changes":    view,
	"views/customers":  view,
	"views/desk":       view,
	"views/palette":    view,
	"views/newpbx":     view,
	"views/operations": view,
	"views/pbx":        view,
	"views/pbxs":       view,
	"views/renewals":   view,
	"views/signin":     view,
	"views/tasks":      view,
	"views/team":       view,
	"static":           {},
	"fleet":            {},
	"fleet/labels":     {"fleet"},
	"fleet/list":       {"fleet", "fleet/labels", "fleet/list/grams"},
	"fleet/list/grams": {},
	"fleet/input":      {"fleet", "fleet/list"},
	"fleet/capacity":   {"fleet"},
	"fleet/mirror":     {"fleet", "fleet/list", "fleet/capacity", "store", "ycm", "ycm/split"},
	"fleet/catalog":    {"fleet", "fleet/list", "fleet/capacity", "store", "ycm"},
	"fleet/customers":  {"fleet", "fleet/list", "store", "ycm"},
	"fleet/desk":       {"fleet", "store"},
	"fleet/hooks":      {"fleet", "store", "ycm"},
	"fleet/tasks":      {"fleet", "store"},
	"fleet/operations": {"fleet", "fleet/input", "fleet/list", "fleet/capacity", "store", "ycm"},
	"fleet/sheet":      {},
	"fleet/imports":    {"fleet", "fleet/batches", "fleet/input", "fleet/list", "fleet/sheet", "store"},
	"fleet/batches":    {"fleet", "fleet/input", "fleet/operations", "store"},
	"fleet/account": {
		"fleet",
		"fleet/batches",
		"fleet/catalog",
		"fleet/customers",
		"fleet/desk",
		"fleet/hooks",
		"fleet/input",
		"fleet/mirror",
		"fleet/operations",
		"fleet/tasks",
		"store",
		"ycm",
	},
	"identity":    {"store"},
	"store":       {"store/memo"},
	"store/memo":  {},
	"ycm":         {"ycm/split"},
	"ycm/split":   {},
	"ycm/ycmtest": {},
	"fold":        {},
	"opt":         {},
	"e2e":         {},

	// Only tests use these packages.
	"clocktest":       {},
	"fleet/pbxtest":   {"fleet", "ycm"},
	"fleet/faulttest": {"ycm/ycmtest"},
	"store/storetest": {"store"},
	"handlers/portaltest": {
		"clocktest",
		"fleet/account",
		"handlers",
		"handlers/web",
		"handlers/web/display",
		"identity",
		"store",
		"store/storetest",
		"ycm",
		"ycm/ycmtest",
		"views/viewtest",
	},
	"views/viewtest": {},
}

// aKind lists the packages that a kind of operation may import. Each package below fleet/operations is a kind, and
// kinds never import each other. Only fleet/account, fleet/batches, fleet/imports and the packages below
// handlers may import kinds.
var aKind = []string{"fleet", "fleet/input", "fleet/list", "fleet/capacity", "fleet/operations", "store", "ycm"}

func isKind(name string) bool { return strings.HasPrefix(name, "fleet/operations/") }

// mayImport reports whether one package of this module may import another.
func mayImport(name, imported string) bool {
	if slices.Contains(leaves, imported) {
		return true
	}
	if isKind(imported) {
		return slices.Contains([]string{"fleet/account", "fleet/batches", "fleet/imports"}, name) ||
			strings.HasPrefix(name, "handlers/")
	}
	if isKind(name) {
		return slices.Contains(aKind, imported)
	}
	return slices.Contains(knows[name], imported)
}

// leaves are packages that every package may import. They import no other package of this module.
var leaves = []string{"fold", "opt"}

// refused lists the packages that no package of this module may import, and why.
var refused = map[string]string{
	"math/rand":     "use crypto/rand for unguessable values",
	"os/exec":       "the portal runs no other programs",
	"unsafe":        "the portal stays memory-safe",
	"html/template": "templ renders the pages",
	"text/template": "templ renders the pages",
	"crypto/md5":    "broken",
	"crypto/sha1":   "broken",
}

// reserved lists packages that only some parts of this module may import. A part is a top-level directory with all
// packages below it.
var reserved = map[string][]string{
	"net/http":     {"cmd", "front", "metrics", "handlers", "static", "ycm"},
	"database/sql": {"store"},
	"encoding/xml": {"fleet"}, // fleet/sheet reads XLSX files
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// TestHouse checks the imports of every package against knows, refused and reserved.
func TestHouse(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "cordboard/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); found++ {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "cordboard/")
		if _, known := knows[name]; !known && !isKind(name) {
			t.Errorf("package %s is missing in knows", name)
		}
		for _, imported := range p.Imports {
			ours, is := strings.CutPrefix(imported, "cordboard/")
			if is && !mayImport(name, ours) {
				t.Errorf("%s must not import %s", name, ours)
			}
			if where, limited := reserved[imported]; limited && !slices.Contains(where, strings.Split(name, "/")[0]) {
				t.Errorf("%s must not import %s", name, imported)
			}
			if why, bad := refused[imported]; bad {
				t.Errorf("%s must not import %s: %s", p.ImportPath, imported, why)
			}
		}
	}
	if found < len(knows) {
		t.Errorf("got %d packages, want %d", found, len(knows))
	}
}

// wiring lists the places that may use the type store.Store, because they open the store or hand it on. All others
// declare interfaces with the methods that they use.
var wiring = []string{"cmd/", "store/", "fleet/account/", "handlers/portaltest/", "handlers/web/config.go"}

// TestConsumersDeclareWhatTheyUse checks that only the wiring depends on all methods of the store.
func TestConsumersDeclareWhatTheyUse(t *testing.T) {
	whole := regexp.MustCompile(`\bstore\.Store\b`)
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 || d.Name() == "node_modules"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil || !whole.Match(source) {
			return err
		}
		found++
		name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		if !slices.ContainsFunc(wiring, func(place string) bool { return strings.HasPrefix(name, place) }) {
			t.Errorf("%s uses store.Store, want an interface with the methods that it uses", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < len(wiring) {
		t.Errorf("got %d files that use store.Store, want all of the wiring", found)
	}
}
