package views

// CreationPage is one attempt to create a PBX.
type CreationPage struct {
	ID       string
	Number   string
	State    string // the attempt's
	PBXID    string
	Snapshot string // which state of things this is of
	Name     string
	Badge    Badge
	Steps    []CreationStep
	Text     string // what happened, whether anything changed, what to do
	Refusal  *Refusal
	Facts    []CreationFact
	Sent     []CreationFact // what was asked for
	Body     string         // the request, indented
	Warnings []string       // that it was sent in spite of
	Open     bool           // the page follows by itself
	CanLook  bool
	Main     *Link // the next thing to do
	Again    *Link
	Copy     string // for support
	AuditURL string // what the log says of it
}

// CreationStep is how far it has come.
type CreationStep struct {
	Label   string
	Icon    string
	Tone    string
	Done    bool
	Current bool
	Turning bool
}

// Refusal is YCM's no.
type Refusal struct{ Title, Text string }

// CreationFact is a name and a value, with what goes below it.
type CreationFact struct {
	Name, Value, Small string
	Copy               bool
	Moment             *Moment
	Badge              *Badge
	Link               string
}

// CreationsPage is the list of attempts.
type CreationsPage struct {
	Snapshot string
	Tabs     []Tab
	Rows     []CreationRow
	Pager    Pager
}

// CreationRow is one attempt.
type CreationRow struct {
	URL, Number, State, PBXID string
	Name, Host                string
	Badge                     Badge
	At                        Moment
	Ago                       string
	By                        string
	Size                      string
	PBX                       *Link
}

// PresetsPage is where presets are kept in order.
type PresetsPage struct {
	Presets []PresetRow
}

// PresetRow is one preset.
type PresetRow struct {
	Key, Name, URL, Words, Of string
	Own                       bool
}
