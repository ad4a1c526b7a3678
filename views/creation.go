package views

// CreationPage is the model of the page of one attempt to create a PBX.
type CreationPage struct {
	ID       string
	Number   string
	State    string // of the attempt
	PBXID    string
	Snapshot string // identifies the version of the data that the page shows
	Name     string
	Badge    Badge
	Steps    []CreationStep
	Text     string // what happened, whether anything changed and what to do next
	Refusal  *Refusal
	Facts    []CreationFact
	Sent     []CreationFact // requested settings
	Body     string         // the request, indented
	Warnings []string       // warnings that the user accepted
	Open     bool           // the page updates itself
	CanLook  bool
	Main     *Link // the next thing to do
	Again    *Link
	Copy     string // for support
	AuditURL string // its entries in the audit log
}

// CreationStep is one step of an attempt.
type CreationStep struct {
	Label   string
	Icon    string
	Tone    string
	Done    bool
	Current bool
	Turning bool
}

// Refusal explains why YCM refused an attempt.
type Refusal struct{ Title, Text string }

// CreationFact is a name and a value, with a note below the value.
type CreationFact struct {
	Name, Value, Small string
	Copy               bool
	Moment             *Moment
	Badge              *Badge
	Link               string
}

// CreationsPage is the model of the list of attempts.
type CreationsPage struct {
	Snapshot string
	Tabs     []Tab
	Rows     []CreationRow
	Pager    Pager
}

// CreationRow is one attempt in the list.
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

// PresetsPage is the model of the page that lists presets.
type PresetsPage struct {
	Presets []PresetRow
}

// PresetRow is one preset.
type PresetRow struct {
	Key, Name, URL, Words, Of string
	Own                       bool
}
