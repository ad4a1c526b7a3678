package views

// TeamPage is the people and what they need to get in.
type TeamPage struct {
	Summary     string
	Members     []Member
	Invitations []Invitation
	Done        string
	Link        *OneTimeLink // that was just made; shown once

	Email, Reason string // of the invitation, as typed
	Roles         []Choice
	Problems      map[string]string

	Policy       []Choice
	PolicyReason string
	From         string // YYYY-MM-DD
	Without      string // "3 people have none yet", no second factor
}

// Member is a row of the team.
type Member struct {
	Name, Email, URL, Role string
	Icon                   string // of the role
	Factor                 bool
	FactorWords            string
	FactorMissing          bool // the policy asks for it
	Disabled               bool
	Seen                   string
}

// Invitation is a link that somebody may still join with.
type Invitation struct {
	ID, Email, Role, Icon, By string
	Until                     Moment
}

// OneTimeLink is to be sent to somebody by whoever made it.
type OneTimeLink struct{ For, URL, Until, What string }

// MemberPage is one person, and what an administrator may do to them.
type MemberPage struct {
	Name, Email, Role, URL string
	Icon                   string // of the role
	RoleTyped, Reason      string // as typed, where it was refused
	Disabled, Factor       bool
	Facts                  []Fact
	Sessions               []SessionRow
	Roles                  []Choice
	Done, Problem          string
	Link                   *OneTimeLink
	AuditURL, AboutURL     string
}

// rights are what a role may do, from which of the three on; the routes hold it.
var rights = []struct {
	what string
	from int
}{
	{"Read and export PBXs, expiries and capacity", 0},
	{"Create PBXs, see creations", 1},
	{"Read the audit log of PBXs and creations", 1},
	{"Read and export the whole audit log", 2},
	{"Team, roles and policy", 2},
}
