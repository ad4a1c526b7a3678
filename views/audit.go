package views

// AuditPage is a page of the audit log, newest first.
type AuditPage struct {
	Fresh      Freshness
	Scope      string // what of the log its reader may see
	Search     string // as typed
	Chips      []Chip
	Ignored    []string // sentences on what of the search was left out
	Outcomes   []Link
	Count      string // "214 events"
	Proof      Proof
	CSV, JSONL string // URLs of the exports; "" for who may not
	Rows       []AuditRow
	Pager      Pager
}

// Proof says what was verified of the log's chain.
type Proof struct {
	Tone, Icon, Title, Text string
	Head                    string // hash; ""
	At                      Moment // of the verification
}

// AuditRow is one event.
type AuditRow struct {
	Seq                       string // with commas
	At                        Moment
	Actor, Email, Role        string
	ActorURL, PersonURL       string // what else they did, and who they are; "" for none
	Address, Session          string
	Action, Target, TargetURL string
	Detail, Reason            string
	Changes                   []ChangeRow
	Outcome                   string
	Badge                     Badge
	RequestID, OurID          string // YCM's and ours
	Hash                      string
	Copy                      string // for support
}

// ChangeRow is a field before and after; "" is nothing.
type ChangeRow struct{ Field, Before, After string }
