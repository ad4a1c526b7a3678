package list

import (
	"cordboard/fleet"
	"cordboard/opt"
)

// OnboardingWords are the steps at which a PBX can be stuck once StuckDays have passed since its creation: never
// started; started, but not activated; or activated, but without extensions.
var OnboardingWords = []string{"not-started", "not-activated", "no-extension"}

// onboarding returns the flags of the step at which a PBX is stuck. It returns 0 if the PBX isn't stuck, or if YCM
// didn't report the necessary fields.
func (m *flagger) onboarding(row int) rowFlags {
	p := m.x.pbxs[row]
	created := p.Number(fleet.FieldCreateTime)
	if created == fleet.Absent || created >= m.today-m.stuckAfter {
		return 0
	}
	unactivated := m.activation.codes[row] == m.unactivated
	switch {
	case unactivated && p.Number(fleet.FieldInitialStartUpTime) == fleet.Absent &&
		p.Value(fleet.FieldInitialStartUpTime).State != opt.Malformed && p.Status() != fleet.StatusRunning:
		return stuckStart | needActivate
	case unactivated:
		return stuckActivate | needActivate
	case p.Activation() == fleet.Activated && p.Number(fleet.FieldUsedExtensions) == 0:
		return stuckExtension
	}
	return 0
}
