package views

// NewPBXPage is the form of a new PBX, with what is known of it beside.
type NewPBXPage struct {
	Attempt   string // the one-time id
	Notice    *FormNotice
	Problems  []FormProblem
	Warnings  []FormProblem
	Name      FormField
	Reason    FormField
	Customers CustomersField
	Place     PlaceFields
	SubDomain FormField
	Plan      FormField
	Sizes     []FormField // extensions, calls
	Recording FormField
	Minutes   FormField
	Transcribed,
	Type,
	Date,
	Keep FormField
	Passwordless, Superior, IM, Upgrade FormField
	ByTemplate, Template                FormField
	Live                                NewPBXLive
	Presets                             []Link
	PresetName                          string
	PresetShared                        bool
	PresetProblem                       string
}

// FormNotice is what is to say of the form as a whole.
type FormNotice struct {
	Tone, Icon  string
	Title, Text string
	List        []string
	RequestID   string // YCM's
	Focus       bool
}

// FormProblem is a field that needs a change, for the summary.
type FormProblem struct{ Field, Label, Text, Key string }

// FormField is one field, of whatever kind. Its id is its name.
type FormField struct {
	Name, Label, Value string
	Hint               string
	Problem            string // "" is fine
	Warning            string // what is to think of before sending
	Focus              bool   // comes first when the page opens
	Required           bool
	Optional           bool // says so
	Type               string
	Class              string // of the input
	Unit               string
	MaxLength          string
	Options            []Choice // of a select or of segments
	On                 bool     // of a switch
	ReloadOf           string   // the look-up that its options are of; "" for none
	Failed             string   // why that look-up could not be read
}

func (f FormField) describedBy() string {
	ids := ""
	for _, part := range []struct{ text, suffix string }{{f.Problem, "-problem"}, {f.Warning, "-warning"}, {f.Hint, "-hint"}, {f.Failed, "-failed"}} {
		if part.text == "" {
			continue
		}
		if ids != "" {
			ids += " "
		}
		ids += f.Name + part.suffix
	}
	return ids
}

func (f FormField) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// PlaceFields are the selects that follow the region.
type PlaceFields struct {
	Region, Firmware, Domain FormField
	Changed                  string // what changed with the region; "" for nothing
}

// CustomersField is a choice of many out of thousands: those chosen, and those that a search found.
type CustomersField struct {
	FormField
	Search string
	Chosen []CustomerChoice
	Found  []CustomerChoice
	More   string // how many more there are
}

// CustomerChoice is one customer.
type CustomerChoice struct{ ID, Name, Email string }

// NewPBXLive is what follows the form while it is filled in.
type NewPBXLive struct {
	Place    *PlaceFields // nil: as it is
	Host     HostPreview
	Capacity []CapacityPreview
	Free     string // what is to say of the free minutes; "" for nothing
	Age      string
	Checks   []FormCheck
	Summary  string
}

// HostPreview is the host name as it will be.
type HostPreview struct {
	Sub, Domain string
	Text, Note  string
	Tone, Icon  string
}

// CapacityPreview is a resource now and after this PBX. Used and This are lengths of 100, "" for no bar.
type CapacityPreview struct {
	Resource, Label string
	Now, After      string
	Short           bool
	Used, This      string
}

// FormCheck is one thing that was looked at.
type FormCheck struct{ Tone, Icon, Text, State string }
