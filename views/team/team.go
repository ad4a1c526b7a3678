// Package team renders the pages about the team and its members.
package team

import "cordboard/views/ui"

// Page is the model of the page with the team's members, its invitations and the two-factor policy.
type Page struct {
	InvitationForm
	PolicyForm

	Summary     string
	Members     []Member
	Invitations []Invitation
	Done        string
	Link        *OneTimeLink // the link that was just created; nil for none
	Problems    map[string]string
}

// InvitationForm is the form that invites a user.
type InvitationForm struct {
	Email, Reason string // as typed
	Roles         []ui.Choice
}

// PolicyForm is the form for the two-factor policy.
type PolicyForm struct {
	Policy       []ui.Choice
	PolicyReason string
	From         string // YYYY-MM-DD
	Without      string // such as "3 people have no second factor yet"
}

// Member is one member of the team.
type Member struct {
	Name, Email, URL, Role string
	Icon                   string // the role's icon
	Factor                 bool
	FactorWords            string
	FactorMissing          bool // whether the policy requires a factor that the member doesn't have
	Disabled               bool
	Seen                   string
}

// Invitation is an invitation that is still valid.
type Invitation struct {
	ID, Email, Role, Icon, By string
	Until                     ui.Moment
}

// OneTimeLink is a link that its creator passes on to another person.
type OneTimeLink struct{ For, URL, Until, What string }

// MemberPage is the model of the page on which admins manage one member.
type MemberPage struct {
	Identity
	RoleForm

	Facts              []ui.Fact
	Sessions           []ui.SessionRow
	Done, Problem      string
	Link               *OneTimeLink
	AuditURL, AboutURL string
}

// Identity identifies a member and has the account's state.
type Identity struct {
	Name, Email, Role, URL string
	Icon                   string // the role's icon
	Disabled, Factor       bool
}

// RoleForm is the form that changes the role.
type RoleForm struct {
	RoleTyped, Reason string // as submitted in a form that was rejected
	Roles             []ui.Choice
}

// rights are the permissions, each with the lowest role that has it: 0 is viewer, 1 is operator, and 2 is admin. The
// routes enforce them.
var rights = []struct {
	what string
	from int
}{
	{"View and export PBXs, expiration dates and capacity", 0},
	{"Create PBXs and view operations", 1},
	{"View audit entries about PBXs and operations", 1},
	{"View and export the whole audit log", 2},
	{"Manage the team, roles and two-factor policy", 2},
}
