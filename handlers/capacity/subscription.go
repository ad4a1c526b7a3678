package capacity

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/operations"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/opt"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

const (
	mostGiving = 10
)

// ShowSubscription shows the capacity page with the last successful reading. It never waits for YCM.
func (h *Handler) ShowSubscription(w http.ResponseWriter, r *http.Request) error {
	m, err := h.subscriptionPage(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, http.StatusOK, "Capacity", views.SubscriptionDetail(m), views.SubscriptionDetail(m))
}

func (h *Handler) subscriptionPage(r *http.Request) (views.SubscriptionPage, error) {
	c := h.site.Clock(r)
	sub, snapshot := h.readings.Subscription(), h.fleet.Snapshot()
	m := views.SubscriptionPage{
		Snapshot: h.site.SubscriptionSnapshot(),
		Fresh:    display.FreshnessOf(sub.State, sub.At, c),
		Status: views.Status{
			Lead:      "P-Series Hosting Package. Cordboard hasn’t read it yet.",
			RequestID: sub.RequestID,
		},
	}
	if sub.State == fleet.Failing {
		m.Trouble = h.packageBanner(sub, c)
	}
	if sub.At.IsZero() {
		return m, nil
	}
	at := c.Second(sub.At)
	m.Lead, m.ReadAt = "P-Series Hosting Package. YCM data as of ", &at
	open, err := h.operations.Open(r.Context())
	if err != nil {
		return m, err
	}
	rows := capacity.NewLedger(sub.Reading, snapshot, h.fleet.Freshness())
	causes := capacity.Causes(&sub, rows, snapshot, h.fleet.Freshness(), operations.Holds(open))
	for _, i := range fleet.ShownResources {
		row := rows[i]
		if !row.Reported() {
			continue // not part of this subscription, according to YCM
		}
		m.Rows = append(m.Rows, h.ledgerRow(row))
		m.Notes = append(m.Notes, ledgerNotes(row, causes[i])...)
		if row.Frozen.Known() && row.Frozen.N > 0 {
			m.Frozen = ui.Count(row.Frozen.N, "extension is frozen", "extensions are frozen")
		}
	}
	m.Ages = ages(sub, h.fleet.Freshness(), c)
	m.Facts = packageFacts(sub, c)
	for _, p := range sub.Plans {
		m.Plans = append(
			m.Plans,
			views.PlanRow{Plan: p.Plan, PBXs: display.IntText(p.PBXs), Extensions: display.IntText(p.Extensions)},
		)
	}
	if !sub.PlansAt.IsZero() && sub.At.Sub(sub.PlansAt) > time.Minute {
		m.PlansAt = "As of " + c.Second(sub.PlansAt).Text + ". YCM hasn’t reported plan statistics since then."
	}
	m.Switching = switching(h.fleet.Index(), c)
	m.Open = openHolds(open)
	if web.CanCreate(r) {
		m.OpenURL = ui.OperationsURL("open", "", 1)
	}
	m.History = h.history(r.URL.Query(), c)
	h.rightSizing(&m, rows, snapshot)
	return m, nil
}

// packageFacts returns the facts that YCM reports about the subscription in addition to its resources.
func packageFacts(sub capacity.Subscription, c ui.Clock) []ui.LabelledCell {
	facts := []ui.LabelledCell{{Label: "Ends", Cell: packageEnd("expirationTime", sub.ExpirationTime, c)}}
	if sub.RecordingEnds != (opt.Int{}) {
		facts = append(facts, ui.LabelledCell{
			Label: "Call recording ends",
			Cell:  packageEnd("recordingExpireDate", sub.RecordingEnds, c),
		})
	}
	return append(
		facts,
		ui.LabelledCell{Label: "High availability", Cell: switchCell("highAvailability", sub.HighAvailability)},
		ui.LabelledCell{Label: "White label", Cell: switchCell("whiteLabel", sub.WhiteLabel)},
	)
}

func (h *Handler) packageBanner(sub capacity.Subscription, c ui.Clock) *ui.Banner {
	title, text := display.ProblemWords(sub.Problem, h.site.Config.YCMHost)
	if len(sub.Lacking) > 0 {
		text = "Fields that YCM reported earlier are missing: " + strings.Join(sub.Lacking, ", ") + "."
	}
	b := &ui.Banner{Title: title, Text: text + " The subscription has never been read."}
	if !sub.At.IsZero() {
		at := c.Second(sub.At)
		b.Title += ". Showing the subscription as of " + at.Text
		b.Text = text + " The last successful reading is shown below. Cordboard keeps trying."
		b.Facts = append(b.Facts, ui.Fact{Name: "Last successful reading", Value: at.Text + ", " + c.Ago(sub.At)})
	}
	b.Copy = fmt.Sprintf("%s (%s, subscription)", title, h.site.Config.YCMHost)
	if sub.Problem.RequestID != "" {
		b.Facts = append(b.Facts, ui.Fact{Name: "requestId", Value: sub.Problem.RequestID, Mono: true})
		b.Copy += ", requestId " + sub.Problem.RequestID
	}
	return b
}

func packageEnd(column string, t opt.Int, c ui.Clock) ui.Cell {
	v := ui.Cell{
		Column: column,
		Text:   t.Raw,
		Value:  t.Raw,
	}
	switch {
	case t.Known():
		v.Value = strconv.FormatInt(t.N, 10)
		display.ExpiryCell(&v, time.Unix(t.N, 0), c)
	case t.State == opt.Never:
		v.Text, v.Muted = "No date", true
	case t.State == opt.Malformed:
		display.MarkMalformed(&v)
	}
	return v
}

func switchCell(column, word string) ui.Cell {
	b := ui.BadgeFor(column, word)
	return ui.Cell{
		Column: column,
		Value:  word,
		Text:   word,
		Badge:  &b,
	}
}
