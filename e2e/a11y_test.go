package e2e

import (
	"strconv"
	"strings"
	"testing"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func cmpFold(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

// TestAccessibility runs axe on the portal's pages, in the light theme, and its rules about colors in the dark theme.
// With the flag -pictures, it runs all rules in both themes and four widths, and takes a picture of each page in two of
// them.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	maker := p.as(store.RoleAdmin)
	maker.allow("/pbxs/import")
	plan, draft := maker.planAll("stop"), maker.draftOf("name,plan\nAlder,Basic\n")
	themes := map[string]option{"light": light}
	if *pictureDir != "" {
		themes["dark"] = dark
	}
	for name, theme := range themes {
		t.Run(name, func(t *testing.T) {
			p := &portal{t: t, url: p.url, ycm: p.ycm, store: p.store, fleet: p.fleet, server: p.server}
			out := p.open(theme)
			out.visit("/signin")
			out.axe("/signin")
			out.axeInDark("/signin")
			out.pictures(name, "/signin")

			tb := p.as(store.RoleAdmin, theme)
			tb.allow("/pbxs/1")
			for _, path := range []string{
				"/pbxs",
				"/pbxs?status=Running&q=care&sort=-createTime&bogus=1",
				"/pbxs?status=None",
				"/pbxs?cols=" + "sn,creator,createTime,allowSuperiorPasswordlessLogin",
				"/pbxs/" + itoa(p.ycm.IDs()[7]),
				"/",
				"/overview/settings",
				"/expiries",
				"/changes",
				"/subscription",
				"/audit",
				"/audit?q=actor:admin",
				"/team",
				"/team/1",
				"/account",
				"/account/factor",
				"/pbxs/1",
				"/pbxs/filters?extensionCapacity=5..",
				"/pbxs/settings",
				"/views?status=Running",
				"/pbxs/selection?status=Stopped",
				"/palette?q=care",
				"/keys",
				"/pbxs/new",
				"/pbxs/new?clone=" + itoa(p.ycm.IDs()[7]), "/operations", "/presets",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/stop",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/suspend",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/resize",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/update",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/delete",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/customers",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/tasks",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/menu",
				"/pbxs/" + itoa(p.ycm.IDs()[7]) + "/renewal",
				"/renewals?ids=" + itoa(p.ycm.IDs()[7]) + "&ids=" + itoa(p.ycm.IDs()[8]),
				"/snoozes/new?what=overdue&cloudPbxId=" + itoa(p.ycm.IDs()[7]),
				"/tasks",
				"/batches/new?action=resize&status=Running",
				"/batches/new?action=customers&query=q%3Dcare&customerSearch=care",
				"/pbxs/import",
				plan,
				draft,
				"/customers",
				"/customers?list=gone",
				"/customers/new",
				"/customers/" + itoa(p.ycm.CustomerIDs()[0]),
				"/customers/" + itoa(p.ycm.CustomerIDs()[0]) + "/edit",
				"/customers/" + itoa(p.ycm.CustomerIDs()[0]) + "/delete",
			} {
				tb.visit(path)
				tb.axe(path)
				tb.axeInDark(path)
				tb.pictures(name, path)
			}
			tb.visit("/pbxs")
			tb.menu("Region")
			tb.axe("/pbxs with a menu open")
			tb.axeInDark("/pbxs with a menu open")

			ph := p.as(store.RoleViewer, theme, phone)
			ph.axe("/pbxs on a phone")
			ph.axeInDark("/pbxs on a phone")
		})
	}
	t.Run("trouble", func(t *testing.T) {
		p := emptyPortal(t, ycmtest.Config{PBXs: 3})
		for _, theme := range []option{light, dark} {
			tb := p.open(theme)
			tb.visit("/setup")
			tb.axe("/setup")
		}
		p.addUser(store.RoleViewer)
		p.ycm.Refuse()
		p.sync()
		for _, theme := range []option{light, dark} {
			tb := p.as(store.RoleViewer, theme)
			tb.axe("/pbxs that was never read")
			tb.visit("/subscription")
			tb.axe("/subscription that was never read")
			tb.visit("/")
			tb.axe("/ that was never read")
		}
	})
}
