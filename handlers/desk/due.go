package desk

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

// renewals returns the block with the user's own renewals whose next step is due.
func (o *morning) renewals() (views.Block, error) {
	today := fleet.DayDate(o.today)
	q := list.NewQuery(url.Values{"owner": {"me"}, "nextOn": {".." + today}, "sort": {"nextOn"}})
	q.Me = web.UserFrom(o.r.Context()).Email
	n, first := o.snapshot.Top(q, overviewItems, o.c.Now, o.c.Zone)
	a := &views.Attention{Icon: "calendar-clock", Tone: "tone-accent", Count: strconv.Itoa(n)}
	for _, p := range first {
		r := p.Desk().Renewal
		badge := ui.Badge{Class: "badge-soon", Icon: "clock"}
		badge.Word = "Due " + display.LowerFirst(o.c.Days(time.Unix(r.NextAt(), 0)))
		a.Items = append(a.Items, views.AttentionItem{
			ID:    strconv.FormatInt(p.CloudPBXID, 10),
			Name:  display.Name(p),
			URL:   ui.PBXURL(p.CloudPBXID) + "#renewal",
			Sub:   cmp.Or(r.Next, display.RenewalLabels[p.Text(fleet.FieldRenewal)]),
			Badge: &badge,
		})
	}
	return views.Block{
		Attention: a,
		All:       &ui.Link{Label: ui.ShowAll(n), URL: "/expiries?due=today&owner=me"},
		Foot:      []ui.Link{{Label: "All of yours", URL: "/expiries?owner=me"}},
	}, nil
}

// tasks returns the block with the tasks that are due: those of the user, and those of nobody.
func (o *morning) tasks() (views.Block, error) {
	all, err := o.s.tasks.OpenTasks(o.r.Context(), mirror.DefaultAccount)
	if err != nil {
		return views.Block{}, err
	}
	me, today := web.UserFrom(o.r.Context()).ID, fleet.DayDate(o.today)
	due := slices.DeleteFunc(all, func(t store.Task) bool {
		return t.AssigneeID != 0 && t.AssigneeID != me || t.DueOn == "" || t.DueOn > today
	})
	a := &views.Attention{Icon: "check", Tone: "tone-accent", Count: strconv.Itoa(len(due))}
	for _, t := range due[:min(len(due), overviewItems)] {
		badge := ui.Badge{Class: "badge-soon", Icon: "clock", Word: "Due on " + display.DateText(t.DueOn)}
		item := views.AttentionItem{
			Name: "PBX " + strconv.FormatInt(t.CloudPBXID, 10), URL: ui.PBXURL(t.CloudPBXID) + "#tasks",
			Sub: display.TaskTitle(t.Goal), Badge: &badge,
		}
		if p, ok := o.snapshot.PBX(t.CloudPBXID); ok {
			item.Name = display.Name(p)
		}
		a.Items = append(a.Items, item)
	}
	return views.Block{Attention: a, All: &ui.Link{Label: "All tasks", URL: "/tasks"}}, nil
}

// snooze returns the URL of the form that snoozes the reason for which a PBX needs attention, or "" if the user can't
// snooze.
func (o *morning) snooze(p *fleet.PBX, word string) string {
	if !web.CanCreate(o.r) {
		return ""
	}
	return "/snoozes/new?" + url.Values{
		"cloudPbxId": {strconv.FormatInt(p.CloudPBXID, 10)}, "what": {word}, "back": {"/"},
	}.Encode()
}

// dateWord returns the value of the filter by attention that a PBX's dates have.
func (o *morning) dateWord(p *fleet.PBX) string {
	at, _ := p.Expires()
	switch {
	case at == fleet.Absent || fleet.Day(at, o.c.Zone) > o.today+7: // it is listed for the date that isn't understood
		return list.NotUnderstood
	case fleet.Day(at, o.c.Zone) < o.today:
		return "overdue"
	}
	return "7d"
}
