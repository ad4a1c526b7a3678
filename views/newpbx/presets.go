package newpbx

// PresetsPage is the model of the page that lists presets.
type PresetsPage struct {
	Presets []PresetRow
}

// PresetRow is one preset.
type PresetRow struct {
	Key, Name, URL, Words, Of string
	Own                       bool
}
