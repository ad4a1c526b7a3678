// Package newpbx renders the form for a new PBX, its preflight panel, and the page of presets.
package newpbx

import "cordboard/views/ui"

// Page is the model of the New PBX form and of the preflight panel next to it.
type Page struct {
	Attempt    string // the one-time ID
	Notice     *FormNotice
	Problems   []FormProblem
	Warnings   []FormProblem
	OptionsAge string // when the options were read from YCM; "" if they haven't been

	Identity
	Location
	Size
	Expiry
	Features
	PresetMenu

	Live Live
}

// Identity is the section with the PBX's name, its customers, and the reason for creating it.
type Identity struct {
	Name      ui.FormField
	Customers CustomersField
	Reason    ui.FormField
}

// Location is the section with the region, the firmware and the host name.
type Location struct {
	Place     PlaceFields
	SubDomain ui.FormField
}

// Size is the section with the plan and the capacities.
type Size struct {
	Plan        ui.FormField
	Sizes       []ui.FormField // extensions and calls
	Recording   ui.FormField
	Minutes     ui.FormField
	Transcribed ui.FormField
}

// Expiry is the section with the type, the expiration date, and what happens after that date.
type Expiry struct {
	Type, Date, Keep ui.FormField
}

// Features has the switches for access and features, and the fields of the template section.
type Features struct {
	Passwordless, Superior, IM, Upgrade ui.FormField
	ByTemplate, Template                ui.FormField
}

// PresetMenu has links to the presets that the user can apply, and the state of the inputs that save one.
type PresetMenu struct {
	Presets       []ui.Link
	PresetName    string
	PresetShared  bool
	PresetProblem string
}

// FormNotice is a notice about the form as a whole.
type FormNotice struct {
	Tone, Icon  string
	Title, Text string
	List        []string
	RequestID   string // YCM's requestId; "" if there is none
	Reference   string // Cordboard's own request ID; "" if users needn't quote it
	Focus       bool
}

// FormProblem is a field's problem or warning, for the summary.
type FormProblem struct{ Field, Label, Text, Key string }

// PlaceFields are the region field and the select fields that depend on it.
type PlaceFields struct {
	Region, Firmware, Domain ui.FormField
	Changed                  string // sentence about a selection that changed with the region; "" for none
}

// CustomersField is a field for choosing several customers out of thousands. It has the chosen customers and the
// results of a search.
type CustomersField struct {
	ui.FormField
	Search string
	Chosen []CustomerChoice
	Found  []CustomerChoice
	More   string // sentence about further results, or about finding none; "" for neither
}

// CustomerChoice is one customer.
type CustomerChoice struct{ ID, Name, Email string }

// Live is the part of the page that is updated while the user fills in the form.
type Live struct {
	Place    *PlaceFields // nil if the region hasn't changed
	Host     HostPreview
	Capacity []CapacityPreview
	Free     string // sentence about the free minutes; "" for none
	Age      string
	Checks   []FormCheck
	Summary  string
	Warned   bool // whether the user was warned, and would create the PBX anyway
}

// HostPreview is the host name that the new PBX will have.
type HostPreview struct {
	Sub, Domain string
	Text, Note  string
	Tone, Icon  string
}

// CapacityPreview is a resource's available capacity now and after the new PBX is created. Used and This are the
// lengths of the bar's two parts, out of 100. Both are "" for no bar.
type CapacityPreview struct {
	Resource, Label string
	Now, After      string
	Short           bool
	Used, This      string
}

// FormCheck is the result of one check.
type FormCheck struct{ Tone, Icon, Text, State string }
