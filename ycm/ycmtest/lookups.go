package ycmtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var regions = []struct {
	id   int32
	name string
}{
	{1, "Europe(Frankfurt)"}, {2, "Europe(London)"}, {3, "Asia Pacific(Singapore)"}, {4, "China(GuangDong)"},
}

// otherSpelling maps a region's name to the different spelling that some records use, as in the vendor's examples.
var otherSpelling = map[string]string{"China(GuangDong)": "China(Guangdong)"}

var domains = []struct {
	region, id int32
	name       string
}{
	{
		1,
		11,
		"pbx.example.com",
	},
	{1, 12, "voice.example.net"},
	{2, 21, "uk.pbx.example.com"},
	{3, 31, "sg.pbx.example.com"},
	{4, 41, "cn.pbx.example.com"},
}

var firmwares = []struct {
	id      int32
	version string
	regions []int32
}{
	{788, "84.21.0.66", []int32{1, 2, 3}},
	{781, "84.20.0.32", []int32{1, 2, 3, 4}},
	{772, "84.19.0.110", []int32{1, 2, 3, 4}},
	{764, "84.12.0.32", []int32{1, 2, 4}},
	{757, "84.8.0.25", []int32{2, 4}},
}

var templates = []struct {
	id   int32
	name string
}{
	{306, "Care default"}, {307, "Retail, two sites"}, {311, "Law firm"}, {3933, "Auto-Provision Template2"},
}

type customer struct {
	id      int64
	members map[string]string // by name
}

// customerMembers lists the members of a customer's record, except the ID.
var customerMembers = []string{
	"firstName", "lastName", "company", "email", "businessNumber", "mobileNumber", "homeNumber", "faxNumber", "zipCode",
	"street", "city", "state", "country", "remark",
}

// record returns the customer as YCM sends it. Members without a value are null.
func (c *customer) record() map[string]any {
	record := map[string]any{"customerId": c.id}
	for _, name := range customerMembers {
		if record[name] = nil; c.members[name] != "" {
			record[name] = c.members[name]
		}
	}
	return record
}

func regionName(id int32) string {
	for _, r := range regions {
		if r.id == id {
			return r.name
		}
	}
	return ""
}

func (y *YCM) listRegions(*http.Request) (any, *failure) {
	list := []any{}
	for _, r := range regions {
		list = append(list, map[string]any{"regionId": r.id, "region": r.name})
	}
	return list, nil
}

func (y *YCM) listDomains(r *http.Request) (any, *failure) {
	ids, ok := regionIDs(r)
	if !ok || len(ids) == 0 {
		return nil, invalidParameter
	}
	list := []any{}
	for _, d := range domains {
		if slices.Contains(ids, d.region) {
			list = append(list, map[string]any{"regionId": d.region, "domainId": d.id, "domain": d.name})
		}
	}
	return list, nil
}

func (y *YCM) listFirmwares(r *http.Request) (any, *failure) {
	ids, ok := regionIDs(r)
	if !ok || r.URL.Query().Get("type") != "pbx" {
		return nil, invalidParameter
	}
	list := []any{}
	for _, f := range firmwares {
		if len(ids) == 0 || slices.ContainsFunc(f.regions, func(id int32) bool { return slices.Contains(ids, id) }) {
			list = append(list, map[string]any{"versionId": f.id, "version": f.version, "regionIds": f.regions})
		}
	}
	return list, nil
}

func regionIDs(r *http.Request) (ids []int32, ok bool) {
	words := r.URL.Query().Get("regionIds")
	if words == "" {
		return nil, true
	}
	for word := range strings.SplitSeq(words, ",") {
		id, err := strconv.ParseInt(word, 10, 32)
		if err != nil {
			return nil, false
		}
		ids = append(ids, int32(id))
	}
	return ids, true
}

func (y *YCM) listProvisioningTemplates(*http.Request) (any, *failure) {
	list := []any{}
	for i, t := range templates {
		record := map[string]any{"provisioningTemplateId": t.id, "provisioningTemplateName": t.name}
		if i%2 == 0 { // in the vendor's example, too, the second record has no times
			record["provisioningTemplateCreateTime"], record["provisioningTemplateModifyTime"] = 1683193984, 1683351669
		}
		list = append(list, record)
	}
	return list, nil
}

func (y *YCM) listCustomers(r *http.Request) (any, *failure) {
	size, number, fail := paging(r)
	if fail != nil {
		return nil, fail
	}
	y.mu.Lock()
	customers := slices.Clone(y.customers)
	total := y.claim("listCustomers", len(customers))
	y.mu.Unlock()
	list := []any{}
	for _, c := range cutPage(customers, size, number) {
		list = append(list, c.record())
	}
	return map[string]any{"pageSize": size, "pageNumber": number, "total": total, "list": list}, nil
}

// SetCustomers replaces all customers with n new ones.
func (y *YCM) SetCustomers(n int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.customers = nil
	y.fillCustomers(n)
}

// customerStep is the difference between the IDs of two customers.
const customerStep = 37

func (y *YCM) fillCustomers(n int) {
	y.lastCustomer = 50086182 - customerStep
	for i := range n {
		first, last := pick(y.rand, firstNames), pick(y.rand, lastNames)
		y.lastCustomer += customerStep
		c := customer{y.lastCustomer, map[string]string{
			"firstName": first,
			"lastName":  last,
			"company":   place(y.rand) + " " + pick(y.rand, trades),
			"email":     fmt.Sprintf("%s.%s%d@example.com", strings.ToLower(first), strings.ToLower(last), i),
			"country":   "Germany",
		}}
		if y.config.Lively && i%6 != 5 { // the others have no phone number
			c.members["businessNumber"] = fmt.Sprintf("+49 30 5550 %03d", i)
		}
		y.customers = append(y.customers, c)
	}
}
