package desk

import (
	"fmt"

	"cordboard/fleet"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

// firstSteps returns the steps of a new portal: connecting, reading the fleet and, for an admin, inviting the team.
// They are shown until the fleet has been read and, to an admin, for as long as there is no second user.
func firstSteps(o *morning) ([]views.Step, error) {
	f := o.s.fleet.Freshness()
	steps := []views.Step{connected(f, o.s.site.Config.YCMHost), read(f, o.snapshot.Here())}
	if web.UserFrom(o.r.Context()).Role != store.RoleAdmin {
		return unfinished(steps), nil
	}
	users, err := o.s.store.Users(o.r.Context())
	if err != nil {
		return nil, err
	}
	return unfinished(append(steps, views.Step{
		Key: "invite", Title: "Invite your team", Done: len(users) > 1,
		Text: "Everybody has an account of their own. A viewer sees the fleet, an operator also changes it, and an " +
			"admin also manages the team.",
		Link: &ui.Link{Label: "Invite somebody", URL: "/team"},
	})), nil
}

// unfinished returns the steps, or nil if all of them are done.
func unfinished(steps []views.Step) []views.Step {
	for _, s := range steps {
		if !s.Done {
			return steps
		}
	}
	return nil
}

// connected returns the step that ends when YCM has responded.
func connected(f fleet.Freshness, host string) views.Step {
	s := views.Step{Key: "connect", Title: "Connect to YCM", Text: "Cordboard is signing in to " + host + "."}
	switch {
	case f.Pages > 0 || !f.At.IsZero():
		s.Done, s.Text = true, host+" responds."
	case f.State == fleet.Failing:
		title, text := display.ProblemWords(f.Problem, host)
		s.Tone, s.Text = "tone-bad", title+". "+text+" Cordboard keeps trying."
	}
	return s
}

// read returns the step that ends with the first sync.
func read(f fleet.Freshness, here int) views.Step {
	s := views.Step{
		Key: "read", Title: "Read the fleet",
		Text: "Cordboard copies the list of PBXs, 50 at a time. Filters, search and exports work when all of it is here.",
	}
	switch {
	case !f.At.IsZero():
		s.Done, s.Text = true, ui.Count(int64(here), "PBX", "PBXs")+" read."
	case f.Pages > 0:
		s.Value, s.Max = fmt.Sprint(f.PagesRead), fmt.Sprint(f.Pages)
		s.Text = fmt.Sprintf("Reading the fleet: %s of %s.", ui.Number(min(int64(f.PagesRead)*50, f.Total)),
			ui.Count(f.Total, "PBX", "PBXs"))
	}
	return s
}
