package lists

import (
	"strconv"
	"strings"

	"cordboard/store"
	"cordboard/views/ui"
)

// CanOwn reports whether a user can look after PBXs and customers.
func CanOwn(u *store.User) bool { return u.Role != store.RoleViewer && !u.Disabled }

// Colleagues returns the users who can look after PBXs and customers as choices. word names the chosen one by ID or
// email address, who is a choice even after leaving the team.
func Colleagues(users []store.User, word string) (choices []ui.Choice) {
	for i := range users {
		u := &users[i]
		chosen := strings.EqualFold(u.Email, word) || strconv.FormatInt(u.ID, 10) == word
		if !CanOwn(u) && !chosen {
			continue
		}
		choice := ui.Choice{Value: u.Email, Label: u.Name, Selected: chosen}
		if u.Disabled {
			choice.Label += " (left the team)"
		}
		choices = append(choices, choice)
	}
	return choices
}

// CountLink returns n as a link to the counted PBXs, or as plain text if n is 0.
func CountLink(n int, url, what string) ui.Link {
	link := ui.Link{Label: ui.Number(int64(n))}
	if n > 0 {
		link.URL, link.Spoken = url, link.Label+" "+what
	}
	return link
}
