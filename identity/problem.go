package identity

// Problem is the reason why an email address, a name, a password or a code isn't accepted. The zero Problem means that
// it is. Package display writes the sentence.
type Problem string

// Problems with email addresses.
const (
	ProblemEmailInvalid Problem = "email-invalid" // not an address that a browser accepts
	ProblemEmailMixed   Problem = "email-mixed"   // mixes look-alike letters from two alphabets
)

// Problems with people's names.
const (
	ProblemNameMissing  Problem = "name-missing"
	ProblemNameInvalid  Problem = "name-invalid"  // longer than MaxName, or with invisible or control characters
	ProblemNameMixed    Problem = "name-mixed"    // a word mixes look-alike letters from two alphabets
	ProblemNameReserved Problem = "name-reserved" // the audit log uses it for an actor that is not a person
	ProblemNameTaken    Problem = "name-taken"    // a team member has it
)

// Problems with new passwords.
const (
	ProblemPasswordShort  Problem = "password-short"  // fewer than MinPassword characters
	ProblemPasswordLong   Problem = "password-long"   // more than MaxPassword bytes
	ProblemPasswordLeaked Problem = "password-leaked" // in a list of leaked passwords, or repeats one that is
	ProblemPasswordWeak   Problem = "password-weak"   // easy to guess without common words and the email address
)

// Problems with the codes of second factors.
const (
	ProblemCodeInvalid  Problem = "code-invalid"  // it can't be a code, so it doesn't count as an attempt
	ProblemCodeWrong    Problem = "code-wrong"    // not the app's code
	ProblemCodeOld      Problem = "code-old"      // the app's code a while ago
	ProblemCodeUsed     Problem = "code-used"     // the app's code, but already used
	ProblemCodeRecovery Problem = "code-recovery" // not an unused recovery code
)
