package display

import (
	"cmp"
	"fmt"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views/ui"
)

// TaskLabel returns the label of what a task is about.
func TaskLabel(what string) string {
	return cmp.Or(map[string]string{
		"plan":           "Plan",
		"expirationDate": "Expiration date",
		"version":        "Firmware",
		"type":           "Type",
	}[what], "Other")
}

// TaskTitle returns what is to be done, such as "Plan: Enterprise Plan → Ultimate Plan".
func TaskTitle(g store.Goal) string {
	switch {
	case g.What == store.OtherTask:
		return g.Value
	case g.Value == "":
		return fmt.Sprintf("%s: change %s", TaskLabel(g.What), cmp.Or(g.Before, "what isn’t reported"))
	}
	return fmt.Sprintf("%s: %s → %s", TaskLabel(g.What), cmp.Or(g.Before, "not reported"), g.Value)
}

// TaskClosed returns a sentence about how a task ended. p is the task's PBX; nil: Cordboard no longer has it.
func TaskClosed(closed store.Closed, p *fleet.PBX, c ui.Clock) string {
	at := c.DateTime(closed.At).Text
	switch {
	case closed.By != nil:
		return fmt.Sprintf("Closed by %s on %s.", closed.By.Name, at)
	case p != nil && p.IsGone() && p.GoneAt <= closed.At.Unix():
		return fmt.Sprintf("Closed on %s, since YCM no longer had the PBX.", at)
	case closed.ChangedBy != "":
		return fmt.Sprintf("Done in YCM by %s, seen on %s.", closed.ChangedBy, at)
	}
	return fmt.Sprintf("Done in YCM, seen on %s.", at)
}

// Notes returns notes as pages show them.
func Notes(all []store.Remark, c ui.Clock) (notes []ui.Note) {
	for _, r := range all {
		notes = append(notes, ui.Note{Text: r.Text, By: r.By.Name, At: c.DateTime(r.At)})
	}
	return notes
}
