// Package environ finds misspelled settings among the environment variables.
package environ

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Prefix begins the names of all settings.
const Prefix = "CORDBOARD_"

// Unknown returns the names in an environment, as of os.Environ, that begin with Prefix but set no flag of any command.
// They are sorted.
func Unknown(commands *kong.Node, environment []string) []string {
	known := map[string]bool{}
	for _, leaf := range commands.Leaves(false) {
		for _, flags := range leaf.AllFlags(false) {
			for _, flag := range flags {
				for _, name := range flag.Envs {
					known[name] = true
				}
			}
		}
	}
	var unknown []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, Prefix) && !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
