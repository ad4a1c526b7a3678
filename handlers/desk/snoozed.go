package desk

import (
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web/display"
	views "cordboard/views/desk"
	"cordboard/views/ui"
)

// snoozed returns the block with the reasons for attention that can wait, in the order of the list.
func snoozed(o *morning) (views.Block, error) {
	a := &views.Attention{Icon: "clock"}
	n := 0
	for _, p := range o.snapshot.PBXs() {
		for _, z := range p.Desk().Snoozes {
			if p.IsGone() || !z.IsOn(fleet.DayDate(o.today)) {
				continue
			}
			if n++; n > overviewItems {
				continue
			}
			a.Items = append(a.Items, views.AttentionItem{
				ID: strconv.FormatInt(p.CloudPBXID, 10), Name: display.Name(p), URL: ui.PBXURL(p.CloudPBXID) + "#renewal",
				Sub: display.EnumLabel("attention", z.What, o.limits) + ": " + list.Shorten(z.Reason),
				Badge: &ui.Badge{
					Class: "badge-outline", Icon: "clock", Word: "Until " + display.DateText(z.Until),
				},
			})
		}
	}
	a.Count = strconv.Itoa(n)
	b := views.Block{Attention: a}
	if n > overviewItems {
		b.Foot = []ui.Link{{Label: "The first " + strconv.Itoa(overviewItems) + " are shown"}}
	}
	return b, nil
}
