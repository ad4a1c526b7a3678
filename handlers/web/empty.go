package web

import (
	"fmt"

	"cordboard/fleet"
	"cordboard/handlers/web/display"
	"cordboard/views/ui"
)

// EmptyFleet returns the message for an empty list. It returns nil if the fleet has been synced and the list has
// filters.
func (s *Site) EmptyFleet(filtered bool, snapshot *fleet.Snapshot) *ui.Empty {
	f := s.account.Mirror.Freshness()
	switch {
	case snapshot.Len() == 0 && f.At.IsZero() && f.State == fleet.Failing:
		title, text := display.ProblemWords(f.Problem, s.Config.YCMHost)
		return &ui.Empty{
			Art:   "none",
			Title: "The fleet has never been synced",
			Text:  title + ". " + text + " Cordboard keeps trying.",
		}
	case snapshot.Len() == 0 && f.At.IsZero():
		e := &ui.Empty{
			Art:    "first",
			Title:  "Syncing with YCM for the first time",
			Text:   "The list will appear when all pages have been read.",
			Action: &ui.Link{Label: "Reload", URL: "/pbxs"},
		}
		if f.Pages > 0 {
			e.Progress = fmt.Sprintf("Page %s of %s", ui.Number(int64(f.PagesRead)), ui.Number(int64(f.Pages)))
			e.Text = fmt.Sprintf(
				"%s. The list will appear when all pages have been read.",
				ui.Count(f.Total, "PBX", "PBXs"),
			)
			e.Width = fmt.Sprint(100 * f.PagesRead / f.Pages)
		}
		return e
	case !filtered:
		return &ui.Empty{
			Art:   "none",
			Title: "No PBXs",
			Text:  "The last successful sync found that the account has no Cloud PBXs.",
		}
	}
	return nil
}
