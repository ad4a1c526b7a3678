package main

import (
	"fmt"
	"runtime/debug"
)

type versionCmd struct{}

// Run prints the revision from which this binary was built.
func (versionCmd) Run(io streams) error {
	_, err := fmt.Fprintln(io.out, "cordboard", version())
	return err
}

// version returns the revision that Go stamped into the binary, or "unknown" if there is none. It appends "+changes" if
// the working tree had uncommitted changes.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	return revision + changed
}
