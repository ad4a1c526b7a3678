package handlers

import (
	"cordboard/fleet"
	"cordboard/views"
	"net/http"
	"strconv"
	"time"
)

func (s *Server) showSubscription(w http.ResponseWriter, r *http.Request) error {
	m := s.subscriptionPage(s.clock(r))
	return s.render(w, r, http.StatusOK, "Capacity", views.SubscriptionDetail(m), views.SubscriptionDetail(m))
}

func (s *Server) subscriptionPage(c views.Clock) views.SubscriptionPage {
	sub := s.fleet.Subscription()
	m := views.SubscriptionPage{Fresh: s.freshness(c), Read: "Not read yet.", RequestID: sub.RequestID}
	if m.Trouble = m.Fresh.Banner; m.Trouble == nil && sub.Problem.Kind != fleet.NoProblem {
		m.Trouble = s.packageBanner(sub)
	}
	if sub.At.IsZero() {
		return m
	}
	at := c.Second(sub.At)
	m.Read, m.ReadAt = "Read "+c.Ago(sub.At)+",", &at
	for _, r := range sub.Ledger(s.fleet.Snapshot()) {
		m.Rows = append(m.Rows, ledgerRow(r))
	}
	m.Facts = []views.LabelledCell{
		{Label: "Ends", Cell: packageEnd(sub.ExpirationTime, c)},
		{Label: "High availability", Cell: views.Cell{Column: "highAvailability", Value: sub.HighAvailability, Text: sub.HighAvailability}},
		{Label: "White label", Cell: views.Cell{Column: "whiteLabel", Value: sub.WhiteLabel, Text: sub.WhiteLabel}},
	}
	for _, p := range sub.Plans {
		m.Plans = append(m.Plans, views.PlanRow{Plan: p.Plan, PBXs: intText(p.PBXs), Extensions: intText(p.Extensions)})
	}
	return m
}

func (s *Server) packageBanner(sub fleet.Subscription) *views.Banner {
	title, text := problemWords(sub.Problem, s.config.YCMHost)
	b := &views.Banner{Title: title, Text: text}
	if !sub.At.IsZero() {
		b.Text += " The last good reading of the package stands below."
	}
	if sub.Problem.RequestID != "" {
		b.Facts = append(b.Facts, views.Fact{Name: "requestId", Value: sub.Problem.RequestID, Mono: true})
	}
	return b
}

func packageEnd(n fleet.Int, c views.Clock) views.Cell {
	v := views.Cell{Column: "expirationTime", Text: n.Raw, Value: n.Raw}
	if n.Known {
		at := c.Date(time.Unix(n.N, 0))
		v.Value, v.Moment, v.Small = strconv.FormatInt(n.N, 10), &at, c.Days(time.Unix(n.N, 0))
	}
	return v
}

var resourceLabels = map[string]string{
	"extensionCapacity": "Extensions", "concurrentCallCapacity": "Concurrent calls", "recordingCapacity": "Recording, minutes",
}

func ledgerRow(r fleet.LedgerRow) views.LedgerRow {
	v := views.LedgerRow{Resource: r.Resource, Label: resourceLabels[r.Resource]}
	for _, c := range []struct {
		column string
		n      fleet.Int
	}{
		{"total", r.Total},
		{"own", r.Own},
		{"assigned", r.Assigned},
		{"available", r.Available},
		{"unexplained", r.Unexplained},
		{"frozen", r.Frozen},
		{"fleet", r.Fleet},
		{"difference", r.Difference},
	} {
		cell := views.LedgerCell{Column: c.column, Text: intText(c.n)}
		if c.n.Known {
			cell.Value = strconv.FormatInt(c.n.N, 10)
		}
		v.Cells = append(v.Cells, cell)
	}
	return v
}

func intText(n fleet.Int) string {
	if n.Known {
		return views.Number(n.N)
	}
	return n.Raw
}
