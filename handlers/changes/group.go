package changes

import (
	"slices"
	"time"

	"cordboard/store"
)

// group is changes that belong together: several PBXs got the same value at about the same time.
type group struct {
	key     groupKey
	changes []store.FleetChange // newest first
}

// groupKey is what the changes of a group have in common.
type groupKey struct {
	kind  store.PBXEventKind
	field string
	value string // the new one
	here  bool   // whether the changes were made in Cordboard
	actor string // who made them there
}

func keyOf(c store.FleetChange) groupKey { return groupKey{c.Kind, c.Field, c.New, c.Seq > 0, c.Actor} }

const (
	// groupSpan is the longest time between the newest and the oldest change of a group. It is longer than a pass over
	// the fleet takes.
	groupSpan = 10 * time.Minute
	// groupFrom is the smallest number of changes that are shown as one entry.
	groupFrom = 3
)

// grouped puts changes that belong together into groups, in the order of their newest changes. changes has the newest
// one first.
func grouped(changes []store.FleetChange) []*group {
	all := make([]*group, len(changes)) // by the place of the newest change; nil: the change is in the group of another
	open := map[groupKey]int{}
	places := map[int][]int{}         // the places of each group's changes
	taken := map[int]map[int64]bool{} // the PBXs of each group
	for i, c := range changes {
		key := keyOf(c)
		first, known := open[key]
		if !known || changes[first].At.Sub(c.At) > groupSpan || taken[first][c.CloudPBXID] {
			open[key], first, taken[i] = i, i, map[int64]bool{}
		}
		taken[first][c.CloudPBXID] = true
		places[first] = append(places[first], i)
	}
	for first, members := range places {
		if len(members) < groupFrom {
			for _, i := range members {
				c := changes[i]
				all[i] = &group{keyOf(c), changes[i : i+1]}
			}
			continue
		}
		c := changes[first]
		g := &group{key: keyOf(c)}
		for _, i := range members {
			g.changes = append(g.changes, changes[i])
		}
		all[first] = g
	}
	return slices.DeleteFunc(all, func(g *group) bool { return g == nil })
}

// firstEntries returns the groups of the first changes, about n of them, and how many changes these are. The others are
// left for the next page, even those that belong to one of the groups.
func firstEntries(changes []store.FleetChange, n int) (groups []*group, taken int) {
	groups = grouped(changes)
	if len(groups) <= n {
		return groups, len(changes)
	}
	next := groups[n].changes[0].ID
	taken = slices.IndexFunc(changes, func(c store.FleetChange) bool { return c.ID == next })
	return grouped(changes[:taken]), taken
}
