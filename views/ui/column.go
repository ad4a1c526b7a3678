package ui

// Column is a column of a table of rows.
type Column struct {
	Name    string // YCM's name for the field
	Label   string
	SortURL string // "" if the list can't be sorted by the column
	Sorted  string // ascending, descending or ""
	Number  bool
}

// widths are the classes of columns that need more or less room than most. In tables with the class table-fixed, they
// set the widths, which are thus the same on all pages of a list.
var widths = map[string]string{
	"pbxStatus": "w-sm", "activationStatus": "w-sm", "plan": "w-sm", "type": "w-sm", "version": "w-sm", "group": "w-sm",
	"cloudPbxId": "w-sm", "highAvailability": "w-sm", "whiteLabel": "w-sm", "recordingStatus": "w-sm", "im": "w-sm",
	"renewal": "w-sm", "extensions": "w-sm", "pbxs": "w-xs", "operations": "w-xs",

	"nextOn": "w-md", "email": "w-md",

	// Their relative time follows on the same line if the list has one line per row.
	"expires": "w-lg", "planExpirationDate": "w-lg", "expirationDate": "w-lg", "createTime": "w-lg",
	"initialStartUpTime": "w-lg", "lastBackupTime": "w-lg", "lastUsedTime": "w-lg", "next": "w-lg",

	"url": "w-xl", "creator": "w-xl", "note": "w-xl", "contact": "w-xl", "reason": "w-xl",
}

// classes returns the class attribute of the column's head. The name's column has the given class.
func (c Column) classes(nameClass string) string {
	switch {
	case c.Name == "name":
		return nameClass
	case c.Number && widths[c.Name] != "":
		return "num " + widths[c.Name]
	case c.Number:
		return "num"
	}
	return widths[c.Name]
}

// Classes returns the class attribute of a cell, or "" for none.
func (c *Cell) Classes() string {
	switch {
	case c.Number && c.Small != "":
		return "num cell-2"
	case c.Number:
		return "num"
	case c.Small != "":
		return "cell-2"
	}
	return ""
}

// sortArrow returns the icon of a sorted column, or of one that isn't sorted yet.
func sortArrow(sorted string) string {
	if sorted == "descending" {
		return "arrow-down"
	}
	return "arrow-up"
}
