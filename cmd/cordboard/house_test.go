package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// knows lists the packages of this module that each package may import. Tests may import more.
var knows = map[string][]string{
	"cordboard/cmd/cordboard": {
		"cordboard/fleet",
		"cordboard/fold",
		"cordboard/handlers",
		"cordboard/identity",
		"cordboard/store",
		"cordboard/ycm",
		"cordboard/ycm/ycmtest",
	},
	"cordboard/handlers": {
		"cordboard/fleet",
		"cordboard/fold",
		"cordboard/identity",
		"cordboard/opt",
		"cordboard/static",
		"cordboard/store",
		"cordboard/views",
	},
	"cordboard/identity":         {"cordboard/fold", "cordboard/store"},
	"cordboard/fleet":            {"cordboard/fold", "cordboard/opt", "cordboard/store", "cordboard/ycm"},
	"cordboard/views":            {"cordboard/fold", "cordboard/static", "cordboard/views/components"},
	"cordboard/views/components": {"cordboard/static"},
	"cordboard/static":           {},
	"cordboard/store":            {"cordboard/fold"},
	"cordboard/fold":             {},
	"cordboard/opt":              {},
	"cordboard/store/storetest":  {"cordboard/store"},
	"cordboard/ycm":              {"cordboard/opt"},
	"cordboard/ycm/ycmtest":      {},
	"cordboard/e2e":              {},
}

// refused lists the packages that no package of this module may import, and why.
var refused = map[string]string{
	"math/rand":     "use crypto/rand for unguessable values",
	"os/exec":       "the portal runs no other programs",
	"unsafe":        "the portal stays memory-safe",
	"encoding/xml":  "the portal reads no XML",
	"html/template": "templ renders the pages",
	"text/template": "templ renders the pages",
	"crypto/md5":    "broken",
	"crypto/sha1":   "broken",
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// TestHouse checks the imports between packages, as fixed in DESIGN.
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
		allowed, known := knows[p.ImportPath]
		if !known {
			t.Errorf("package %s is missing in knows", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "cordboard/") && !slices.Contains(allowed, imported) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
			if why, bad := refused[imported]; bad {
				t.Errorf("%s must not import %s: %s", p.ImportPath, imported, why)
			}
		}
	}
	if found < len(knows)-1 { // e2e consists of tests only
		t.Errorf("got %d packages, want %d", found, len(knows))
	}
}
