package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

// suspension is a suspended PBX with the operation that suspended it.
type suspension struct {
	pbx *fleet.PBX
	by  store.Operation
}

// isLifted reports whether somebody started the PBX in YCM.
func (s suspension) isLifted() bool { return s.pbx.Status() != fleet.StatusStopped }

// suspended returns the block with the suspended PBXs: first those that aren't stopped, because somebody started them
// in YCM, and then the others by day of review.
func (o *morning) suspended() (views.Block, error) {
	all, err := o.s.suspended.Suspensions(o.r.Context())
	if err != nil {
		return views.Block{}, err
	}
	var found []suspension
	lifted := 0
	for _, by := range all {
		p, ok := o.snapshot.PBX(by.Target.CloudPBXID)
		if !ok || p.IsGone() {
			continue
		}
		s := suspension{p, by}
		if found = append(found, s); s.isLifted() {
			lifted++
		}
	}
	slices.SortStableFunc(found, func(a, b suspension) int {
		if a.isLifted() != b.isLifted() {
			return map[bool]int{true: -1, false: 1}[a.isLifted()]
		}
		return cmp.Compare(a.by.Request.Suspension.ReviewOn, b.by.Request.Suspension.ReviewOn)
	})
	a := &views.Attention{Icon: "clock", Count: strconv.Itoa(len(found))}
	if lifted > 0 {
		a.Tone = "tone-bad"
	}
	for _, s := range found[:min(len(found), overviewItems)] {
		a.Items = append(a.Items, o.suspendedItem(s))
	}
	b := views.Block{Attention: a}
	if lifted > 0 {
		b.Foot = append(b.Foot, ui.Link{Label: "Not stopped: " + ui.Number(int64(lifted))})
	}
	return b, nil
}

func (o *morning) suspendedItem(s suspension) views.AttentionItem {
	terms := s.by.Request.Suspension
	item := views.AttentionItem{
		ID:   strconv.FormatInt(s.pbx.CloudPBXID, 10),
		Name: display.Name(s.pbx),
		URL:  ui.PBXURL(s.pbx.CloudPBXID),
		Sub:  fmt.Sprintf("By %s, %s", s.by.By.Name, o.c.Ago(s.by.Times.FinishedAt)),
	}
	if note := cmp.Or(terms.Note, s.by.Request.Reason); note != "" {
		item.Sub += ": " + fold.FirstRunes(note, 80)
	}
	badge := ui.Badge{Class: "badge-outline", Icon: "clock", Word: "Review on " + display.DateText(terms.ReviewOn)}
	switch {
	case s.isLifted():
		badge = ui.Badge{Class: "badge-overdue", Icon: "triangle-alert", Word: "Not stopped"}
	case terms.ReviewOn <= fleet.DayDate(o.today):
		badge = ui.Badge{Class: "badge-soon", Icon: "clock", Word: "Review due"}
	}
	item.Badge = &badge
	return item
}
