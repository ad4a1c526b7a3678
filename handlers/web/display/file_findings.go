package display

import (
	"fmt"
	"strings"

	"cordboard/fleet/input"
	"cordboard/views/ui"
)

// fileFinding returns the sentence about a cell of a file, or "" if the finding is about something else.
func fileFinding(f input.Finding) string {
	switch f.Code {
	case input.NoColumn:
		return fmt.Sprintf(
			"The file has no column for “%s”. Add one, or choose the column that has it.",
			FormLabels[f.Field],
		)
	case input.UnknownName:
		text := fmt.Sprintf("YCM offers no %s with the name or ID “%s”.", optionNouns[f.Field], f.Value)
		if f.Field == "customerIds" {
			text = fmt.Sprintf("No customer has the name, email address or ID “%s”.", f.Value)
		}
		if len(f.Names) > 0 {
			text += fmt.Sprintf(" Did you mean %s?", strings.Join(f.Names, " or "))
		}
		return text
	case input.AmbiguousName:
		return fmt.Sprintf("“%s” could be %s. Use the ID.", f.Value, strings.Join(f.Names, " or "))
	case input.AmbiguousDate:
		return fmt.Sprintf("“%s” could be %s. Write it like that.", f.Value, strings.Join(f.Names, " or "))
	case input.UnknownDomain:
		return fmt.Sprintf("“%s” is in none of your domains, which are %s.", f.Value, strings.Join(f.Names, ", "))
	case input.NoValue:
		return fmt.Sprintf("“%s” is an error or a formula without a result in the file. Enter a value.", f.Value)
	case input.OtherHost:
		if f.Field == "domainId" {
			return fmt.Sprintf("The host name in this line ends in “%s”, which is another domain.", f.Value)
		}
		return fmt.Sprintf("“%s” isn’t the beginning of the host name in this line.", f.Value)
	case input.DoubledColumn:
		return fmt.Sprintf("The column “%s” is used for the same. Choose one of them.", f.Value)
	case input.ExtraCells:
		return fmt.Sprintf("The line has %d cells, but the first line has %d. A cell with a separator needs quotation marks.",
			f.Number, f.Limit)
	case input.SameFile:
		return fmt.Sprintf("Batch %d was made from the same file, and was applied.", f.Number)
	case input.RowWarnings:
		return ui.Count(f.Number, "row has warnings", "rows have warnings") + ". See their notes."
	case input.DuplicateLine:
		return fmt.Sprintf("Line %d has the same host name.", f.Number)
	}
	return ""
}
