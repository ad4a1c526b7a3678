package views

// NewPBXPage is the model of the New PBX form and of the preflight beside it.
type NewPBXPage struct {
	Attempt   string // the one-time ID
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

// FormNotice is a notice about the form as a whole.
type FormNotice struct {
	Tone, Icon  string
	Title, Text string
	List        []string
	RequestID   string // YCM's
	Focus       bool
}

// FormProblem is a problem or warning of a field, for the summary.
type FormProblem struct{ Field, Label, Text, Key string }

// FormField is a form field of any kind. Its HTML ID is its name.
type FormField struct {
	Name, Label, Value string
	Hint               string
	Problem            string // "" for none
	Warning            string // to consider before sending; "" for none
	Focus              bool   // gets the focus when the page opens
	Required           bool
	Optional           bool // is marked as optional
	Type               string
	Class              string // of the input
	Unit               string
	MaxLength          string
	Options            []Choice // of a select or segments
	On                 bool     // of a switch
	ReloadOf           string   // the look-up that its options come from; "" for none
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

// PlaceFields are the region and the selects that depend on it.
type PlaceFields struct {
	Region, Firmware, Domain FormField
	Changed                  string // what changed with the region; "" for none
}

// CustomersField is a choice of several customers out of thousands: the chosen ones and the results of a search.
type CustomersField struct {
	FormField
	Search string
	Chosen []CustomerChoice
	Found  []CustomerChoice
	More   string // sentence about the number of further results
}

// CustomerChoice is one customer.
type CustomerChoice struct{ ID, Name, Email string }

// NewPBXLive is the part of the page that is updated while the form is filled in.
type NewPBXLive struct {
	Place    *PlaceFields // nil means unchanged
	Host     HostPreview
	Capacity []CapacityPreview
	Free     string // sentence about the free minutes; "" for none
	Age      string
	Checks   []FormCheck
	Summary  string
}

// HostPreview is the host name that the PBX will have.
type HostPreview struct {
	Sub, Domain string
	Text, Note  string
	Tone, Icon  string
}

// CapacityPreview is a resource now and after this PBX. Used and This are lengths out of 100; "" for no bar.
type CapacityPreview struct {
	Resource, Label string
	Now, After      string
	Short           bool
	Used, This      string
}

// FormCheck is the result of one check.
type FormCheck struct{ Tone, Icon, Text, State string }
