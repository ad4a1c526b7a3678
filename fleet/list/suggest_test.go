package list

import (
	"fmt"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/ycm"
)

// TestSuggest checks which corrections a search without results gets.
func TestSuggest(t *testing.T) {
	t.Parallel()
	var pbxs []*fleet.PBX
	for i, name := range []string{"Alderholt Dental Group", "Müller & Söhne", "Ashford Clinic"} {
		pbxs = append(pbxs, pbxtest.PBX(pbxtest.Record(int64(i+1), func(r *ycm.CloudPBX) {
			r.Name, r.URL = ycm.Text(name), ycm.Text(fmt.Sprintf("office-%d.pbx.example.com", i))
			r.ActivationStatus = "Unactivated"
		})))
	}
	company := map[string]string{fleet.Company: "Fernbridge Logistics"}
	customer := &fleet.Customer{ID: 5, Members: company, GoneAt: fleet.Absent}
	pbxs[2] = pbxs[2].WithCustomers(fleet.NewCustomerSet([]*fleet.Customer{customer}))
	x := New(fleet.NewSnapshot(1, pbxs, fleet.DefaultThresholds, func([]*fleet.PBX) fleet.Measures {
		return fleet.Measures{States: make([]uint16, len(pbxs))}
	}))
	for search, want := range map[string]string{
		"aldrholt":                 "alderholt",
		"Alderhlot dental":         "alderholt dental",
		"alderhol dentl":           "alderholt dental",
		"a dentl":                  "a dental",
		"muler":                    "muller",
		"fernbrige":                "fernbridge",
		"ofice":                    "office",
		"alderholt":                "", // is found
		"alderholt clinic":         "", // each word is found, though not together
		"zzzzzzzz":                 "",
		"ab":                       "",
		"":                         "",
		"status:running aldrholt":  "status:running alderholt",
		"status:running":           "",
		"aldrholt-dentl":           "alderholt-dental",
		"ofice-1":                  "office-1",
		"office-1.pbx.exmaple.com": "office-1.pbx.example.com",
		"customer:fernbrige":       "customer:fernbridge",
		"-name:ashfrod":            "-name:ashford",
		"note:fernbrige":           "", // notes have words of their own
		"Not activated":            "activation:Unactivated",
		"over capacity":            "usage:over",
		"call peak not reported":   "size:calls-unknown",
		"2":                        "", // an ID
	} {
		if got := Suggest(x, search); got != want {
			t.Errorf("%q: %q, want %q", search, got, want)
		}
	}
	q := Query{Search: Suggest(x, "aldrholt"), Page: 1, Per: 10, Presence: PresenceHere}
	if n := x.Search(q, time.Unix(0, 0), time.UTC).Count; n != 1 {
		t.Errorf("the suggestion finds %d PBXs", n)
	}
}
