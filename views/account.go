package views

// AccountPage is the model of /account, where users change their own settings.
type AccountPage struct {
	Name, Email, Role string
	Done              string // message about what was just saved; "" for none
	Problems          map[string]string

	Theme, Density, Dates, Zones, Landing []Choice
	Keys                                  bool

	PasswordAge             string
	Factor                  bool
	FactorSince, FactorUsed string
	FactorRequired          bool // by the two-factor policy
	CodesLeft               string
	FewCodes                bool

	Sessions []SessionRow
}

// others returns the number of sessions other than the one that shows the page.
func others(rows []SessionRow) int {
	n := 0
	for _, r := range rows {
		if !r.This {
			n++
		}
	}
	return n
}

// SessionRow is one signed-in session.
type SessionRow struct {
	Mark    string // identifies the session in a form
	Device  string
	Icon    string
	Address string
	Door    string // authentication method
	Since   Moment
	Seen    string
	This    bool
}

// FactorPage is the model of the page that sets up a second factor.
type FactorPage struct {
	Email    string
	Replaces bool // the user already has a second factor
	Required bool // no other page opens until a second factor is set up
	// Pending means that a second factor is being set up, but the user has to confirm their identity to see it.
	Pending bool
	Secret  string // to type into the app; "" before setup starts
	QR      string // SVG path of the QR code
	QRSide  int    // in modules
	Problem string
}

// CodesPage is the model of the page that shows new recovery codes once.
type CodesPage struct {
	Done, Email string
	Codes       []string
}

// ConfirmPage is the model of the page that asks a signed-in user to confirm their identity.
type ConfirmPage struct {
	Action      string // where the form is sent, with the Hidden fields
	Email       string
	Hidden      []Hidden
	Code        bool // the user has a second factor
	Minutes     string
	Cancel      string // URL to go to without confirming
	Problem     string
	CodeProblem string
}

// DownloadPage is the model of the page that stays open when a download starts.
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
