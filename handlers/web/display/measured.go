package display

import (
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/views/ui"
)

// Measured returns the available capacity before and after a change, for each resource that YCM reports.
func Measured(m capacity.Measured) (rows []ui.Capacity) {
	for _, i := range fleet.ShownResources {
		before, after := m.Before.Available[i], m.After.Available[i]
		if !before.Known() && !after.Known() {
			continue
		}
		rows = append(rows, ui.Capacity{
			Resource: fleet.Resources[i],
			Label:    ResourceLabels[fleet.Resources[i]],
			Left:     IntText(before),
			After:    IntText(after),
		})
	}
	return rows
}

// MeasuredText returns a sentence about the available capacity before and after a change.
func MeasuredText(m capacity.Measured, c ui.Clock) string {
	if m.At.IsZero() {
		return "The capacity that this freed hasn’t been measured yet."
	}
	var changes []string
	for _, row := range Measured(m) {
		if row.Left != row.After {
			changes = append(changes, row.Label+" "+row.Left+" → "+row.After)
		}
	}
	if len(changes) == 0 {
		return "The available capacity was the same as before when YCM was read at " + c.DateTime(m.At).Text + "."
	}
	return "Available before and after: " + strings.Join(changes, ", ") + ". Measured " + c.DateTime(m.At).Text + "."
}
