package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// knows is the drawing of the house: which of our packages each may import. Tests may import more.
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
		"cordboard/static",
		"cordboard/store",
		"cordboard/views",
	},
	"cordboard/identity":         {"cordboard/fold", "cordboard/store"},
	"cordboard/fleet":            {"cordboard/fold", "cordboard/store", "cordboard/ycm"},
	"cordboard/views":            {"cordboard/fold", "cordboard/static", "cordboard/views/components"},
	"cordboard/views/components": {"cordboard/static"},
	"cordboard/static":           {},
	"cordboard/store":            {"cordboard/fold"},
	"cordboard/fold":             {},
	"cordboard/store/storetest":  {"cordboard/store"},
	"cordboard/ycm":              {},
	"cordboard/ycm/ycmtest":      {},
	"cordboard/e2e":              {},
}

// refused are packages that nothing of ours imports, and why.
var refused = map[string]string{
	"math/rand":     "crypto/rand makes what nobody may guess",
	"os/exec":       "the portal runs no programs",
	"unsafe":        "memory-safe",
	"encoding/xml":  "no XML is read",
	"html/template": "templ draws the pages",
	"text/template": "templ draws the pages",
	"crypto/md5":    "broken",
	"crypto/sha1":   "broken",
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// TestHouse keeps the arrows between packages as DESIGN has them.
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
			t.Errorf("package %s has no place in the house", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "cordboard/") && !slices.Contains(allowed, imported) {
				t.Errorf("%s knows %s, and may not", p.ImportPath, imported)
			}
			if why, bad := refused[imported]; bad {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, why)
			}
		}
	}
	if found < len(knows)-1 { // e2e has tests only
		t.Errorf("%d packages, want %d", found, len(knows))
	}
}
