package views

// AccountPage is what somebody sets for themselves.
type AccountPage struct {
	Name, Email, Role string
	Done              string // what was just saved; ""
	Problems          map[string]string

	Theme, Density, Dates, Zones, Landing []Choice
	Keys                                  bool

	PasswordAge             string
	Factor                  bool
	FactorSince, FactorUsed string
	FactorRequired          bool // by the policy
	CodesLeft               string
	FewCodes                bool

	Sessions []SessionRow
}

// others counts the sessions besides the reader's own.
func others(rows []SessionRow) int {
	n := 0
	for _, r := range rows {
		if !r.This {
			n++
		}
	}
	return n
}

// SessionRow is a browser that is signed in.
type SessionRow struct {
	Mark    string // names it in a form
	Device  string
	Icon    string
	Address string
	Door    string // how its owner came in
	Since   Moment
	Seen    string
	This    bool
}

// FactorPage sets a second factor up.
type FactorPage struct {
	Email    string
	Replaces bool   // there is one already
	Required bool   // nothing else opens before
	Pending  bool   // one is being set up, but the reader has to prove who they are to see it
	Secret   string // to type; "": not begun
	QR       string // SVG path to scan
	QRSide   int    // modules
	Problem  string
}

// CodesPage shows recovery codes, once.
type CodesPage struct {
	Done, Email string
	Codes       []string
}

// ConfirmPage asks somebody who is signed in to prove who they are.
type ConfirmPage struct {
	Action      string // where the form goes, with Hidden
	Email       string
	Hidden      []Hidden
	Code        bool // they have a second factor
	Minutes     string
	Cancel      string // where else to go
	Problem     string
	CodeProblem string
}

// DownloadPage stays behind when a download begins.
type DownloadPage struct {
	URL  string
	Back Link
}

func joined(codes []string) string {
	text := ""
	for _, c := range codes {
		text += c + "\n"
	}
	return text
}
