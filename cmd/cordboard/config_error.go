package main

import (
	"errors"
	"fmt"
)

// configError returns one error that lists all problems, or nil if there are none.
func configError(problems ...[]error) error {
	var all []error
	for _, p := range problems {
		for _, err := range p {
			all = append(all, fmt.Errorf("  - %w", err))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n%w", errConfig, errors.Join(all...))
}
