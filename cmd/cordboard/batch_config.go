package main

import (
	"fmt"
	"strconv"

	"cordboard/fleet/batches"
)

// batchConfig has the settings for plans and batches.
type batchConfig struct {
	ApproveOver string `env:"CORDBOARD_APPROVE_OVER"       default:"0" help:"Number of PBXs above which a plan needs a second user's approval, as do all plans that delete; 0 means that none does." name:"approve-over"`
	MaxFailures string `env:"CORDBOARD_BATCH_MAX_FAILURES" default:"5" help:"Number of consecutive failures after which a batch stops itself."                                                          name:"batch-max-failures"`
}

// rules returns the rules, and the problems with the settings.
func (c batchConfig) rules() (r batches.Rules, problems []error) {
	for _, s := range []struct {
		name, value string
		least       int
		to          *int
	}{
		{"CORDBOARD_APPROVE_OVER", c.ApproveOver, 0, &r.ApproveOver},
		{"CORDBOARD_BATCH_MAX_FAILURES", c.MaxFailures, 1, &r.MaxFailed},
	} {
		n, err := strconv.Atoi(s.value)
		if err != nil || n < s.least {
			problems = append(problems, fmt.Errorf("%s %q must be a number of at least %d", s.name, s.value, s.least))
		}
		*s.to = n
	}
	return r, problems
}
