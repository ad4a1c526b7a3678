// Package account renders the pages for a user's own account.
package account

import "cordboard/views/ui"

// Page is the model of /account, where users change their own settings.
type Page struct {
	Preferences
	SecondFactor

	Name, Email, Role string
	Done              string // message about the change that was just made; "" for none
	Problems          map[string]string
	PasswordAge       string
	Sessions          []ui.SessionRow
}

// Preferences has the user's preferences, with the choices for each.
type Preferences struct {
	Theme, Density, Dates, Zones, Landing []ui.Choice
	Keys                                  bool
}

// SecondFactor is the state of the user's second factor.
type SecondFactor struct {
	Factor                  bool
	FactorSince, FactorUsed string
	FactorRequired          bool // whether the two-factor policy requires the user to have a second factor
	CodesLeft               string
	FewCodes                bool
}

// FactorPage is the model of the page that sets up a second factor.
type FactorPage struct {
	Email    string
	Replaces bool // whether the user already has a second factor
	Required bool // whether the user can't open other pages until a second factor is set up
	// Pending means that setup has started, but the user must confirm their identity to see the secret.
	Pending bool
	Secret  string // the secret to type into the app; "" before setup starts and if Pending is true
	QR      string // SVG path of the QR code
	QRSide  int    // the QR code's side length in modules
	Problem string
}

// CodesPage is the model of the page that shows new recovery codes. The page is available only briefly.
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
