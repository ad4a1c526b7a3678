package fleet

import "slices"

// Status is a PBX's pbxStatus, as YCM spells it. YCM may report statuses that aren't listed here.
type Status string

// Statuses that YCM documents.
const (
	StatusProvisioning Status = "Provisioning"
	StatusStarting     Status = "Starting"
	StatusRunning      Status = "Running"
	StatusStopped      Status = "Stopped"
	StatusUpgrading    Status = "Upgrading"
	StatusRestoring    Status = "Restoring"
)

// TransitionalStatuses lists the statuses that a PBX soon leaves on its own.
var TransitionalStatuses = [...]Status{StatusProvisioning, StatusStarting, StatusUpgrading, StatusRestoring}

// IsTransitional reports whether a PBX soon leaves the status on its own.
func (s Status) IsTransitional() bool { return slices.Contains(TransitionalStatuses[:], s) }

// Activation is a PBX's activationStatus, as YCM spells it.
type Activation string

// Activations that YCM documents.
const (
	Activated   Activation = "Activated"
	Unactivated Activation = "Unactivated"
)

// Status returns the PBX's status, or "" if it wasn't reported.
func (p *PBX) Status() Status { return Status(p.Text(FieldStatus)) }

// Activation returns the PBX's activation, or "" if it wasn't reported.
func (p *PBX) Activation() Activation { return Activation(p.Text(FieldActivation)) }
