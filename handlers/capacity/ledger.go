package capacity

import (
	"fmt"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/operations"
	"cordboard/handlers/web/display"
	"cordboard/opt"
	"cordboard/store"
	views "cordboard/views/capacity"
	"cordboard/views/ui"
)

// nounFor returns the noun that follows a number written as text. It is singular if the text is "1".
func nounFor(text, resource string) string {
	if text == "1" {
		return store.ResourceNouns[resource].One
	}
	return store.ResourceNouns[resource].Many
}

// amount returns an amount of a resource with its noun, for use within a sentence.
func amount(n int64, resource string) string {
	text := ui.Number(n)
	return text + " " + nounFor(text, resource)
}

func (h *Handler) ledgerRow(r capacity.LedgerRow) views.LedgerRow {
	v := views.LedgerRow{
		Resource: r.Resource,
		Label:    display.ResourceLabels[r.Resource],
		Left:     "not reported",
		Bar:      ledgerBar(r),
	}
	if r.Available.Known() && r.Total.Known() {
		v.Left = fmt.Sprintf("%s of %s available", ui.Number(r.Available.N), ui.Number(r.Total.N))
	}
	if r.Used.Known() && r.Total.Known() {
		if v.Tone, v.Icon = display.UtilizationTone(
			h.fleet.Snapshot().Thresholds().Utilization(r.Used.N, r.Total.N),
		); v.Tone != "" {
			v.Used = usedWords(r.Used.N, r.Total.N)
		}
	}
	if (r.Resource == "recordingCapacity" || r.Resource == "transcriptionCapacity") && r.Available.Known() &&
		r.Available.N >= 60 {
		v.Hint = ui.Count(r.Available.N/60, "hour is available.", "hours are available.")
	}
	for _, c := range []struct {
		column string
		n      opt.Int
		look   bool // whether to highlight a value other than 0
	}{
		{"total", r.Total, false},
		{"own", r.Own, false},
		{"assigned", r.Assigned, false},
		{"available", r.Available, false},
		{"unexplained", r.Unexplained, true},
		{"frozen", r.Frozen, false},
		{"fleet", r.Fleet, false},
		{"difference", r.Difference, true},
	} {
		cell := views.LedgerCell{Column: c.column, Text: display.IntText(c.n)}
		if c.n.Known() {
			cell.Value = strconv.FormatInt(c.n.N, 10)
			if c.look && c.n.N != 0 {
				cell.Tone = "tone-warn"
			}
		}
		v.Cells = append(v.Cells, cell)
	}
	return v
}

// usedWords returns the share of a total that is used, or the amount by which usage exceeds it.
func usedWords(used, total int64) string {
	if used > total || total <= 0 {
		return ui.Number(used-total) + " over"
	}
	return fmt.Sprintf("%d%% used", ui.Percent(used, total))
}

// ledgerBar returns a bar of a resource's parts. Its length is the total, or the sum of the parts if that is larger.
func ledgerBar(r capacity.LedgerRow) views.Bar {
	parts := []struct {
		name, label string
		n           opt.Int
	}{
		{"own", "Own PBXs", r.Own},
		{"resellers", "Assigned to resellers", r.Assigned},
		{"unexplained", "Unexplained", r.Unexplained},
		{"free", "Available", r.Available},
	}
	var b views.Bar
	sum := 0.0
	for _, p := range parts {
		switch {
		case !p.n.Known():
			b.Legend = append(b.Legend, views.Swatch{Class: "swatch-" + p.name, Text: p.label + " not reported"})
		case p.name != "unexplained" || p.n.N != 0:
			b.Legend = append(
				b.Legend,
				views.Swatch{Class: "swatch-" + p.name, Text: p.label + " " + ui.Number(p.n.N)},
			)
			sum += max(float64(p.n.N), 0)
		}
	}
	if length := max(sum, float64(max(r.Total.N, 0))); length > 0 {
		x := 0.0
		for _, p := range parts {
			width := 1000 * max(float64(p.n.N), 0) / length
			if p.n.Known() && width > 0 && p.name != "free" {
				b.Parts = append(
					b.Parts,
					ui.BarPart{Class: "bar-" + p.name, X: display.Trim(x), Width: display.Trim(max(width-2, 1))},
				)
			}
			x += width
		}
	}
	return b
}

// ledgerNotes returns sentences about the amounts in a row that don't add up, and their likely causes.
func ledgerNotes(r capacity.LedgerRow, causes []capacity.Cause) (notes []string) {
	if n := r.Unexplained; n.Known() && n.N > 0 {
		notes = append(
			notes,
			fmt.Sprintf(
				"According to YCM’s own numbers, %s of the total %s neither used nor available.",
				amount(n.N, r.Resource),
				isAre(n.N),
			),
		)
	} else if n.Known() && n.N < 0 {
		notes = append(
			notes,
			fmt.Sprintf(
				"According to YCM’s own numbers, used and available capacity together exceed the total by %s.",
				amount(-n.N, r.Resource),
			),
		)
	}
	d := r.Difference
	if !d.Known() || d.N == 0 {
		return notes
	}
	text := fmt.Sprintf("The list’s total exceeds YCM’s figure for own capacity by %s.", amount(d.N, r.Resource))
	if d.N < 0 {
		text = fmt.Sprintf("YCM’s figure for own capacity exceeds the list’s total by %s.", amount(-d.N, r.Resource))
	}
	return append(notes, text+" "+causeWords(causes, d.N))
}

func isAre(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func causeWords(causes []capacity.Cause, difference int64) string {
	var all []string
	for _, c := range causes {
		n := ui.Number(c.N)
		switch c.Kind {
		case capacity.CauseFrozen:
			all = append(all, "the difference equals the frozen capacity")
		case capacity.CauseUnreported:
			all = append(all, ui.Count(c.N, "PBX has", "PBXs have")+" no reported capacity")
		case capacity.CauseIncomplete:
			all = append(
				all,
				ui.Count(c.N, "PBX counted by YCM has", "PBXs counted by YCM have")+" not been synced yet",
			)
		case capacity.CausePlans:
			if c.N > 0 {
				all = append(
					all,
					"YCM’s plan statistics count "+ui.Count(c.N, "more PBX", "more PBXs")+" than the list has",
				)
			} else {
				all = append(
					all,
					"YCM’s plan statistics count "+ui.Count(-c.N, "fewer PBX", "fewer PBXs")+" than the list has",
				)
			}
		case capacity.CauseFleetOlder:
			all = append(all, "the list is "+span(c.N)+" older than the subscription reading")
		case capacity.CauseSubscriptionOlder:
			all = append(all, "the subscription reading is "+span(c.N)+" older than the list")
		case capacity.CauseOpen:
			all = append(all, "open operations reserve "+n)
		case capacity.CauseUpgrading:
			all = append(
				all,
				ui.Count(
					c.N,
					"PBX is",
					"PBXs are",
				)+" switching to the Ultimate Plan, and YCM may already count the extensions",
			)
		case capacity.CauseFreeRecording:
			all = append(
				all,
				fmt.Sprintf(
					"YCM may count the first 500 minutes of each PBX with recording capacity (%s) as free, but its API "+
						"doesn’t report this",
					ui.Count(c.N, "PBX", "PBXs"),
				),
			)
		}
	}
	if len(all) > 0 {
		return "Likely explanation: " + strings.Join(all, "; ") + "."
	}
	if difference < 0 {
		return "A common cause is a PBX that was just deleted, or one that YCM counts but doesn’t list."
	}
	return "A common cause is a reseller’s PBX that is also in the list, or a PBX that was just created."
}

// span formats a number of seconds as a duration, such as "2 hours".
func span(seconds int64) string {
	switch {
	case seconds < 120:
		return ui.Count(seconds, "second", "seconds")
	case seconds < 7200:
		return ui.Count(seconds/60, "minute", "minutes")
	case seconds < 48*3600:
		return ui.Count(seconds/3600, "hour", "hours")
	}
	return ui.Count(seconds/86400, "day", "days")
}

func ages(sub capacity.Subscription, fresh fleet.Freshness, c ui.Clock) string {
	text := "Subscription as of " + c.Second(sub.At).Text
	if fresh.At.IsZero() {
		return text + ". The fleet has never been synced."
	}
	return text + ". Fleet as of " + c.Second(fresh.At).Text + "."
}

// openHolds returns a sentence about the capacity that open operations and running batches reserve, or "" if they
// reserve none.
func openHolds(open store.Pending) string {
	var reserving int64
	for i := range open.Operations {
		if open.Operations[i].Request.Takes != (store.Resources{}) {
			reserving++
		}
	}
	takes := operations.Holds(open)
	var parts []string
	for _, i := range fleet.ShownResources {
		if takes[i] > 0 {
			parts = append(parts, amount(takes[i], fleet.Resources[i]))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	who := ui.Count(reserving, "operation reserves", "operations reserve")
	switch {
	case open.Held == (store.Resources{}):
	case reserving == 0:
		who = "Running batches reserve"
	default:
		who = ui.Count(reserving, "operation", "operations") + " and running batches reserve"
	}
	return who + " capacity that YCM may not count yet: " + strings.Join(parts, ", ") + "."
}
