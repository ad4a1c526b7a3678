package fleet

// OnboardingWords are the steps at which a PBX can be stuck, StuckDays after its creation: never started, started
// but not activated, or activated but without any extension.
var OnboardingWords = []string{"not-started", "not-activated", "no-extension"}

// onboarding returns the step at which a PBX is stuck. A PBX whose members YCM didn't report isn't stuck.
func (m *marker) onboarding(row int) marks {
	p := m.s.pbxs[row]
	created := p.numbers[createTime]
	if created == Absent || created >= m.today-m.stuckAfter {
		return 0
	}
	unactivated := m.s.facets[activationFacet].codes[row] == m.unactivated
	switch {
	case unactivated && p.numbers[initialStartUpTime] == Absent && p.TimeState("initialStartUpTime") != TimeMalformed && p.texts[pbxStatus] != "Running":
		return stuckStart | needActivate
	case unactivated:
		return stuckActivate | needActivate
	case p.texts[activationStatus] == "Activated" && p.numbers[usedExtensions] == 0:
		return stuckExtension
	}
	return 0
}
