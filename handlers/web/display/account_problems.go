package display

import (
	"fmt"

	"cordboard/identity"
)

// AccountProblem returns a message about an email address, a name, a password or a code that wasn't accepted. It
// returns "" for the zero Problem.
func AccountProblem(p identity.Problem) string { return accountProblems[p] }

var accountProblems = map[identity.Problem]string{
	identity.ProblemEmailInvalid: "Enter a valid email address, such as ines@example.com.",
	identity.ProblemEmailMixed: "This address mixes look-alike letters from two alphabets. Type it with one keyboard " +
		"layout.",

	identity.ProblemNameMissing: "Enter a name. It is shown in the audit log.",
	identity.ProblemNameInvalid: fmt.Sprintf(
		"A name can have at most %d characters. It can’t contain invisible or control characters.",
		identity.MaxName,
	),
	identity.ProblemNameMixed: "A word in the name mixes look-alike letters from two alphabets. Type it with one " +
		"keyboard layout.",
	identity.ProblemNameReserved: "The audit log uses this name for Cordboard itself. Choose another.",
	identity.ProblemNameTaken: "A team member already has this name. The audit log shows names, so add something that " +
		"distinguishes you, such as an initial.",

	identity.ProblemPasswordShort: fmt.Sprintf("The password must have at least %d characters.", identity.MinPassword),
	identity.ProblemPasswordLong:  fmt.Sprintf("The password can have at most %d bytes.", identity.MaxPassword),
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
