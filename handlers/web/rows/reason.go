package rows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web/display"
	"cordboard/views/ui"
)

// ReasonColumn is the name of the column that says why a row is listed. It isn't a field.
const ReasonColumn = "reason"

// knownWords are all values that Cordboard defines for these filters.
var knownWords = slices.Concat(list.AttentionWords, list.UsageWords, list.Expiries, list.OnboardingWords)

// Reasons are the values of the filters that need a reason: those by a date, a usage or a step of onboarding.
type Reasons struct {
	attention []string // those that can be snoozed
	others    []string
}

// Why returns the reasons of a query. Negated values are no reason.
func Why(q list.Query) (r Reasons) {
	words := func(values []list.FilterValue) (all []string) {
		for _, w := range values {
			switch {
			case w.Not:
			case slices.Contains(knownWords, w.Value):
				all = append(all, w.Value)
			default: // only the filter by date has other values
				all = append(all, anyDate)
			}
		}
		return all
	}
	return Reasons{words(q.Attention), words(slices.Concat(q.Usage, q.Expires, q.Onboarding))}
}

// None reports whether a list needs no reasons.
func (r Reasons) None() bool { return len(r.attention)+len(r.others) == 0 }

// reason returns the cell that says why a PBX is listed: the first reason that applies, and how many more do.
func reason(r Reasons, p *fleet.PBX, cells display.Cells) ui.Cell {
	v := ui.Cell{Column: ReasonColumn}
	badges := reasonBadges(r, p, cells)
	if len(badges) == 0 {
		return v
	}
	v.Badge, v.Value = &badges[0], badges[0].Word
	if len(badges) > 1 {
		v.Small = "and " + display.LowerFirst(wordsOf(badges[1:]))
	}
	return v
}

// Text returns why a PBX is listed, as exports say it.
func (r Reasons) Text(p *fleet.PBX, cells display.Cells) string {
	return wordsOf(reasonBadges(r, p, cells))
}

func wordsOf(badges []ui.Badge) string {
	var all []string
	for _, b := range badges {
		all = append(all, b.Word)
	}
	return strings.Join(all, ", ")
}

// reasonBadges returns the reasons for which a PBX is listed, the worst first.
func reasonBadges(r Reasons, p *fleet.PBX, cells display.Cells) (badges []ui.Badge) {
	words := slices.Concat(awake(r.attention, p, cells), r.others)
	if b, ok := dateReason(words, p, cells.Clock); ok {
		badges = append(badges, b)
	}
	badges = append(badges, usageReasons(words, p, cells.Thresholds)...)
	if b, ok := onboardingReason(words, p, cells.Clock); ok {
		badges = append(badges, b)
	}
	slices.SortStableFunc(badges, func(a, b ui.Badge) int { return severity(a) - severity(b) })
	return badges
}

// ReasonPlace returns where the column is that says why a row is listed: after the name.
func ReasonPlace(cols []string) int { return slices.Index(cols, fleet.FieldName.Name()) + 1 }

// ReasonHead returns the head of that column. It is marked as the sorted one if the list is sorted by usage, which has
// no column of its own.
func ReasonHead(sort string) ui.Column {
	sorted := map[string]string{"usage": "ascending", "-usage": "descending"}[sort]
	return ui.Column{Name: ReasonColumn, Label: "Why", Sorted: sorted}
}

// awake returns the reasons that aren't snoozed, and without that of activation if it isn't due yet.
func awake(words []string, p *fleet.PBX, cells display.Cells) []string {
	today := fleet.DayDate(fleet.Day(cells.Clock.Now.Unix(), cells.Clock.Zone))
	created := p.Number(fleet.FieldCreateTime)
	due := cells.Clock.Now.AddDate(0, 0, -cells.Thresholds.StuckDays).Unix()
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool {
		return word == "not-activated" && created != fleet.Absent && created > due || p.IsSnoozed(word, today)
	})
}

// severity orders badges: what is overdue or over capacity comes first.
func severity(b ui.Badge) int {
	if b.Class == "badge-overdue" {
		return 0
	}
	return 1
}

// anyDate stands for a date or a range of dates, which the row's date matches if the row is listed.
const anyDate = "any-date"

// dateReason returns the badge about the PBX's earliest date, or about a date that isn't understood.
func dateReason(words []string, p *fleet.PBX, c ui.Clock) (ui.Badge, bool) {
	if malformed, _ := p.MalformedDate(); malformed != fleet.NoField && slices.Contains(words, list.NotUnderstood) {
		b := display.NotUnderstood
		b.Word = "Date not understood"
		return b, true
	}
	at, field := p.Expires()
	if at == fleet.Absent {
		return ui.Badge{}, false
	}
	today := fleet.Day(c.Now.Unix(), c.Zone)
	days := fleet.Day(at, c.Zone) - today
	if !slices.ContainsFunc(words, func(w string) bool { return dateMatches(w, days) }) {
		return ui.Badge{}, false
	}
	what, verb := "PBX", "expires"
	if field == fleet.FieldPlanExpirationDate {
		what = "Plan"
	}
	if days < 0 {
		verb = "expired"
	}
	b := display.ExpiryBadge(at, today, c)
	b.Word = fmt.Sprintf("%s %s %s", what, verb, display.LowerFirst(c.Days(time.Unix(at, 0))))
	return b, true
}

// dateMatches reports whether a date that is days ahead can be the reason that a filter value names.
func dateMatches(word string, days int64) bool {
	switch word {
	case "overdue":
		return days < 0
	case "today":
		return days == 0
	case "7d", "30d", "60d", "90d":
		var most int64
		_, _ = fmt.Sscanf(word, "%dd", &most)
		return days >= 0 && days <= most
	case "later":
		return days > 90
	}
	return word == anyDate
}

// usageReasons returns a badge for each resource that is at the level that was asked for, those over capacity first.
func usageReasons(words []string, p *fleet.PBX, t fleet.Thresholds) (badges []ui.Badge) {
	over := 0
	for _, u := range fleet.Usages {
		used, capacity := p.Number(u.Used), p.Number(u.Capacity)
		level := t.Utilization(used, capacity)
		asked := level == fleet.UtilizationOver && slices.Contains(words, "over") ||
			level == fleet.UtilizationFull && slices.Contains(words, "full") ||
			level >= fleet.UtilizationNearlyFull && slices.Contains(words, "nearly-full")
		if !asked || used == fleet.Absent || capacity == fleet.Absent {
			continue
		}
		label, _, _ := strings.Cut(display.Labels[u.Used.Name()], ",")
		b := ui.Badge{Class: "badge-soon", Icon: "gauge"}
		if level != fleet.UtilizationNearlyFull {
			b.Class, b.Icon = "badge-overdue", "circle-alert"
		}
		b.Word = fmt.Sprintf("%s %d%%", label, ui.Percent(used, max(capacity, 1)))
		if level == fleet.UtilizationOver {
			b.Word = label + " " + ui.Number(used-capacity) + " over"
			badges = slices.Insert(badges, over, b)
			over++
			continue
		}
		badges = append(badges, b)
	}
	return badges
}

// onboardingReason returns the badge about the step at which a PBX is stuck.
func onboardingReason(words []string, p *fleet.PBX, c ui.Clock) (ui.Badge, bool) {
	word := ""
	switch {
	case p.Activation() == fleet.Unactivated && slices.Contains(words, "not-activated"):
		word = "Not activated"
	case p.Number(fleet.FieldInitialStartUpTime) == fleet.Absent && p.Status() != fleet.StatusRunning &&
		slices.Contains(words, "not-started"):
		word = "Never started"
	case p.Number(fleet.FieldUsedExtensions) == 0 && slices.Contains(words, "no-extension"):
		word = "No extensions yet"
	default:
		return ui.Badge{}, false
	}
	b := ui.Badge{Class: "badge-unactivated", Icon: "mail", Word: word}
	if created := p.Number(fleet.FieldCreateTime); created != fleet.Absent {
		b.Word += ", created " + c.Ago(time.Unix(created, 0))
	}
	return b, true
}
