package ui

// FormField is a form field of any kind. Its HTML ID is its name.
type FormField struct {
	Input
	Source

	Name, Label, Value string
	Hint               string
	Problem            string // "" if there is none
	Warning            string // the user must acknowledge it before submitting; "" if there is none
	Focus              bool   // whether the field gets the focus when the page opens
	Required           bool
	Optional           bool // whether the field is marked as optional
}

// Input describes the control of a form field.
type Input struct {
	Type      string
	Class     string // the input's class
	Unit      string
	MaxLength string
	Options   []Choice // the options of a select or a segmented control
	On        bool     // whether a switch is on
}

// Source describes where a field's options come from.
type Source struct {
	ReloadOf string // the kind of options that the Reload button reads again; "" for no button
	Failed   string // why the options are missing or out of date; "" if they are current
}

// DescribedBy returns the space-separated IDs of the notes below the field.
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

// capital capitalizes s if it begins with an ASCII letter.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// ProblemsTitle returns the title of a form's problems. If the form hasn't been sent yet, they are why it can't be.
func ProblemsTitle(sent bool) string {
	if sent {
		return "Nothing has been sent. Check the following:"
	}
	return "This can’t be done now:"
}
