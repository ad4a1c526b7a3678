package ui

// FormField is a form field of any kind. Its HTML ID is its name.
type FormField struct {
	Input
	Source

	Name, Label, Value string
	Hint               string
	Problem            string // "" if there is none
	Warning            string // to acknowledge before sending; "" if there is none
	Focus              bool   // whether the field gets the focus when the page opens
	Required           bool
	Optional           bool // whether the field is marked as optional
}

// Input describes the field's input element.
type Input struct {
	Type      string
	Class     string // the input's class
	Unit      string
	MaxLength string
	Options   []Choice // the options of a select or segments
	On        bool     // whether a switch is on
}

// Source is the list of options that a field's value is chosen from.
type Source struct {
	ReloadOf string // the kind of options that the value is chosen from; "" for none
	Failed   string // the reason why those options could not be read
}

// DescribedBy returns the IDs of the notes below the field.
func (f FormField) DescribedBy() string {
	ids := ""
	for _, part := range []struct{ text, suffix string }{
		{f.Problem, "-problem"},
		{f.Warning, "-warning"},
		{f.Hint, "-hint"},
		{f.Failed, "-failed"},
	} {
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

// InputType returns the input's type attribute.
func (f FormField) InputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// others returns the number of sessions other than the current one.
func others(rows []SessionRow) int {
	n := 0
	for _, r := range rows {
		if !r.This {
			n++
		}
	}
	return n
}

// capital returns s with its first letter in uppercase.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
