package desk

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/opt"
	"cordboard/store"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

const (
	overviewItems = 4 // per block
	refusedDays   = 7 // how long a refused creation is shown
)

// morning is the data of one request that the blocks are made from.
type morning struct {
	s        *Handler
	r        *http.Request
	c        ui.Clock
	snapshot *list.Index
	limits   fleet.Thresholds
	today    int64
	sub      capacity.Subscription
}

// blockKind is a kind of block on the overview.
type blockKind struct {
	key, title, note string
	side             bool // beside the other blocks on a wide screen
	wide             bool // takes a full row
	operators        bool // hidden from viewers
	make             func(*morning) (views.Block, error)
}

// blockKinds lists the blocks in their default order.
var blockKinds = []blockKind{
	{
		key:   "status",
		title: "Fleet by status",
		note:  "PBXs that are running, stopped or in progress",
		wide:  true,
		make:  (*morning).status,
	},
	{
		key:   "expiring",
		title: "Expired or expiring",
		note:  "By PBX or plan date, whichever is earlier, up to 30 days ahead",
		make:  (*morning).expiring,
	},
	{
		key:   "nearly-full",
		title: "Nearly full",
		note:  "Extensions, calls or recording close to or over capacity",
		make:  (*morning).nearlyFull,
	},
	{
		key:   "stuck",
		title: "Stuck in onboarding",
		note:  "Created but never started, never activated or without an extension",
		make:  (*morning).stuck,
	},
	{
		key:       "attempts",
		title:     "Operations that need attention",
		note:      "Operations with an unknown outcome or recently refused by YCM",
		operators: true,
		make:      (*morning).attempts,
	},
	{
		key:   "stopped",
		title: "Stopped but activated",
		note:  "Activated PBXs that are not running",
		make:  (*morning).stopped,
	},
	{key: "trials", title: "Trials", note: "Oldest first", make: (*morning).trials},
	{key: "backups", title: "Backups", note: "PBXs with no backup or only an old one", make: (*morning).backups},
	{
		key:   "firmware",
		title: "Outdated firmware",
		note:  "PBXs that don’t run the latest version",
		make:  (*morning).firmware,
	},
	{key: "news", title: "What changed", note: "Since your last visit", wide: true, make: (*morning).news},
	{key: "capacity", title: "Capacity", note: "The subscription at a glance", side: true, make: (*morning).capacity},
	{
		key:   "freshness",
		title: "Freshness",
		note:  "Age of the fleet and subscription data",
		side:  true,
		make:  (*morning).freshness,
	},
}

// ShowOverview shows the overview, the default start page.
func (s *Handler) ShowOverview(w http.ResponseWriter, r *http.Request) error {
	m, err := s.overviewPage(r)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, "Overview", views.Overview(m), views.Overview(m))
}

// overviewSnapshot identifies the readings and creations that the overview shows.
func (s *Handler) overviewSnapshot(seesOperations bool) string {
	if seesOperations {
		return s.SubscriptionSnapshot() + "/" + s.OperationsSnapshot()
	}
	return s.SubscriptionSnapshot()
}

func (s *Handler) overviewPage(r *http.Request) (views.OverviewPage, error) {
	c := s.Clock(r)
	o := &morning{
		s:        s,
		r:        r,
		c:        c,
		snapshot: s.Mirror.Index(),
		limits:   s.Mirror.Snapshot().Thresholds(),
		today:    fleet.Day(c.Now.Unix(), c.Zone),
		sub:      s.Subscriptions.Subscription(),
	}
	m := views.OverviewPage{
		Snapshot: s.overviewSnapshot(web.CanCreate(r)), Fresh: s.Freshness(c), CanNew: web.CanCreate(r),
		Lead: ui.Count(int64(o.snapshot.Here()), "PBX", "PBXs") + ". Dates are in " + web.ZoneWords(c) + ".",
	}
	if s.Mirror.Freshness().At.IsZero() && o.snapshot.Len() == 0 {
		m.Empty = s.EmptyFleet(false, o.snapshot.Snapshot)
	}
	for _, b := range blocksOf(r) {
		if b.hidden {
			continue
		}
		if m.Empty != nil && !b.kind.side {
			continue
		}
		block, err := b.kind.make(o)
		if err != nil {
			return m, fmt.Errorf("overview: %s: %w", b.kind.key, err)
		}
		block.Key, block.Wide = b.kind.key, b.kind.wide
		if block.Title == "" {
			block.Title = b.kind.title
		}
		switch {
		case block.Attention != nil && block.Attention.Count == "0":
			m.Clear = append(m.Clear, block.Title)
		case b.kind.side:
			m.Side = append(m.Side, block)
		default:
			m.Main = append(m.Main, block)
		}
	}
	fillLines(m.Main)
	return m, nil
}

// fillLines widens blocks that would have an empty space beside them. Blocks come in pairs, so a single one before
// a wide block or at the end has no neighbor.
func fillLines(blocks []views.Block) {
	odd := false
	for i := range blocks {
		if odd && blocks[i].Wide {
			blocks[i-1].Wide = true
		}
		odd = !odd && !blocks[i].Wide
	}
	if odd {
		blocks[len(blocks)-1].Wide = true
	}
}

// count returns the number of PBXs that a query finds.
func (o *morning) count(q url.Values) int {
	return o.snapshot.Count(list.NewQuery(q), o.c.Now, o.c.Zone)
}

// attention returns a block of the PBXs that a query finds. The list it links to has exactly those PBXs.
func (o *morning) attention(icon, tone string, q url.Values, item func(*fleet.PBX, *views.AttentionItem)) views.Block {
	n, first := o.snapshot.Top(list.NewQuery(q), overviewItems, o.c.Now, o.c.Zone)
	a := &views.Attention{Icon: icon, Tone: tone, Count: strconv.Itoa(n)}
	for _, p := range first {
		i := views.AttentionItem{
			ID:   strconv.FormatInt(p.CloudPBXID, 10),
			Name: o.s.Cell(p, fleet.FieldName, o.c, web.Columns).Text,
			URL:  ui.PBXURL(p.CloudPBXID),
		}
		item(p, &i)
		a.Items = append(a.Items, i)
	}
	return views.Block{
		Attention: a,
		All:       &ui.Link{Label: "All " + ui.Number(int64(n)), URL: ui.PBXsURL(web.WithColumns(q))},
	}
}

// part adds a link to the PBXs of q to the block's footer, unless there are none.
func (o *morning) part(b *views.Block, q url.Values, label string) {
	if n := o.count(q); n > 0 {
		b.Foot = append(
			b.Foot,
			ui.Link{Label: fmt.Sprintf("%s %s", label, ui.Number(int64(n))), URL: ui.PBXsURL(web.WithColumns(q))},
		)
	}
}

func (o *morning) expiring() (views.Block, error) {
	b := o.attention(
		"calendar-clock",
		"tone-bad",
		url.Values{"expires": {"overdue", "30d", list.NotUnderstood}, "sort": {"expires"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			e := o.s.ExpiryEntry(p, o.today, o.c)
			i.Sub, i.Badge = e.Which, &e.Badge
		},
	)
	o.part(&b, url.Values{"expires": {"overdue"}, "sort": {"expires"}}, "Overdue")
	o.part(&b, url.Values{"expires": {"30d"}, "sort": {"expires"}}, "Within 30 days")
	o.part(&b, url.Values{"expires": {list.NotUnderstood}, "sort": {"expires"}}, "Date not understood")
	b.Foot = append(b.Foot, ui.Link{Label: "Expiry board", URL: "/expiries"})
	return b, nil
}

func (o *morning) nearlyFull() (views.Block, error) {
	b := o.attention(
		"gauge",
		"tone-warn",
		url.Values{"usage": {"nearly-full"}, "sort": {"-usage"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			used, capacity := fullest(p)
			i.Sub, i.Meter = web.Labels[used.Name()], o.s.Meter(p, used, capacity, web.Columns)
		},
	)
	o.part(&b, url.Values{"usage": {"over"}, "sort": {"-usage"}}, "Over")
	b.Foot = append(b.Foot, ui.Link{Label: fmt.Sprintf("From %d%%", o.limits.NearlyFull)})
	return b, nil
}

// fullest returns the fields of the resource of which a PBX uses the highest share.
func fullest(p *fleet.PBX) (used, capacity fleet.Field) {
	best := -1.0
	for _, u := range fleet.Usages {
		n, of := p.Number(u.Used), p.Number(u.Capacity)
		if n == fleet.Absent || of == fleet.Absent {
			continue
		}
		share := float64(n) / float64(max(of, 1))
		if of <= 0 && n <= 0 {
			share = 0
		}
		if share > best {
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
			case p.Number(fleet.FieldUsedExtensions) == 0 && p.Text(fleet.FieldActivation) == "Activated":
				i.Badge = &ui.Badge{Class: "badge-outline", Icon: "circle-dashed", Word: "No extension yet"}
			case p.Number(fleet.FieldInitialStartUpTime) == fleet.Absent && p.Text(fleet.FieldStatus) != "Running":
				i.Badge = &ui.Badge{Class: "badge-outline", Icon: "circle-power", Word: "Never started"}
			default:
				i.Badge = &ui.Badge{Class: "badge-unactivated", Icon: "mail", Word: "Not activated"}
			}
		},
	)
	for _, word := range list.OnboardingWords {
		o.part(&b, url.Values{"onboarding": {word}, "sort": {"createTime"}}, web.OnboardingWords[word])
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
		url.Values{"status": {"Stopped"}, "activation": {"Activated"}},
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
				badge := web.ExpiryBadge(at, o.today, o.c)
				i.Badge = &badge
				i.Sub += ", " + web.LowerFirst(web.DateWords(at, field.Name(), o.c))
			}
		},
	)
	for _, age := range []struct {
		from, to int64 // days ago
		label    string
	}{{31, -1, "Older than 30 days"}, {15, 30, "15 to 30"}, {0, 14, "Up to 14"}} {
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
	b := o.attention(
		"history",
		"tone-info",
		url.Values{"lastBackupTime": {old, list.None}, "sort": {"lastBackupTime"}},
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
	o.part(&b, url.Values{"lastBackupTime": {list.None}}, "None reported by YCM")
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
		url.Values{"version": {"!" + list.LiteralWord(newest).String(), "!" + list.None}, "sort": {"version"}},
		func(p *fleet.PBX, i *views.AttentionItem) {
			i.Badge = &ui.Badge{Class: "badge-outline", Icon: "circle-arrow-up", Word: p.Text(fleet.FieldVersion)}
		},
	)
	b.Foot = []ui.Link{{Label: "Latest version: " + newest}}
	return b, nil
}

func (o *morning) attempts() (views.Block, error) {
	all, err := o.s.Operations.InState(o.r.Context(), store.StateUnknown)
	if err != nil {
		return views.Block{}, err
	}
	refused, err := o.s.Operations.List(o.r.Context(), 1, web.OperationsPerPage, store.StateRefused)
	if err != nil {
		return views.Block{}, err
	}
	for _, op := range refused.Operations {
		if o.c.Now.Sub(op.Times.SubmittedAt) < refusedDays*24*time.Hour {
			all = append(all, op)
		}
	}
	a := &views.Attention{Icon: "package", Tone: "tone-warn", Count: strconv.Itoa(len(all))}
	for i := range all[:min(len(all), overviewItems)] {
		op := &all[i]
		badge := ui.OperationBadge(op.Kind, string(op.State))
		a.Items = append(a.Items, views.AttentionItem{
			Name:  web.OperationName(op),
			URL:   ui.OperationURL(op.ID),
			Sub:   fmt.Sprintf("Operation %s, %s", ui.Number(op.Number), o.c.Ago(op.Times.SubmittedAt)),
			Badge: &badge,
		})
	}
	return views.Block{
		Attention: a, All: &ui.Link{Label: "All operations", URL: "/operations"},
		Foot: []ui.Link{{Label: fmt.Sprintf("Refused operations are shown for %d days", refusedDays)}},
	}, nil
}

func (o *morning) status() (views.Block, error) {
	here := int64(o.snapshot.Here())
	known := url.Values{"status": nil}
	b := &views.StatusBlock{}
	x := 0.0
	add := func(n int64, class string, stat views.Stat) {
		width := 1000 * float64(n) / float64(max(here, 1))
		if n > 0 {
			b.Parts = append(b.Parts, ui.BarPart{Class: class, X: web.Trim(x), Width: web.Trim(max(width-2, 1))})
		}
		x += width
		stat.Value = ui.Number(n)
		b.Stats = append(b.Stats, stat)
	}
	status := func(words ...string) (int64, string) {
		q := url.Values{"status": words}
		for _, w := range words {
			known["status"] = append(known["status"], "!"+w)
		}
		return int64(o.count(q)), ui.PBXsURL(q)
	}
	running, at := status("Running")
	note := ""
	if here > 0 {
		note = fmt.Sprintf("%.1f%% of the fleet", 100*float64(running)/float64(here))
	}
	add(running, "bar-ok", views.Stat{Label: "Running", Icon: "circle-play", Tone: "tone-ok", URL: at, Note: note})
	passing := []string{"Provisioning", "Starting", "Upgrading", "Restoring"}
	n, at := status(passing...)
	note = ""
	for _, word := range passing {
		if k := o.count(url.Values{"status": {word}}); k > 0 {
			if note != "" {
				note += ", "
			}
			note += fmt.Sprintf("%s %s", ui.Number(int64(k)), fold.Text(word))
		}
	}
	add(n, "bar-info", views.Stat{Label: "In progress", Icon: "loader", Tone: "tone-info", URL: at, Note: note})
	n, at = status("Stopped")
	activated := o.count(url.Values{"status": {"Stopped"}, "activation": {"Activated"}})
	add(
		n,
		"bar-resellers",
		views.Stat{
			Label: "Stopped",
			Icon:  "circle-stop",
			URL:   at,
			Note:  ui.Number(int64(activated)) + " of them activated",
		},
	)
	if n := int64(o.count(known)); n > 0 {
		add(
			n,
			"bar-warn",
			views.Stat{
				Label: "Unrecognized status",
				Icon:  "circle-question-mark",
				Tone:  "tone-warn",
				URL:   ui.PBXsURL(known),
				Note:  o.otherWords(known["status"]),
			},
		)
	}
	return views.Block{
		Status: b,
		Note:   ui.Count(capacity.Sum(o.snapshot.Snapshot, fleet.FieldActiveCalls), "call", "calls") + " at the last sync",
	}, nil
}

// otherWords returns a note on the statuses that YCM reports and that are not in known, whose entries begin with
// "!".
func (o *morning) otherWords(known []string) string {
	var words []string
	for _, word := range o.snapshot.Values(fleet.FieldStatus) {
		if !slices.Contains(known, "!"+word) && o.count(url.Values{"status": {list.LiteralWord(word).String()}}) > 0 {
			words = append(words, "“"+list.Shorten(word)+"”")
		}
	}
	note := ""
	if len(words) > 0 {
		note = "YCM reports " + strings.Join(words[:min(len(words), 3)], ", ")
	}
	if n := o.count(url.Values{"status": {list.None}}); n > 0 {
		note += strings.Repeat(", ", min(len(words), 1)) + ui.Number(int64(n)) + " not reported"
	}
	return note
}

func (o *morning) capacity() (views.Block, error) {
	b := views.Block{All: &ui.Link{Label: "Ledger", URL: "/subscription"}}
	if o.sub.At.IsZero() {
		return b, nil
	}
	forecasts := o.s.Subscriptions.Forecasts()
	soonest := int64(math.MaxInt64)
	rows := capacity.NewLedger(o.sub.Reading, o.snapshot.Snapshot, o.s.Mirror.Freshness())
	for _, i := range fleet.ShownResources {
		row := rows[i]
		if !row.Reported() {
			continue
		}
		line := views.CapacityLine{
			Resource: row.Resource,
			Label:    web.ResourceLabels[row.Resource],
			Meter:    ui.Meter{Used: numberOf(row.Used), Capacity: numberOf(row.Total), Note: "not reported"},
		}
		if row.Used.Known() && row.Total.Known() {
			line.Meter.Note = "none"
			fit := o.limits.Utilization(row.Used.N, row.Total.N)
			line.Meter.Tone, line.Meter.Icon = web.UtilizationTone(fit)
			if row.Total.N > 0 {
				percent := ui.Percent(row.Used.N, row.Total.N)
				line.Meter.Note = fmt.Sprintf("%d%%", percent)
				line.Meter.Width = strconv.FormatInt(min(max(percent, 0), 100), 10)
			}
			if fit == fleet.UtilizationOver {
				line.Meter.Note = ui.Number(row.Used.N-row.Total.N) + " over"
			}
		}
		if row.Available.Known() {
			line.Left = ui.Number(row.Available.N) + " left"
		}
		b.Capacity = append(b.Capacity, line)
		if f := forecasts[i]; f.Kind == capacity.Rising && f.From >= 0 && f.From < soonest {
			soonest = f.From
			b.Foot = []ui.Link{{Label: line.Label + ": " + web.ForecastRange(f, o.c) + o.s.EndsFirst(f, i, o.c) + "."}}
		}
	}
	return b, nil
}

// numberOf returns a number as text, or "?" if YCM reported none.
func numberOf(n opt.Int) string {
	if text := web.IntText(n); text != "" {
		return text
	}
	return "?"
}

func (o *morning) freshness() (views.Block, error) {
	fresh := o.s.Mirror.Freshness()
	b := views.Block{Freshness: []views.FreshnessLine{
		freshLine("Fleet", ui.Count(int64(o.snapshot.Here()), "PBX", "PBXs"), fresh.State, fresh.At, o.c),
		freshLine("Subscription", "End date not reported", o.sub.State, o.sub.At, o.c),
	}}
	dates, odd := o.s.SubscriptionDates(), web.MalformedDates(o.s.Subscriptions.Subscription())
	switch {
	case len(odd) > 0:
		b.Freshness[1].Sub = web.MalformedWords(odd[0].Field, odd[0].Raw) + " not understood"
	case len(dates) > 0:
		first := time.Unix(dates[0].At, 0)
		b.Freshness[1].Sub = web.DateNames[dates[0].Field] + " " + o.c.Date(first).Text + ", " + o.c.Days(first)
	}
	return b, nil
}

func freshLine(name, sub string, state fleet.State, at time.Time, c ui.Clock) views.FreshnessLine {
	l := views.FreshnessLine{Name: name, Sub: sub, Class: "tone-warn", Icon: "unplug"}
	switch state {
	case fleet.Current, fleet.Running:
		l.Class, l.Icon = "tone-ok", "circle-check"
	case fleet.Never:
		l.Class, l.Icon = "badge-outline", "hourglass"
	case fleet.Stale, fleet.Failing:
	}
	if !at.IsZero() {
		moment := c.Second(at)
		l.At, l.Ago = &moment, c.Ago(at)
	}
	return l
}

// sinceFirst is how far back the news goes at a user's first visit. sinceMost is the maximum for later visits.
const (
	sinceFirst = 24 * time.Hour
	sinceMost  = 30 * 24 * time.Hour
	newsLimit  = 200
	newsItems  = 8
)

func (o *morning) news() (views.Block, error) {
	since, title := o.c.Now.Add(-sinceFirst), "In the last 24 hours"
	if before := web.UserFrom(o.r.Context()).BeforeAt; !before.IsZero() && !before.After(o.c.Now) {
		since, title = before, "Since your last visit, "+o.c.DateTime(before).Text
	}
	if most := o.c.Now.Add(-sinceMost); since.Before(most) {
		since, title = most, "In the last 30 days"
	}
	events, err := o.s.Mirror.News(o.r.Context(), since, newsLimit+1)
	if err != nil {
		return views.Block{}, err
	}
	n := &views.News{Since: title + ": "}
	if len(events) == 0 {
		n.Since += "no changes."
	}
	n.Sums = newsSums(events)
	for _, e := range events[:min(len(events), newsItems)] {
		item := views.NewsItem{
			Entry: web.ChangeEntry(e, nil, o.c),
			Name:  fmt.Sprintf("PBX %d", e.CloudPBXID),
			URL:   ui.PBXURL(e.CloudPBXID),
			At:    o.c.DateTime(e.At),
			Ago:   o.c.Ago(e.At),
		}
		if p, ok := o.snapshot.PBX(e.CloudPBXID); ok {
			item.Name = o.s.Cell(p, fleet.FieldName, o.c, web.Columns).Text
		}
		n.Items = append(n.Items, item)
	}
	return views.Block{News: n}, nil
}

// newsSums counts the changes by kind, the most recently seen kind first.
func newsSums(events []store.PBXEvent) (sums []string) {
	more := ""
	if len(events) > newsLimit {
		events, more = events[:newsLimit], "and more"
	}
	counts := map[string]int64{}
	var names []string
	for _, e := range events {
		name := map[string]string{"appeared": "first seen", "gone": "removed", "returned": "returned"}[e.Kind]
		if name == "" {
			name = web.Labels[e.Field]
			if e.Field == "name" {
				name = "Name"
			}
		}
		if counts[name]++; counts[name] == 1 {
			names = append(names, name)
		}
	}
	for _, name := range names {
		sums = append(sums, fmt.Sprintf("%s %s", name, ui.Number(counts[name])))
	}
	if more != "" {
		sums = append(sums, more)
	}
	return sums
}
