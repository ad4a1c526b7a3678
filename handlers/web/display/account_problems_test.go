package display

import (
	"testing"

	"cordboard/identity"
)

// TestAccountProblem checks the sentence for each problem, and that every problem that identity declares has one.
func TestAccountProblem(t *testing.T) {
	t.Parallel()
	sentences := map[identity.Problem]string{
		"": "",

		identity.ProblemEmailInvalid: "Enter a valid email address, such as ines@example.com.",
		identity.ProblemEmailMixed: "This address mixes look-alike letters from two alphabets. Type it with one keyboard " +
			"layout.",

		identity.ProblemNameMissing: "Enter a name. It is shown in the audit log.",
		identity.ProblemNameInvalid: "A name can have at most 100 characters. It can’t contain invisible or control " +
			"characters.",
		identity.ProblemNameMixed: "A word in the name mixes look-alike letters from two alphabets. Type it with one " +
			"keyboard layout.",
		identity.ProblemNameReserved: "The audit log uses this name for Cordboard itself. Choose another.",
		identity.ProblemNameTaken: "A team member already has this name. The audit log shows names, so add something that " +
			"distinguishes you, such as an initial.",

		identity.ProblemPasswordShort: "The password must have at least 12 characters.",
		identity.ProblemPasswordLong:  "The password can have at most 256 bytes.",
		identity.ProblemPasswordLeaked: "This password is in a public list of leaked passwords, or repeats one that is. " +
			"Attackers try such passwords first. Choose another.",
		identity.ProblemPasswordWeak: "This password is too easy to guess. Don’t rely on words such as “password” or " +
			"“admin”, parts of your email address, or repeated characters.",

		identity.ProblemCodeInvalid: "This isn’t a valid code. Codes from the app have six digits; recovery codes have " +
			"seven groups of four characters. This attempt wasn’t counted.",
		identity.ProblemCodeWrong: "Incorrect code.",
		identity.ProblemCodeOld: "This code is too old. Wait for the next one. If this keeps happening, correct the clock " +
			"on the device that shows the code.",
		identity.ProblemCodeUsed:     "This code was already used. Wait for the next one.",
		identity.ProblemCodeRecovery: "This isn’t one of your recovery codes, or it was already used.",
	}
	for problem, want := range sentences {
		if got := AccountProblem(problem); got != want {
			t.Errorf("AccountProblem(%q) = %q, want %q", problem, got, want)
		}
	}
	for _, code := range declared(t, "../../../identity", "Problem") {
		if AccountProblem(identity.Problem(code)) == "" {
			t.Errorf("the problem %q has no sentence", code)
		}
		if _, ok := sentences[identity.Problem(code)]; !ok {
			t.Errorf("this test has no row for the problem %q", code)
		}
	}
}
