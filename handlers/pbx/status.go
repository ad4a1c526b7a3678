package pbx

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/pbx"
	"cordboard/views/ui"
)

// soonDays is how many days before a date the page warns of it.
const soonDays = 30

// status returns a sentence about the state of a PBX: what is wrong, since when, and the button that leads to the
// remedy. The worst comes first. events are the PBX's newest changes.
func status(p *fleet.PBX, t fleet.Thresholds, events []store.PBXEvent, c ui.Clock) *views.Standing {
	to := func(label, icon, form string) *views.Action {
		return &views.Action{Label: label, Icon: icon, URL: ui.PBXURL(p.CloudPBXID) + "/" + form}
	}
	bad := func(text string, a *views.Action) *views.Standing {
		return &views.Standing{Tone: "tone-bad", Icon: "circle-alert", Text: text, Action: a}
	}
	warn := func(text string, a *views.Action) *views.Standing {
		return &views.Standing{Tone: "tone-warn", Icon: "triangle-alert", Text: text, Action: a}
	}
	resize := to("Resize the PBX", "gauge", "resize")
	renew := to("Add a task to renew it", "calendar-clock", "tasks?what=expirationDate")
	date, days, dated := dateWords(p, c)
	if p.Desk().Renewal.State == string(store.RenewalRenewed) {
		renew = nil
	}
	use, level := usageWords(p, t)
	switch {
	case p.Status().IsTransitional():
		text := "The PBX " + isSince(strings.ToLower(string(p.Status())), events, fleet.FieldStatus, c) + "."
		return &views.Standing{Tone: "tone-info", Icon: "loader", Text: text}
	case dated && days < 0:
		return bad(date, renew)
	case level == fleet.UtilizationOver:
		return bad(use, resize)
	case p.Status() == fleet.StatusStopped:
		return warn("The PBX "+isSince("stopped", events, fleet.FieldStatus, c)+". Its users are locked out.",
			to("Start the PBX", "circle-play", "start"))
	case level == fleet.UtilizationFull:
		return bad(use, resize)
	case dated && days <= soonDays:
		return warn(date, renew)
	case isStuck(p, t, c):
		text := "The PBX isn’t activated, and was created " + c.Ago(time.Unix(p.Number(fleet.FieldCreateTime), 0)) + "."
		return warn(text, to("Email the activation link", "mail", "activation-email"))
	case level == fleet.UtilizationNearlyFull:
		return warn(use, resize)
	case p.Activation() == fleet.Unactivated:
		const text = "The PBX isn’t activated yet. Its customer activates it with the link in YCM’s email."
		return &views.Standing{
			Tone: "tone-info", Icon: "mail", Text: text,
			Action: to("Email the activation link", "mail", "activation-email"),
		}
	case p.Activation() == fleet.Activated && p.Number(fleet.FieldUsedExtensions) == 0:
		const text = "The PBX is activated, but has no extensions yet."
		return &views.Standing{Tone: "tone-info", Icon: "circle-dashed", Text: text}
	case lacksBackup(p, t, c):
		text := "YCM reports no backup of the PBX."
		if at := p.Number(fleet.FieldLastBackupTime); at != fleet.Absent {
			text = "The last backup is from " + c.Date(time.Unix(at, 0)).Text + ", " + c.Ago(time.Unix(at, 0)) + "."
		}
		return &views.Standing{Tone: "tone-info", Icon: "history", Text: text}
	case p.Status() != fleet.StatusRunning:
		return nil // a status that this version doesn't know
	}
	return &views.Standing{Tone: "tone-ok", Icon: "circle-check", Text: "The PBX is running, and nothing needs attention."}
}

// isSince says what a field's value is and, if that is known, since when.
func isSince(value string, events []store.PBXEvent, f fleet.Field, c ui.Clock) string {
	for _, e := range events {
		if e.Kind == store.PBXChanged && e.Field == f.Name() {
			return "has been " + value + " since " + c.DateTime(e.At).Text
		}
	}
	return "is " + value
}

// dateWords returns a sentence about the date on which a PBX or its plan expires first, and the number of days until
// then. ok is false if there is no date.
func dateWords(p *fleet.PBX, c ui.Clock) (text string, days int64, ok bool) {
	at, field := p.Expires()
	if at == fleet.Absent {
		return "", 0, false
	}
	what := "The PBX"
	if field == fleet.FieldPlanExpirationDate {
		what = "The plan"
	}
	days = fleet.Day(at, c.Zone) - fleet.Day(c.Now.Unix(), c.Zone)
	verb := "expires"
	if days < 0 {
		verb = "expired"
	}
	when := time.Unix(at, 0)
	text = fmt.Sprintf("%s %s on %s, %s.", what, verb, c.Date(when).Text, c.Days(when))
	return text + renewalWords(p, c), days, true
}

// renewalWords returns a sentence about how far the renewal is and who looks after it, or "" if it hasn't begun.
func renewalWords(p *fleet.PBX, c ui.Clock) string {
	d := p.Desk()
	var words []string
	switch store.RenewalState(d.Renewal.State) {
	case store.RenewalRenewed:
		words = append(words, " It is marked as renewed, but YCM doesn’t have the new date yet.")
	case store.RenewalLetGo:
		words = append(words, " It won’t be renewed.")
	case store.RenewalAsked, store.RenewalQuoted:
		words = append(words, " Renewal: "+display.LowerFirst(display.RenewalLabels[d.Renewal.State])+".")
	}
	if d.Owner.ID != 0 {
		words = append(words, " Owner: "+d.Owner.Name+".")
	}
	for _, z := range d.Snoozes {
		if (z.What == "overdue" || z.What == "7d") && z.IsOn(fleet.DayDate(fleet.Day(c.Now.Unix(), c.Zone))) {
			words = append(words, " Snoozed until "+display.DateText(z.Until)+".")
		}
	}
	return strings.Join(words, "")
}

// usageWords returns sentences about the resources that are nearly full, the fullest first, and the level of the first.
func usageWords(p *fleet.PBX, t fleet.Thresholds) (text string, level fleet.Utilization) {
	type usage struct {
		text  string
		level fleet.Utilization
	}
	var all []usage
	for _, u := range fleet.Usages {
		used, capacity := p.Number(u.Used), p.Number(u.Capacity)
		is := t.Utilization(used, capacity)
		if is < fleet.UtilizationNearlyFull || capacity <= 0 {
			continue
		}
		state := fmt.Sprintf("%d%% full", ui.Percent(used, capacity))
		if is == fleet.UtilizationOver {
			state = "over capacity"
		}
		all = append(all, usage{
			fmt.Sprintf("%s: %s of %s, %s.", display.Labels[u.Used.Name()], ui.Number(used), ui.Number(capacity), state), is,
		})
	}
	if len(all) == 0 {
		return "", level
	}
	slices.SortStableFunc(all, func(a, b usage) int { return cmp.Compare(b.level, a.level) })
	text = all[0].text
	for _, u := range all[1:] {
		text += " " + u.text
	}
	return text, all[0].level
}

// lacksBackup reports whether a PBX that isn't new has no backup, or only one that the account counts as old.
func lacksBackup(p *fleet.PBX, t fleet.Thresholds, c ui.Clock) bool {
	since := c.Now.AddDate(0, 0, -t.BackupDays).Unix()
	created, backup := p.Number(fleet.FieldCreateTime), p.Number(fleet.FieldLastBackupTime)
	if backup == fleet.Absent {
		return created != fleet.Absent && created < since
	}
	return backup < since
}

// isStuck reports whether a PBX still isn't activated after the number of days that the account allows.
func isStuck(p *fleet.PBX, t fleet.Thresholds, c ui.Clock) bool {
	created := p.Number(fleet.FieldCreateTime)
	return p.Activation() == fleet.Unactivated && created != fleet.Absent &&
		c.Now.Sub(time.Unix(created, 0)) > time.Duration(t.StuckDays)*24*time.Hour
}
