package desk

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

// attention returns a block about the PBXs that a query finds. The list that the block links to shows exactly those
// PBXs.
func (o *morning) attention(icon, tone string, q url.Values, item func(*fleet.PBX, *views.AttentionItem)) views.Block {
	n, first := o.snapshot.Top(list.NewQuery(q), overviewItems, o.c.Now, o.c.Zone)
	a := &views.Attention{Icon: icon, Tone: tone, Count: strconv.Itoa(n)}
	for _, p := range first {
		i := views.AttentionItem{
			ID:   strconv.FormatInt(p.CloudPBXID, 10),
			Name: display.Name(p),
			URL:  ui.PBXURL(p.CloudPBXID),
		}
		item(p, &i)
		a.Items = append(a.Items, i)
	}
	return views.Block{
		Attention: a,
		All:       &ui.Link{Label: ui.ShowAll(n), URL: ui.PBXsURL(q)},
	}
}

// part adds a link to the block's footer. The link leads to the PBXs that the query finds; if there are none, part adds
// no link.
func (o *morning) part(b *views.Block, q url.Values, label string) {
	if n := o.count(q); n > 0 {
		b.Foot = append(
			b.Foot,
			ui.Link{Label: fmt.Sprintf("%s: %s", label, ui.Number(int64(n))), URL: ui.PBXsURL(q)},
		)
	}
}

func (o *morning) expiring() (views.Block, error) {
	b := o.attention(
		"calendar-clock",
		"tone-bad",
		url.Values{"attention": {"overdue", "7d", list.NotUnderstood}, "sort": {"expires"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			e := display.ExpiryEntry(p, o.today, o.c)
			i.Sub, i.Badge = e.Which, &e.Badge
			if state := p.Desk().Renewal.State; state != "" && state != string(store.RenewalOpen) {
				i.Sub += " · Renewal: " + display.LowerFirst(display.RenewalLabels[state])
			}
			i.Snooze = o.snooze(p, o.dateWord(p))
		},
	)
	for _, word := range []string{"overdue", "7d", list.NotUnderstood} {
		o.part(&b, url.Values{"attention": {word}, "sort": {"expires"}}, display.EnumLabel("attention", word, o.limits))
	}
	o.part(&b, url.Values{"expires": {"30d"}, "sort": {"expires"}}, "Within 30 days")
	b.Foot = append(b.Foot, ui.Link{Label: "Expiry board", URL: "/expiries"})
	return b, nil
}

func (o *morning) nearlyFull() (views.Block, error) {
	b := o.attention(
		"gauge",
		"tone-warn",
		url.Values{"attention": {"over", "full"}, "sort": {"-usage"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			used, capacity := fullest(p, o.limits, fleet.DayDate(o.today))
			i.Sub, i.Meter = display.Labels[used.Name()], o.s.site.Cells(o.c, display.Columns).Meter(p, used, capacity)
			i.Snooze = o.snooze(p, "full")
			if o.limits.Utilization(p.Number(used), p.Number(capacity)) == fleet.UtilizationOver {
				i.Snooze = o.snooze(p, "over")
			}
		},
	)
	for _, word := range []string{"over", "full"} {
		o.part(&b, url.Values{"attention": {word}, "sort": {"-usage"}}, display.EnumLabel("attention", word, o.limits))
	}
	o.part(
		&b,
		url.Values{"usage": {"nearly-full"}, "sort": {"-usage"}},
		fmt.Sprintf("At least %d%% used", o.limits.NearlyFull),
	)
	return b, nil
}

// fullest returns the usage and capacity fields of the PBX's resource with the highest utilization, leaving out those
// that are snoozed today.
func fullest(p *fleet.PBX, t fleet.Thresholds, today string) (used, capacity fleet.Field) {
	best := -1.0
	for _, u := range fleet.Usages {
		n, of := p.Number(u.Used), p.Number(u.Capacity)
		if n == fleet.Absent || of == fleet.Absent {
			continue
		}
		what := "full"
		if t.Utilization(n, of) == fleet.UtilizationOver {
			what = "over"
		}
		share := float64(n) / float64(max(of, 1))
		if of <= 0 && n <= 0 {
			share = 0
		}
		if share > best && !p.IsSnoozed(what, today) {
			best, used, capacity = share, u.Used, u.Capacity
		}
	}
	return used, capacity
}

func (o *morning) stuck() (views.Block, error) {
	b := o.attention(
		"hourglass",
		"tone-warn",
		url.Values{"onboarding": list.OnboardingWords, "sort": {"createTime"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			i.Sub = "Created " + o.c.Ago(time.Unix(p.Number(fleet.FieldCreateTime), 0))
			switch {
			case p.Number(fleet.FieldUsedExtensions) == 0 && p.Activation() == fleet.Activated:
				i.Badge = &ui.Badge{Class: "badge-outline", Icon: "circle-dashed", Word: "No extensions yet"}
			case p.Number(fleet.FieldInitialStartUpTime) == fleet.Absent && p.Status() != fleet.StatusRunning:
				i.Badge = &ui.Badge{Class: "badge-outline", Icon: "circle-power", Word: "Never started"}
			default:
				i.Badge = &ui.Badge{Class: "badge-unactivated", Icon: "mail", Word: "Not activated"}
			}
		},
	)
	for _, word := range list.OnboardingWords {
		o.part(&b, url.Values{"onboarding": {word}, "sort": {"createTime"}}, display.EnumLabel("onboarding", word, o.limits))
	}
	b.Foot = append(
		b.Foot,
		ui.Link{
			Label: fmt.Sprintf("More than %s after creation", ui.Count(int64(o.limits.StuckDays), "day", "days")),
		},
	)
	return b, nil
}

func (o *morning) stopped() (views.Block, error) {
	return o.attention(
		"circle-stop",
		"tone-warn",
		stoppedThoughActivated(),
		func(p *fleet.PBX, i *views.AttentionItem) {
			badge := ui.BadgeFor("pbxStatus", p.Text(fleet.FieldStatus))
			i.Sub, i.Badge = p.Text(fleet.FieldURL), &badge
		},
	), nil
}

func (o *morning) trials() (views.Block, error) {
	b := o.attention(
		"flask-conical",
		"",
		url.Values{"type": {"Trial"}, "sort": {"createTime"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			i.Sub = "Creation date not reported"
			if created := p.Number(fleet.FieldCreateTime); created != fleet.Absent {
				i.Sub = "Created " + o.c.Ago(time.Unix(created, 0))
			}
			if at, field := p.Expires(); at != fleet.Absent {
				badge := display.ExpiryBadge(at, o.today, o.c)
				i.Badge = &badge
				i.Sub += ", " + display.LowerFirst(display.DateWords(at, field.Name(), o.c))
			}
		},
	)
	for _, age := range []struct {
		from, to int64 // age in days; if to is negative, there is no maximum
		label    string
	}{{31, -1, "Older than 30 days"}, {15, 30, "15 to 30 days"}, {0, 14, "Up to 14 days"}} {
		created := ".." + fleet.DayDate(o.today-age.from)
		if age.to >= 0 {
			created = fleet.DayDate(o.today-age.to) + created
		}
		o.part(&b, url.Values{"type": {"Trial"}, "createTime": {created}, "sort": {"createTime"}}, age.label)
	}
	return b, nil
}

func (o *morning) backups() (views.Block, error) {
	old := ".." + fleet.DayDate(o.today-int64(o.limits.BackupDays)-1)
	made := []string{old, list.None} // a new PBX can't have a backup yet
	b := o.attention(
		"history",
		"tone-info",
		url.Values{"lastBackupTime": {old, list.None}, "createTime": made, "sort": {"lastBackupTime"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			i.Badge = &ui.Badge{Class: "badge-outline", Icon: "circle-dashed", Word: "None reported"}
			if at := p.Number(fleet.FieldLastBackupTime); at != fleet.Absent {
				i.Badge = &ui.Badge{Class: "badge-soon", Icon: "clock", Word: o.c.Ago(time.Unix(at, 0))}
			}
		},
	)
	o.part(
		&b,
		url.Values{"lastBackupTime": {old}, "sort": {"lastBackupTime"}},
		fmt.Sprintf("More than %s old", ui.Count(int64(o.limits.BackupDays), "day", "days")),
	)
	o.part(&b, url.Values{"lastBackupTime": {list.None}, "createTime": made}, "None reported by YCM")
	return b, nil
}

func (o *morning) firmware() (views.Block, error) {
	newest := o.s.catalog.NewestFirmware()
	if newest == "" {
		return views.Block{Attention: &views.Attention{Count: "0"}}, nil
	}
	b := o.attention(
		"circle-arrow-up",
		"tone-info",
		url.Values{"version": {"!" + list.LiteralFilterValue(newest).String(), "!" + list.None}, "sort": {"version"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			i.Badge = &ui.Badge{Class: "badge-outline", Icon: "circle-arrow-up", Word: p.Text(fleet.FieldVersion)}
		},
	)
	b.Foot = []ui.Link{{Label: "Latest version: " + newest}}
	return b, nil
}
