// Package recent keeps which PBXs each user opened last.
package recent

import (
	"slices"
	"sync"
)

// Most is the number of PBXs that are kept per user.
const Most = 8

// PBXs has the IDs of the PBXs that each user opened last. It is in memory only: after a restart, it is empty. It is
// safe for concurrent use. The zero value is empty and ready to use.
type PBXs struct {
	mu     sync.Mutex
	opened map[int64][]int64
}

// Open records that a user opened a PBX.
func (p *PBXs) Open(user, cloudPBXID int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opened == nil {
		p.opened = map[int64][]int64{}
	}
	before := slices.DeleteFunc(p.opened[user], func(id int64) bool { return id == cloudPBXID })
	all := slices.Insert(before, 0, cloudPBXID)
	p.opened[user] = all[:min(len(all), Most)]
}

// Of returns the IDs of the PBXs that a user opened last, the newest first.
func (p *PBXs) Of(user int64) []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.opened[user])
}
