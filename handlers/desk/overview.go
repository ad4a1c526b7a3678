package desk

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

const (
	shownLines    = 7 // reasons for attention that aren't folded
	overviewItems = 4 // entries per block
	refusedDays   = 7 // how long a refused operation is shown
)

// morning holds the data of one request, from which the overview's blocks are made.
type morning struct {
	s        *Handler
	r        *http.Request
	c        ui.Clock
	snapshot *list.Index
	limits   fleet.Thresholds
	today    int64
	sub      capacity.Subscription
}

// blockKind describes one of the overview's blocks.
type blockKind struct {
	key, title, note string
	side             bool // next to the other blocks on a wide screen
	wide             bool // takes a full row
	operators        bool // hidden from viewers
	quiet            bool // always folded, and not shown if it is empty
	make             func(*morning) (views.Block, error)
}

// blockKinds lists the blocks in their default order.
var blockKinds = []blockKind{
	{
		key:       "renewals",
		title:     "Your renewals due",
		note:      "PBXs that you look after whose next step is due",
		operators: true,
		make:      (*morning).renewals,
	},
	{
		key:       "tasks",
		title:     "Tasks due",
		note:      "Tasks of yours or nobody’s that are due",
		operators: true,
		make:      (*morning).tasks,
	},
	{
		key:   "status",
		title: "Fleet by status",
		note:  "PBXs by status: running, stopped or in progress",
		wide:  true,
		make:  (*morning).status,
	},
	{
		key:   "suspended",
		title: "Suspended",
		note:  "Suspended PBXs, first those that aren’t stopped, then by day of review",
		make:  (*morning).suspended,
	},
	{
		key:   "expiring",
		title: "Expired or expiring",
		note:  "By PBX or plan date, whichever is earlier, up to 7 days ahead",
		make:  (*morning).expiring,
	},
	{
		key:   "nearly-full",
		title: "Full or over capacity",
		note:  "Extensions, calls or recording that are full or over capacity",
		make:  (*morning).nearlyFull,
	},
	{
		key:   "stuck",
		title: "Stuck in onboarding",
		note:  "PBXs that still aren’t started, aren’t activated or have no extensions",
		make:  (*morning).stuck,
	},
	{
		key:       "attempts",
		title:     "Operations that need attention",
		note:      "Operations with an unknown outcome, recently refused ones, and batches that wait for somebody",
		operators: true,
		make:      (*morning).operations,
	},
	{
		key:   "stopped",
		title: "Stopped but activated",
		note:  "Activated PBXs that are stopped",
		make:  (*morning).stopped,
	},
	{key: "trials", title: "Trials", note: "Oldest first", make: (*morning).trials},
	{key: "backups", title: "Backups", note: "PBXs that have no backup or only an old one", make: (*morning).backups},
	{
		key:   "firmware",
		title: "Outdated firmware",
		note:  "PBXs that don’t run the latest version",
		make:  (*morning).firmware,
	},
	{
		key:   "snoozed",
		title: "Snoozed",
		note:  "Reasons for attention that can wait, and until when",
		quiet: true,
		make:  snoozed,
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
func (h *Handler) ShowOverview(w http.ResponseWriter, r *http.Request) error {
	m, err := h.overviewPage(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, http.StatusOK, "Overview", views.Overview(m), views.Overview(m))
}

// overviewSnapshot returns an ID for the state of the overview's data: the readings and, if seesOperations is set, the
// operations.
func (h *Handler) overviewSnapshot(seesOperations bool) string {
	if seesOperations {
		return h.site.SubscriptionSnapshot() + "/" + h.site.OperationsSnapshot()
	}
	return h.site.SubscriptionSnapshot()
}

func (h *Handler) overviewPage(r *http.Request) (views.OverviewPage, error) {
	c := h.site.Clock(r)
	o := &morning{
		s:        h,
		r:        r,
		c:        c,
		snapshot: h.fleet.Index(),
		limits:   h.fleet.Snapshot().Thresholds(),
		today:    fleet.Day(c.Now.Unix(), c.Zone),
		sub:      h.readings.Subscription(),
	}
	m := views.OverviewPage{
		Snapshot: h.overviewSnapshot(web.CanCreate(r)), Fresh: h.site.Freshness(c), CanNew: web.CanCreate(r),
		Lead: ui.Count(int64(o.snapshot.Here()), "PBX", "PBXs") + ". Dates are in " + display.ZoneWords(c) + ".",
	}
	var err error
	if m.Steps, err = firstSteps(o); err != nil {
		return m, err
	}
	unread := h.fleet.Freshness().At.IsZero() && o.snapshot.Len() == 0
	switch {
	case unread:
		m.Lead = "The fleet hasn’t been read yet. Dates are in " + display.ZoneWords(c) + "."
	case o.snapshot.Here() == 0:
		m.Empty = h.site.EmptyFleet(false, o.snapshot.Snapshot)
	}
	for _, b := range blocksOf(r) {
		if b.hidden {
			continue
		}
		if (unread || m.Empty != nil) && !b.kind.side {
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
		case b.kind.quiet && block.Attention.Count == "0":
		case b.kind.quiet:
			m.Folded = append(m.Folded, block)
		case block.Attention != nil && block.Attention.Count == "0":
			m.Clear = append(m.Clear, block.Title)
		case block.Attention != nil && len(m.Lines) < shownLines:
			m.Lines = append(m.Lines, block)
		case block.Attention != nil:
			m.Folded = append(m.Folded, block)
		case b.kind.side:
			m.Side = append(m.Side, block)
		default:
			m.Main = append(m.Main, block)
		}
	}
	fillLines(m.Main)
	return m, nil
}

// fillLines widens blocks that would otherwise have an empty space next to them. Narrow blocks come in pairs, so an
// unpaired one before a wide block or at the end has no neighbor.
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

// sinceMost is how far back the news can go. newsLimit is the maximum number of changes that the news counts, and
// newsItems is the maximum that it lists.
const (
	sinceMost = 30 * 24 * time.Hour
	newsLimit = 200
	newsItems = 8
)
