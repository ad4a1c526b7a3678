// Package audit renders the audit log.
package audit

import "cordboard/views/ui"

// Page is the model of one page of the audit log, newest entry first.
type Page struct {
	Fresh    ui.Freshness
	Scope    string // sentences about the part of the log that the user may see
	Search   string // as typed
	Chips    []ui.Chip
	Ignored  []string // sentences about parts of the search that aren't used as typed
	Outcomes []ui.Link
	Count    string // such as "214 entries"
	Zone     string // time zone of the entries' times
	Proof    Proof
	Exports  []ui.Link // none for users who may not export
	Rows     []Entries
	Pager    ui.Pager
}

// Proof is the result of verifying the log's hash chain.
type Proof struct {
	Tone, Icon, Title, Text string
	Head                    string    // latest verified hash; "" for none
	At                      ui.Moment // when the log was last checked
}

// Entries are one entry of the audit log and earlier ones about the same operation, newest first.
type Entries struct {
	Row

	Earlier []Row
}

// Row is one entry of the audit log.
type Row struct {
	EntryActor
	EntryAction

	Seq              string // with commas
	At               ui.Moment
	RequestID, OurID string // YCM's and Cordboard's request IDs
	Hash             string
	Copy             string // text to copy for support
}

// EntryActor is the actor of an entry.
type EntryActor struct {
	Actor, Email, Role string
	// ActorURL links to all of the actor's entries, and PersonURL to the actor's page. PersonURL may be "".
	ActorURL, PersonURL string
	Address, Session    string
}

// EntryAction has an entry's action, target, changes and outcome.
type EntryAction struct {
	Action, Target, TargetURL string
	Detail, Reason            string
	Changes                   []ChangeRow
	Outcome                   string
	Badge                     ui.Badge
}

// ChangeRow is a field's value before and after a change; "" means empty.
type ChangeRow struct{ Field, Before, After string }
