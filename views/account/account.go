// Package account renders the pages of one's own account.
package account

import "cordboard/views/ui"

// Page is the model of /account, where users change their own settings.
type Page struct {
	Name, Email, Role string
	Done              string // message about what was just saved; "" for none
	Problems          map[string]string

	Theme, Density, Dates, Zones, Landing []ui.Choice
	Keys                                  bool

	PasswordAge             string
	Factor                  bool
	FactorSince, FactorUsed string
	FactorRequired          bool // by the two-factor policy
	CodesLeft               string
	FewCodes                bool

	Sessions []ui.SessionRow
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

func joined(codes []string) string {
	text := ""
	for _, c := range codes {
		text += c + "\n"
	}
	return text
}
