package account

import (
	"cordboard/fleet"
	"cordboard/fleet/mirror"
)

// attached is what is attached to the mirror's PBXs.
type attached []mirror.Customers

// Version implements [mirror.Customers].
func (all attached) Version() (sum uint64) {
	for _, one := range all {
		sum += one.Version()
	}
	return sum
}

// Attach implements [mirror.Customers].
func (all attached) Attach(pbxs []*fleet.PBX) {
	for _, one := range all {
		one.Attach(pbxs)
	}
}
